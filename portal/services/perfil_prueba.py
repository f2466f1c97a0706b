"""What an office tries before anything is real: a test letter, its mails with samples, the logo that it uploads."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

from portal.domain.access import Actor
from portal.domain.calendario import to_local
from portal.domain.machine import Refused
from portal.files.check import check
from portal.files.kinds import LOGO
from portal.letters import textos
from portal.letters.catalogo import TIPOS, TITULOS
from portal.letters.muestra import marcada, muestra
from portal.services import cartas, escuelas, perfiles, plantillas_correo, runtime
from portal.services.uow import NotFound
from tenants.profile import Profile
from tenants.profile_parts import CorreoPropio

MUESTRAS = {
    "nombre": "Ximena Ejemplo Robles", "boleta": "2026000001", "motivo": "El archivo no es legible.",
    "folio": "MUESTRA/2026/0001", "dependencia": "Biblioteca de Ejemplo", "proyecto": "Catálogo abierto",
    "fecha": "16 de febrero de 2026", "atentamente": "Lic. Persona de Ejemplo", "entrega": "Reporte de 180 horas",
    "documento": "Constancia de estudios", "cargo": "Responsable", "invita": "Lic. Persona de Ejemplo",
}  # fmt: skip


def tipos() -> list[tuple[str, str]]:
    """(kind, title) of every letter that can be tried."""
    return [(tipo, TITULOS[tipo]) for tipo in TIPOS]


def carta(tipo: str, *, now: datetime) -> bytes:
    """A letter with sample values and the draft's own names: marked MUESTRA, without folio, code or seal.

    Raises NotFound for a kind that there is not, Refused("perfil.con_errores") while the draft has faults.
    """
    if tipo not in TIPOS:
        raise NotFound("Carta")
    borrador = perfiles.leer()
    if borrador.fallas:
        raise Refused("perfil.con_errores")
    perfil = Profile.model_validate(borrador.datos)
    propios = {k: v for k, v in cartas.comunes_de(perfil, tipo, to_local(now).date()).items() if v}
    return marcada(muestra(tipo, escuelas.plantilla(tipo), logo(borrador), propios))


def logo(borrador: perfiles.Borrador) -> bytes | None:
    """The draft's logo, or the one in force; None where there is none."""
    if borrador.logo is None:
        return escuelas.logo(borrador.version)
    return base64.b64decode(borrador.logo) or None


def maximo_logo() -> int:
    """How much an uploaded logo may weigh (bytes)."""
    return LOGO.max_bytes


def subir_logo(path: Path, *, actor: Actor, now: datetime) -> None:
    """Put an uploaded picture, cleaned, into the draft as the logo. Raises FileRefused with a sentence."""
    with tempfile.TemporaryDirectory(prefix="portal-") as folder:
        checked = check([path], LOGO, workdir=Path(folder))
        perfiles.poner_logo(checked.path.read_bytes(), actor=actor, now=now)


# ---- mails ----


def correos() -> list[str]:
    """Every mail that the portal writes, by name."""
    return sorted(p.name for p in plantillas_correo.TEMPLATES.iterdir() if (p / "body.txt").is_file())


def texto_del_portal(plantilla: str) -> CorreoPropio:
    """The portal's own words for a mail; NotFound."""
    folder = plantillas_correo.TEMPLATES / plantilla
    if plantilla not in correos():
        raise NotFound("Correo")
    asunto, cuerpo = (
        (folder / parte).read_text(encoding="utf-8").strip() for parte in ("subject.txt", "body.txt")
    )
    return CorreoPropio.model_construct(asunto=asunto, cuerpo=cuerpo)


def ejemplo(plantilla: str, propio: Mapping[str, str]) -> tuple[str, str]:
    """(asunto, cuerpo) of a mail in the escuela's own words, filled with samples; "" for what cannot be formed."""
    values = {n: MUESTRAS.get(n, f"«{n}»") for n in plantillas_correo.declarados(plantilla)}
    borrador = perfiles.leer()
    base = runtime.current().base_url
    values |= {"escuela": borrador.datos["nombre"], "oficina": borrador.datos["oficina"], "base": base}
    values |= {"contacto": borrador.datos["correo"], "enlace": f"{base}/…"}
    partes = [str(propio.get(p) or "") for p in ("asunto", "cuerpo")]
    muestras = {n: SimpleNamespace(muestra=v, opcional=False) for n, v in values.items()}
    if any(textos.errores("correo", parte, muestras) for parte in partes):
        return "", ""
    asunto, cuerpo = (plantillas_correo.formar_propio(parte, values) for parte in partes)
    return asunto, cuerpo


def se_puede_copiar(plantilla: str) -> bool:
    """Whether the portal's words are themselves written with what an escuela may use."""
    propio = texto_del_portal(plantilla)
    return not plantillas_correo.errores({plantilla: propio})


def datos_de(plantilla: str) -> Sequence[str]:
    """What a mail may name, in order."""
    return sorted(plantillas_correo.declarados(plantilla))
