"""Addresses built once: a page of fifty rows asks for hundreds, and they differ only in an id."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask, g, has_request_context, request

_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
_MAX = 4096  # patterns kept; there are as many as escuelas × endpoints in use


class Portal(Flask):
    """Flask whose `url_for` remembers the shape of each address of a request, and fills in what varies.

    The shape depends on the endpoint, the names of the values, the escuela of this address and where the portal is
    mounted. Only values of letters, digits, hyphens and underscores are filled in (ids, keys, versions): they are
    never quoted. Everything else, and every address that is not of this shape, is built by Flask as always.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._shapes: dict[tuple[Any, ...], str | None] = {}
        super().__init__(*args, **kwargs)

    def url_for(self, endpoint: str, **values: Any) -> str:  # type: ignore[override]
        """The address of an endpoint, as `Flask.url_for`."""
        values = {name: value for name, value in values.items() if value is not None or name == "escuela"}
        if not has_request_context() or any(name[0] == "_" for name in values):
            return super().url_for(endpoint, **values)
        texts = {name: str(value) for name, value in values.items() if type(value) in (str, int)}
        if len(texts) != len(values) or not all(map(_PLAIN.fullmatch, texts.values())):
            return super().url_for(endpoint, **values)
        if endpoint[:1] == ".":
            endpoint = f"{request.blueprint}{endpoint}" if request.blueprint else endpoint[1:]
        key = (endpoint, g.get("slug"), request.script_root, *texts)
        shape = self._shapes.get(key, "")
        if shape == "":
            if len(self._shapes) >= _MAX:
                self._shapes.clear()
            shape = self._shapes[key] = self._shape(endpoint, values, texts)
        return super().url_for(endpoint, **values) if shape is None else shape.format(**texts)

    def _shape(self, endpoint: str, values: dict[str, Any], texts: dict[str, str]) -> str | None:
        """The address with `{name}` for each value; None where a value decides more than its own place."""
        real = super().url_for(endpoint, **values)
        marks = {name: f"x{n}x" for n, name in enumerate(texts)}
        try:
            shape = super().url_for(endpoint, **marks)
        except Exception:  # a converter that takes only some values: any(), int
            return None
        shape = shape.replace("{", "{{").replace("}", "}}")
        for name, mark in marks.items():
            if shape.count(mark) != 1:
                return None
            shape = shape.replace(mark, f"{{{name}}}")
        return shape if shape.format(**texts) == real else None
