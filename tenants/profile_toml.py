"""Plain data as TOML, written for a person to read and change: what an exported school's folder holds."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
WIDE = 100  # characters: a longer list takes a line for each of its items


def to_toml(data: Mapping[str, Any]) -> str:
    """The text that `tomllib` reads back as the same data; what is None is left out. TypeError for other types."""
    return "\n".join(_table(data, ())).strip() + "\n"


def _table(data: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    """A table's own values first, for what follows a header belongs to it; then its tables, then its lists of them."""
    kept = {name: value for name, value in data.items() if value is not None}
    lines = [
        f"{_key(n)} = {_value(v)}" for n, v in kept.items() if not isinstance(v, Mapping) and not _rows(v)
    ]
    for name, value in kept.items():
        where = (*path, name)
        header = ".".join(map(_key, where))
        if isinstance(value, Mapping):
            lines += ["", f"[{header}]", *_table(value, where)]
        elif _rows(value):
            for row in value:
                lines += ["", f"[[{header}]]", *_table(row, where)]
    return lines


def _rows(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(v, Mapping) for v in value)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _line(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        return _list(value)
    raise TypeError(f"{type(value).__name__} has no TOML")


def _list(values: Sequence[Any]) -> str:
    written = [_value(v) for v in values]
    line = f"[{', '.join(written)}]"
    if len(line) <= WIDE or len(written) < 2:
        return line
    return "[\n" + "".join(f"  {text},\n" for text in written) + "]"


def _line(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _text(text: str) -> str:
    """A text of several lines stays one that can be read, and a pattern is not full of doubled strokes."""
    if _CONTROL.search(text):
        return _line(text)
    if "\n" not in text:
        return f"'{text}'" if "\\" in text and "'" not in text else _line(text)
    return '"""\n' + text.replace("\\", "\\\\").replace('"', '\\"') + '"""'
