"""How counted rows become the tables of a report."""

from __future__ import annotations

from datetime import date, datetime
from types import SimpleNamespace

import pypdfium2
import pytest

from portal.domain.calendario import Calendario
from portal.models import Escuela
from portal.queries.estadisticas import Cuenta, Decision, Dia
from portal.services import estadisticas, estadisticas_archivo, reportes
from portal.services.estadisticas import Contado, Estadistica
from tenants.scope import escuela_scope

SEMANA = (date(2026, 11, 16), date(2026, 11, 22))
PALABRAS = {
    "estado": {"activo": "Activo", "baja": "Baja"},
    "carrera": {"isc": "Sistemas"},
    "semestre": {"7": "7.º", "10": "10.º", "sin": "Sin dato"},
}


def armar(contado: Contado, *, todos: bool = False) -> Estadistica:
    return estadisticas.armar("semana", SEMANA, contado, PALABRAS, Calendario(), todos=todos)


def seccion(estadistica: Estadistica, clave: str) -> list[tuple[str, tuple[int | None, ...]]]:
    found = next(s for s in estadistica.secciones if s.clave == clave)
    return [(f.texto, f.valores) for f in found.filas]


@pytest.mark.parametrize(("cuantos", "filas"), [(20, 20), (21, 21), (45, 21)])
def test_prestatarios_beyond_the_first_twenty_are_one_row_until_all_are_asked_for(
    cuantos: int, filas: int
) -> None:
    cuentas = [Cuenta("prestatario", f"p{n}", f"Prestatario {n:03d}", 100 - n, n) for n in range(cuantos)]
    few = armar(Contado(cuentas, (), ()))
    found = seccion(few, "prestatario")
    assert len(found) == filas
    assert sum(v[0] or 0 for _, v in found) == sum(c.cuantos for c in cuentas)
    assert sum(v[1] or 0 for _, v in found) == sum(c.horas for c in cuentas)
    if cuantos > 20:
        assert found[-1][0] == f"Otros {cuantos - 20} prestatarios"
        assert next(s for s in few.secciones if s.clave == "prestatario").filas[-1].ligas[0] == (
            "estadisticas",
            {"prestatarios": "todos"},
        )
    assert len(seccion(armar(Contado(cuentas, (), ()), todos=True), "prestatario")) == cuantos


def test_semestres_stand_in_their_order_and_who_is_not_known_last() -> None:
    cuentas = [Cuenta("semestre", clave, "", n, 0) for clave, n in (("sin", 9), ("10", 1), ("7", 3))]
    assert [texto for texto, _ in seccion(armar(Contado(cuentas, (), ())), "semestre")] == [
        "7.º",
        "10.º",
        "Sin dato",
    ]


def decision(paso: str, accion: str, desde: date | None, dia: date, n: int = 1, motivo: str = "") -> Decision:
    return Decision(paso, accion, "Ana Prueba", "coordinador", motivo, desde, dia, n)


def test_waits_are_working_days_and_one_that_is_not_known_is_counted_without_a_time() -> None:
    viernes, lunes = date(2026, 11, 13), date(2026, 11, 17)  # the Monday between is a holiday
    hechas = [
        decision("tramite", "atender", viernes, lunes, 9),
        decision("tramite", "negar", viernes, date(2026, 11, 20), 1, "otro"),
        decision("tramite", "atender", None, lunes, 2),
        decision("baja", "negar", None, lunes),
    ]
    made = armar(Contado((), (), hechas))
    assert seccion(made, "tiempos") == [
        ("Trámite: hasta la carta o la negativa", (12, 1, 1)),
        ("Baja: de la petición a la decisión", (1, None, None)),
    ]
    assert seccion(made, "carga") == [("Ana Prueba", (13, 1))]
    assert seccion(made, "rechazos") == [(estadisticas.OTRO_MOTIVO, (1,))]


def test_figures_are_compared_with_the_period_before_and_days_outside_count_for_none() -> None:
    dias = [
        Dia(date(2026, 11, 16), "entrega_enviada", 3),
        Dia(date(2026, 11, 22), "entrega_enviada", 1),
        Dia(date(2026, 11, 15), "entrega_enviada", 6),
        Dia(date(2026, 11, 15), "tramite_negado", 2),
    ]
    made = armar(Contado((Cuenta("antes_total", "", "", 8, 0),), dias, ()))
    found = {c.texto: (c.valor, c.antes, c.cambio) for c in made.cifras}
    assert found["Entregas recibidas"] == (4, 6, "2 menos que en el periodo anterior (6)")
    assert found["Rechazos"] == (0, 2, "2 menos que en el periodo anterior (2)")
    assert found["Alumnos en servicio"] == (0, 8, "8 menos que en el periodo anterior (8)")
    assert [v for _, v in seccion(made, "tiempo")] == [(3, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (1, 0)]
    assert not made.vacia
    assert armar(Contado((), (), ())).vacia


def test_every_figure_of_a_table_is_a_row_of_the_plain_one() -> None:
    made = armar(Contado((Cuenta("estado", "activo", "", 2, 360),), (), ()))
    assert ("Por estado", "Activo", "Servicios", 2) in made.filas()
    assert ("Por estado", "Activo", "Horas aceptadas", 360) in made.filas()
    assert ("Cifras", "Bajas", "Periodo anterior", 0) in made.filas()


@pytest.mark.parametrize(
    ("formato", "dice", "calla"),
    [
        ("pdf", ("1,234", "56,789", "Sin dato"), ("1234", "56789")),
        ("csv", ("1234", "56789"), ("1,234", "56,789")),
    ],
)
def test_thousands_stand_apart_where_people_read_and_never_where_machines_do(
    escom: Escuela, now: datetime, formato: str, dice: tuple[str, ...], calla: tuple[str, ...]
) -> None:
    cuentas = [Cuenta("genero", "sin", "", 1234, 56789), Cuenta("total", "", "", 1234, 0)]
    sin_tiempo = [decision("baja", "negar", None, SEMANA[0])]
    found = armar(Contado(cuentas, (), sin_tiempo))
    assert found.cifras[0].cambio == "1,234 más que en el periodo anterior (0)"
    with escuela_scope(escom.id):
        datos = estadisticas_archivo.hacer(formato, found, now=now).datos
    if formato == "pdf":
        text = " ".join(p.get_textpage().get_text_range() for p in pypdfium2.PdfDocument(datos))
    else:
        text = datos.decode("utf-8-sig")
    assert [words for words in dice if words not in text] == []
    assert [words for words in calla if words in text] == []


def test_a_semestre_is_an_ordinal_where_people_read_and_a_number_in_a_file_of_rows() -> None:
    campos = [reportes.SERVICIO["semestre"], reportes.SERVICIO["horas"]]
    filas = [SimpleNamespace(semestre=n, horas=1480) for n in (7, None)]
    assert [reportes.textos(campos, f, PALABRAS) for f in filas] == [["7.º", "1,480"], ["Sin dato", "1,480"]]
    assert [reportes.celdas(campos, f, PALABRAS) for f in filas] == [[7, 1480], [None, 1480]]
