"""What is open now, why the rest is not, and what lacks for the end."""

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.plan import (
    Condicion,
    Razon,
    Situacion,
    condition_missing,
    estado_de_plan,
    faltantes_para_finalizar,
    next_step,
    plan_from_data,
)
from portal.domain.plan_frases import PARA_OTROS, SENTENCES

TODAY = date(2026, 11, 20)
DOS = ["dependencia", "coordinador"]


def reporte(horas, *abre):
    return {
        "clave": f"r{horas}",
        "nombre": f"Reporte de {horas} horas",
        "tipo": "reporte",
        "sube": "alumno",
        "revisan": DOS,
        "abre": list(abre),
        "meta_horas": horas,
        "pide_horas": True,
    }


LIMITS = {
    "version": 1,
    "nombre": "Plan",
    "horas_totales": 480,
    "meses_minimos": 6,
    "meses_maximos": 24,
    "horas_dia_max": 4,
    "horas_mes_max": 88,
    "creditos_minimos_pct": 70,
}
LARGO = plan_from_data(
    {
        **LIMITS,
        "clave": "largo",
        "entregas": [
            reporte(180),
            reporte(360, "anterior_aceptada"),
            reporte(480, "anterior_aceptada"),
            {
                "clave": "global",
                "nombre": "Reporte global",
                "tipo": "global",
                "sube": "alumno",
                "revisan": DOS,
                "abre": ["anterior_aceptada", "horas_completas"],
            },
            {
                "clave": "evaluacion",
                "nombre": "Evaluación",
                "articulo": "la",
                "tipo": "evaluacion",
                "sube": "alumno",
                "revisan": DOS,
                "abre": ["anterior_aceptada"],
            },
            {
                "clave": "termino",
                "nombre": "Carta de término",
                "articulo": "la",
                "tipo": "carta_termino",
                "sube": "sistema",
                "abre": ["anterior_aceptada", "fecha_termino"],
            },
            {
                "clave": "expediente",
                "nombre": "Expediente",
                "tipo": "expediente",
                "sube": "alumno",
                "revisan": ["coordinador"],
                "abre": ["anterior_aceptada"],
            },
        ],
    }
)
CORTO = plan_from_data(
    {
        **LIMITS,
        "clave": "corto",
        "entregas": [
            {
                "clave": "evaluacion",
                "nombre": "Evaluación",
                "articulo": "la",
                "tipo": "evaluacion",
                "sube": "alumno",
                "revisan": ["coordinador"],
                "abre": ["fecha_termino"],
            },
            {
                "clave": "termino",
                "nombre": "Carta término",
                "articulo": "la",
                "tipo": "carta_termino",
                "sube": "alumno",
                "revisan": ["coordinador"],
                "abre": ["fecha_termino"],
                "meta_horas": 480,
                "pide_horas": True,
            },
            {
                "clave": "lista",
                "nombre": "Lista de emisión",
                "articulo": "la",
                "tipo": "lista_emision",
                "sube": "coordinador",
                "abre": ["anteriores_aceptadas"],
                "requerida": False,
            },
            {
                "clave": "constancia",
                "nombre": "Constancia",
                "articulo": "la",
                "tipo": "constancia",
                "sube": "coordinador",
                "abre": ["anterior_aceptada"],
                "requerida": False,
            },
        ],
    }
)
REGISTRO = plan_from_data(
    {
        **LIMITS,
        "clave": "registro",
        "entregas": [
            reporte(100, "numero_registro_visible"),
            reporte(200, "anterior_aceptada", "horas(150)"),
        ],
    }
)
PLANS = [LARGO, CORTO, REGISTRO]


def situacion(*accepted, today=TODAY, horas=0, **more):
    return Situacion(today=today, estados=dict.fromkeys(accepted, "aceptada"), horas_aceptadas=horas, **more)


def open_now(plan, s):
    return [p.clave for p in estado_de_plan(plan, s) if p.abierta]


@pytest.mark.parametrize(
    ("plan", "s", "expected"),
    [
        (LARGO, situacion(), ["r180"]),
        (LARGO, situacion(activo=False), []),
        (LARGO, situacion("r180", horas=180), ["r360"]),
        (LARGO, situacion("r180", "r360", "r480", horas=480), ["global"]),
        (LARGO, situacion("r180", "r360", "r480", horas=479), []),
        (LARGO, situacion("r180", "r360", "r480", "global", "evaluacion", horas=480), []),
        (
            LARGO,
            situacion("r180", "r360", "r480", "global", "evaluacion", horas=480, fecha_termino=TODAY),
            ["termino"],
        ),
        (CORTO, situacion(), []),
        (CORTO, situacion(fecha_termino=date(2026, 11, 21)), []),
        (CORTO, situacion(fecha_termino=TODAY), ["evaluacion", "termino"]),
        (CORTO, situacion("termino", fecha_termino=TODAY), ["evaluacion"]),
        (CORTO, situacion("evaluacion", "termino", fecha_termino=TODAY), ["lista"]),
        (REGISTRO, situacion(), []),
        (REGISTRO, situacion(numero_registro="21140/0002"), ["r100"]),
        (REGISTRO, situacion("r100", horas=149, numero_registro="21140/0002"), []),
        (REGISTRO, situacion("r100", horas=150, numero_registro="21140/0002"), ["r200"]),
    ],
)
def test_a_step_opens_when_its_conditions_hold(plan, s, expected):
    assert open_now(plan, s) == expected


@pytest.mark.parametrize(
    ("plan", "s", "clave", "why"),
    [
        (LARGO, situacion(), "r360", "Se abre cuando te acepten el reporte de 180 horas."),
        (
            LARGO,
            situacion("r180", "r360", "r480", horas=400),
            "global",
            "Se abre cuando tengas aceptadas las 480 horas. Llevas 400; te faltan 80.",
        ),
        (
            LARGO,
            situacion(),
            "expediente",
            "Se abre cuando la dependencia emita y firme la carta de término.",
        ),
        (
            LARGO,
            situacion("evaluacion", fecha_termino=date(2026, 12, 1)),
            "termino",
            "Se abre el 1 de diciembre de 2026, cuando termina tu servicio.",
        ),
        (
            LARGO,
            situacion("evaluacion"),
            "termino",
            "Se abre en tu fecha de término, que todavía no está registrada.",
        ),
        (
            LARGO,
            situacion(activo=False),
            "r180",
            "Tu servicio no está activo, así que por ahora no se recibe nada.",
        ),
        (
            CORTO,
            situacion("evaluacion"),
            "lista",
            "Se abre cuando tengas aceptado lo anterior. Falta: la carta término.",
        ),
        (CORTO, situacion(), "constancia", "Se abre cuando tu escuela cargue la lista de emisión."),
        (REGISTRO, situacion(), "r100", "Se abre cuando tu escuela publique tu número de registro."),
        (
            REGISTRO,
            situacion("r100", horas=100),
            "r200",
            "Se abre cuando te acepten 150 horas. Llevas 100; te faltan 50.",
        ),
    ],
)
def test_a_blocked_step_says_why(plan, s, clave, why):
    paso = next(p for p in estado_de_plan(plan, s) if p.clave == clave)
    assert (paso.abierta, str(paso.por_que)) == (False, why)


@st.composite
def situations(draw):
    plan = draw(st.sampled_from(PLANS))
    estados = {
        e.clave: draw(st.sampled_from(["bloqueada", "habilitada", "en_revision", "aceptada", "rechazada"]))
        for e in plan.entregas
    }
    s = Situacion(
        today=TODAY,
        estados=estados,
        horas_aceptadas=draw(st.integers(0, 520)),
        fecha_inicio=date(2026, 1, 16),
        activo=draw(st.booleans()),
        fecha_termino=draw(st.sampled_from([None, date(2026, 11, 19), TODAY, date(2026, 11, 21)])),
        numero_registro=draw(st.sampled_from([None, "21140/0002"])),
    )
    return plan, s


def holds(plan, i, condicion, s):
    """The conditions said again, without the code under test."""
    before = [s.estados[e.clave] == "aceptada" for e in plan.entregas[:i]]
    return {
        "anterior_aceptada": not before or before[-1],
        "anteriores_aceptadas": all(before),
        "horas": s.horas_aceptadas >= condicion.horas,
        "horas_completas": s.horas_aceptadas >= 480,
        "fecha_termino": s.fecha_termino is not None and s.fecha_termino <= s.today,
        "numero_registro_visible": bool(s.numero_registro),
    }[condicion.tipo]


@given(situations())
def test_no_order_of_accepted_entregas_opens_a_step_whose_condition_does_not_hold(case):
    plan, s = case
    for i, paso in enumerate(estado_de_plan(plan, s)):
        conditions = s.activo and all(holds(plan, i, c, s) for c in paso.spec.abre)
        waiting = s.estados[paso.clave] in ("bloqueada", "habilitada", "rechazada")
        assert paso.abierta == (conditions and waiting)
        assert (paso.por_que is None) == paso.abierta
        if paso.por_que:
            assert "{" not in paso.por_que.texto


@given(situations())
def test_whoever_has_something_open_is_told_of_an_open_step(case):
    plan, s = case
    paso = next_step(plan, s)
    pasos = estado_de_plan(plan, s)
    if all(p.estado == "aceptada" for p in pasos):
        assert paso is None
    elif any(p.abierta for p in pasos):
        assert paso.abierta
    else:
        assert paso in pasos


@given(situations())
def test_nothing_lacks_exactly_when_all_that_is_required_is_there(case):
    plan, s = case
    ready = (
        all(s.estados[e.clave] == "aceptada" for e in plan.entregas if e.requerida)
        and s.horas_aceptadas >= 480
        and s.fecha_termino in (date(2026, 11, 19), TODAY)
    )
    assert (faltantes_para_finalizar(plan, s) == ()) == ready


def test_a_walk_from_first_to_last_opens_one_step_after_the_other():
    s, seen = situacion(fecha_inicio=date(2026, 1, 16), fecha_termino=TODAY), []
    while (paso := next_step(LARGO, s)) is not None:
        assert open_now(LARGO, s) == [paso.clave]
        seen.append(paso.clave)
        horas = s.horas_aceptadas + {"r180": 180, "r360": 180, "r480": 120}.get(paso.clave, 0)
        s = replace(s, estados={**s.estados, paso.clave: "aceptada"}, horas_aceptadas=horas)
    assert seen == [e.clave for e in LARGO.entregas]
    assert faltantes_para_finalizar(LARGO, s) == ()


@pytest.mark.parametrize(
    ("estados", "horas", "expected"),
    [
        ({}, 0, "r180"),
        ({"r180": "en_revision"}, 0, "r180"),
        ({"r180": "rechazada"}, 0, "r180"),
        ({"r180": "aceptada", "r360": "en_revision"}, 180, "r360"),
    ],
)
def test_the_next_step_of_an_alumno(estados, horas, expected):
    assert next_step(LARGO, Situacion(TODAY, estados, horas)).clave == expected


def test_a_rejected_step_comes_before_another_open_one():
    s = Situacion(TODAY, {"termino": "rechazada"}, fecha_termino=TODAY)
    assert next_step(CORTO, s).clave == "termino"


def test_what_lacks_is_said_one_by_one():
    s = Situacion(
        TODAY,
        {"evaluacion": "rechazada", "termino": "en_revision"},
        0,
        fecha_inicio=date(2026, 10, 1),
        fecha_termino=date(2026, 12, 1),
    )
    assert [r.texto for r in faltantes_para_finalizar(CORTO, s)] == [
        "Falta la evaluación: fue rechazada y hay que corregirla.",
        "Falta la carta término: está en revisión.",
        "Faltan 480 de las 480 horas: hay 0 aceptadas.",
        "El servicio termina hasta el 1 de diciembre de 2026.",
        "El servicio dura al menos 6 meses: la fecha de término no puede ser antes del 31 de marzo de 2027. "
        "La oficina de la escuela puede autorizar una excepción.",
    ]


@pytest.mark.parametrize("text", ["horas", "horas()", "horas(x)", "anterior_aceptada(3)", "luna_llena", ""])
def test_an_unknown_condition_is_refused(text):
    with pytest.raises(ValueError, match="condición desconocida"):
        Condicion.parse(text)


def test_a_condition_that_nobody_wrote_never_opens():
    with pytest.raises(ValueError, match="desconocida"):
        condition_missing(LARGO, LARGO.entregas[0], Condicion("luna_llena"), situacion())


def test_a_plan_knows_its_steps_by_clave():
    assert LARGO.entrega("r360").orden == 2
    with pytest.raises(KeyError):
        LARGO.entrega("otra")


@pytest.mark.parametrize("key", sorted(SENTENCES))
def test_every_sentence_ends_as_one(key):
    assert SENTENCES[key].endswith(".")
    assert Razon(key).key == key


# What is said when a report is typed or a date is checked is read by the alumno alone, or speaks of the servicio.
SOLO_AL_ALUMNO = {key for key in SENTENCES if key.startswith(("plan.horas_", "plan.periodo_"))} - {
    "plan.horas_completas"
}


@pytest.mark.parametrize("key", sorted(SENTENCES.keys() - SOLO_AL_ALUMNO))
def test_what_others_read_of_an_alumno_does_not_speak_to_the_alumno(key):
    said = PARA_OTROS.get(key, SENTENCES[key])
    assert set(re.findall(r"{(\w+)}", said)) <= set(re.findall(r"{(\w+)}", SENTENCES[key]))
    assert not re.search(r"\b(te|tu|tus|llevas|tengas|tienes)\b", re.sub("{.*?}", "", said), re.IGNORECASE)
