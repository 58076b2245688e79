"""MySQL and MariaDB, by PyMySQL."""

import itertools
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from sqlalchemy import URL, Connection, Engine

from catalogctl.domain.catalogue import TableMetadata
from catalogctl.sources.engines.any_server import CONNECT_SECONDS, AnyServer
from catalogctl.sources.engines.sampling import COUNTED, Ask, Count, Sample
from catalogctl.sources.profile.dialects import MySqlDialect, StandardDialect

_STRETCHES = 200
"""Pieces of a large table, evenly spread over its key, that make up a sample."""
_WHOLE_NUMBERS = "'tinyint', 'smallint', 'mediumint', 'int', 'bigint'"


class MySqlServer(AnyServer):
    """What MySQL and MariaDB have in common."""

    connect_arguments: ClassVar[Mapping[str, Any]] = {"connect_timeout": CONNECT_SECONDS}
    execution_options: ClassVar[Mapping[str, Any]] = {"isolation_level": "REPEATABLE READ"}
    settings = ("SET SESSION TRANSACTION READ ONLY", "SET time_zone = '+00:00'", "SET NAMES utf8mb4")
    is_known = True

    @classmethod
    def connecting(cls, url: URL) -> dict[str, Any]:
        """The password as every other client sends it; PyMySQL itself knows no letters but those of Latin-1."""
        arguments = super().connecting(url)
        if url.password and url.get_driver_name() == "pymysql":
            arguments["password"] = url.password.encode()
        return arguments

    @cached_property
    def dialect(self) -> StandardDialect:
        """That of MySQL 8."""
        return MySqlDialect()

    def types(self, _connection: Connection, ask: Ask, _relation: str, place: tuple[str | None, str]) -> dict[str, str]:
        # Bits are numbers, and shapes are bytes.
        query = (
            "SELECT column_name, CASE WHEN data_type = 'bit' THEN 'bigint' WHEN data_type IN ('geometry', 'point', "
            "'linestring', 'polygon', 'multipoint', 'multilinestring', 'multipolygon', 'geometrycollection') "
            "THEN 'blob' ELSE column_type END FROM information_schema.columns "
            f"WHERE table_schema = DATABASE() AND table_name = {self.dialect.literal(place[1])}"
        )
        return {str(name): str(word) for name, word in ask(query)}

    def answer(self, ask: Ask, sql: str, limit: int) -> Sequence[Sequence[Any]]:
        """By a query around it, or by a setting on MariaDB, which forgets the order of a query within another."""
        if not getattr(self._sqlalchemy, "is_mariadb", False):
            return super().answer(ask, sql, limit)
        # Nothing that is more than a query, as one that writes a file, gets past this.
        ask(self.proof(self.bounded(sql, limit)))
        return ask(f"SET STATEMENT sql_select_limit = {limit} FOR {sql}")[:limit]

    def proof(self, sql: str) -> str:
        """By EXPLAIN."""
        return f"EXPLAIN {sql}"

    def count(self, ask: Ask, relation: str, table: TableMetadata) -> Count:
        """InnoDB's estimate of a table that is too large to be counted in a moment."""
        found = ask(
            "SELECT table_rows FROM information_schema.tables WHERE table_schema = DATABASE() "
            f"AND table_name = {self.dialect.literal(table.name)} AND engine = 'InnoDB'"
        )
        if found and found[0][0] is not None and found[0][0] > COUNTED:
            return Count(rows=int(found[0][0]), is_estimate=True)
        return super().count(ask, relation, table)

    def sample(self, ask: Ask, relation: str, table: TableMetadata, *, rows: int, of: int) -> Sample:
        """Stretches along a key of whole numbers; single rows of a table that can be read through; else the first."""
        stretches = None if table.is_view else self._stretches(ask, relation, table, rows)
        if stretches is not None:
            return Sample(relation=stretches)
        if of <= COUNTED:
            chosen = f"SELECT * FROM {relation} WHERE RAND(1) < {rows / of:.8f} LIMIT {rows}"
            return Sample(relation=f"({chosen}) sampled")
        return self.first_rows(relation, rows)

    def _stretches(self, ask: Ask, relation: str, table: TableMetadata, rows: int) -> str | None:
        keys = ask(
            f"SELECT column_name, data_type IN ({_WHOLE_NUMBERS}) FROM information_schema.columns "
            f"WHERE table_schema = DATABASE() AND table_name = {self.dialect.literal(table.name)} "
            "AND column_key = 'PRI'"
        )
        if len(keys) != 1 or not keys[0][1]:
            return None
        key = self.dialect.quote(str(keys[0][0]))
        low, high = ask(f"SELECT MIN({key}), MAX({key}) FROM {relation}")[0]
        if low is None:
            return None
        many = min(_STRETCHES, rows)
        starts = [low + (high - low + 1) * number // many for number in range(many + 1)]
        arms = (
            f"(SELECT * FROM {relation} WHERE {key} >= {start} AND {key} < {end} ORDER BY {key} "
            f"LIMIT {rows * (number + 1) // many - rows * number // many})"
            for number, (start, end) in enumerate(itertools.pairwise(starts))
            if start < end
        )
        return f"({' UNION ALL '.join(arms)}) sampled"

    def cancel(self, connection: Any, engine: Engine, /) -> None:
        number = int(connection.thread_id())
        with engine.connect() as other:
            other.exec_driver_sql(f"KILL QUERY {number}")
