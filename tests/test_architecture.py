"""What imports cannot show: the rules of the house that import-linter does not see.

Each rule is a test; `PROOFS` shows that each checker of police.py can fail. Exceptions are listed with their reason;
one that is no longer needed fails too.
"""

import pytest

from tests import police
from tests.police import (
    LONG_FILES,
    LONG_FUNCTIONS,
    MAX_FILE,
    MAX_FUNCTION,
    ROOT,
    Checker,
    app_at_import,
    bare_name,
    commits,
    compares_role,
    files,
    foreign_import,
    foreign_template,
    form_without_csrf,
    functions,
    inline_code,
    lacks_docstring,
    lazy_relationship,
    long_file,
    long_function,
    names_school,
    offences,
    raw_sql,
    read,
    reads_clock,
    reads_environment,
    unescaped,
    unfinished,
    writes_estado,
)

BLUEPRINTS = ("acceso", "publico", "alumno", "dependencia", "coordinador")
# path -> why its values are safe without escaping
SAFE_FILTERS: dict[str, str] = {}
CHECKER = ["path", "text", "return"]


def ours() -> tuple[str, ...]:
    return files("portal/**/*.py", "tenants/**/*.py", "worker/**/*.py")


def templates() -> tuple[str, ...]:
    return files("templates/**/*.html")


def test_the_police_reads_the_real_tree():
    assert "portal/__init__.py" in ours()
    assert not [path for path in ours() if "/static/" in path]


def test_only_the_unit_of_work_commits():
    assert offences(commits, ours(), ["portal/services/uow.py"]) == []


def test_only_the_workflow_writes_an_estado():
    assert offences(writes_estado, ours(), ["portal/services/workflow.py"]) == []


def test_raw_sql_is_for_migrations_tenants_and_wiring():
    assert offences(raw_sql, ours(), ["tenants/", "portal/wiring.py"]) == []


def test_the_rules_services_and_queries_are_told_the_time():
    rooms = files("portal/domain/**/*.py", "portal/services/**/*.py", "portal/queries/**/*.py")
    assert offences(reads_clock, rooms) == []


def test_the_domain_is_the_standard_library():
    assert offences(foreign_import, files("portal/domain/**/*.py")) == []


def test_only_the_settings_read_the_environment():
    """gunicorn's master writes one variable, by which the counters' library finds its folder."""
    allowed = ["portal/settings.py", "portal/cli.py", "portal/gunicorn_conf.py"]
    assert offences(reads_environment, ours(), allowed) == []


def test_every_public_function_says_its_rule():
    assert offences(lacks_docstring, ours()) == []


def test_no_file_passes_400_lines():
    assert offences(long_file, (*ours(), *files("tests/**/*.py", "bench/**/*.py", "migrations/*.py"))) == []


def test_no_function_passes_40_lines():
    assert offences(long_function, (*ours(), *files("tests/**/*.py", "bench/**/*.py"))) == []


def test_no_relationship_loads_by_itself():
    assert offences(lazy_relationship, files("portal/models/**/*.py", "tenants/**/*.py")) == []


def test_no_app_is_built_at_import():
    assert offences(app_at_import, ours()) == []


def test_no_school_has_its_name_in_the_engine():
    """The demo's seed data names the schools that it loads."""
    assert offences(names_school, (*ours(), *templates()), ["portal/demo"]) == []


@pytest.mark.parametrize("blueprint", BLUEPRINTS)
def test_a_view_renders_templates_of_its_own_blueprint(blueprint):
    assert offences(foreign_template, files(f"portal/{blueprint}/**/*.py")) == []


def test_every_page_template_is_named_somewhere():
    everything = "\n".join(map(read, (*ours(), *templates())))
    pages = [p.removeprefix("templates/") for p in templates() if p.split("/")[1] in BLUEPRINTS]
    assert [page for page in pages if page not in everything] == []


def test_templates_escape_what_they_show():
    assert offences(unescaped, templates(), SAFE_FILTERS) == []


def test_templates_hold_no_inline_code_or_style():
    """A mail has no policy and its readers drop style sheets: there, and only there, styles stand on the tag."""
    assert offences(inline_code, templates(), ["templates/correos/"]) == []


def test_every_form_that_posts_has_a_csrf_token():
    assert offences(form_without_csrf, templates()) == []


def test_templates_ask_for_transitions_not_for_roles():
    assert offences(compares_role, templates()) == []


def test_no_sentence_needs_the_article_of_a_schools_name():
    assert offences(bare_name, files("templates/**/*")) == []


def test_nothing_is_left_unfinished():
    code = files("migrations/**/*.py", "tests/**/*.py", "bench/*.py", "scripts/*", "Makefile")
    texts = files("tenants/*/**/*.toml", "templates/**/*", "portal/**/*.toml")
    police_itself = ["tests/test_architecture.py", "tests/police.py"]
    assert offences(unfinished, (*ours(), *code, *texts), police_itself) == []


def test_every_exception_is_still_needed():
    """A file or function that came under its limit leaves the list; a listed template still uses `safe`."""
    long = [p for p in LONG_FILES if not (ROOT / p).is_file() or len(read(p).splitlines()) <= MAX_FILE]
    for key in LONG_FUNCTIONS:
        path, _, name = key.partition("::")
        found = [f for f in functions(read(path)) if f.name == name]
        long += [key] if not any(f.end_lineno - f.lineno >= MAX_FUNCTION for f in found) else []
    assert long + [p for p in SAFE_FILTERS if not list(unescaped(p, read(p)))] == []


# The police can fail: checker, what it must catch, what it must let pass
PROOFS: list[tuple[Checker, str, str]] = [
    (commits, "db.session.commit()", "uow.add(x)"),
    (commits, "def f(s):\n    with s() as t: t.commit()", "commit = 1"),
    (writes_estado, "x.estado = 'vigente'", "x.estado == 'vigente'"),
    (writes_estado, "setattr(x, 'estado', 'vigente')", "class C:\n    estado: str = 'borrador'"),
    (writes_estado, "update(C).values(estado='vigente')", "select(C).filter_by(estado='vigente')"),
    (raw_sql, "from sqlalchemy import text", "from sqlalchemy import select"),
    (raw_sql, "db.engine.connect()", "draw.text((0, 0), 'Hola')\ndb.engine.dispose()"),
    (reads_clock, "import datetime\ndatetime.datetime.now()", "def f(now): return now.date()"),
    (reads_clock, "date.today()", "func.now()"),
    (reads_environment, "import os\nos.environ['X']", "settings.secret_key"),
    (reads_environment, "from os import environ", "from os import path"),
    (lacks_docstring, "def aceptar(): pass", "def aceptar():\n    'A rule.'\ndef _own(): pass"),
    (lacks_docstring, "class S(Protocol):\n    def put(self): ...", "class S:\n    def put(self): ..."),
    (long_file, "x = 1\n" * 401, "x = 1\n" * 400),
    (long_function, "def f():\n" + "    x = 1\n" * 40, "def f():\n" + "    x = 1\n" * 39),
    (lazy_relationship, "x = relationship('C')", "x = relationship('C', lazy='raise')"),
    (lazy_relationship, "x = db.relationship('C', lazy='select')", "x = mapped_column()"),
    (app_at_import, "app = create_app(s)", "def main():\n    create_app(s)"),
    (foreign_import, "import pydantic", "import re\nfrom . import plan"),
    (foreign_import, "from sqlalchemy.orm import Session", "from stdnum.mx import rfc"),
    (foreign_template, "render_template('coordinador/inicio.html')", "render_template(name)"),
    (foreign_template, "render_template('alumno/this_is_not_there.html')", "x = 'nothing'"),
    (unescaped, "{{ texto | safe }}", "{# never |safe #}{{ safe_name }}"),
    (inline_code, "<p style='color: red'>", "<p class='style'>"),
    (inline_code, '<button\n  onclick="x()">', "{% set only = 'x' %}<a href='?on=1'>"),
    (
        inline_code,
        "{{ govukButton({'attributes': {'onclick': 'x()'}}) }}",
        "<script nonce='{{ n }}'></script>",
    ),
    (inline_code, "<script>x()</script>", "<script src='/static/x.js' defer></script>"),
    (form_without_csrf, "<form method='post'><p></form>", "<form method='post'>{{ csrf_token() }}</form>"),
    (
        form_without_csrf,
        "<form action=\"{{ url_for('x', a=1 > 0) }}\" method=post></form>{{ form.csrf_token }}",
        "<form method='get'></form><form></form><form method='POST'>{{ form.hidden_tag() }}</form>",
    ),
    (compares_role, "{% if actor.rol == 'alumno' %}", "{% if 'aceptar' in acciones %}{{ roller }}"),
    (compares_role, "{% if 'alumno' == user.rol %}", "{{ rol }}"),
    (names_school, "if slug == 'escom':", "escalar(escuela)"),
    (names_school, "ESCA_UST = 1", "descargar"),
    (bare_name, "en el servicio social de {{ escuela }}.", "de la escuela ({{ escuela }})"),
    (
        bare_name,
        "<p>{{ escuela.oficina }} revisará su solicitud",
        "<p>{{ escuela.oficina }} · {{ fecha }}</p>",
    ),
    (unfinished, "# TODO later", "TODO EL PERSONAL"),
    (unfinished, "<p>Próximamente</p>", "<p>El próximo paso</p>"),
]


@pytest.mark.parametrize(("checker", "bad", "good"), PROOFS, ids=lambda v: getattr(v, "__name__", ""))
def test_each_checker_catches_what_it_forbids_and_nothing_else(checker, bad, good):
    path = "portal/alumno/views.py"
    assert list(checker(path, bad))
    assert list(checker(path, good)) == []


def test_every_checker_is_proven():
    checkers = {
        name for name, value in vars(police).items() if list(getattr(value, "__annotations__", {})) == CHECKER
    }
    assert len(checkers) > 15
    assert checkers - {checker.__name__ for checker, _, _ in PROOFS} == set()
