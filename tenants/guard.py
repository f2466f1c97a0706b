"""The wall between escuelas, built once: a mixin for their rows and listeners on the session.

No bypass exists. Platform rows (usuario, dependencia, escuela) do not mix in `EscuelaOwned`.
"""

from collections.abc import Callable, Iterable
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import (
    BigInteger,
    ColumnClause,
    Connection,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Select,
    Table,
    TextClause,
    TextualSelect,
    UniqueConstraint,
    bindparam,
    event,
    inspect,
)
from sqlalchemy.orm import (
    Mapped,
    ORMExecuteState,
    Session,
    SessionTransaction,
    mapped_column,
    scoped_session,
    sessionmaker,
    with_loader_criteria,
)

from tenants.ids import new_id
from tenants.scope import ScopeChange, current_escuela, current_escuela_or_none, on_scope_change

Sessions = Session | sessionmaker[Any] | scoped_session[Any]

_SCOPE_KEY = "tenants.escuela"
_WROTE_KEY = "tenants.wrote"
_LOADER_KEY = "tenants_loader"
"""Marks what SQLAlchemy's own loaders wrote: it carries plain columns, and the criterion too."""
UNIT_OF_WORK_KEY = "tenants.unit_of_work"
"""In `session.info` while a unit of work is open: no scope change until its owner pops it."""


class RawStatementRefused(RuntimeError):
    """Text, Core and bulk statements on the session pass the wall unseen, so they are refused."""


class ForeignRow(RuntimeError):
    """A row of another escuela, or a change of a row's escuela, was about to be written."""


class ScopeChangeInTransaction(RuntimeError):
    """The scope changed while the session held uncommitted work of the old one."""


class EscuelaOwned:
    """Mixin of every table whose rows belong to one escuela: the key is (escuela_id, id)."""

    escuela_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("escuela.id"), primary_key=True, autoincrement=False, sort_order=-20
    )
    id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, autoincrement=False, default=new_id, sort_order=-19
    )


def owned_fk(table: str, column: str | None = None, **kw: Any) -> ForeignKeyConstraint:
    """The foreign key (escuela_id, <table>_id) -> <table>(escuela_id, id): never a row of another escuela.

    `column` is the local column where it is not `<table>_id`. Checked at commit, so order does not matter.
    """
    kw.setdefault("deferrable", True)
    kw.setdefault("initially", "DEFERRED")
    local = column or f"{table}_id"
    return ForeignKeyConstraint(["escuela_id", local], [f"{table}.escuela_id", f"{table}.id"], **kw)


def owned_join(child: str, parent: str, column: str) -> str:
    """The `primaryjoin` of a relationship over `owned_fk`, the same on both sides (class names).

    Only `column` counts as foreign, so two relationships never both write escuela_id, and a
    many-to-one is found in the identity map without a statement.
    """
    return f"and_({parent}.escuela_id == {child}.escuela_id, {parent}.id == foreign({child}.{column}))"


def owned_unique(*columns: str, **kw: Any) -> UniqueConstraint:
    """Unique within one escuela."""
    return UniqueConstraint("escuela_id", *columns, **kw)


def owned_index(name: str, *columns: Any, **kw: Any) -> Index:
    """An index that begins with escuela_id."""
    return Index(name, "escuela_id", *columns, **kw)


def owned_models(base: Any) -> list[type[Any]]:
    """Every mapped class of `base` (a DeclarativeBase or `db.Model`) that is owned, by name."""
    classes = (mapper.class_ for mapper in base.registry.mappers)
    return sorted((c for c in classes if issubclass(c, EscuelaOwned)), key=lambda c: c.__name__)


def _is_owned(table: Table) -> bool:
    return next(iter(table.primary_key.columns.keys()), None) == "escuela_id"


def owned_tables(metadata: MetaData) -> list[Table]:
    """Every owned table, parents first: those whose primary key begins with escuela_id."""
    return [table for table in metadata.sorted_tables if _is_owned(table)]


# The value is asked for at each execution: no statement, cached or not, can carry an escuela inside it,
# and whatever touches an owned class raises NoScope where there is none.
# It must propagate to loaders: joined eager loads take the criterion only then.
_IN_SCOPE = bindparam("escuela_in_scope", callable_=current_escuela, type_=BigInteger())
_CRITERION = with_loader_criteria(
    EscuelaOwned,
    lambda cls: cls.escuela_id == _IN_SCOPE,
    include_aliases=True,
    track_closure_variables=False,
)


def install(sessions: Sessions, *, close: Callable[[], object]) -> Callable[[], None]:
    """Raise the wall on a session, sessionmaker or scoped_session; returns what takes it down (for tests).

    `close` ends the current session when the scope changes, so its identity map never crosses.
    Installing twice on the same target is installing once.
    """
    if sessions in _installed:
        return _installed[sessions]
    listeners: tuple[tuple[str, Callable[..., Any]], ...] = (
        ("do_orm_execute", _on_execute),
        ("before_flush", _before_flush),
        ("before_attach", _before_attach),
        ("after_flush", _after_flush),
        ("after_begin", _after_begin),
        ("after_transaction_end", _after_transaction_end),
    )
    for name, listener in listeners:
        event.listen(sessions, name, listener)
    restore = _refuse_bulk_methods(sessions)
    forget = on_scope_change(lambda change: _on_scope_change(sessions, close, change))

    def uninstall() -> None:
        forget()
        restore()
        for name, listener in listeners:
            event.remove(sessions, name, listener)
        _installed.pop(sessions, None)

    _installed[sessions] = uninstall
    return uninstall


_installed: WeakKeyDictionary[Sessions, Callable[[], None]] = WeakKeyDictionary()
_BULK = ("bulk_save_objects", "bulk_insert_mappings", "bulk_update_mappings")


def _refuse_bulk_methods(sessions: Sessions) -> Callable[[], None]:
    """Shadow the legacy bulk methods, which fire no event. A sessionmaker's class is its own."""
    factory = sessions.session_factory if isinstance(sessions, scoped_session) else sessions
    target: Any = factory.class_ if isinstance(factory, sessionmaker) else factory

    def refuse(*_args: Any, **_kw: Any) -> None:
        raise RawStatementRefused("bulk_* methods pass the wall unseen: add the objects to the session")

    for name in _BULK:
        setattr(target, name, refuse)

    def restore() -> None:
        for name in _BULK:
            delattr(target, name)

    return restore


def _on_execute(state: ORMExecuteState) -> None:
    if not state.is_orm_statement:
        raise RawStatementRefused(
            "text and Core statements on the session pass the wall unseen: select entities"
        )
    session = state.session
    if session.info.get(_SCOPE_KEY, current_escuela_or_none()) != current_escuela_or_none():
        raise ScopeChangeInTransaction("this session began its transaction in another scope: close it first")
    if not state.is_select:
        _refuse_unseen_write(state)
        session.info[_WROTE_KEY] = True
    elif state.is_relationship_load or state.is_column_load:
        state.update_execution_options(**{_LOADER_KEY: True})
    state.statement = _guarded(state.statement)


def _guarded(statement: Any) -> Any:
    """The statement with the criterion; one that is kept and asked again is completed, and its cache key made, once."""
    if _CRITERION in statement._with_options:
        return statement
    found = _completed.get(statement)
    if found is None:
        found = _completed[statement] = statement.options(_CRITERION)
    return found


_completed: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


def _refuse_unseen_write(state: ORMExecuteState) -> None:
    """Bulk INSERT and UPDATE by primary key take no criterion; no statement may set escuela_id."""
    statement: Any = state.statement
    mapper = state.bind_mapper
    owned = mapper is not None and issubclass(mapper.class_, EscuelaOwned)
    if state.is_insert and (owned or statement.select is not None):
        raise RawStatementRefused("bulk insert of owned rows: add the objects to the session")
    if not owned:
        return
    if isinstance(state.parameters, list):
        raise RawStatementRefused("bulk update by primary key takes no criterion: load the objects")
    if state.is_update:
        named = {getattr(key, "key", key) for key in (*(statement._values or ()), *(state.parameters or ()))}
        if "escuela_id" in named:
            raise ForeignRow("the escuela of a row never changes")


def _watch_compiled(connection: Connection) -> None:
    """Inspect each compiled ORM statement of this engine once, before its first run."""
    if connection.engine in _watched:
        return
    _watched.add(connection.engine)

    def inspect_once(
        _conn: Any, _cursor: Any, _sql: str, _parameters: Any, context: Any, _many: bool
    ) -> None:
        compiled = context.compiled if context is not None else None
        if compiled is None or compiled in _inspected or compiled.compile_state is None:
            return
        if context.execution_options.get(_LOADER_KEY):
            return
        if compiled.statement._propagate_attrs.get("compile_state_plugin") == "orm":
            refuse_raw_parts(compiled.statement)
            _inspected.add(compiled)

    event.listen(connection.engine, "before_cursor_execute", inspect_once)


_watched: WeakSet[Any] = WeakSet()
_inspected: WeakSet[Any] = WeakSet()


def refuse_raw_parts(statement: Any) -> None:
    """Refuse an ORM statement that carries text or an owned Table as such: neither takes the criterion."""
    waiting: list[tuple[Any, frozenset[Any]]] = [(statement, frozenset())]
    seen = set()
    while waiting:
        part, guarded = waiting.pop()
        if (id(part), guarded) in seen or "parententity" in part._annotations:
            continue
        seen.add((id(part), guarded))
        if isinstance(part, (TextClause, TextualSelect)) or _hides_a_select(part):
            raise RawStatementRefused(f"text inside a statement passes the wall unseen: {part}")
        if isinstance(part, Table) and _is_owned(part):
            raise RawStatementRefused(
                f"table {part.name} inside a statement passes the wall unseen: use its class"
            )
        waiting.extend(_parts(part, guarded))


def _hides_a_select(part: Any) -> bool:
    return isinstance(part, ColumnClause) and part.is_literal and "select" in part.name.lower()


def _parts(part: Any, guarded: frozenset[Any]) -> Iterable[tuple[Any, frozenset[Any]]]:
    """The children as written, each with the tables that its SELECT already guards.

    `Select.get_children` would add the plain tables of mapped columns. In a WHERE, plain columns of a
    selected class are harmless: `session.get` writes them.
    """
    if isinstance(part, Select):
        omitted = ("_correlate", "_correlate_except", "_where_criteria")
        selected = (c._annotations.get("parententity") for c in part._raw_columns)
        own = frozenset(e.local_table for e in selected if e is not None and e.is_mapper)
        for child in super(Select, part).get_children(omit_attrs=omitted):
            yield child, frozenset()
        for child in part._where_criteria:
            yield child, own
    elif isinstance(part, ColumnClause):
        if part.table is not None and part.table not in guarded:
            yield part.table, frozenset()
    else:
        for child in part.get_children():
            yield child, guarded


def _before_attach(session: Session, instance: object) -> None:
    """A row kept from another scope may not come in: its refresh would read the other escuela."""
    if isinstance(instance, EscuelaOwned):
        key = inspect(instance).identity_key
        if key is not None and key[1][0] != current_escuela():
            raise ForeignRow(f"{_name(instance)} belongs to another escuela")


def _before_flush(session: Session, _context: Any, _instances: Any) -> None:
    for instance in session.new:
        if isinstance(instance, EscuelaOwned) and instance.__dict__.get("escuela_id") is None:
            instance.escuela_id = current_escuela()
    for instance in (*session.new, *session.dirty, *session.deleted):
        if isinstance(instance, EscuelaOwned):
            _refuse_foreign(instance)


def _refuse_foreign(instance: EscuelaOwned) -> None:
    here = current_escuela()
    state = inspect(instance)
    kept = state.identity_key[1][0] if state.identity_key else here
    if instance.escuela_id != here or kept != here:
        raise ForeignRow(f"{_name(instance)} belongs to another escuela than the one in scope")


def _name(instance: object) -> str:
    return type(instance).__name__


def _after_flush(session: Session, _context: Any) -> None:
    session.info[_WROTE_KEY] = True


def _after_begin(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    session.info.setdefault(_SCOPE_KEY, current_escuela_or_none())
    _watch_compiled(connection)


def _after_transaction_end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_SCOPE_KEY, None)
        session.info.pop(_WROTE_KEY, None)


def _on_scope_change(sessions: Sessions, close: Callable[[], object], change: ScopeChange) -> None:
    session = _current_session(sessions)
    busy = session is not None and (has_unsaved_work(session) or UNIT_OF_WORK_KEY in session.info)
    if change.how == "enter" and busy:
        raise ScopeChangeInTransaction(
            "uncommitted work in the session: commit or roll back before the scope changes"
        )
    if session is not None or isinstance(sessions, sessionmaker):
        close()
    if change.how == "exit" and busy:
        raise ScopeChangeInTransaction("the scope ended with uncommitted work, which was thrown away")


def has_unsaved_work(session: Session | scoped_session[Any]) -> bool:
    """Whether objects wait to be written, or were written and not yet committed."""
    waiting = session.new or session.deleted or any(session.is_modified(row) for row in session.dirty)
    return bool(waiting or session.info.get(_WROTE_KEY))


def _current_session(sessions: Sessions) -> Session | None:
    """The session of this thread or request, if one is open. A bare sessionmaker does not know its sessions."""
    if isinstance(sessions, Session):
        return sessions
    if isinstance(sessions, scoped_session):
        try:
            return sessions() if sessions.registry.has() else None
        except RuntimeError:  # Flask-SQLAlchemy outside an application context: no session either
            return None
    return None
