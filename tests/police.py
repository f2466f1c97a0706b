"""The police of the code: checkers for what imports cannot show, used by test_architecture.py.

A checker takes (path, text) and yields (line, sentence) for each offence. It never reads the disk, except to ask
whether a template exists and which escuelas there are.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAX_FILE, MAX_FUNCTION = 400, 40
DOMAIN_MAY_IMPORT = {*sys.stdlib_module_names, "stdnum", "holidays", "portal"}

# path (or path::function) -> (lines it may have, why). Only ever shorter.
LONG_FILES: dict[str, tuple[int, str]] = {}
LONG_FUNCTIONS: dict[str, tuple[int, str]] = {}

Found = Iterator[tuple[int, str]]
Checker = Callable[[str, str], Found]


@cache
def tree_of(text: str) -> ast.Module:
    return ast.parse(text)


@cache
def files(*patterns: str) -> tuple[str, ...]:
    """Paths under the root that match, without what was vendored or generated."""
    found = {str(p.relative_to(ROOT)) for pattern in patterns for p in ROOT.glob(pattern) if p.is_file()}
    return tuple(sorted(p for p in found if "/static/" not in p and "__pycache__" not in p))


@cache
def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


def offences(checker: Checker, paths: Iterable[str], allowed: Iterable[str] = ()) -> list[str]:
    """`path:line: sentence` for each offence in `paths`; an allowed prefix is a file or a folder."""
    return [
        f"{path}:{line}: {sentence}"
        for path in paths
        if not path.startswith(tuple(allowed))
        for line, sentence in checker(path, read(path))
    ]


# Checkers of Python


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a name or attribute; a call in between is left out."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    return node.id if isinstance(node, ast.Name) else ""


def calls(text: str) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree_of(text)):
        if isinstance(node, ast.Call):
            yield node, dotted(node.func)


def names(text: str) -> Found:
    """Every dotted name used, and every `module.name` imported by from."""
    for node in ast.walk(tree_of(text)):
        if isinstance(node, ast.Attribute):
            yield node.lineno, dotted(node)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def functions(text: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (n for n in ast.walk(tree_of(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def commits(path: str, text: str) -> Found:
    for call, _ in calls(text):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "commit":
            yield call.lineno, "commits; only portal/services/uow.py does"


def writes_estado(path: str, text: str) -> Found:
    for node in ast.walk(tree_of(text)):
        if isinstance(node, ast.Attribute) and node.attr == "estado" and isinstance(node.ctx, ast.Store):
            yield node.lineno, "writes an estado; only act() does"
    for call, name in calls(text):
        by_name = name == "setattr" and any(
            isinstance(a, ast.Constant) and a.value == "estado" for a in call.args
        )
        by_update = isinstance(call.func, ast.Attribute) and call.func.attr == "values"
        if by_name or (by_update and any(k.arg == "estado" for k in call.keywords)):
            yield call.lineno, "writes an estado; only act() does"


def raw_sql(path: str, text: str) -> Found:
    forbidden = {f"{m}.text" for m in ("sqlalchemy", "sa", "db", "sqlalchemy.sql")} | {"db.engine"}
    found = list(names(text))
    closed = {line for line, name in found if name == "db.engine.dispose"}  # closing asks nothing
    for line, name in found:
        if name == "db.engine" and line in closed:
            continue
        if name in forbidden or name.endswith((".exec_driver_sql", ".db.engine")):
            yield line, f"{name}: raw SQL goes around the tenant guard"


def reads_clock(path: str, text: str) -> Found:
    for line, name in names(text):
        if re.search(r"(^|\.)(datetime|date)\.(now|utcnow|today)$|^time\.(time|localtime|gmtime)$", name):
            yield line, f"{name}: the clock is an argument"


def reads_environment(path: str, text: str) -> Found:
    for line, name in names(text):
        if name in {"os.environ", "os.getenv", "os.environb"}:
            yield line, f"{name}: only Settings.from_env reads the environment"


def lacks_docstring(path: str, text: str) -> Found:
    bodies = [tree_of(text).body]
    bodies += [
        node.body
        for node in tree_of(text).body
        if isinstance(node, ast.ClassDef) and any(dotted(base).endswith("Protocol") for base in node.bases)
    ]
    for node in (node for body in bodies for node in body):
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if is_function and not node.name.startswith("_") and not ast.get_docstring(node):
            yield node.lineno, f"{node.name} has no docstring"


def long_file(path: str, text: str) -> Found:
    limit = LONG_FILES.get(path, (MAX_FILE, ""))[0]
    if (lines := len(text.splitlines())) > limit:
        yield limit, f"{lines} lines, {limit} allowed"


def long_function(path: str, text: str) -> Found:
    for node in functions(text):
        limit = LONG_FUNCTIONS.get(f"{path}::{node.name}", (MAX_FUNCTION, ""))[0]
        if (lines := node.end_lineno - node.lineno + 1) > limit:
            yield node.lineno, f"{node.name}: {lines} lines, {limit} allowed"


def lazy_relationship(path: str, text: str) -> Found:
    for call, name in calls(text):
        if name.split(".")[-1] == "relationship" and not any(
            k.arg == "lazy" and isinstance(k.value, ast.Constant) and k.value.value == "raise"
            for k in call.keywords
        ):
            yield call.lineno, 'relationship without lazy="raise"'


def app_at_import(path: str, text: str) -> Found:
    later = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    for statement in (s for s in tree_of(text).body if not isinstance(s, later)):
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] == "create_app":
                yield node.lineno, "an app built at import"


def foreign_import(path: str, text: str) -> Found:
    for node in ast.walk(tree_of(text)):
        modules = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            modules = [node.module]
        for module in (m for m in modules if m.split(".")[0] not in DOMAIN_MAY_IMPORT):
            yield node.lineno, f"{module}: the domain knows the standard library, stdnum and holidays"


def foreign_template(path: str, text: str) -> Found:
    """A template that a blueprint names is in the blueprint's own folder and exists."""
    blueprint = path.split("/")[1]
    for node in ast.walk(tree_of(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(".html"):
            if not node.value.startswith(f"{blueprint}/") and "/" in node.value:
                yield node.lineno, f"{node.value} is not in templates/{blueprint}/"
            elif "/" in node.value and not (ROOT / "templates" / node.value).is_file():
                yield node.lineno, f"templates/{node.value} does not exist"


# Checkers of templates and of any text


def lines_with(pattern: str, text: str, flags: int = 0) -> Found:
    for match in re.finditer(pattern, text, flags):
        yield text.count("\n", 0, match.start()) + 1, match.group().strip()


def blank(match: re.Match) -> str:
    return "\n" * match.group().count("\n") or "_"


def without_comments(text: str) -> str:
    return re.sub(r"\{#.*?#\}", blank, text, flags=re.DOTALL)


def html_only(text: str) -> str:
    return re.sub(r"\{\{.*?\}\}|\{%.*?%\}", blank, without_comments(text), flags=re.DOTALL)


def unescaped(path: str, text: str) -> Found:
    yield from lines_with(r"\|\s*safe\b|autoescape\s+false", without_comments(text))


def inline_code(path: str, text: str) -> Found:
    """Attributes that the Content-Security-Policy refuses, in HTML or in a macro's `attributes`."""
    yield from lines_with(r"<[a-z][^<>]*\s(?:style|on[a-z]+)\s*=", html_only(text), re.IGNORECASE)
    yield from lines_with(
        r"[\"'](?:style|on(?:click|change|submit|load|input))[\"']\s*:", without_comments(text)
    )
    yield from lines_with(r"<(?:script|style)\b(?![^>]*(?:nonce|src)\b)[^>]*>", without_comments(text))


def form_without_csrf(path: str, text: str) -> Found:
    text = without_comments(text)
    for form in re.finditer(r"<form\b(?:\{\{.*?\}\}|\{%.*?%\}|[^>])*>", text, re.DOTALL):
        method = re.search(r"\bmethod\s*=\s*[\"']?(\S+)", form.group(), re.IGNORECASE)
        body = text[form.end() :].partition("</form>")[0]
        if method and not method[1].lower().startswith("get") and not re.search(r"csrf|hidden_tag", body):
            yield text.count("\n", 0, form.start()) + 1, "a form that posts without csrf_token"


def compares_role(path: str, text: str) -> Found:
    yield from lines_with(
        r"\brol(?:e|es)?\b\s*(?:[!=]=|\bin\b)|[\"']\s*[!=]=\s*[\w.]*\brole?\b", without_comments(text)
    )


def names_school(path: str, text: str) -> Found:
    folders = {Path(p).parent.name for p in files("tenants/*/escuela.toml")}
    words = "|".join(sorted({"escom", "esca", "cetis"} | folders, reverse=True))
    yield from lines_with(rf"(?<![a-z])(?:{words})(?![a-z])", text, re.IGNORECASE)


def bare_name(path: str, text: str) -> Found:
    """A school's or office's name has an article that no data tells: no preposition before it, no verb after it."""
    name = r"\{\{\s*(?:\w+\.)*(?:escuela|oficina|institucion)(?:\(\))?(?:\.nombre|\.oficina)?\s*\}\}"
    verb = r"(?:se|no|te|le|lo|ya|\w+(?:ó|á|a))\b"
    before = r"(?i:\b(?:a|al|ante|con|de|del|desde|en|hacia|para|por|según))\s+"
    yield from lines_with(rf"{before}{name}|(?:^|>){name}\s+{verb}", without_comments(text))


def unfinished(path: str, text: str) -> Found:
    yield from lines_with(r"(?:#|//|/\*|<!--|\{#)\s*TODO\b|\bTODO[:(]|\bFIXME\b|lorem ipsum", text)
    yield from lines_with(r"pr[oó]ximamente", text, re.IGNORECASE)
