"""Who is in the demo: for each escuela its office, its dependencias and how their convenios stand."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.access import ADMINISTRACION, CONVENIOS, EXPEDIENTES, PERMISOS, REPORTES, TERMINOS

CONTRASENA = "Servicio-2026!"
Puesto = tuple[str, str, str, tuple[str, ...]]


@dataclass(frozen=True)
class Trato:
    """A dependencia's convenio: how it stands today, when it was authorised (days ago), when it ends (days ahead)."""

    clave: str
    estado: str
    hace: int
    termina: int = 400


@dataclass(frozen=True)
class Elenco:
    """One escuela of the demo. `boleta` makes the n-th boleta; `alumnos` are so many."""

    slug: str
    dominio: str
    boleta: str
    oficina: tuple[Puesto, ...]
    tratos: tuple[Trato, ...]
    alumnos: int = 60


ELENCOS: tuple[Elenco, ...] = (
    Elenco(
        "escom",
        "alumno.escom.test",
        "202163{:04d}",
        (
            (
                "coordinacion@escom.test",
                "Mariana Solís Becerril",
                "Coordinadora de servicio social",
                PERMISOS,
            ),
            (
                "apoyo@escom.test",
                "Rubén Carrasco Mota",
                "Analista de servicio social",
                (EXPEDIENTES, REPORTES),
            ),
        ),
        (
            Trato("biblioteca", "vigente", 470),
            Trato("museo", "vigente", 462),
            Trato("hospital", "vigente", 458, termina=38),
            Trato("colibri", "enviado", 4),
            Trato("semilla", "observado", 9),
            Trato("rioclaro", "borrador", 2),
        ),
    ),
    Elenco(
        "esca-ust",
        "alumno.esca-ust.test",
        "202140{:04d}",
        (
            (
                "expedientes@esca-ust.test",
                "Gloria Peña Aldana",
                "Responsable de expedientes",
                (CONVENIOS, EXPEDIENTES, ADMINISTRACION),
            ),
            ("reportes@esca-ust.test", "Héctor Luna Barrera", "Responsable de reportes", (REPORTES,)),
            ("terminos@esca-ust.test", "Irma Toledo Cano", "Responsable de términos", (TERMINOS,)),
            ("enlace@escuelas.test", "Noemí Franco Duarte", "Enlace entre escuelas", (EXPEDIENTES, REPORTES)),
        ),
        (
            Trato("escuela", "vigente", 466),
            Trato("biblioteca", "reutiliza", 456),
            Trato("despacho", "vigente", 459, termina=-9),
            Trato("mercado", "enviado", 6),
            Trato("puente", "observado", 12),
            Trato("archivo", "borrador", 3),
        ),
    ),
    Elenco(
        "cetis-demo",
        "alumno.cetis-demo.test",
        "239000000000{:02d}",
        (
            ("vinculacion@cetis-demo.test", "Delia Cordero Nieto", "Jefa de vinculación", PERMISOS),
            ("enlace@escuelas.test", "Noemí Franco Duarte", "Enlace entre escuelas", (EXPEDIENTES, REPORTES)),
        ),
        (
            Trato("taller", "vigente", 471),
            Trato("clinica", "vigente", 463),
            Trato("telar", "vigente", 457, termina=12),
            Trato("granja", "enviado", 3),
            Trato("radio", "observado", 8),
            Trato("bomberos", "borrador", 1),
        ),
    ),
)
