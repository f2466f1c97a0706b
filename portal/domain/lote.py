"""A batch (lote): files of several servicios that the office sends together, once [seed 001]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.domain.access import EXPEDIENTES
from portal.domain.machine import Machine, T


def has_day(_lote: Any, data: Mapping[str, Any]) -> str | None:
    """A batch is sent on a day, which is not in the future."""
    if data.get("fecha") is None:
        return "lote.sin_fecha"
    return "lote.fecha_futura" if data["fecha"] > data["hoy"] else None


LOTE = Machine(
    "lote",
    "preparado",
    (
        T("enviar", "preparado", "enviado", EXPEDIENTES, needs=(has_day,), effects=("fechar_envio",)),
        T("descartar", "preparado", "descartado", EXPEDIENTES, effects=("vaciar_lote",)),
    ),
)
