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


def is_current(_lote: Any, data: Mapping[str, Any]) -> str | None:
    """What it holds is still accepted: an expediente that came back meanwhile is not sent with its old file."""
    return "lote.cambio" if data.get("cambiados") else None


LOTE = Machine(
    "lote",
    "preparado",
    (
        T(
            "enviar",
            "preparado",
            "enviado",
            EXPEDIENTES,
            needs=(has_day, is_current),
            effects=("fechar_envio",),
        ),
        T("descartar", "preparado", "descartado", EXPEDIENTES, effects=("vaciar_lote",)),
    ),
)
