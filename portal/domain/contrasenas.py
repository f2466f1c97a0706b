"""What a password must have, and the ones that everybody tries first."""

import re
from collections.abc import Iterable

from portal.domain.personas import sin_acentos

MINIMO = 8
MAXIMO = 128  # characters; more only makes the hash slow

SENTENCES: dict[str, str] = {
    "contrasena.corta": "Hacen falta al menos ocho caracteres.",
    "contrasena.larga": "Sobran caracteres: caben 128.",
    "contrasena.sin_mayuscula": "Le falta una letra mayúscula.",
    "contrasena.sin_numero": "Le falta un número.",
    "contrasena.sin_signo": "Le falta un signo, como - ! ? # o *.",
    "contrasena.comun": "Esa contraseña es de las primeras que cualquiera probaría. Hace falta otra.",
    "contrasena.personal": "No debe llevar el nombre, la boleta ni el correo.",
}
# What the form lists beside the field, in order: the sentence's key, the name under which the browser can tick it off
# while one types ("" where only the server knows), and its words.
CHECKLIST: tuple[tuple[str, str, str], ...] = (
    ("contrasena.corta", "largo", "Al menos ocho caracteres"),
    ("contrasena.sin_mayuscula", "mayuscula", "Una letra mayúscula"),
    ("contrasena.sin_numero", "digito", "Un número"),
    ("contrasena.sin_signo", "signo", "Un signo, como - ! ? # o *"),
    ("contrasena.personal", "", "Nada del nombre, el usuario ni el correo de la cuenta"),
    ("contrasena.comun", "", "Que no sea una contraseña muy usada"),
)

# Words of the lists of breached passwords, the worldwide ones and those of Mexico. Each stands
# for every capital, digit and sign that people hang on it, so the list stays short.
COMMON = frozenset(
    """
abc abcd abcde abcdef acceso access admin administrador administrator adriana alejandra alejandro
alexis amarillo america amigo amigos amistad amor amorcito amoreterno andrea andres angel angela
angeles angelica angelito antonio argentina arturo asdf asdfg asdfgh asdfghjkl ashley azul baby babygirl
bailey barbie barcelona barcelonafc baseball basketball batman beautiful bebe bebito bebita bienvenida
bienvenido blink bonita bonito buster butterfly cachorro camila canelo carlos carmen carolina cambiame
cambiar cambio casa changeme charlie chelsea chivas chocolate chivasrayadas ciudad clave claveacceso
claudia colegio colombia computadora contrasena contrasenia contrasenya contra corazon cristian cristina
cruzazul daniel daniela danielle default demo diana diego dinero diosesamor diosito dios dragon
dolphins eduardo elizabeth emmanuel empresa enrique entrar escuela escorpion estrella estrellita
estudiante familia felicidad felipe fernanda fernando flores flower football francisco freedom
frijol futbol gabriel gabriela gato gatito gatita gerardo george ginger gloria google guadalajara
guadalupe guest gustavo hannah hector hello hellokitty hermosa hola holamundo hotmail hugo
hunter iloveyou invitado internet isabel ivan jasmine javier jennifer jessica jesus jesuscristo jesuslove
jonathan jordan jorge jose joshua juan juancarlos julian julio justin karina karla killer kitty laura
leonardo leon leticia letmein liliana linda liverpool login lorena loulou love lovely lucero luis luna
lupita madrid maggie mama mamita manuel marcos margarita maria mariana mariajose mario mariposa
marisol martha martin master matrix matthew mauricio mexico mexicano mexicana mexicolindo michael
michelle mickey miguel miamor micontrasena miclave mierda minecraft miperro mipassword monica monkey
monterrey mustang naruto natalia navidad negrito netflix nicolas nicole ninja nissan novia novio
oficina olivia orlando oscar pablo pacman pamela papa papito passw password passwort pass passcode
patricia pedro pelota peluche peluchin perrito perro pepper pikachu poder politecnico pokemon poop
portal preciosa prince princesa princess principe profesor prueba pruebas pumas purple qazwsx
qazwsxedc qwe qwer qwert qwerty qwertyu qwertyui qwertyuiop qwertz rafael ramon raul realmadrid rebelde
rebeca ricardo roberto robert rocio rock rodrigo root rosa rosita ruben sakura samantha samsung sandra
santiago sebastian secret secreta secreto segura seguridad seguro sergio shadow silvia sistema sistemas
snoopy soccer sofia spiderman sol soleado starwars sunshine super superman susana sweet teamo teamomucho
tecnologico telcel telefono temporal tequiero tequila test teste tigre tigger tigres toor torres
trustno universidad usuario user valentina valeria vanessa veronica verano victor victoria virgen
virginia viviana welcome whatever windows xbox yankees yolanda zacatecas zapata zxcv zxcvb zxcvbn zxcvbnm
""".split()
)
PADDING = 8  # digits and signs hung on a common word that leave it common
LEET = str.maketrans("013457@$!|+", "oieastasiit")
ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "qazwsxedcrfvtgbyhnujm",
    "!@#$%^&*()",
    '!"#$%&/()=',
)


def _cores(lowered: str) -> set[str]:
    """The words it may be made of: its letters, and with 0→o, 3→e, @→a … undone, tail apart."""
    without_tail = re.sub(r"[0-9\W_]+$", "", lowered)
    return {
        re.sub(r"[^a-z]", "", text)
        for text in (lowered, lowered.translate(LEET), without_tail.translate(LEET))
    }


def _is_common_word(word: str) -> bool:
    half = word[: len(word) // 2]
    return word in COMMON or (half * 2 == word and half in COMMON)


def _is_run(lowered: str) -> bool:
    """Whether it is little more than one character repeated, or runs of four or more along the
    alphabet, the digits or the keyboard."""
    if max(map(lowered.count, lowered), default=0) >= len(lowered) - 3:
        return True
    rows = ROWS + tuple(row[::-1] for row in ROWS)
    left, covered = 0, 0
    while left < len(lowered):
        size = next(
            (
                n
                for n in range(len(lowered) - left, 3, -1)
                if any(lowered[left : left + n] in row for row in rows)
            ),
            0,
        )
        covered += size
        left += size or 1
    return len(lowered) - covered <= 2


def is_common(contrasena: str) -> bool:
    """Whether it is a word of the breached lists with digits, signs or swapped letters, or a run."""
    lowered = sin_acentos(contrasena).casefold()
    if _is_run(lowered):
        return True
    return any(_is_common_word(core) and len(lowered) - len(core) <= PADDING for core in _cores(lowered))


def is_personal(contrasena: str, personales: Iterable[str]) -> bool:
    """Whether it holds a boleta, the name part of an e-mail, or a name of four letters or more."""
    lowered = sin_acentos(contrasena).casefold()
    for value in personales:
        local = sin_acentos(value or "").casefold().split("@")[0]
        tokens = [local.replace(" ", ""), *re.split(r"[\W_]+", local)]
        if any(len(token) >= 4 and token in lowered for token in tokens):
            return True
    return False


def faltas(contrasena: str, personales: Iterable[str] = ()) -> tuple[str, ...]:
    """Keys of what the password lacks, in the checklist's order; empty when it may be used.

    At least eight characters with an upper-case letter, a digit and a sign [seed 001 §1].
    `personales`: boleta, e-mail and names of the person.
    """
    found = []
    if len(contrasena) < MINIMO:
        found.append("contrasena.corta")
    if len(contrasena) > MAXIMO:
        return ("contrasena.larga",)
    if not any(c.isupper() for c in contrasena):
        found.append("contrasena.sin_mayuscula")
    if not any(c.isdigit() for c in contrasena):
        found.append("contrasena.sin_numero")
    if not any(not c.isalnum() and not c.isspace() for c in contrasena):
        found.append("contrasena.sin_signo")
    if is_personal(contrasena, personales):
        found.append("contrasena.personal")
    if is_common(contrasena):
        found.append("contrasena.comun")
    return tuple(found)
