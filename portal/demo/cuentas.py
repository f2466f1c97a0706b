"""What the demo says when it is ready: addresses and accounts."""

from __future__ import annotations

from portal.demo.elenco import CONTRASENA

# who, user name, path of the sign-in page, what there is to see
CUENTAS: tuple[tuple[str, str, str, str], ...] = (
    ("Coordinadora", "coordinacion@escom.test", "/escom/ingresar", "ESCOM, todos los permisos"),
    ("Alumno", "2021630001", "/escom/ingresar", "todavía sin solicitud"),
    ("Alumno", "2021630002", "/escom/ingresar", "en servicio, debe su reporte de 180 horas"),
    ("Alumno", "2021630003", "/escom/ingresar", "todo aceptado, espera su carta de finalización"),
    ("Dependencia", "contacto@biblioteca.test", "/dependencia/ingresar", "convenio con ESCOM y ESCA UST"),
    (
        "Coordinadora",
        "expedientes@esca-ust.test",
        "/esca-ust/ingresar",
        "convenios, expedientes y administración",
    ),
    ("Coordinador", "reportes@esca-ust.test", "/esca-ust/ingresar", "reportes"),
    ("Coordinadora", "terminos@esca-ust.test", "/esca-ust/ingresar", "términos"),
    ("Coordinadora", "vinculacion@cetis-demo.test", "/cetis-demo/ingresar", "CETIS Demo, todos los permisos"),
    ("Coordinadora", "enlace@escuelas.test", "/esca-ust/ingresar", "trabaja en ESCA UST y en CETIS Demo"),
)


def accounts_text(base_url: str) -> str:
    """The addresses and accounts of the demo, as a table for a terminal."""
    ancho = max(len(usuario) for _, usuario, _, _ in CUENTAS)
    lugar = max(len(ruta) for _, _, ruta, _ in CUENTAS)
    lines = [
        "",
        f"  El portal está en      {base_url}/",
        f"  Los correos se leen en {base_url}/correo",
        "",
        f"  Contraseña de todas las cuentas: {CONTRASENA}",
        "",
        *(
            f"  {quien:<12} {usuario:<{ancho}}  {ruta:<{lugar}}  {nota}"
            for quien, usuario, ruta, nota in CUENTAS
        ),
        "",
        "  Para terminar: Ctrl-C",
    ]
    return "\n".join(lines)
