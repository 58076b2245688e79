"""What a SQL database declares, read by SQLAlchemy's Inspector; the same for every dialect."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, inspect
from sqlalchemy.engine.reflection import Inspector
from sqlalchemy.exc import CompileError, SQLAlchemyError

from catalogctl.domain.catalogue import ColumnMetadata, ForeignKey, SourceMetadata, TableMetadata
from catalogctl.domain.runs import Note

_SYSTEM_SCHEMAS = frozenset({"information_schema", "mysql", "performance_schema", "sys"})


def declared(connection: Connection, *, types: Mapping[tuple[str, str], str] | None = None) -> SourceMetadata:
    """All tables and views with their columns and keys; *types* are the source's own words where known.

    Raises SQLAlchemyError when nothing can be read; what cannot be read of one table becomes a note.
    """
    inspector = inspect(connection)
    tables: list[TableMetadata] = []
    notes: list[Note] = []
    for schema, name, is_view in _relations(inspector):
        shown = name if schema is None else f"{schema}.{name}"
        try:
            tables.append(_table(inspector, schema, name, shown, is_view=is_view, types=types or {}))
        except SQLAlchemyError as error:
            kind = "view" if is_view else "table"
            reason = str(getattr(error, "orig", None) or error).partition("\n")[0]
            notes.append(Note(table=shown, message=f"this {kind} cannot be read: {reason}"))
    return SourceMetadata(tables=tuple(sorted(tables, key=lambda table: table.name)), notes=tuple(notes))


def _relations(inspector: Inspector) -> Iterator[tuple[str | None, str, bool]]:
    default = inspector.default_schema_name
    for schema in _schemas(inspector):
        # The default schema goes without a name; so does the only one of an engine that has no schemas.
        shown = None if schema == default else schema
        for name in inspector.get_table_names(schema):
            yield shown, name, False
        for name in inspector.get_view_names(schema):
            yield shown, name, True
        for name in _materialized(inspector, schema):
            yield shown, name, True


def _schemas(inspector: Inspector) -> list[str | None]:
    dialect, default = inspector.dialect.name, inspector.default_schema_name
    if dialect == "sqlite":
        return [None]
    if dialect in {"mysql", "mariadb"}:
        return [default]
    names = inspector.get_schema_names()
    return [name for name in names if name not in _SYSTEM_SCHEMAS and not name.startswith(("pg_", "crdb_"))]


def _materialized(inspector: Inspector, schema: str | None) -> list[str]:
    try:
        return inspector.get_materialized_view_names(schema)
    except NotImplementedError:
        return []


def _table(
    inspector: Inspector,
    schema: str | None,
    name: str,
    shown: str,
    *,
    is_view: bool,
    types: Mapping[tuple[str, str], str],
) -> TableMetadata:
    keys = set(inspector.get_pk_constraint(name, schema)["constrained_columns"])
    columns = tuple(
        ColumnMetadata(
            name=column["name"],
            data_type=types.get((shown, column["name"])) or _type(inspector, column["type"]),
            is_nullable=bool(column.get("nullable", True)),
            default=None if column.get("default") is None else str(column["default"]),
            is_primary_key=column["name"] in keys,
            comment=column.get("comment"),
        )
        for column in inspector.get_columns(name, schema)
    )
    return TableMetadata(
        name=shown,
        columns=columns,
        foreign_keys=() if is_view else tuple(_foreign_keys(inspector, schema, name)),
        is_view=is_view,
        schema=schema,
        comment=_comment(inspector, schema, name),
    )


def _type(inspector: Inspector, found: Any) -> str:
    try:
        return str(found.compile(inspector.dialect))
    except (CompileError, AttributeError):
        return ""


def _foreign_keys(inspector: Inspector, schema: str | None, name: str) -> Iterator[ForeignKey]:
    for key in inspector.get_foreign_keys(name, schema):
        other, referred = key.get("referred_schema"), key["referred_table"]
        yield ForeignKey(
            columns=tuple(key["constrained_columns"]),
            referred_table=referred if other in {None, inspector.default_schema_name} else f"{other}.{referred}",
            referred_columns=tuple(key["referred_columns"]),
        )


def _comment(inspector: Inspector, schema: str | None, name: str) -> str | None:
    try:
        return inspector.get_table_comment(name, schema)["text"]
    except (NotImplementedError, SQLAlchemyError):
        return None
