"""Fields whose complaints are in Spanish."""

from __future__ import annotations

from typing import Any

import wtforms


class IntegerField(wtforms.IntegerField):
    """A whole number, typed as people type it: "1,200" too."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the number, or say that it is not one."""
        text = (valuelist[0] if valuelist else "").strip().replace(",", "").replace(" ", "")
        self.data = None
        if text:
            try:
                self.data = int(text)
            except ValueError:
                raise ValueError("Hay que escribir un número entero, por ejemplo 180.") from None


class DateField(wtforms.DateField):
    """A day, as browsers send it (2026-02-16) or as people write it (16/02/2026)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, format=["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"], **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the day, or say how to write it."""
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        try:
            super().process_formdata([valuelist[0].strip()])
        except ValueError:
            raise ValueError("Hay que escribir una fecha que exista, por ejemplo 16/02/2026.") from None
