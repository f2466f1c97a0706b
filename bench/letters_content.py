"""What the letter of the bench says, for every engine the same."""

from __future__ import annotations

from datetime import date
from typing import Any

_UNO = """
En atención a su carta de presentación, me es grato informarle que la alumna <b>{{ alumno_nombre }}</b>, con
número de boleta <b>{{ alumno_boleta }}</b>, de la carrera de {{ carrera }}, ha sido aceptada para prestar
su servicio social en esta dependencia, en el proyecto «{{ proyecto_titulo }}», del {{ fecha_inicio|en_letra
}} al {{ fecha_termino|en_letra }}. Durante ese periodo la dependencia le asignará actividades acordes con
su formación, le dará la capacitación necesaria para realizarlas y designará a una persona responsable que
las dirija, las supervise y valide sus reportes en tiempo y forma. El proyecto comprende la digitalización,
la descripción y la conservación de documentos del acervo histórico, cuya consulta pública comenzará el
próximo Año con la participación de dieciséis instituciones de la región; por ello esperamos de quien lo
apoye puntualidad, discreción y cuidado en el manejo de los materiales, muchos de ellos únicos. Ofrecemos
por nuestra parte un espacio de trabajo digno y seguro, el equipo de cómputo indispensable y un trato
respetuoso, y nos comprometemos a informar a esa institución de cualquier incidente que pudiera afectar el
desarrollo del servicio o el de los estudios de la alumna, así como a respetar el calendario de exámenes que
nos comunique con la debida anticipación."""
_DOS = """
Las actividades que realizará {{ alumno_nombre }} se describen en el programa adjunto y consisten,
principalmente, en preparar los documentos para su captura, obtener imágenes de calidad suficiente,
registrar los datos que permiten localizarlas y verificar que el resultado corresponda con el original. Se
trabajará en equipos de cuatro personas, con reuniones semanales de seguimiento en las que cada integrante
expondrá sus avances, sus dificultades y sus propuestas. Al término de cada bimestre se entregará un informe
con las horas cubiertas, las actividades llevadas a cabo y las evidencias correspondientes, mismo que será
revisado por la persona responsable directa antes de enviarse a la escuela. Las ausencias deberán
justificarse por escrito y las horas no cubiertas se repondrán de común acuerdo, sin que la jornada exceda
de cuatro horas diarias ni interfiera con las obligaciones académicas. La dependencia no cobrará cantidad
alguna por ningún concepto; la relación que se establece es exclusivamente de servicio social y no genera
derechos ni obligaciones de carácter laboral entre las partes. La información a la que tenga acceso por
motivo de su participación será tratada como confidencial, aun después de concluido el servicio, conforme a
la legislación aplicable en materia de protección de datos."""
_TRES = """
Una vez cubiertas las horas requeridas y entregados los informes, esta dependencia extenderá a {{
alumno_nombre }} (boleta {{ alumno_boleta }}) la carta de término correspondiente, con las firmas del jefe
inmediato y de quien avala esta aceptación, para que realice ante esa institución los trámites de liberación
de su servicio social. En caso de que por causas de fuerza mayor no fuera posible concluir el proyecto en el
periodo señalado, se notificará oportunamente a la escuela para acordar la ampliación, el cambio de
actividades o la baja, según corresponda, y se acreditarán las horas efectivamente prestadas hasta esa
fecha. Reiteramos nuestro interés en seguir colaborando con la formación de las y los estudiantes y ponemos
a su disposición nuestras instalaciones para cualquier visita de seguimiento que consideren conveniente, así
como los canales de comunicación que aparecen al pie de este documento. Agradecemos de antemano la confianza
depositada en nuestra institución y quedamos atentos a cualquier observación sobre el contenido de la
presente, que podrá verificarse en línea mediante el código impreso al calce. Sin otro particular por el
momento, reciba un cordial saludo y la seguridad de nuestra más distinguida consideración."""
PARRAFOS = tuple(texto.strip() for texto in (_UNO, _DOS, _TRES))
FILAS = [
    ["Nombre", "{{ alumno_nombre }}"],
    ["Boleta", "{{ alumno_boleta }}"],
    ["Carrera", "{{ carrera }}"],
    ["Proyecto", "{{ proyecto_titulo }}"],
    ["Fecha de inicio", "{{ fecha_inicio|en_letra }}"],
    ["Fecha de término", "{{ fecha_termino|en_letra }}"],
    ["Horario", "{{ horario }}"],
    ["Dependencia", "{{ dependencia_razon_social }}"],
]
MEMBRETE = ("Instituto Tecnológico de Ejemplo", "Escuela Superior de Ejemplo", "Departamento de Extensión")


def datos(n: int) -> dict[str, Any]:
    """The values of letter n: none of them all the same as another's."""
    return {
        "institucion": MEMBRETE[0],
        "escuela_nombre": MEMBRETE[1],
        "oficina": MEMBRETE[2],
        "responsable_nombre": "Mtra. Elena Robledo Casas",
        "responsable_cargo": "Jefa del Departamento",
        "alumno_nombre": f"Mariana Iturbe Solís {n}",
        "alumno_boleta": f"{2021630000 + n}",
        "carrera": "Ingeniería en Sistemas Computacionales",
        "proyecto_titulo": "Digitalización del acervo histórico",
        "fecha_inicio": date(2026, 1 + n % 6, 16),
        "fecha_termino": date(2026, 7 + n % 6, 16),
        "horario": "Lunes a viernes de 9:00 a 13:00 horas",
        "dependencia_razon_social": "Biblioteca Pública del Norte, A.C.",
        "representante_nombre": f"Lic. Tomás Arriaga Peña {n % 50}",
        "representante_cargo": "Director General",
        "url": f"https://portal.test/verificar/ABCD-EFGH-{n:04d}",
    }
