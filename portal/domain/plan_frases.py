"""What the plan says to the alumno, and what it says of the alumno to the office and the dependencia."""

POSIBLE = "La oficina de la escuela puede autorizar una excepción."
SENTENCES: dict[str, str] = {
    "plan.anterior_aceptada": "Se abre cuando te acepten {anterior}.",
    "plan.anterior_emitida": "Se abre cuando la dependencia emita y firme {anterior}.",
    "plan.anterior_cargada": "Se abre cuando tu escuela cargue {anterior}.",
    "plan.anteriores_aceptadas": "Se abre cuando tengas aceptado lo anterior. Falta: {faltan}.",
    "plan.horas": "Se abre cuando te acepten {meta} horas. Llevas {llevas}; te faltan {faltan}.",
    "plan.horas_completas": "Se abre cuando tengas aceptadas las {meta} horas. Llevas {llevas}; te faltan {faltan}.",
    "plan.fecha_termino": "Se abre el {fecha}, cuando termina tu servicio.",
    "plan.sin_fecha_termino": "Se abre en tu fecha de término, que todavía no está registrada.",
    "plan.sin_numero_registro": "Se abre cuando tu escuela publique tu número de registro.",
    "plan.no_activo": "Tu servicio no está activo, así que por ahora no se recibe nada.",
    "plan.en_revision": "Está en revisión. Te avisaremos por correo.",
    "plan.aceptada": "Ya quedó, no tienes que hacer nada.",
    "plan.falta_entrega": "Falta {entrega}: {estado}.",
    "plan.faltan_horas": "Faltan {faltan} de las {meta} horas: hay {llevas} aceptadas.",
    "plan.falta_fecha_termino": "El servicio termina hasta el {fecha}.",
    "plan.falta_registrar_fechas": "Faltan las fechas de inicio y de término del servicio.",
    "plan.pocos_meses": "El servicio dura al menos {meses} meses: la fecha de término no puede ser antes del {fecha}. "
    + POSIBLE,
    "plan.muchos_meses": "El servicio dura a lo más {meses} meses: la fecha de término no puede pasar del {fecha}. "
    + POSIBLE,
    "plan.fechas_al_reves": "La fecha de término debe ser posterior a la de inicio.",
    "plan.horas_vacias": "Escribe las horas de este periodo, con un número entero mayor que cero.",
    "plan.horas_bajo_meta": "Con estas {horas} horas llegarías a {suma}; {entrega} pide llegar al menos a {meta}.",
    "plan.horas_sobre_maximo": "En ese periodo caben a lo más {maximo} horas "
    "({dia} al día en días hábiles y {mes} al mes). Revisa las fechas o las horas. " + POSIBLE,
    "plan.periodo_vacio": "Escribe el primer y el último día del periodo que reportas.",
    "plan.periodo_al_reves": "El periodo debe terminar el mismo día que empieza o después.",
    "plan.periodo_antes_de_inicio": "El primer día de tu servicio es el {fecha}: el periodo no puede empezar antes.",
    "plan.periodo_repetido": "Ya reportaste hasta el {fecha}: este periodo debe empezar después de ese día.",
    "plan.periodo_futuro": "El periodo termina después de hoy. Reporta solo horas ya cumplidas.",
}

# What "falta" says of an entrega that is not accepted yet.
ESTADOS_FALTANTES: dict[str, str] = {
    "bloqueada": "todavía no se abre",
    "habilitada": "aún no se entrega",
    "en_revision": "está en revisión",
    "rechazada": "fue rechazada y hay que corregirla",
}

# Said of the alumno to somebody else. A sentence that is not here speaks to nobody and is the same for all.
PARA_OTROS: dict[str, str] = {
    "plan.anterior_aceptada": "Se abre cuando se acepte {anterior}.",
    "plan.anterior_cargada": "Se abre cuando la escuela cargue {anterior}.",
    "plan.anteriores_aceptadas": "Se abre cuando se acepte lo anterior. Falta: {faltan}.",
    "plan.horas": "Se abre cuando se acepten {meta} horas. Lleva {llevas}; faltan {faltan}.",
    "plan.horas_completas": "Se abre cuando se acepten las {meta} horas. Lleva {llevas}; faltan {faltan}.",
    "plan.fecha_termino": "Se abre el {fecha}, cuando termina el servicio.",
    "plan.sin_fecha_termino": "Se abre en la fecha de término, que todavía no está registrada.",
    "plan.sin_numero_registro": "Se abre cuando la escuela publique el número de registro.",
    "plan.no_activo": "El servicio no está activo, así que por ahora no se recibe nada.",
    "plan.en_revision": "Está en revisión.",
    "plan.aceptada": "Ya quedó.",
}
