"""What a database server declares, by SQLAlchemy's Inspector, in words of the server."""

import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Inspector, inspect, types
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.exc import CompileError, SAWarning, SQLAlchemyError

from catalogctl.domain.catalogue import ColumnMetadata, ForeignKey, SourceMetadata, TableMetadata
from catalogctl.domain.runs import Note

Key = tuple[str | None, str]
"""Schema, None for the default one, and name of a table."""

# The Inspector turns types into its own and forgets those that it does not know.
_TYPES = {
    "postgresql": """
        SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' ORDER BY a.attrelid, a.attnum
    """,
    "mysql": """
        SELECT table_schema, table_name, column_name, column_type FROM information_schema.columns
        WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position
    """,
}
_TYPES["mariadb"] = _TYPES["mysql"]

# A partition shows up in its parent.
_PARTITIONS = {
    "postgresql": """
        SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relispartition
    """
}


# What SQLAlchemy makes of a dialect's own types, and the words for it that every profile understands.
_WORDS = (
    (types.Boolean, "boolean"),
    (types.Integer, "integer"),
    (types.Float, "double"),
    (types.Numeric, "numeric"),
    (types.Enum, "enum"),
    (types.Uuid, "uuid"),
    (types.String, "varchar"),
    (types.DateTime, "timestamp"),
    (types.Date, "date"),
    (types.Time, "time"),
    (types.LargeBinary, "blob"),
)


def type_words(connection: Connection, place: Key) -> dict[str, str]:
    """The types of a table's columns by name, in words that do not depend on the server; without those that are none
    of SQLAlchemy's.
    """
    schema, table = place
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        columns = inspect(connection).get_columns(table, schema)
    found = {column["name"]: _word(column["type"]) for column in columns}
    return {name: word for name, word in found.items() if word is not None}


def _word(data_type: Any) -> str | None:
    return next((word for known, word in _WORDS if isinstance(data_type, known)), None)


class ServerCatalogue:
    """The metadata of one server, read over *connection*."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._inspector: Inspector = inspect(connection)
        self._name = connection.dialect.name
        self._default = self._inspector.default_schema_name
        self._notes: list[Note] = []
        self._types: dict[Key, dict[str, str]] = {}

    def read(self) -> SourceMetadata:
        """All tables and views that are not the server's own; one that cannot be read becomes a note.

        Raises SQLAlchemyError.
        """
        with warnings.catch_warnings():
            # It warns of types that it does not know; their names come from the server all the same.
            warnings.simplefilter("ignore", SAWarning)
            self._read_types()
            skipped = self._keys(_PARTITIONS.get(self._name))
            tables = [table for schema in self._schemas() for table in self._tables(schema, skipped)]
        return SourceMetadata(tables=tuple(sorted(tables, key=lambda one: one.name)), notes=tuple(self._notes))

    def _schemas(self) -> list[str | None]:
        if self._name != "postgresql" and (self._name in _TYPES or self._names(self._inspector.get_table_names, None)):
            return [None]
        # Of other servers all schemas are looked at where the URL leads to none.
        others = [
            name
            for name in self._inspector.get_schema_names()
            if name.lower() not in {"information_schema", self._default} and not name.startswith("pg_")
        ]
        return [None, *others]

    def _tables(self, schema: str | None, skipped: frozenset[Key]) -> Iterable[TableMetadata]:
        look = self._inspector
        views = {
            *self._names(look.get_view_names, schema),
            *self._names(look.get_materialized_view_names, schema),
        }
        keys = {(schema, name) for name in {*look.get_table_names(schema), *views}} - skipped
        columns = self._facts(look.get_multi_columns, look.get_columns, schema, keys)
        primary = self._facts(look.get_multi_pk_constraint, look.get_pk_constraint, schema, keys)
        links = self._facts(look.get_multi_foreign_keys, look.get_foreign_keys, schema, keys)
        comments = self._facts(look.get_multi_table_comment, look.get_table_comment, schema, keys)
        for key in keys:
            found = self._completed(columns.get(key) or [], key)
            if not found and key not in columns:
                self._notes.append(Note(table=_shown(key), message="cannot be read: broken, or not permitted"))
                continue
            is_key = frozenset((primary.get(key) or {}).get("constrained_columns") or ())
            yield TableMetadata(
                name=_shown(key),
                schema=schema,
                is_view=key[1] in views,
                comment=(comments.get(key) or {}).get("text"),
                columns=tuple(self._column(column, key, is_key) for column in found),
                foreign_keys=tuple(self._foreign_key(link) for link in links.get(key) or ()),
            )

    def _names(self, ask: Callable[[str | None], list[str]], schema: str | None) -> list[str]:
        """Names of things of a kind; none where the server or its dialect has no such things."""
        try:
            return ask(schema)
        except NotImplementedError:
            return []

    def _facts(
        self, all_at_once: Callable[..., Any], one: Callable[..., Any], schema: str | None, keys: Iterable[Key]
    ) -> Mapping[Key, Any]:
        """What the Inspector knows of each table; asked one by one when a broken one spoils the whole, such as a view
        that the user may read but not see the definition of.
        """
        try:
            return dict(all_at_once(schema, kind=ObjectKind.ANY))
        except NotImplementedError:
            return {}
        except SQLAlchemyError:
            self._connection.rollback()
        found: dict[Key, Any] = {}
        for key in keys:
            try:
                found[key] = one(key[1], schema)
            except SQLAlchemyError:
                self._connection.rollback()
        return found

    def _completed(self, columns: Iterable[Any], key: Key) -> list[Any]:
        """What the Inspector knows of *columns*; where the server names them itself, all of those, in its order."""
        by_name = {column["name"]: column for column in columns}
        return [by_name.get(name, {"name": name}) for name in self._types.get(key) or by_name]

    def _column(self, column: Any, key: Key, primary: frozenset[str]) -> ColumnMetadata:
        data_type = self._types.get(key, {}).get(column["name"])
        default = column.get("default") or (column.get("computed") or {}).get("sqltext")
        return ColumnMetadata(
            name=column["name"],
            data_type=self._compiled(column["type"]) if data_type is None else data_type,
            is_nullable=bool(column.get("nullable", True)),
            default=None if default is None else str(default),
            is_primary_key=column["name"] in primary,
            comment=column.get("comment"),
        )

    def _compiled(self, data_type: Any) -> str:
        try:
            return str(data_type.compile(dialect=self._connection.dialect))
        except CompileError:
            return ""

    def _foreign_key(self, link: Any) -> ForeignKey:
        schema, table = link.get("referred_schema"), link["referred_table"]
        return ForeignKey(
            columns=tuple(link["constrained_columns"]),
            referred_table=table if schema in {None, self._default} else f"{schema}.{table}",
            referred_columns=tuple(link["referred_columns"]),
        )

    def _read_types(self) -> None:
        query = _TYPES.get(self._name)
        for schema, table, column, word in self._connection.exec_driver_sql(query).all() if query else ():
            self._types.setdefault((self._schema(schema), table), {})[column] = word

    def _keys(self, query: str | None) -> frozenset[Key]:
        if query is None:
            return frozenset()
        return frozenset((self._schema(schema), table) for schema, table in self._connection.exec_driver_sql(query))

    def _schema(self, name: str) -> str | None:
        return None if name == self._default else name


def _shown(key: Key) -> str:
    schema, name = key
    return name if schema is None else f"{schema}.{name}"
