"""A school is a folder of data, and every fault in it is said in a sentence."""

import copy
import tomllib
from datetime import date
from pathlib import Path

import pytest

from portal.domain import carta, plan
from tenants import profile as profile_module
from tenants.profile import (
    ProfileError,
    contrast_with_white,
    load_profile,
    parse_profile,
    profile_folders,
)

ROOT = Path(profile_module.__file__).parent
FOLDERS = profile_folders(ROOT)
SCHOOLS = {p.slug: p for p in map(load_profile, FOLDERS)}
RAW = tomllib.loads((ROOT / "escom" / "escuela.toml").read_text(encoding="utf-8"))

OIDC = {"emisor": "https://cuentas.escuela.test", "cliente": "portal"}


def broken(change):
    data = copy.deepcopy(RAW)
    change(data)
    with pytest.raises(ProfileError) as caught:
        parse_profile(data, "x/escuela.toml")
    return caught.value.errors


def put(path, value):
    """Set a value deep in the data: put("planes.0.meses_minimos", 30)."""
    *way, last = [int(p) if p.isdigit() else p for p in path.split(".")]

    def change(data):
        for part in way:
            data = data[part]
        data[last] = value

    return change


def test_the_three_schools_load():
    assert set(SCHOOLS) == {"escom", "esca-ust", "cetis-demo"}


@pytest.mark.parametrize("slug", sorted(SCHOOLS))
def test_a_profile_survives_being_stored_as_json(slug):
    assert parse_profile(SCHOOLS[slug].model_dump(mode="json")) == SCHOOLS[slug]


@pytest.mark.parametrize(
    ("slug", "prestatario", "steps", "horas"),
    [
        (
            "escom",
            "Biblioteca",
            [
                "reporte_180",
                "reporte_360",
                "reporte_480",
                "reporte_global",
                "evaluacion_desempeno",
                "carta_termino",
                "expediente_liberacion",
            ],
            480,
        ),
        (
            "esca-ust",
            "PEMEX",
            [
                *(f"reporte_{i}" for i in range(1, 8)),
                "reporte_global",
                "evaluacion_desempeno",
                "carta_termino",
                "lista_emision",
                "constancia_liberacion",
            ],
            480,
        ),
        (
            "esca-ust",
            "Biblioteca",
            ["evaluacion_desempeno", "carta_termino", "lista_emision", "constancia_liberacion"],
            480,
        ),
        ("cetis-demo", "Biblioteca", ["reporte_1", "reporte_2", "reporte_3", "carta_termino"], 500),
    ],
)
def test_each_school_asks_its_own_steps(slug, prestatario, steps, horas):
    found = plan.plan_from_data(SCHOOLS[slug].plan_para(prestatario).model_dump())
    assert [e.clave for e in found.entregas] == steps
    assert found.horas_totales == horas


@pytest.mark.parametrize(
    ("name", "plan_clave"),
    [
        ("ESCA UST", "interno"),
        ("  esca   ust ", "interno"),
        ("Petróleos Mexicanos", "interno"),
        ("petroleos mexicanos", "interno"),
        ("PEMEX", "interno"),
        ("PEMEX Gasolinera Demo", "externo"),
        ("", "externo"),
    ],
)
def test_the_plan_follows_the_prestatario(name, plan_clave):
    assert SCHOOLS["esca-ust"].plan_para(name).clave == plan_clave


def test_an_internal_prestatario_is_also_known_by_its_rfc():
    data = copy.deepcopy(RAW)
    data["prestatarios_internos"] = [{"nombre": "Demo Interna", "rfc": "DIN150316AB1"}]
    found = parse_profile(data)
    assert found.es_interno("otro nombre", " din150316ab1 ")
    assert not found.es_interno("otro nombre", "")


@pytest.mark.parametrize("slug", sorted(SCHOOLS))
@pytest.mark.parametrize("prestatario", ["PEMEX", "Biblioteca"])
def test_an_alumno_can_walk_every_plan_to_the_end(slug, prestatario):
    the_plan = plan.plan_from_data(SCHOOLS[slug].plan_para(prestatario).model_dump())
    today, horas, estados = date(2027, 3, 1), 0, {}
    for _ in the_plan.entregas:
        s = plan.Situacion(today, estados, horas, 0, date(2026, 8, 17), date(2027, 2, 26), "21140/0002")
        paso = plan.next_step(the_plan, s)
        assert paso.abierta, str(paso.por_que)
        if paso.spec.pide_horas:
            these = paso.spec.meta_horas - horas
            assert plan.objecion_horas(the_plan, paso.spec, s, these) is None
            horas += these
        estados = {**estados, paso.clave: "aceptada"}
    s = plan.Situacion(today, estados, horas, 0, date(2026, 8, 17), date(2027, 2, 26), "21140/0002")
    assert plan.next_step(the_plan, s) is None
    assert plan.faltantes_para_finalizar(the_plan, s) == ()


@pytest.mark.parametrize("slug", sorted(SCHOOLS))
def test_every_school_opens_the_way_by_solicitud_and_asks_the_six_documents(slug):
    found = SCHOOLS[slug]
    assert "solicitud" in found.vias
    assert [d.clave for d in found.documentos_dependencia] == [
        "decreto_o_acta",
        "nombramiento",
        "ine",
        "comprobante_domicilio",
        "constancia_fiscal",
        "logo",
    ]
    assert all(d.emite_la_escuela for d in found.documentos_solicitud)
    assert found.firmante(found.destinatario_termino, date(2026, 11, 20)) is not None


def test_profile_and_domain_speak_of_the_same_things():
    """Neither package imports the other, so their words are compared here."""
    entrega = profile_module.Plan.model_fields["entregas"].annotation.__args__[0]
    assert set(entrega.model_fields) == set(plan.EntregaSpec.__dataclass_fields__) - {"orden"}
    assert set(entrega.model_fields["tipo"].annotation.__args__) == set(plan.TIPOS)
    assert set(entrega.model_fields["sube"].annotation.__args__) == set(plan.SUBEN)
    assert set(profile_module.Plan.model_fields) == {*plan.Plan.__dataclass_fields__, "aplica"}
    assert set(carta.TIPOS) <= set(profile_module.TIPOS_CARTA)
    for name in plan.CONDICIONES:
        condition = f"{name}(480)" if name == "horas" else name
        data = copy.deepcopy(RAW)
        data["planes"][0]["entregas"][0]["abre"] = [condition]
        assert parse_profile(data).planes[0].entregas[0].abre == (condition,)
        assert plan.Condicion.parse(condition).tipo == name


@pytest.mark.parametrize(
    ("tipo", "anio", "numero", "folio"),
    [("termino", 2026, 7, "ESCOM-SS-T/2026/0007"), ("presentacion", 2027, 12345, "ESCOM-SS-P/2027/12345")],
)
def test_a_folio_is_written_by_its_pattern(tipo, anio, numero, folio):
    assert SCHOOLS["escom"].folio(tipo, anio, numero) == folio


@pytest.mark.parametrize(
    ("on", "nombre"),
    [
        (date(2021, 1, 1), None),
        (date(2025, 8, 31), "C.P. Leandro Quiroz Pacheco"),
        (date(2025, 9, 1), "Mtra. Elvira Santibáñez Rueda"),
        (date(2026, 11, 20), "Mtra. Elvira Santibáñez Rueda"),
    ],
)
def test_the_signer_is_who_held_the_office_that_day(on, nombre):
    found = SCHOOLS["esca-ust"].firmante("jefatura", on)
    assert (found.nombre_completo if found else None) == nombre


def test_vacations_are_days_off():
    days = SCHOOLS["escom"].calendario.dias_inhabiles()
    assert {date(2026, 5, 15), date(2026, 12, 21), date(2027, 1, 5)} <= days
    assert date(2027, 1, 6) not in days


def test_a_carrera_and_ready_reasons_are_found():
    escom = SCHOOLS["escom"]
    assert escom.carrera("isc") == "Ingeniería en Sistemas Computacionales"
    assert escom.carrera_en_carta("isc") == "Ingeniero en Sistemas Computacionales"
    assert escom.carrera("vieja") == escom.carrera_en_carta("vieja") == "vieja"
    assert any("legible" in m for m in escom.motivos_listos("entrega"))
    assert escom.motivos_listos("otra_cosa") == ()


@pytest.mark.parametrize(("color", "ratio"), [("#ffffff", 1.0), ("#000000", 21.0), ("#767676", 4.54)])
def test_contrast_is_measured_as_wcag_does(color, ratio):
    assert contrast_with_white(color) == pytest.approx(ratio, abs=0.01)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (put("slug", "verificar"), "slug: «verificar» es una dirección del portal; elige otro slug."),
        (put("slug", "Mi Escuela"), "slug: solo lleva minúsculas, números y guiones, como «mi-escuela»."),
        (
            put("color", "#8ab4f8"),
            "color: su contraste con el blanco es 2.1:1 y debe ser al menos 4.5:1; usa un tono más oscuro.",
        ),
        (put("color", "azul"), "color: debe ser un color como #6c1d45."),
        (put("correo", "nadie"), "correo: debe ser un correo electrónico."),
        (put("nombre", " "), "nombre: no puede estar vacío."),
        (put("nombr", "x"), "nombr: no se conoce este dato; revisa cómo está escrito."),
        (lambda d: d.pop("oficina"), "oficina: falta este dato."),
        (put("vias", []), "vias: no puede estar vacío."),
        (put("vias", ["otra"]), "vias[1]: debe ser uno de: 'solicitud' o 'prerregistro'."),
        (put("boleta.patron", "["), "boleta: el patrón no es una expresión regular válida."),
        (put("boleta.ejemplo", "12"), "boleta: el ejemplo 12 no cumple el patrón."),
        (put("limites.documento_mb", "mucho"), "limites.documento_mb: debe ser un número entero."),
        (put("limites.documento_mb", 4000), "limites.documento_mb: debe ser 3072 o menos."),
        (put("planes.0.meses_minimos", 30), "planes[1]: meses_minimos no puede ser mayor que meses_maximos."),
        (put("planes.0.horas_totales", 3000), "planes[1]: 3000 horas no caben en 24 meses de 88 horas."),
        (
            put("planes.0.horas_totales", 500),
            "planes[1]: la última meta_horas debe ser 500, como horas_totales.",
        ),
        (
            put("planes.0.entregas.1.meta_horas", 100),
            "planes[1]: meta_horas es acumulada: no puede bajar de una entrega a la siguiente.",
        ),
        (
            put("planes.0.entregas.0.pide_horas", False),
            "planes[1]: una entrega con meta_horas debe pedir horas (pide_horas = true).",
        ),
        (
            put("planes.0.entregas.1.clave", "reporte_180"),
            "planes[1]: entregas: la clave «reporte_180» está repetida.",
        ),
        (
            put("planes.0.entregas.0.abre", ["luna"]),
            "planes[1].entregas[1].abre[1]: debe ser una condición: anterior_aceptada, anteriores_aceptadas, "
            "horas(180), horas_completas, fecha_termino o numero_registro_visible.",
        ),
        (
            put("planes.0.entregas.0.sube", "dependencia"),
            "planes[1].entregas[1]: Reporte de 180 horas: quien sube la entrega no puede revisarla.",
        ),
        (
            put("planes.0.entregas.0.revisan", []),
            "planes[1].entregas[1]: Reporte de 180 horas: falta decir quién la revisa.",
        ),
        (
            put("planes.0.aplica", "internos"),
            "los planes deben ser uno para todos, o uno para internos y otro para externos.",
        ),
        (put("carreras.1.clave", "isc"), "carreras: la clave «isc» está repetida."),
        (
            put("planes.0.entregas.6.partes.1.origen", "carta:luna"),
            "Carta de término: no hay cartas de tipo «luna»; las hay de presentacion, constancia_estudios, convenio, "
            "aceptacion, baja, termino, finalizacion, relacion, reporte_alumnos, reporte_dependencias.",
        ),
        (put("destinatario_termino", "nadie"), "destinatario_termino debe ser el rol de un firmante."),
        (
            put("cartas.termino.folio", "{prefijo}/{numero}"),
            "cartas.termino.folio: debe llevar {anio} y {numero}.",
        ),
        (
            put("cartas.termino.folio", "{x}/{anio}/{numero}"),
            "cartas.termino.folio: usa solo {prefijo}, {anio} y {numero}.",
        ),
        (
            put("cartas.termino.prefijo", "ESCOM-SS-P"),
            "dos tipos de carta darían el mismo folio; cambia su prefijo.",
        ),
        (
            put("cartas.presentacion.firma", "rector"),
            "cartas.presentacion: no hay firmante con el rol «rector».",
        ),
        (lambda d: d["cartas"].pop("baja"), "falta la sección [cartas.baja]."),
        (put("calendario.festivos", ["ayer"]), "calendario.festivos[1]: debe ser una fecha como 2026-02-16."),
        (
            put("calendario.vacaciones.0.hasta", date(2026, 1, 1)),
            "calendario.vacaciones[1]: Semana Santa 2026: revisa las fechas de las vacaciones.",
        ),
        (put("calendario.horario.desde", "9"), "calendario.horario.desde: debe ser una hora como 09:00."),
        (
            put("acceso", {"segundo_factor": "siempre"}),
            "acceso.segundo_factor: debe ser uno de: 'opcional' o 'obligatorio'.",
        ),
        (
            put("acceso", {"oidc": {**OIDC, "emisor": "http://cuentas.escuela.test"}}),
            "acceso.oidc.emisor: debe ser una dirección https://, como la publica el proveedor.",
        ),
        (
            put("acceso", {"oidc": {**OIDC, "secreto": "x"}}),
            "acceso.oidc.secreto: no se conoce este dato; revisa cómo está escrito.",
        ),
        (
            put("acceso", {"oidc": {**OIDC, "alcance": "email"}}),
            "acceso.oidc.alcance: empieza con «openid», como «openid email profile».",
        ),
    ],
)
def test_a_fault_is_said_in_a_sentence(change, sentence):
    assert broken(change) == [f"x/escuela.toml: {sentence}"]


def test_people_come_in_by_password_alone_unless_the_profile_says_more():
    plain = parse_profile(RAW).acceso
    assert (plain.segundo_factor, plain.oidc) == ("opcional", None)
    more = parse_profile({**RAW, "acceso": {"segundo_factor": "obligatorio", "oidc": OIDC}}).acceso
    assert more.segundo_factor == "obligatorio"
    assert (more.oidc.busca, more.oidc.reclamo, more.oidc.emisor) == ("correo", "email", OIDC["emisor"])


def test_all_faults_are_said_at_once():
    def change(data):
        put("color", "azul")(data)
        put("correo", "nadie")(data)

    assert len(broken(change)) == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "No existe el archivo escuela.toml en la carpeta mi_escuela."),
        ("slug = ", "mi_escuela/escuela.toml no se puede leer como TOML: "),
    ],
)
def test_a_folder_without_a_readable_file_is_said_in_a_sentence(tmp_path, text, sentence):
    folder = tmp_path / "mi_escuela"
    folder.mkdir()
    if text is not None:
        (folder / "escuela.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError) as caught:
        load_profile(folder)
    assert len(caught.value.errors) == 1
    assert caught.value.errors[0].startswith(sentence)
