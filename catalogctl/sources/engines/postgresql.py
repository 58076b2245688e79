"""PostgreSQL, by psycopg."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from sqlalchemy import Connection, Engine

from catalogctl.domain.catalogue import TableMetadata
from catalogctl.sources.engines.any_server import CONNECT_SECONDS, AnyServer
from catalogctl.sources.engines.postgresql_statistics import read_statistics
from catalogctl.sources.engines.sampling import COUNTED, Ask, Count, Sample
from catalogctl.sources.engines.statistics import Statistics
from catalogctl.sources.profile.dialects import PostgreSqlDialect, StandardDialect

_CANCEL_SECONDS = 2.0
_READ_THROUGH = 200_000
"""Rows of a table that is read through for single rows; of a larger one whole pages are taken."""
_ENOUGH_PAGES = 1000
"""Pages from which a sample of few rows comes: rows of one page are often alike."""
_DENSITY_PAGES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Size:
    """How large a table is with its partitions: *pages* as they are now, *rows* None where it was never analysed."""

    rows: int | None
    pages: int


class PostgreSqlServer(AnyServer):
    """PostgreSQL; all statements of a transaction see one moment."""

    connect_arguments: ClassVar[Mapping[str, Any]] = {
        "connect_timeout": CONNECT_SECONDS,
        "fallback_application_name": "catalogctl",
    }
    execution_options: ClassVar[Mapping[str, Any]] = {
        "isolation_level": "REPEATABLE READ",
        "postgresql_readonly": True,
    }
    settings = ("SET TIME ZONE 'UTC'", "SET DateStyle = 'ISO, YMD'")
    is_known = True

    @cached_property
    def dialect(self) -> StandardDialect:
        """PostgreSQL's own."""
        return PostgreSqlDialect()

    def types(self, _connection: Connection, ask: Ask, relation: str, _place: tuple[str | None, str]) -> dict[str, str]:
        # Of a domain, the type below it; an enumeration counts as text.
        query = (
            "SELECT a.attname, CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN format_type(t.typbasetype, NULL) "
            "ELSE format_type(a.atttypid, NULL) END FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid "
            f"WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = {self.dialect.literal(relation)}::regclass"
        )
        return {str(name): str(word) for name, word in ask(query)}

    def proof(self, sql: str) -> str:
        """By EXPLAIN."""
        return f"EXPLAIN {sql}"

    def count(self, ask: Ask, relation: str, _table: TableMetadata) -> Count:
        """Of a table that is too large to be counted in a moment, the estimate of ANALYZE or of some of its pages; of
        such a view, that of the planner.
        """
        size = self._size(ask, relation)
        if size is None:
            return self._view_count(ask, relation)
        rows = self._rows_by_density(ask, relation, size.pages) if size.rows is None else size.rows
        if rows > COUNTED:
            return Count(rows=rows, is_estimate=True)
        return super().count(ask, relation, _table)

    def sample(self, ask: Ask, relation: str, _table: TableMetadata, *, rows: int, of: int) -> Sample:
        """Single rows or pages by TABLESAMPLE; of a view, the rows that come first."""
        size = self._size(ask, relation)
        if size is None or not size.pages:
            return self.first_rows(relation, rows)
        if of < _READ_THROUGH:
            return self._chosen(relation, "BERNOULLI", rows / of * _safe(rows), rows)
        density = of / size.pages
        pages = min(size.pages, max(math.ceil(rows / density), min(rows, _ENOUGH_PAGES)))
        every = max(1, math.floor(pages * density / rows))
        condition = f" WHERE mod(abs(hashtext(ctid::text)::bigint), {every}) = 0" if every > 1 else ""
        share = rows * every / of * _safe(min(rows, pages))
        return self._chosen(relation, "SYSTEM", min(1.0, share), rows, condition)

    def statistics(self, ask: Ask, relation: str, types: Mapping[str, str]) -> Statistics | str | None:
        """Those of ANALYZE, for the columns that the user may read."""
        size = self._size(ask, relation)
        if size is None or not size.pages:
            return None  # a view, or nothing
        if not size.rows:
            return "the table was never analysed since it has rows; run ANALYZE on it for figures of the server's own"
        return read_statistics(ask, self.dialect, relation, types, rows=size.rows)

    def cancel(self, connection: Any, _engine: Engine, /) -> None:
        connection.cancel_safe(timeout=_CANCEL_SECONDS)

    def _chosen(self, relation: str, method: str, share: float, rows: int, condition: str = "") -> Sample:
        sampled = f"{relation} TABLESAMPLE {method} ({100 * share:.8f}) REPEATABLE (1){condition}"
        return Sample(relation=f"(SELECT * FROM {sampled} LIMIT {rows}) sampled")

    def _size(self, ask: Ask, relation: str) -> _Size | None:
        """None for what has no pages to be chosen from: a view, or a table that lies elsewhere."""
        # As the planner does, by the density of rows at the last ANALYZE and the pages that there are now.
        [(is_stored, is_analysed, rows, pages)] = ask(
            "WITH RECURSIVE tree (oid) AS ("
            f"SELECT {self.dialect.literal(relation)}::regclass::oid UNION "
            "SELECT inhrelid FROM pg_inherits JOIN tree ON inhparent = oid), "
            "part AS (SELECT relkind, reltuples, relpages, CASE WHEN relkind IN ('r', 'm') THEN pg_relation_size(c.oid)"
            " / current_setting('block_size')::bigint ELSE 0 END AS pages FROM pg_class c JOIN tree USING (oid)) "
            "SELECT bool_and(relkind IN ('r', 'm', 'p')), "
            "bool_and(pages = 0 OR (reltuples >= 0 AND relpages > 0)), "
            "round(sum(CASE WHEN relpages > 0 AND pages > 0 THEN reltuples / relpages * pages ELSE 0 END)), "
            "sum(pages) FROM part"
        )
        if not is_stored:
            return None
        return _Size(rows=int(rows) if is_analysed else None, pages=int(pages))

    def _rows_by_density(self, ask: Ask, relation: str, pages: int) -> int:
        if pages <= _DENSITY_PAGES:
            return 0  # so few that they can be counted
        share = _DENSITY_PAGES / pages
        sampled = f"{relation} TABLESAMPLE SYSTEM ({100 * share:.8f}) REPEATABLE (1)"
        return int(int(ask(f"SELECT COUNT(*) FROM {sampled}")[0][0]) / share)

    def _view_count(self, ask: Ask, relation: str) -> Count:
        [(found,)] = ask(f"SELECT COUNT(*) FROM (SELECT FROM {relation} LIMIT {COUNTED + 1}) counted")
        if found <= COUNTED:
            return Count(rows=int(found))
        [(plan,)] = ask(f"EXPLAIN (FORMAT JSON) SELECT FROM {relation}")
        plan = json.loads(plan) if isinstance(plan, str) else plan
        return Count(rows=max(int(found), int(plan[0]["Plan"]["Plan Rows"])), is_estimate=True)


def _safe(chosen: int) -> float:
    """The part of a sample to be asked for, of which each of *chosen* things is there by chance: if there were more
    than the limit, what is beyond it would be missing at the end of the table.
    """
    return max(0.5, 1 - 2 / math.sqrt(chosen))
