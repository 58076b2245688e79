"""What ANALYZE found out about a table, by the view pg_stats, which shows of it what the user may read.

See "pg_stats" in the manual of PostgreSQL for what each figure means.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from catalogctl.sources.engines.sampling import Ask
from catalogctl.sources.engines.statistics import ROWS, ColumnStatistics, Statistics
from catalogctl.sources.profile.dialects import StandardDialect
from catalogctl.sources.profile.kinds import kind_of

_UNKNOWN = "not profiled: the server's statistics hold nothing of its values"
_FORBIDDEN = "not profiled: the user may not read it, and so not its statistics either"
_COMPLETE = 0.999
"""The share of the rows that are not null from which on the frequent values are taken for all that there are."""


def read_statistics(
    ask: Ask, dialect: StandardDialect, relation: str, types: Mapping[str, str], *, rows: int
) -> Statistics | str:
    """The statistics of a table of about *rows* rows, or why there are none."""
    place = f"{dialect.literal(relation)}::regclass"
    # An array of values is an "anyarray", which can be taken apart only as text; some types print theirs otherwise.
    query = (
        "SELECT a.attname, has_column_privilege(a.attrelid, a.attnum, 'SELECT'), row_security_active(a.attrelid), "
        "format_type(a.atttypid, a.atttypmod), s.null_frac, s.n_distinct, "
        "CASE WHEN t.typdelim = ',' THEN s.most_common_vals::text::text[] END, s.most_common_freqs, "
        "CASE WHEN t.typdelim = ',' THEN cardinality(s.histogram_bounds::text::text[]) END, s.inherited "
        "FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_class c ON c.oid = a.attrelid "
        "JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN LATERAL (SELECT * FROM pg_catalog.pg_stats f "
        "WHERE f.schemaname = n.nspname AND f.tablename = c.relname AND f.attname = a.attname "
        "ORDER BY f.inherited DESC LIMIT 1) s ON true "
        f"WHERE a.attrelid = {place} AND a.attnum > 0 AND NOT a.attisdropped"
    )
    found = ask(query)
    if any(row[2] for row in found):
        return "row-level security is on, under which the server shows no statistics"
    if not any(row[4] is not None for row in found):
        return "the server shows no statistics: run ANALYZE on the table, or ask to be allowed to read it"
    reading = _Reading(dialect, place, types, rows)
    return Statistics(rows=rows, columns={str(row[0]): reading.column(row) for row in found})


class _Reading:
    """From the rows of pg_stats to what is known of each column."""

    def __init__(self, dialect: StandardDialect, place: str, types: Mapping[str, str], rows: int) -> None:
        self._dialect = dialect
        self._place = place
        self._types = types
        self._rows = rows

    def column(self, row: Sequence[Any]) -> ColumnStatistics | str:
        name, may_read, _, data_type, null_share, distinct, values, shares, bounds, is_inherited = row
        if null_share is None:
            return _UNKNOWN if may_read else _FORBIDDEN
        filled = self._rows * (1 - float(null_share))
        if filled >= 1 and not distinct:
            return _UNKNOWN  # of a type whose values cannot be compared
        frequent = list(zip(values or [], shares or [], strict=False))
        told = sum(share for _, share in frequent)
        rest = max(0.0, 1 - float(null_share) - told)
        word = self._types.get(str(name), str(data_type))
        kind = kind_of(word)
        if word in {"character", "bpchar"}:
            frequent = [(text.rstrip(" "), share) for text, share in frequent]
        return ColumnStatistics(
            kind=kind,
            null_share=float(null_share),
            # A negative figure is a share of the rows: of so many that it grows with them.
            distinct=round(distinct if distinct > 0 else -distinct * self._rows),
            frequent=frequent,
            known=self._known(
                str(name), str(data_type), rest / bounds if bounds else 0.0, is_inherited=bool(is_inherited)
            ),
            has_all=not bounds and told >= _COMPLETE * (1 - float(null_share)),
        )

    def _known(self, name: str, data_type: str, rest: float, *, is_inherited: bool) -> str:
        """The query for the values that pg_stats knows; those of the histogram speak for the share *rest* each."""
        column = self._dialect.quote(name)
        source = (
            "FROM pg_catalog.pg_stats s JOIN pg_namespace p ON p.nspname = s.schemaname JOIN pg_class c "
            f"ON c.relnamespace = p.oid AND c.relname = s.tablename WHERE c.oid = {self._place} "
            f"AND s.attname = {self._dialect.literal(name)} AND s.inherited = {str(is_inherited).lower()}"
        )
        return (
            f"SELECT CAST(u.v AS {data_type}) AS {column}, greatest(1, round(u.share * {self._rows})) AS {ROWS} FROM ("
            f"SELECT unnest(s.most_common_vals::text::text[]) AS v, unnest(s.most_common_freqs)::numeric AS share "
            f"{source} UNION ALL SELECT unnest(s.histogram_bounds::text::text[]), {rest:.12f} {source}) u"
        )
