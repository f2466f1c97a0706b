"""What the pages of a convenio show of its documents, to the dependencia and to the office."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import request

from portal.domain.access import Actor
from portal.domain.convenio import RECIBE_DOCUMENTOS
from portal.domain.dependencia import rfc_leido
from portal.domain.machine import Refused
from portal.queries.convenios import Caso
from portal.services import dossier
from portal.services.documentos import FileRefused
from portal.web import contexto
from portal.web.antiguedad import Edad, edad
from portal.web.errors import sentence
from portal.web.labels import estado as palabras
from portal.web.uploads import receive

# What a good and a bad copy look like, by tipo; any other paper has the general ones.
EJEMPLOS: dict[str, tuple[str, str]] = {
    "decreto_o_acta": (
        "Todas las páginas, en orden, con sellos y firmas legibles.",
        "Solo la portada, o páginas cortadas o giradas.",
    ),
    "nombramiento": (
        "Con el nombre y el cargo del representante, fecha, firma y sello.",
        "Un oficio en el que el nombre no coincide con el del representante.",
    ),
    "ine": (
        "Frente y vuelta, completos, sin reflejos; se leen todos los datos.",
        "Una sola cara, una foto movida, o el dedo sobre los datos.",
    ),
    "comprobante_domicilio": (
        "De no más de tres meses, con el mismo domicilio que escribió.",
        "Un recibo de otro domicilio, o una captura de pantalla cortada.",
    ),
    "constancia_fiscal": (
        "El PDF original que se descarga del SAT, con todas sus páginas.",
        "Una foto de la pantalla, o la constancia de otra persona.",
    ),
    "logo": (
        "Una imagen PNG o JPG nítida, de 300 puntos de ancho o más, con fondo blanco o transparente.",
        "Un logotipo borroso, o con texto y adornos que no son suyos.",
    ),
}
GENERAL = ("Completo, derecho y legible.", "Cortado, borroso o protegido con contraseña.")


@dataclass(frozen=True)
class Papel:
    """One document that an escuela asks for, as the dependencia sees it.

    `estado`, `tono`: words and tone; `quien`: who has it; `sube`: a version may be sent now; `actual`: the verdict in
    force with its file, or None; `avisos`: what the system noticed.
    """

    clave: str
    nombre: str
    ayuda: str
    kind: Any
    requerido: bool
    estado: str
    tono: str
    quien: str
    edad: Edad
    motivo: str
    decidio: str
    sube: bool
    actual: Any
    versiones: list[Any]
    avisos: list[str] = field(default_factory=list)

    @property
    def ejemplos(self) -> tuple[str, str]:
        """A good and a bad copy, in words."""
        return EJEMPLOS.get(self.clave, GENERAL)

    @property
    def varias_fotos(self) -> bool:
        """Whether several photos may be sent, which become one PDF."""
        return bool(self.kind.allow_images_to_pdf and self.kind.max_images > 1)


def papeles(caso: Caso) -> list[Papel]:
    """The documents that the escuela in scope asks for, in its order, each as it stands."""
    return [_papel(caso, pedido) for pedido in contexto.perfil().documentos_dependencia]


def papel(caso: Caso, clave: str) -> Papel | None:
    """One of them, or None where the escuela asks for no such thing."""
    return next((p for p in papeles(caso) if p.clave == clave), None)


def _papel(caso: Caso, pedido: Any) -> Papel:
    actual = caso.actual(pedido.clave)
    turno = caso.convenio.estado in RECIBE_DOCUMENTOS
    estado, tono, quien, desde, visible = _situacion(caso, actual, turno)
    return Papel(
        pedido.clave,
        pedido.nombre,
        pedido.ayuda,
        dossier.kind_de(pedido),
        pedido.requerido,
        estado,
        tono,
        quien,
        edad(desde),
        actual.motivo if visible else "",
        actual.decidio if visible else "",
        turno and (actual is None or actual.estado != "aceptado"),
        actual,
        caso.papeles.get(pedido.clave, []),
        avisos(caso, actual),
    )


def _situacion(caso: Caso, actual: Any, turno: bool) -> tuple[str, str, str, Any, bool]:
    """Words, tone, who has it, since when, and whether the reason is said: a verdict is told with the whole answer."""
    estado = caso.convenio.estado
    if actual is None:
        return ("Falta", "amarillo", "", None, False) if turno else ("Sin archivo", "gris", "", None, False)
    if estado == "borrador":
        return "Listo para enviar", "azul", "", actual.creado, False
    if actual.estado == "rechazado" and estado != "enviado":
        quien = "usted" if turno else ""
        return *palabras("convenio_documento", "rechazado"), quien, actual.estado_desde, True
    if actual.estado == "pendiente" and turno:
        return "Listo para reenviar", "azul", "usted", actual.creado, False
    if actual.estado == "aceptado":
        return *palabras("convenio_documento", "aceptado"), "", actual.estado_desde, False
    if estado != "enviado":
        return "Sin dictamen", "gris", "", actual.estado_desde, False
    desde = max(caso.convenio.estado_desde, actual.creado)
    return *palabras("convenio_documento", "pendiente"), contexto.escuela().oficina, desde, False


def avisos(caso: Caso, actual: Any) -> list[str]:
    """What the system noticed in a file: its own notices, and an RFC that differs from the declared one."""
    if actual is None:
        return []
    found = list(actual.archivo.avisos)
    if actual.tipo == dossier.CONSTANCIA and caso.dependencia.rfc:
        leidos = actual.archivo.leido.get("rfcs", [])
        dice = rfc_leido(caso.dependencia.rfc, leidos)
        if dice == "difiere":
            found.append(
                f"En la constancia se lee el RFC {', '.join(leidos)} y el declarado es {caso.dependencia.rfc}."
            )
        elif dice == "ilegible":
            found.append("No se pudo leer un RFC en el archivo: puede ser un escaneo. Compárelo a la vista.")
    return found


def limite_de_subida() -> int:
    """Bytes of the largest document that the escuela in scope takes."""
    return max(dossier.kind_de(p).max_bytes for p in contexto.perfil().documentos_dependencia)


def recibir_papel(convenio_public_id: str, tipo: str, actor: Actor) -> str:
    """Take the file of the field `archivo` for one document of a convenio; "" or the sentence of the refusal."""
    files = receive(request, "archivo", limite_de_subida())
    if not files:
        return "Elija un archivo antes de continuar."
    try:
        dossier.subir(
            convenio_public_id,
            tipo,
            [f.path for f in files],
            files[0].filename,
            actor=actor,
            now=contexto.now(),
        )
    except FileRefused as refused:
        return refused.sentence
    except Refused as refused:
        return sentence(refused)
    return ""
