"""What people must do works in a browser that runs no script at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from portal.models import Escuela
from tests import cierre, en_servicio
from tests.browser.papers import Papers
from tests.browser.people import Person
from tests.browser.world import ESCUELA, Site, give_password


@pytest.fixture
def plain(site: Site, open_browser: Callable[..., Page]) -> Person:
    """Somebody on a phone without JavaScript."""
    return Person(site, open_browser("phone", java_script_enabled=False))


def test_an_alumno_signs_in_uploads_a_report_and_sends_it(
    plain: Person, escom: Escuela, now: datetime, tmp_path: Path
) -> None:
    caso = en_servicio.caso(escom, now)
    give_password(caso.alumno.usuario_id, now)

    plain.go(f"/{ESCUELA}/ingresar")
    plain.page.locator("input[name=usuario]").fill(caso.alumno.boleta)
    plain.page.locator("input[name=contrasena]").fill("No-es-esta-1")
    plain.press("Ingresar")
    expect(plain.page.locator("[data-resumen-errores]")).to_be_visible()
    expect(plain.page.locator("input[name=usuario]")).to_have_value(caso.alumno.boleta)
    plain.sign_in(caso.alumno.boleta, caso.alumno.nombre_completo)

    plain.follow("Subir Reporte de 180 horas")
    plain.fill({"Horas de este periodo": "180", "Primer día del periodo": caso.servicio.inicio.isoformat(),
                "Último día del periodo": (caso.servicio.inicio + timedelta(days=105)).isoformat()})  # fmt: skip
    plain.press("Continuar")
    expect(plain.page.locator("#archivo-error")).to_be_visible()
    expect(plain.page.get_by_label("Horas de este periodo")).to_have_value("180")
    plain.attach("Tu archivo", Papers(tmp_path / "papers").pdf("reporte"))
    plain.press("Continuar")
    plain.heading("Revisa antes de enviar")
    plain.press("Enviar Reporte de 180 horas")
    plain.heading("Recibimos el Reporte de 180 horas")
    assert caso.entrega().estado == "en_revision"


def test_a_signer_signs_with_an_uploaded_image(
    plain: Person, escom: Escuela, now: datetime, tmp_path: Path
) -> None:
    caso = cierre.con_horas(escom, now)
    carta = cierre.emitir(caso, now)

    plain.go(f"/firmar/{cierre.enlace(caso, cierre.JEFA.correo)}")
    plain.press("Enviarme el código")
    plain.fill({"Código": cierre.codigo(caso, cierre.JEFA.correo)})
    plain.press("Continuar")
    expect(plain.page.locator("canvas")).to_be_hidden()
    plain.attach("O suba una imagen de su firma", Papers(tmp_path / "papers").signature())
    plain.tick("Declaro que tengo facultades")
    plain.press("Firmar la carta")
    plain.heading("Gracias: su firma quedó registrada")
    assert [firma.estado for firma in cierre.circuito(caso, carta)] == ["firmada", "pendiente"]
