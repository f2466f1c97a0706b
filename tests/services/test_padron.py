"""The roll: any usual file is read, every faulty line gets its sentence, and what is written is what was seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from portal.domain.access import SISTEMA_ACTOR, Actor
from portal.domain.machine import Forbidden, Refused
from portal.models import Alumno, Bitacora, Correo, Enlace, Escuela, Outbox, db
from portal.services import enlaces, escuelas, padron
from portal.services.padron_csv import MAX_BYTES
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope
from tests import factories

CABEZA = "boleta,nombre,apellido_paterno,apellido_materno,correo,carrera,semestre,creditos\n"
ANA = "2022630001,Ana Sofía,Robles,Muñoz,ana@ejemplo.test,isc,7,75\n"
OFICINA = Actor("coordinador", "Oficina", 1, permisos=frozenset({"expedientes"}))


@pytest.fixture
def en_escom(escom: Escuela) -> Iterator[Escuela]:
    with escuela_scope(escom.id):
        yield escom


def leer(texto: str, codec: str = "utf-8") -> padron.Padron:
    return padron.leer(texto.encode(codec))


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
@pytest.mark.parametrize("separador", [",", ";", "\t"])
@pytest.mark.parametrize("fin", ["\n", "\r\n"])
def test_a_roll_is_read_as_spreadsheets_write_it(
    en_escom: Escuela, codec: str, separador: str, fin: str
) -> None:
    found = leer((CABEZA + ANA).replace(",", separador).replace("\n", fin), codec)
    assert found.errores == ()
    (ana,) = found.renglones
    assert (ana.linea, ana.boleta, ana.nombre, ana.materno) == (2, "2022630001", "Ana Sofía", "Muñoz")
    assert (ana.correo, ana.carrera, ana.semestre, ana.creditos_pct) == ("ana@ejemplo.test", "isc", 7, 75)


@pytest.mark.parametrize(
    ("cabeza", "linea"),
    [
        ("Número de Boleta;Nombre(s);Primer Apellido;Correo electrónico;Carrera", "2022630001;Ana;Robles;a@b.test;ISC"),
        ("sep=,\nBOLETA,NOMBRES,PATERNO,E-MAIL,Programa", "2022630001,A,R,A@B.test,licenciatura en CIENCIA de datos"),
        ('"boleta","nombre","paterno","correo","carrera","edad"', '"2022630001","Ana","Robles","a@b.test","isc","22"'),
    ],
)  # fmt: skip
def test_headings_are_known_by_their_usual_names(en_escom: Escuela, cabeza: str, linea: str) -> None:
    found = leer(f"\n{cabeza}\n\n{linea}\n  \n" if "sep" not in cabeza else f"{cabeza}\n{linea}\n")
    assert found.errores == ()
    assert [(r.boleta, r.correo, r.carrera) for r in found.renglones] == [
        ("2022630001", "a@b.test", "lcd" if "sep" in cabeza else "isc")
    ]
    assert found.ignoradas == (("edad",) if "edad" in cabeza else ())


@pytest.mark.parametrize(
    ("antes", "despues", "frase"),
    [
        ("2022630001", "20226", "Boleta «20226» sin la forma correcta"),
        ("2022630001", "", "Falta boleta"),
        ("Ana Sofía", "=1+1", "parece una fórmula"),
        ("Ana Sofía", "@SUM(A1)", "parece una fórmula"),
        ("Robles", "-2+3", "parece una fórmula"),
        ("ana@ejemplo.test", "+ana@ejemplo.test", "parece una fórmula"),
        ("Ana Sofía", "Ana 7", ""),
        ("Ana Sofía", "7Ana", "no parece un nombre"),
        ("Robles", "<script>", "no parece un nombre"),
        ("Robles", "R\x07bles", "caracteres que no se pueden leer"),
        ("Robles", "R" * 101, "más de 100 caracteres"),
        ("Muñoz", "", ""),
        ("ana@ejemplo.test", "ana", "no tiene la forma nombre@dominio"),
        ("ana@ejemplo.test", "ana@ejemplo", "no tiene la forma nombre@dominio"),
        (",isc,", ",medicina,", "La carrera «medicina» no es de esta escuela. Use una de estas claves: isc, iia, lcd."),
        (",7,75", ",siete,75", "semestre: «siete» debe ser un número de 1 a 20"),
        (",7,75", ",7,75.5 %", ""),
        (",7,75", ",7,101", "creditos: «101» debe ser un número de 0 a 100"),
        (",7,75", "", ""),
    ],
)  # fmt: skip
def test_a_faulty_line_gets_a_sentence_and_the_others_go_on(
    en_escom: Escuela, antes: str, despues: str, frase: str
) -> None:
    bueno = "2022630009,Beto,Luna,,beto@ejemplo.test,iia,,\n"
    found = leer(CABEZA + ANA.replace(antes, despues, 1) + bueno)
    assert found.renglones[-1].boleta == "2022630009"
    assert [(e.linea, frase in e.frase) for e in found.errores] == ([(2, True)] if frase else [])


def test_a_boleta_and_an_e_mail_count_once_in_a_file(en_escom: Escuela) -> None:
    found = leer(CABEZA + ANA + ANA + ANA.replace("630001", "630002"))
    assert len(found.renglones) == 1
    assert [(e.linea, e.frase) for e in found.errores] == [
        (3, "Esta boleta ya viene en la línea 2."),
        (4, "Este correo ya viene en la línea 2."),
    ]


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "padron.faltan_columnas"),
        (b"\n\n", "padron.faltan_columnas"),
        (CABEZA.encode(), "padron.vacio"),
        (b"boleta,nombre\n1,2\n", "padron.faltan_columnas"),
        (CABEZA.replace("semestre", "Boleta").encode() + ANA.encode(), "padron.columna_repetida"),
        (b"PK\x03\x04algo", "padron.es_excel"),
        (b"%PDF-1.7", "padron.no_es_texto"),
        (CABEZA.encode() + b"\x00\x01\x02", "padron.no_es_texto"),
        (b"x" * (MAX_BYTES + 1), "padron.grande"),
        (CABEZA.encode() + b'"' + b"y" * 200_000, "padron.linea_ilegible"),
    ],
)
def test_what_is_not_a_roll_is_refused_with_what_to_do(en_escom: Escuela, data: bytes, key: str) -> None:
    with pytest.raises(Refused) as refused:
        padron.leer(data)
    assert refused.value.key == key


def test_the_template_that_is_offered_is_a_good_roll(en_escom: Escuela) -> None:
    found = padron.leer(padron.plantilla_csv(escuelas.perfil()))
    assert (len(found.renglones), found.errores, found.ignoradas) == (1, (), ())


def test_importing_adds_and_invites_and_twice_is_once(
    en_escom: Escuela, now: datetime, drain: Callable[[], int]
) -> None:
    vista = padron.comparar(leer(CABEZA + ANA))
    assert (len(vista.nuevos), vista.cambian, vista.sin_cambio) == (1, (), 0)
    assert padron.aplicar(vista, OFICINA, now).nuevos == 1
    assert padron.aplicar(vista, OFICINA, now).nuevos == 0
    ana = db.session.scalar(select(Alumno))
    assert (ana.estado, ana.origen, ana.busqueda) == (
        "invitado",
        "padron",
        "robles munoz ana sofia 2022630001",
    )
    drain()
    (correo,) = db.session.scalars(select(Correo)).all()
    assert correo.para == "ana@ejemplo.test"
    assert correo.enviado
    assert not padron.comparar(leer(CABEZA + ANA)).hay_algo


def test_a_changed_name_is_shown_before_and_after(en_escom: Escuela, now: datetime) -> None:
    padron.aplicar(padron.comparar(leer(CABEZA + ANA)), SISTEMA_ACTOR, now)
    otra = ANA.replace("Robles", "Robledo").replace("75", "80").replace("ana@", "ana.r@")
    vista = padron.comparar(leer(CABEZA + otra))
    (cambio,) = vista.cambian
    assert cambio.campos == (
        ("paterno", "Robles", "Robledo"),
        ("correo", "ana@ejemplo.test", "ana.r@ejemplo.test"),
        ("creditos_pct", "75", "80"),
    )
    assert "«Robles» → «Robledo»" in padron.texto(vista)
    despues = now + timedelta(hours=1)
    assert padron.aplicar(vista, SISTEMA_ACTOR, despues).cambiados == 1
    assert padron.aplicar(vista, SISTEMA_ACTOR, despues).cambiados == 0
    ana = db.session.scalar(select(Alumno))
    assert (ana.paterno, ana.busqueda) == ("Robledo", "robledo munoz ana sofia 2022630001")
    linea = db.session.scalar(select(Bitacora).where(Bitacora.accion == "actualizar"))
    assert linea.motivo == "Padrón: paterno, correo, creditos_pct"
    assert db.session.scalar(select(func.count(Outbox.id)).where(Outbox.tipo == "invitacion")) == 2


def test_an_empty_cell_erases_nothing_and_nobody_is_deleted(en_escom: Escuela, now: datetime) -> None:
    padron.aplicar(padron.comparar(leer(CABEZA + ANA)), SISTEMA_ACTOR, now)
    vista = padron.comparar(leer(CABEZA + ANA.replace("Muñoz", "").replace(",7,75", ",,")))
    assert (vista.hay_algo, vista.sin_cambio) == (False, 1)
    otro = padron.comparar(leer(CABEZA + ANA.replace("630001", "630002").replace("ana@", "eva@")))
    padron.aplicar(otro, SISTEMA_ACTOR, now)
    assert db.session.scalar(select(func.count(Alumno.id))) == 2


def test_a_boleta_with_an_account_keeps_its_e_mail(escom: Escuela, now: datetime) -> None:
    alumno = factories.alumno(escom, now, boleta="2022630001")
    with escuela_scope(escom.id):
        vista = padron.comparar(leer(CABEZA + ANA))
        assert "correo" not in {campo for campo, _, _ in vista.cambian[0].campos}
        padron.aplicar(vista, SISTEMA_ACTOR, now)
        ana = db.session.scalar(select(Alumno))
        assert (ana.correo, ana.nombre) == (alumno.correo, "Ana Sofía")


def test_an_e_mail_of_another_alumno_is_an_error_of_its_line(escom: Escuela, now: datetime) -> None:
    factories.alumno(escom, now, boleta="2022630777", correo="ana@ejemplo.test")
    with escuela_scope(escom.id):
        vista = padron.comparar(leer(CABEZA + ANA))
    assert [e.frase for e in vista.errores] == [
        "El correo ana@ejemplo.test ya es de otro alumno (boleta 2022630777)."
    ]
    assert not vista.hay_algo


@pytest.mark.parametrize(
    ("correo", "paterno", "confirma"),
    [
        ("ana@ejemplo.test", "Otro", True),
        ("x@ejemplo.test", "ROBLES", True),
        ("x@ejemplo.test", "Otro", False),
    ],
)
def test_the_roll_confirms_a_registration_of_the_same_person(
    escom: Escuela, now: datetime, correo: str, paterno: str, confirma: bool
) -> None:
    factories.alumno(escom, now, boleta="2022630001", estado="por_confirmar", nombre="Ana Sofia", paterno=paterno,
                     materno="Muñoz", correo=correo)  # fmt: skip
    with escuela_scope(escom.id):
        vista = padron.comparar(leer(CABEZA + ANA))
        assert vista.cambian[0].confirma is confirma
        assert padron.aplicar(vista, replace(OFICINA, escuela_id=escom.id), now).confirmados == confirma
        assert db.session.scalar(select(Alumno.estado)) == ("activo" if confirma else "por_confirmar")


def test_the_roll_wins_over_a_registration_that_proved_nothing(escom: Escuela, now: datetime) -> None:
    """Who squats a boleta with an address of their own loses it, and the link on its way, to the roll's alumno."""
    factories.alumno(escom, now, boleta="2022630001", estado="invitado", origen="registro", nombre="Zoe")
    with escuela_scope(escom.id):
        alumno = db.session.scalar(select(Alumno))
        with unit_of_work(now) as uow:
            enlaces.crear(
                uow, "correo", usuario_id=alumno.usuario_id, escuela_id=escom.id, objeto_id=alumno.id
            )
        vista = padron.comparar(leer(CABEZA + ANA))
        assert vista.cambian[0].nota == "Se registró sin confirmar su correo: se le invita al del padrón."
        padron.aplicar(vista, OFICINA, now)
        ana = db.session.scalar(select(Alumno))
        assert (ana.nombre, ana.correo, ana.usuario_id, ana.origen) == (
            "Ana Sofía",
            "ana@ejemplo.test",
            None,
            "padron",
        )
        assert db.session.scalars(select(Enlace.usado).where(Enlace.proposito == "correo")).all() == [now]
        assert not padron.comparar(leer(CABEZA + ANA)).hay_algo


def test_another_escuela_is_never_compared_nor_written(escom: Escuela, esca: Escuela, now: datetime) -> None:
    factories.alumno(esca, now, boleta="2022630001", correo="ana@ejemplo.test", nombre="Ajena")
    with escuela_scope(escom.id):
        vista = padron.comparar(leer(CABEZA + ANA))
        assert len(vista.nuevos) == 1
        padron.aplicar(vista, SISTEMA_ACTOR, now)
    with escuela_scope(esca.id):
        assert db.session.scalars(select(Alumno.nombre)).all() == ["Ajena"]


def test_only_who_keeps_expedientes_imports(en_escom: Escuela, now: datetime) -> None:
    with pytest.raises(Forbidden):
        padron.aplicar(
            padron.comparar(leer(CABEZA + ANA)), replace(OFICINA, permisos=frozenset({"reportes"})), now
        )
    assert db.session.scalar(select(func.count(Alumno.id))) == 0


def test_what_was_seen_has_a_hash_that_changes_with_the_data(en_escom: Escuela, now: datetime) -> None:
    antes = padron.comparar(leer(CABEZA + ANA))
    assert antes.huella == padron.comparar(leer(CABEZA + ANA)).huella
    padron.aplicar(antes, SISTEMA_ACTOR, now)
    assert antes.huella != padron.comparar(leer(CABEZA + ANA)).huella


def test_a_roll_of_two_thousand_is_imported_within_seconds(en_escom: Escuela, now: datetime) -> None:
    lineas = (
        f"20236{n:05d},Nombre,Apellido{chr(97 + n % 26)},,a{n}@ejemplo.test,isc,,\n" for n in range(2000)
    )
    vista = padron.comparar(leer(CABEZA + "".join(lineas)))
    resumen = padron.aplicar(vista, SISTEMA_ACTOR, now)
    assert str(resumen) == (
        "Padrón importado: 2000 alumnos nuevos, invitados por correo; 0 con datos actualizados; "
        "0 registros confirmados."
    )
