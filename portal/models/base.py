"""The declarative base and the columns that several nouns share."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, ClassVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, BigInteger, Date, DateTime, ForeignKey, MetaData, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, registry
from sqlalchemy.types import TypeDecorator

from portal.domain.machine import Machine
from tenants.ids import new_id, new_public_id

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, stored in UTC on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Refuse a naive instant; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Give back an aware instant."""
        if value is not None and value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return value


class Claves(TypeDecorator[list[str]]):
    """A short list of keys, kept as |a|b| so that one LIKE finds a member."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: list[str] | None, dialect: Any) -> str | None:
        """['a', 'b'] -> '|a|b|'."""
        if isinstance(value, str):  # a LIKE pattern
            return value
        return None if value is None else "|" + "".join(f"{v}|" for v in value)

    def process_result_value(self, value: str | None, dialect: Any) -> list[str]:
        """'|a|b|' -> ['a', 'b']."""
        return [v for v in (value or "").split("|") if v]


Json = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    """Every table of the portal."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            datetime: UtcDateTime,
            date: Date,
            dict[str, Any]: Json,
            list[str]: Json,
            list[dict[str, Any]]: Json,
            int: BigInteger,
        },
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


class PublicId:
    """A random id for addresses; the internal one never leaves the house."""

    public_id: Mapped[str] = mapped_column(String(24), default=new_public_id)


class Platform:
    """A row that belongs to no escuela."""

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, default=new_id)


class Stateful:
    """A noun with a machine. `estado` is written by services.workflow.act() and by nothing else."""

    __machine__: ClassVar[Machine]

    estado_desde: Mapped[datetime] = mapped_column(UtcDateTime)

    @declared_attr
    def estado(cls) -> Mapped[str]:
        """The state; born as the machine's initial one."""
        return mapped_column(String(20), default=cls.__machine__.initial)


class Stamped:
    """When the row was made (UTC)."""

    creado: Mapped[datetime] = mapped_column(UtcDateTime)


def platform_fk(table: str, *, nullable: bool = False, index: bool = False) -> Mapped[int]:
    """A foreign key to a platform row."""
    return mapped_column(BigInteger, ForeignKey(f"{table}.id"), nullable=nullable, index=index)


def owned_join(column: str, target: str) -> str:
    """The join of a relationship over a composite foreign key: 'Solicitud.alumno_id', 'Alumno'."""
    return f"and_(foreign({column}) == {target}.id, {column.split('.')[0]}.escuela_id == {target}.escuela_id)"
