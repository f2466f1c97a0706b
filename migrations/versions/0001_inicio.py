"""The first tables: platform rows, each escuela's rows under composite keys, and the wall between escuelas."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.rls import rls_ddl

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Parents first.
TABLES = (
    "dependencia",
    "escuela",
    "intento_ingreso",
    "usuario",
    "alumno",
    "bitacora",
    "convenio",
    "correo",
    "dependencia_escuela",
    "dependencia_usuario",
    "dossier_documento",
    "enlace",
    "escuela_perfil",
    "folio_contador",
    "huella",
    "miembro",
    "outbox",
    "sesion",
    "convenio_documento",
    "documento",
    "proyecto",
    "solicitud",
    "servicio",
    "baja",
    "carta",
    "entrega",
    "entrega_historia",
    "firma",
    "tramite",
)
# The rows of these belong to one escuela: their key begins with escuela_id.
OWNED = (
    "alumno",
    "bitacora",
    "convenio",
    "correo",
    "escuela_perfil",
    "folio_contador",
    "miembro",
    "outbox",
    "convenio_documento",
    "documento",
    "proyecto",
    "solicitud",
    "servicio",
    "baja",
    "carta",
    "entrega",
    "entrega_historia",
    "firma",
    "tramite",
)


def upgrade() -> None:
    """Make every table; on PostgreSQL, hide each escuela's rows from the others."""
    _dependencia()
    _escuela()
    _intento_ingreso()
    _usuario()
    _alumno()
    _bitacora()
    _convenio()
    _correo()
    _dependencia_escuela()
    _dependencia_usuario()
    _dossier_documento()
    _enlace()
    _escuela_perfil()
    _folio_contador()
    _huella()
    _miembro()
    _outbox()
    _sesion()
    _convenio_documento()
    _documento()
    _proyecto()
    _solicitud()
    _servicio()
    _baja()
    _carta()
    _entrega()
    _entrega_historia()
    _firma()
    _tramite()
    if op.get_context().dialect.name == "postgresql":
        for table in OWNED:
            for statement in rls_ddl(table):
                op.execute(statement)


def downgrade() -> None:
    """Take everything back."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False)


def _key(table: str) -> tuple[sa.SchemaItem, ...]:
    """The id of a platform row, made by the client."""
    return (
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _owned_key(table: str) -> tuple[sa.SchemaItem, ...]:
    """(escuela_id, id): the key of a row that belongs to one escuela."""
    return (
        sa.Column("escuela_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("escuela_id", "id", name=op.f(f"pk_{table}")),
        _fk(table, "escuela_id", "escuela"),
    )


def _fk(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def _owned_fk(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    """Never a row of another escuela; checked at commit."""
    return sa.ForeignKeyConstraint(
        ["escuela_id", column],
        [f"{target}.escuela_id", f"{target}.id"],
        name=op.f(f"fk_{table}_escuela_id_{column}"),
        initially="DEFERRED",
        deferrable=True,
    )


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _dependencia() -> None:
    op.create_table(
        "dependencia",
        *_key("dependencia"),
        sa.Column("rfc", sa.String(length=13), nullable=False),
        sa.Column("tipo_persona", sa.String(length=6), nullable=False),
        sa.Column("razon_social", sa.String(length=250), nullable=False),
        sa.Column("nombre_corto", sa.String(length=80), nullable=False),
        sa.Column("sector", sa.String(length=40), nullable=False),
        sa.Column("calle", sa.String(length=200), nullable=False),
        sa.Column("colonia", sa.String(length=120), nullable=False),
        sa.Column("municipio", sa.String(length=120), nullable=False),
        sa.Column("entidad", sa.String(length=60), nullable=False),
        sa.Column("cp", sa.String(length=5), nullable=False),
        sa.Column("telefono", sa.String(length=20), nullable=False),
        sa.Column("correo", sa.String(length=254), nullable=False),
        sa.Column("sitio", sa.String(length=200), nullable=False),
        sa.Column("descripcion", sa.Text(), nullable=False),
        sa.Column("busqueda", sa.String(length=400), nullable=False),
        sa.Column("representante_nombre", sa.String(length=200), nullable=False),
        sa.Column("representante_cargo", sa.String(length=160), nullable=False),
        sa.Column("representante_correo", sa.String(length=254), nullable=False),
        sa.Column("representante_telefono", sa.String(length=20), nullable=False),
        _instant("verificada", nullable=True),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        _instant("creado"),
    )
    op.create_index(
        "uq_dependencia_rfc_verificada",
        "dependencia",
        ["rfc"],
        unique=True,
        sqlite_where=sa.text("verificada IS NOT NULL"),
        postgresql_where=sa.text("verificada IS NOT NULL"),
    )


def _escuela() -> None:
    op.create_table(
        "escuela",
        *_key("escuela"),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("nombre", sa.String(length=200), nullable=False),
        sa.Column("institucion", sa.String(length=200), nullable=False),
        sa.Column("oficina", sa.String(length=200), nullable=False),
        sa.Column("color", sa.String(length=7), nullable=False),
        sa.Column("perfil_version", sa.BigInteger(), nullable=False),
        sa.Column("activa", sa.Boolean(), nullable=False),
        _instant("creado"),
        _unique("escuela", "slug"),
    )


def _intento_ingreso() -> None:
    op.create_table(
        "intento_ingreso",
        *_key("intento_ingreso"),
        sa.Column("clave", sa.String(length=80), nullable=False),
        sa.Column("fallos", sa.BigInteger(), nullable=False),
        _instant("desde"),
        _instant("bloqueado_hasta", nullable=True),
        _unique("intento_ingreso", "clave"),
    )


def _usuario() -> None:
    op.create_table(
        "usuario",
        *_key("usuario"),
        sa.Column("correo", sa.String(length=254), nullable=False),
        sa.Column("nombre", sa.String(length=200), nullable=False),
        sa.Column("contrasena_hash", sa.String(length=200), nullable=True),
        _instant("contrasena_desde", nullable=True),
        _instant("correo_confirmado", nullable=True),
        sa.Column("activo", sa.Boolean(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        _instant("creado"),
        _unique("usuario", "correo"),
    )


def _alumno() -> None:
    op.create_table(
        "alumno",
        *_owned_key("alumno"),
        sa.Column("usuario_id", sa.BigInteger(), nullable=True),
        sa.Column("boleta", sa.String(length=20), nullable=False),
        sa.Column("nombre", sa.String(length=100), nullable=False),
        sa.Column("paterno", sa.String(length=100), nullable=False),
        sa.Column("materno", sa.String(length=100), nullable=False),
        sa.Column("correo", sa.String(length=254), nullable=False),
        sa.Column("telefono", sa.String(length=20), nullable=False),
        sa.Column("carrera", sa.String(length=20), nullable=False),
        sa.Column("semestre", sa.SmallInteger(), nullable=True),
        sa.Column("genero", sa.String(length=1), nullable=False),
        sa.Column("creditos_pct", sa.SmallInteger(), nullable=True),
        sa.Column("foto_id", sa.BigInteger(), nullable=True),
        sa.Column("motivo", sa.Text(), nullable=False),
        sa.Column("origen", sa.String(length=12), nullable=False),
        sa.Column("busqueda", sa.String(length=340), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        _instant("estado_desde"),
        sa.Column("estado", sa.String(length=20), nullable=False),
        _instant("creado"),
        _fk("alumno", "usuario_id", "usuario"),
        _unique("alumno", "escuela_id", "boleta"),
        _unique("alumno", "escuela_id", "public_id"),
    )
    op.create_index("ix_alumno_busqueda", "alumno", ["escuela_id", "busqueda"], unique=False)
    op.create_index("ix_alumno_estado", "alumno", ["escuela_id", "estado", "id"], unique=False)
    op.create_index("ix_alumno_usuario", "alumno", ["escuela_id", "usuario_id"], unique=False)
    op.create_index(op.f("ix_alumno_usuario_id"), "alumno", ["usuario_id"], unique=False)


def _bitacora() -> None:
    op.create_table(
        "bitacora",
        *_owned_key("bitacora"),
        sa.Column("usuario_id", sa.BigInteger(), nullable=True),
        sa.Column("autor", sa.String(length=200), nullable=False),
        sa.Column("rol", sa.String(length=12), nullable=False),
        sa.Column("noun", sa.String(length=30), nullable=False),
        sa.Column("objeto_id", sa.BigInteger(), nullable=False),
        sa.Column("alumno_id", sa.BigInteger(), nullable=True),
        sa.Column("accion", sa.String(length=30), nullable=False),
        sa.Column("antes", sa.String(length=20), nullable=False),
        sa.Column("despues", sa.String(length=20), nullable=False),
        sa.Column("motivo", sa.Text(), nullable=False),
        _instant("creado"),
    )
    op.create_index("ix_bitacora_alumno", "bitacora", ["escuela_id", "alumno_id", "id"], unique=False)
    op.create_index("ix_bitacora_creado", "bitacora", ["escuela_id", "creado"], unique=False)
    op.create_index("ix_bitacora_objeto", "bitacora", ["escuela_id", "noun", "objeto_id", "id"], unique=False)


def _convenio() -> None:
    op.create_table(
        "convenio",
        *_owned_key("convenio"),
        sa.Column("dependencia_id", sa.BigInteger(), nullable=False),
        sa.Column("correo_contacto", sa.String(length=254), nullable=False),
        sa.Column("desde", sa.Date(), nullable=True),
        sa.Column("hasta", sa.Date(), nullable=True),
        sa.Column("motivo", sa.Text(), nullable=False),
        sa.Column("decidio", sa.String(length=200), nullable=False),
        sa.Column("renueva_id", sa.BigInteger(), nullable=True),
        sa.Column("avisado", sa.BigInteger(), nullable=True),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        _instant("estado_desde"),
        sa.Column("estado", sa.String(length=20), nullable=False),
        _instant("creado"),
        _fk("convenio", "dependencia_id", "dependencia"),
        _unique("convenio", "escuela_id", "public_id"),
    )
    op.create_index(
        "ix_convenio_dependencia", "convenio", ["escuela_id", "dependencia_id", "id"], unique=False
    )
    op.create_index(op.f("ix_convenio_dependencia_id"), "convenio", ["dependencia_id"], unique=False)
    op.create_index(
        "ix_convenio_estado", "convenio", ["escuela_id", "estado", "estado_desde", "id"], unique=False
    )


def _correo() -> None:
    op.create_table(
        "correo",
        *_owned_key("correo"),
        sa.Column("message_id", sa.String(length=120), nullable=False),
        sa.Column("plantilla", sa.String(length=40), nullable=False),
        sa.Column("para", sa.String(length=254), nullable=False),
        sa.Column("usuario_id", sa.BigInteger(), nullable=True),
        sa.Column("asunto", sa.String(length=200), nullable=False),
        _json("contexto"),
        _instant("enviado", nullable=True),
        sa.Column("rechazado", sa.Text(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        _instant("creado"),
        _fk("correo", "usuario_id", "usuario"),
        _unique("correo", "escuela_id", "message_id"),
        _unique("correo", "escuela_id", "public_id"),
    )
    op.create_index("ix_correo_usuario", "correo", ["escuela_id", "usuario_id", "id"], unique=False)


def _dependencia_escuela() -> None:
    op.create_table(
        "dependencia_escuela",
        *_key("dependencia_escuela"),
        sa.Column("dependencia_id", sa.BigInteger(), nullable=False),
        sa.Column("escuela_id", sa.BigInteger(), nullable=False),
        _instant("creado"),
        _fk("dependencia_escuela", "dependencia_id", "dependencia"),
        _fk("dependencia_escuela", "escuela_id", "escuela"),
        _unique("dependencia_escuela", "dependencia_id", "escuela_id"),
    )
    op.create_index(
        op.f("ix_dependencia_escuela_escuela_id"), "dependencia_escuela", ["escuela_id"], unique=False
    )


def _dependencia_usuario() -> None:
    op.create_table(
        "dependencia_usuario",
        *_key("dependencia_usuario"),
        sa.Column("dependencia_id", sa.BigInteger(), nullable=False),
        sa.Column("usuario_id", sa.BigInteger(), nullable=False),
        sa.Column("cargo", sa.String(length=160), nullable=False),
        sa.Column("activo", sa.Boolean(), nullable=False),
        _instant("creado"),
        _fk("dependencia_usuario", "dependencia_id", "dependencia"),
        _fk("dependencia_usuario", "usuario_id", "usuario"),
        _unique("dependencia_usuario", "dependencia_id", "usuario_id"),
    )
    op.create_index(
        op.f("ix_dependencia_usuario_usuario_id"), "dependencia_usuario", ["usuario_id"], unique=False
    )


def _dossier_documento() -> None:
    op.create_table(
        "dossier_documento",
        *_key("dossier_documento"),
        sa.Column("dependencia_id", sa.BigInteger(), nullable=False),
        sa.Column("tipo", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("almacen", sa.String(length=20), nullable=False),
        sa.Column("clave", sa.String(length=200), nullable=False),
        sa.Column("nombre", sa.String(length=130), nullable=False),
        sa.Column("mime", sa.String(length=60), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("paginas", sa.BigInteger(), nullable=False),
        _json("avisos"),
        _json("leido"),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        _instant("creado"),
        _fk("dossier_documento", "dependencia_id", "dependencia"),
        _unique("dossier_documento", "dependencia_id", "tipo", "version"),
    )


def _enlace() -> None:
    op.create_table(
        "enlace",
        *_key("enlace"),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("proposito", sa.String(length=20), nullable=False),
        sa.Column("usuario_id", sa.BigInteger(), nullable=True),
        sa.Column("escuela_id", sa.BigInteger(), nullable=True),
        sa.Column("objeto_id", sa.BigInteger(), nullable=True),
        _instant("vence"),
        _instant("usado", nullable=True),
        _instant("creado"),
        _fk("enlace", "escuela_id", "escuela"),
        _fk("enlace", "usuario_id", "usuario"),
        _unique("enlace", "token_hash"),
    )
    op.create_index("ix_enlace_objeto", "enlace", ["proposito", "objeto_id"], unique=False)


def _escuela_perfil() -> None:
    op.create_table(
        "escuela_perfil",
        *_owned_key("escuela_perfil"),
        sa.Column("version", sa.BigInteger(), nullable=False),
        _json("datos"),
        sa.Column("huella", sa.String(length=64), nullable=False),
        sa.Column("autor", sa.String(length=160), nullable=False),
        _instant("creado"),
        _unique("escuela_perfil", "escuela_id", "version"),
    )


def _folio_contador() -> None:
    op.create_table(
        "folio_contador",
        *_owned_key("folio_contador"),
        sa.Column("tipo", sa.String(length=30), nullable=False),
        sa.Column("anio", sa.BigInteger(), nullable=False),
        sa.Column("ultimo", sa.BigInteger(), nullable=False),
        _unique("folio_contador", "escuela_id", "tipo", "anio"),
    )


def _huella() -> None:
    op.create_table(
        "huella",
        *_key("huella"),
        sa.Column("codigo", sa.String(length=24), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("escuela_id", sa.BigInteger(), nullable=False),
        _instant("creado"),
        _fk("huella", "escuela_id", "escuela"),
        _unique("huella", "codigo"),
        _unique("huella", "sha256"),
    )


def _miembro() -> None:
    op.create_table(
        "miembro",
        *_owned_key("miembro"),
        sa.Column("usuario_id", sa.BigInteger(), nullable=False),
        sa.Column("cargo", sa.String(length=160), nullable=False),
        _json("permisos"),
        sa.Column("activo", sa.Boolean(), nullable=False),
        _instant("visita_anterior", nullable=True),
        _instant("visita", nullable=True),
        _instant("creado"),
        _fk("miembro", "usuario_id", "usuario"),
        _unique("miembro", "escuela_id", "usuario_id"),
    )
    op.create_index(op.f("ix_miembro_usuario_id"), "miembro", ["usuario_id"], unique=False)


def _outbox() -> None:
    op.create_table(
        "outbox",
        *_owned_key("outbox"),
        sa.Column("tipo", sa.String(length=20), nullable=False),
        sa.Column("clave", sa.String(length=80), nullable=False),
        sa.Column("objeto_id", sa.BigInteger(), nullable=False),
        _instant("vence"),
        _instant("arriendo", nullable=True),
        sa.Column("arrendatario", sa.String(length=40), nullable=False),
        sa.Column("intentos", sa.SmallInteger(), nullable=False),
        _instant("hecho", nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        _instant("creado"),
        _unique("outbox", "escuela_id", "clave"),
    )
    op.create_index("ix_outbox_pendiente", "outbox", ["escuela_id", "hecho", "vence", "id"], unique=False)


def _sesion() -> None:
    op.create_table(
        "sesion",
        *_key("sesion"),
        sa.Column("usuario_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        _instant("vista"),
        sa.Column("navegador", sa.String(length=200), nullable=False),
        sa.Column("ip", sa.String(length=45), nullable=False),
        _instant("terminada", nullable=True),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        _instant("creado"),
        _fk("sesion", "usuario_id", "usuario"),
        _unique("sesion", "token_hash"),
    )
    op.create_index(op.f("ix_sesion_usuario_id"), "sesion", ["usuario_id"], unique=False)


def _convenio_documento() -> None:
    op.create_table(
        "convenio_documento",
        *_owned_key("convenio_documento"),
        sa.Column("convenio_id", sa.BigInteger(), nullable=False),
        sa.Column("dependencia_id", sa.BigInteger(), nullable=False),
        sa.Column("tipo", sa.String(length=40), nullable=False),
        sa.Column("dossier_documento_id", sa.BigInteger(), nullable=False),
        sa.Column("motivo", sa.Text(), nullable=False),
        sa.Column("decidio", sa.String(length=200), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        _instant("estado_desde"),
        sa.Column("estado", sa.String(length=20), nullable=False),
        _instant("creado"),
        _fk("convenio_documento", "dependencia_id", "dependencia"),
        _fk("convenio_documento", "dossier_documento_id", "dossier_documento"),
        _owned_fk("convenio_documento", "convenio_id", "convenio"),
        _unique("convenio_documento", "escuela_id", "convenio_id", "dossier_documento_id"),
        _unique("convenio_documento", "escuela_id", "public_id"),
    )
    op.create_index(
        "ix_convenio_documento_convenio",
        "convenio_documento",
        ["escuela_id", "convenio_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_convenio_documento_dependencia",
        "convenio_documento",
        ["escuela_id", "dependencia_id", "id"],
        unique=False,
    )


def _documento() -> None:
    op.create_table(
        "documento",
        *_owned_key("documento"),
        sa.Column("tipo", sa.String(length=40), nullable=False),
        sa.Column("alumno_id", sa.BigInteger(), nullable=True),
        sa.Column("dependencia_id", sa.BigInteger(), nullable=True),
        sa.Column("almacen", sa.String(length=20), nullable=False),
        sa.Column("clave", sa.String(length=200), nullable=False),
        sa.Column("nombre", sa.String(length=130), nullable=False),
        sa.Column("mime", sa.String(length=60), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("paginas", sa.BigInteger(), nullable=False),
        _json("avisos"),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        _instant("creado"),
        _fk("documento", "dependencia_id", "dependencia"),
        _owned_fk("documento", "alumno_id", "alumno"),
        _unique("documento", "escuela_id", "public_id"),
    )
    op.create_index("ix_documento_alumno", "documento", ["escuela_id", "alumno_id", "id"], unique=False)


def _proyecto() -> None:
    op.create_table(
        "proyecto",
        *_owned_key("proyecto"),
        sa.Column("dependencia_id", sa.BigInteger(), nullable=False),
        sa.Column("convenio_id", sa.BigInteger(), nullable=False),
        sa.Column("titulo", sa.String(length=200), nullable=False),
        sa.Column("proposito", sa.Text(), nullable=False),
        _json("actividades"),
        sa.Column("actividades_documento_id", sa.BigInteger(), nullable=True),
        sa.Column("carreras", sa.Text(), nullable=False),
        sa.Column("cupo", sa.SmallInteger(), nullable=False),
        sa.Column("ocupados", sa.SmallInteger(), nullable=False),
        sa.Column("modalidad", sa.String(length=12), nullable=False),
        sa.Column("lugar", sa.String(length=250), nullable=False),
        sa.Column("zona", sa.String(length=80), nullable=False),
        sa.Column("horario", sa.String(length=160), nullable=False),
        sa.Column("honorarios", sa.String(length=160), nullable=False),
        sa.Column("responsable_nombre", sa.String(length=200), nullable=False),
        sa.Column("responsable_cargo", sa.String(length=160), nullable=False),
        sa.Column("responsable_correo", sa.String(length=254), nullable=False),
        sa.Column("responsable_telefono", sa.String(length=20), nullable=False),
        sa.Column("jefe_nombre", sa.String(length=200), nullable=False),
        sa.Column("jefe_cargo", sa.String(length=160), nullable=False),
        sa.Column("jefe_correo", sa.String(length=254), nullable=False),
        sa.Column("gerente_nombre", sa.String(length=200), nullable=False),
        sa.Column("gerente_cargo", sa.String(length=160), nullable=False),
        sa.Column("gerente_correo", sa.String(length=254), nullable=False),
        sa.Column("motivo", sa.Text(), nullable=False),
        sa.Column("busqueda", sa.Text(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        _instant("estado_desde"),
        sa.Column("estado", sa.String(length=20), nullable=False),
        _instant("creado"),
        sa.CheckConstraint("ocupados >= 0 AND ocupados <= cupo", name=op.f("ck_proyecto_cupo")),
        _fk("proyecto", "dependencia_id", "dependencia"),
        _owned_fk("proyecto", "actividades_documento_id", "documento"),
        _owned_fk("proyecto", "convenio_id", "convenio"),
        _unique("proyecto", "escuela_id", "public_id"),
    )
    op.create_index(
        "ix_proyecto_dependencia", "proyecto", ["escuela_id", "dependencia_id", "id"], unique=False
    )
    op.create_index(op.f("ix_proyecto_dependencia_id"), "proyecto", ["dependencia_id"], unique=False)
    op.create_index("ix_proyecto_estado", "proyecto", ["escuela_id", "estado", "id"], unique=False)


def _solicitud() -> None:
    op.create_table(
        "solicitud",
        *_owned_key("solicitud"),
        sa.Column("alumno_id", sa.BigInteger(), nullable=False),
        sa.Column("proyecto_id", sa.BigInteger(), nullable=False),
        sa.Column("dependencia_id", sa.BigInteger(), nullable=False),
        sa.Column("mensaje", sa.Text(), nullable=False),
        sa.Column("presentacion_documento_id", sa.BigInteger(), nullable=True),
        sa.Column("constancia_documento_id", sa.BigInteger(), nullable=True),
        sa.Column("inicio", sa.Date(), nullable=True),
        sa.Column("termino", sa.Date(), nullable=True),
        sa.Column("horario", sa.String(length=160), nullable=False),
        sa.Column("motivo", sa.Text(), nullable=False),
        sa.Column("decidio", sa.String(length=200), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        _instant("estado_desde"),
        sa.Column("estado", sa.String(length=20), nullable=False),
        _instant("creado"),
        _fk("solicitud", "dependencia_id", "dependencia"),
        _owned_fk("solicitud", "alumno_id", "alumno"),
        _owned_fk("solicitud", "constancia_documento_id", "documento"),
        _owned_fk("solicitud", "presentacion_documento_id", "documento"),
        _owned_fk("solicitud", "proyecto_id", "proyecto"),
        _unique("solicitud", "escuela_id", "public_id"),
    )
    op.create_index("ix_solicitud_alumno", "solicitud", ["escuela_id", "alumno_id", "id"], unique=False)
    op.create_index(
        "ix_solicitud_dependencia",
        "solicitud",
        ["escuela_id", "dependencia_id", "estado", "estado_desde"],
        unique=False,
    )
    op.create_index(
        "ix_solicitud_proyecto", "solicitud", ["escuela_id", "proyecto_id", "estado"], unique=False
    )
    op.create_index(
        "uq_solicitud_abierta",
        "solicitud",
        ["escuela_id", "alumno_id", "proyecto_id"],
        unique=True,
        sqlite_where=sa.text("estado IN ('borrador', 'enviada')"),
        postgresql_where=sa.text("estado IN ('borrador', 'enviada')"),
    )


def _servicio() -> None:
    op.create_table(
        "servicio",
        *_owned_key("servicio"),
        sa.Column("alumno_id", sa.BigInteger(), nullable=False),
        sa.Column("proyecto_id", sa.BigInteger(), nullable=True),
        sa.Column("solicitud_id", sa.BigInteger(), nullable=True),
        sa.Column("dependencia_id", sa.BigInteger(), nullable=False),
        sa.Column("perfil_version", sa.BigInteger(), nullable=False),
        sa.Column("plan_clave", sa.String(length=40), nullable=False),
        sa.Column("inicio", sa.Date(), nullable=False),
        sa.Column("termino", sa.Date(), nullable=False),
        sa.Column("horario", sa.String(length=160), nullable=False),
        sa.Column("numero_registro", sa.String(length=30), nullable=True),
        sa.Column("horas_plan", sa.SmallInteger(), nullable=False),
        sa.Column("horas_aceptadas", sa.SmallInteger(), nullable=False),
        sa.Column("horas_previas", sa.SmallInteger(), nullable=False),
        sa.Column("motivo", sa.Text(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        _instant("estado_desde"),
        sa.Column("estado", sa.String(length=20), nullable=False),
        _instant("creado"),
        _fk("servicio", "dependencia_id", "dependencia"),
        _owned_fk("servicio", "alumno_id", "alumno"),
        _owned_fk("servicio", "proyecto_id", "proyecto"),
        _owned_fk("servicio", "solicitud_id", "solicitud"),
        _unique("servicio", "escuela_id", "numero_registro"),
        _unique("servicio", "escuela_id", "public_id"),
    )
    op.create_index("ix_servicio_alumno", "servicio", ["escuela_id", "alumno_id", "id"], unique=False)
    op.create_index(
        "ix_servicio_dependencia", "servicio", ["escuela_id", "dependencia_id", "estado", "id"], unique=False
    )
    op.create_index(
        "ix_servicio_estado", "servicio", ["escuela_id", "estado", "estado_desde", "id"], unique=False
    )
    op.create_index("ix_servicio_inicio", "servicio", ["escuela_id", "inicio", "id"], unique=False)
    op.create_index(
        "ix_servicio_prestadores", "servicio", ["escuela_id", "dependencia_id", "id"], unique=False
    )
    op.create_index(
        "ix_servicio_termino", "servicio", ["escuela_id", "estado", "termino", "id"], unique=False
    )


def _baja() -> None:
    op.create_table(
        "baja",
        *_owned_key("baja"),
        sa.Column("servicio_id", sa.BigInteger(), nullable=False),
        sa.Column("alumno_id", sa.BigInteger(), nullable=False),
        sa.Column("dependencia_id", sa.BigInteger(), nullable=False),
        sa.Column("justificacion", sa.Text(), nullable=False),
        sa.Column("fecha", sa.Date(), nullable=False),
        sa.Column("documento_id", sa.BigInteger(), nullable=True),
        sa.Column("pidio", sa.String(length=200), nullable=False),
        sa.Column("motivo", sa.Text(), nullable=False),
        sa.Column("decidio", sa.String(length=200), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        _instant("estado_desde"),
        sa.Column("estado", sa.String(length=20), nullable=False),
        _instant("creado"),
        _fk("baja", "dependencia_id", "dependencia"),
        _owned_fk("baja", "alumno_id", "alumno"),
        _owned_fk("baja", "documento_id", "documento"),
        _owned_fk("baja", "servicio_id", "servicio"),
        _unique("baja", "escuela_id", "public_id"),
    )
    op.create_index("ix_baja_alumno", "baja", ["escuela_id", "alumno_id", "id"], unique=False)
    op.create_index("ix_baja_dependencia", "baja", ["escuela_id", "dependencia_id", "id"], unique=False)
    op.create_index("ix_baja_estado", "baja", ["escuela_id", "estado", "estado_desde", "id"], unique=False)
    op.create_index("ix_baja_servicio", "baja", ["escuela_id", "servicio_id", "id"], unique=False)


def _carta() -> None:
    op.create_table(
        "carta",
        *_owned_key("carta"),
        sa.Column("tipo", sa.String(length=24), nullable=False),
        sa.Column("folio", sa.String(length=60), nullable=False),
        sa.Column("anio", sa.SmallInteger(), nullable=False),
        sa.Column("numero", sa.BigInteger(), nullable=False),
        sa.Column("codigo", sa.String(length=24), nullable=False),
        sa.Column("perfil_version", sa.BigInteger(), nullable=False),
        _json("valores"),
        sa.Column("titulo", sa.String(length=200), nullable=False),
        sa.Column("alumno_id", sa.BigInteger(), nullable=True),
        sa.Column("servicio_id", sa.BigInteger(), nullable=True),
        sa.Column("convenio_id", sa.BigInteger(), nullable=True),
        sa.Column("dependencia_id", sa.BigInteger(), nullable=True),
        sa.Column("documento_id", sa.BigInteger(), nullable=True),
        _instant("emitida", nullable=True),
        _instant("descargada", nullable=True),
        sa.Column("reemplaza_id", sa.BigInteger(), nullable=True),
        sa.Column("motivo", sa.Text(), nullable=False),
        sa.Column("emitio", sa.String(length=200), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        _instant("estado_desde"),
        sa.Column("estado", sa.String(length=20), nullable=False),
        _instant("creado"),
        _fk("carta", "dependencia_id", "dependencia"),
        _owned_fk("carta", "alumno_id", "alumno"),
        _owned_fk("carta", "convenio_id", "convenio"),
        _owned_fk("carta", "documento_id", "documento"),
        _owned_fk("carta", "servicio_id", "servicio"),
        _unique("carta", "escuela_id", "codigo"),
        _unique("carta", "escuela_id", "public_id"),
        _unique("carta", "escuela_id", "tipo", "anio", "numero"),
    )
    op.create_index("ix_carta_alumno", "carta", ["escuela_id", "alumno_id", "id"], unique=False)
    op.create_index("ix_carta_convenio", "carta", ["escuela_id", "convenio_id", "id"], unique=False)
    op.create_index("ix_carta_dependencia", "carta", ["escuela_id", "dependencia_id", "id"], unique=False)
    op.create_index("ix_carta_estado", "carta", ["escuela_id", "estado", "estado_desde", "id"], unique=False)
    op.create_index("ix_carta_reemplaza", "carta", ["escuela_id", "reemplaza_id"], unique=False)
    op.create_index("ix_carta_servicio", "carta", ["escuela_id", "servicio_id", "id"], unique=False)


def _entrega() -> None:
    op.create_table(
        "entrega",
        *_owned_key("entrega"),
        sa.Column("servicio_id", sa.BigInteger(), nullable=False),
        sa.Column("alumno_id", sa.BigInteger(), nullable=False),
        sa.Column("dependencia_id", sa.BigInteger(), nullable=False),
        sa.Column("clave", sa.String(length=40), nullable=False),
        sa.Column("nombre", sa.String(length=120), nullable=False),
        sa.Column("tipo", sa.String(length=20), nullable=False),
        sa.Column("orden", sa.SmallInteger(), nullable=False),
        _json("revisan"),
        sa.Column("turno", sa.SmallInteger(), nullable=False),
        sa.Column("revisor_en_turno", sa.String(length=12), nullable=True),
        sa.Column("pide_horas", sa.Boolean(), nullable=False),
        sa.Column("meta_horas", sa.SmallInteger(), nullable=True),
        sa.Column("documento_id", sa.BigInteger(), nullable=True),
        sa.Column("borrador_documento_id", sa.BigInteger(), nullable=True),
        _json("borrador"),
        sa.Column("horas", sa.SmallInteger(), nullable=False),
        sa.Column("horas_acumuladas", sa.SmallInteger(), nullable=False),
        sa.Column("periodo_desde", sa.Date(), nullable=True),
        sa.Column("periodo_hasta", sa.Date(), nullable=True),
        sa.Column("actividades", sa.Text(), nullable=False),
        sa.Column("motivo", sa.Text(), nullable=False),
        sa.Column("decidio", sa.String(length=200), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        _instant("estado_desde"),
        sa.Column("estado", sa.String(length=20), nullable=False),
        _instant("creado"),
        _fk("entrega", "dependencia_id", "dependencia"),
        _owned_fk("entrega", "alumno_id", "alumno"),
        _owned_fk("entrega", "borrador_documento_id", "documento"),
        _owned_fk("entrega", "documento_id", "documento"),
        _owned_fk("entrega", "servicio_id", "servicio"),
        _unique("entrega", "escuela_id", "public_id"),
        _unique("entrega", "escuela_id", "servicio_id", "clave"),
    )
    op.create_index(
        "ix_entrega_cola",
        "entrega",
        ["escuela_id", "estado", "revisor_en_turno", "estado_desde", "id"],
        unique=False,
    )
    op.create_index(
        "ix_entrega_dependencia",
        "entrega",
        ["escuela_id", "dependencia_id", "estado", "revisor_en_turno"],
        unique=False,
    )


def _entrega_historia() -> None:
    op.create_table(
        "entrega_historia",
        *_owned_key("entrega_historia"),
        sa.Column("entrega_id", sa.BigInteger(), nullable=False),
        sa.Column("documento_id", sa.BigInteger(), nullable=True),
        sa.Column("accion", sa.String(length=20), nullable=False),
        sa.Column("autor", sa.String(length=200), nullable=False),
        sa.Column("rol", sa.String(length=12), nullable=False),
        sa.Column("motivo", sa.Text(), nullable=False),
        _json("cifras"),
        _instant("creado"),
        _owned_fk("entrega_historia", "documento_id", "documento"),
        _owned_fk("entrega_historia", "entrega_id", "entrega"),
    )
    op.create_index(
        "ix_entrega_historia", "entrega_historia", ["escuela_id", "entrega_id", "id"], unique=False
    )


def _firma() -> None:
    op.create_table(
        "firma",
        *_owned_key("firma"),
        sa.Column("carta_id", sa.BigInteger(), nullable=False),
        sa.Column("orden", sa.SmallInteger(), nullable=False),
        sa.Column("papel", sa.String(length=30), nullable=False),
        sa.Column("nombre", sa.String(length=200), nullable=False),
        sa.Column("cargo", sa.String(length=160), nullable=False),
        sa.Column("correo", sa.String(length=254), nullable=False),
        sa.Column("imagen_documento_id", sa.BigInteger(), nullable=True),
        _instant("firmada", nullable=True),
        _instant("avisada", nullable=True),
        sa.Column("ip", sa.String(length=45), nullable=False),
        sa.Column("motivo", sa.Text(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        _instant("estado_desde"),
        sa.Column("estado", sa.String(length=20), nullable=False),
        _instant("creado"),
        _owned_fk("firma", "carta_id", "carta"),
        _owned_fk("firma", "imagen_documento_id", "documento"),
        _unique("firma", "escuela_id", "carta_id", "orden"),
        _unique("firma", "escuela_id", "public_id"),
    )


def _tramite() -> None:
    op.create_table(
        "tramite",
        *_owned_key("tramite"),
        sa.Column("tipo", sa.String(length=24), nullable=False),
        sa.Column("alumno_id", sa.BigInteger(), nullable=False),
        sa.Column("solicitud_id", sa.BigInteger(), nullable=True),
        sa.Column("proyecto_id", sa.BigInteger(), nullable=True),
        sa.Column("carta_id", sa.BigInteger(), nullable=True),
        sa.Column("motivo", sa.Text(), nullable=False),
        sa.Column("decidio", sa.String(length=200), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        _instant("estado_desde"),
        sa.Column("estado", sa.String(length=20), nullable=False),
        _instant("creado"),
        _owned_fk("tramite", "alumno_id", "alumno"),
        _owned_fk("tramite", "carta_id", "carta"),
        _owned_fk("tramite", "proyecto_id", "proyecto"),
        _owned_fk("tramite", "solicitud_id", "solicitud"),
        _unique("tramite", "escuela_id", "public_id"),
    )
    op.create_index("ix_tramite_alumno", "tramite", ["escuela_id", "alumno_id", "id"], unique=False)
    op.create_index("ix_tramite_carta", "tramite", ["escuela_id", "carta_id"], unique=False)
    op.create_index(
        "ix_tramite_estado", "tramite", ["escuela_id", "estado", "estado_desde", "id"], unique=False
    )
    op.create_index("ix_tramite_solicitud", "tramite", ["escuela_id", "solicitud_id"], unique=False)
