"""How each engine writes what the profiler asks: one class an engine, one method a fragment of SQL.

Fragments speak of ``v``, a distinct value, and of ``n``, the rows that have it; see ``statements``.
"""

from catalogctl.sources.profile.kinds import Kind
from catalogctl.sources.profile.values import MAX_TEXT

KEPT_TEXT = MAX_TEXT + 1
"""Characters that are kept of a text: one more than is shown, so that a cut one is known."""

NUMBERS = "numbers"
"""Values that count towards min, max, mean and median."""
APART = "apart"
"""Infinities and NaN: numbers that would spoil the measures of all others."""
TEXTS = "texts"
BYTES = "bytes"
OTHERS = "others"


class StandardDialect:
    """SQL:2003 with common table expressions and windows, as most servers speak it."""

    keeps_groups = False
    """True where the groups of a column are kept in a temporary table, so that they are made only once."""

    counts_places = False
    """True where the table that keeps the groups numbers its rows as they come."""

    text = "VARCHAR(4000)"

    frame = " ROWS UNBOUNDED PRECEDING"
    """The frame of a running sum. Over places, all of them different, the usual one means the same, but is slower."""

    def quote(self, name: str) -> str:
        """*name* as an identifier, whatever is in it."""
        return '"' + name.replace('"', '""') + '"'

    def literal(self, text: str) -> str:
        """*text* as a string."""
        return "'" + text.replace("'", "''") + "'"

    def first(self, columns: str, origin: str, rows: int, *, order: str | None = None) -> str:
        """The query for *columns* of the first *rows* rows of *origin*, in *order* or as they come."""
        return f"SELECT {columns} FROM {origin}{f' ORDER BY {order}' if order else ''} LIMIT {rows}"

    def remainder(self, number: str, divisor: int) -> str:
        """What is left of *number* when it is divided."""
        return f"{number} % {divisor}"

    def key(self, column: str, kind: Kind) -> str:
        """The expression by which values of the quoted *column* are told apart and ordered."""
        if kind in {Kind.TEXT, Kind.OTHER}:
            return f"CAST({column} AS {self.text})"
        return column

    def cut(self, kind: Kind) -> str:
        """``v`` as it is kept: the head of a text, nothing of a blob."""
        if kind is Kind.BINARY:
            return "CAST(NULL AS INTEGER)"
        if kind in {Kind.TEXT, Kind.OTHER}:
            return f"SUBSTRING(v FROM 1 FOR {KEPT_TEXT})"
        return "v"

    def size(self, kind: Kind) -> str:
        """The length of ``v`` in characters or bytes."""
        if kind is Kind.BINARY:
            return "OCTET_LENGTH(v)"
        if kind in {Kind.TEXT, Kind.OTHER}:
            return "CHAR_LENGTH(v)"
        return "CAST(NULL AS INTEGER)"

    def only_family(self, kind: Kind) -> str | None:
        """What every ``v`` of this kind counts as: one of the words above; None where it depends on the value."""
        words = {Kind.EXACT: NUMBERS, Kind.FLOAT: NUMBERS, Kind.TEXT: TEXTS, Kind.BINARY: BYTES}
        return words.get(kind, OTHERS)

    def family(self, kind: Kind) -> str:
        """What a kept ``v`` counts as, as an expression."""
        return self.literal(self.only_family(kind) or OTHERS)

    def total(self, kind: Kind) -> str:
        """The sum of all rows' values, without overflow, for groups of numbers."""
        return "SUM(CAST(v AS DOUBLE PRECISION) * n)" if kind in {Kind.EXACT, Kind.FLOAT} else "NULL"

    def shown(self, kind: Kind) -> str:
        """A kept ``v`` as text that ``values.shown`` understands: the same for every kind, to be united."""
        return f"CAST(v AS {self.text})"


class PostgreSqlDialect(StandardDialect):
    """PostgreSQL; texts are compared by code point, which is the same everywhere and fast."""

    text = "text"

    def key(self, column: str, kind: Kind) -> str:
        """As the standard, in the collation "C"."""
        if kind in {Kind.TEXT, Kind.OTHER}:
            return f'CAST({column} AS text) COLLATE "C"'
        return column

    def only_family(self, kind: Kind) -> str | None:
        """As the standard, but numbers may be infinite or NaN."""
        return None if kind in {Kind.EXACT, Kind.FLOAT} else super().only_family(kind)

    def family(self, kind: Kind) -> str:
        """As the standard, but numbers may be infinite or NaN."""
        if kind in {Kind.EXACT, Kind.FLOAT}:
            return f"CASE WHEN CAST(v AS text) IN ('NaN', 'Infinity', '-Infinity') THEN '{APART}' ELSE '{NUMBERS}' END"
        return super().family(kind)

    def total(self, kind: Kind) -> str:
        """In numeric, which does not overflow where a double would raise an error."""
        if kind not in {Kind.EXACT, Kind.FLOAT}:
            return "NULL"
        # Cast at once, a real would keep six digits; by way of text floats keep all of theirs, and are faster.
        number = "CAST(v AS text)" if kind is Kind.FLOAT else "v"
        return f"SUM(CASE WHEN {self.family(kind)} = '{NUMBERS}' THEN CAST({number} AS numeric) * n END)"


_HALF_A_FLOAT = 2.0**-25
"""Half of what a float of 32 bits differs by from the next one, as a share of it."""


class MySqlDialect(StandardDialect):
    """MySQL 8 and MariaDB; texts are told apart by their bytes in UTF-8, whose order is that of their code points."""

    text = "CHAR"

    def quote(self, name: str) -> str:
        """In backticks, which work in every SQL mode."""
        return "`" + name.replace("`", "``") + "`"

    def literal(self, text: str) -> str:
        """With backslashes doubled too."""
        return super().literal(text.replace("\\", "\\\\"))

    def key(self, column: str, kind: Kind) -> str:
        """As the standard, but texts as bytes: no collation of both servers tells trailing spaces apart."""
        if kind in {Kind.TEXT, Kind.OTHER}:
            return f"CAST(CONVERT({column} USING utf8mb4) AS BINARY)"
        # Bits become numbers by counting with them; all other numbers stay what they are.
        return f"({column} + 0)" if kind is Kind.EXACT else column

    def cut(self, kind: Kind) -> str:
        """As the standard, of a text that was bytes; there is no cast to INTEGER."""
        if kind in {Kind.TEXT, Kind.OTHER}:
            return f"SUBSTRING(CONVERT(v USING utf8mb4) FROM 1 FOR {KEPT_TEXT})"
        return "NULL" if kind is Kind.BINARY else super().cut(kind)

    def size(self, kind: Kind) -> str:
        """As the standard, of a text that was bytes; there is no cast to INTEGER."""
        if kind in {Kind.TEXT, Kind.OTHER}:
            return "CHAR_LENGTH(CONVERT(v USING utf8mb4))"
        return super().size(kind) if kind is Kind.BINARY else "NULL"

    def total(self, kind: Kind) -> str:
        """In doubles; exact integers would overflow."""
        return "SUM((v + 0e0) * n)" if kind in {Kind.EXACT, Kind.FLOAT} else "NULL"

    def shown(self, kind: Kind) -> str:
        """As the standard; a union cuts doubles to 22 characters, and some have more. Of a float six digits are given,
        which may be another one.
        """
        if kind is not Kind.FLOAT:
            return super().shown(kind)
        short, whole = "CAST(v AS CHAR(40))", "(v + 0e0)"
        is_same = f"ABS({short} + 0e0 - {whole}) <= ABS({whole}) * {_HALF_A_FLOAT}"
        return f"CASE WHEN {is_same} THEN {short} ELSE CAST({whole} AS CHAR(40)) END"


class DuckDbDialect(StandardDialect):
    """DuckDB."""

    keeps_groups = True
    text = "VARCHAR"

    def key(self, column: str, kind: Kind) -> str:
        """As the standard; values that differ are told apart, even if the column's collation takes them for equal."""
        name = super().key(column, kind)
        return f'{name} COLLATE "binary"' if kind in {Kind.TEXT, Kind.OTHER} else name

    def only_family(self, kind: Kind) -> str | None:
        """As the standard, but floats may be infinite or NaN."""
        return None if kind is Kind.FLOAT else super().only_family(kind)

    def family(self, kind: Kind) -> str:
        """As the standard, but floats may be infinite or NaN."""
        if kind is Kind.FLOAT:
            return f"CASE WHEN isfinite(v) THEN '{NUMBERS}' ELSE '{APART}' END"
        return super().family(kind)

    def total(self, kind: Kind) -> str:
        """By compensated summation, so that the order of parallel work does not show."""
        if kind not in {Kind.EXACT, Kind.FLOAT}:
            return "NULL"
        return f"FSUM(CASE WHEN {self.family(kind)} = '{NUMBERS}' THEN CAST(v AS DOUBLE) * n END)"


class SqliteDialect(StandardDialect):
    """SQLite, where every value has a type of its own; its order is numbers, texts, blobs."""

    keeps_groups = True
    counts_places = True

    def __init__(self, *, has_collations: bool = True) -> None:
        """Without *has_collations* all texts are compared by their bytes anyway, and need not be told to be."""
        self._collation = " COLLATE BINARY" if has_collations else ""

    def only_family(self, kind: Kind) -> str | None:
        """Nothing is known beforehand."""
        return None

    def key(self, column: str, kind: Kind) -> str:
        """Values that differ are told apart, even if the column's collation takes them for equal."""
        return f"{column}{self._collation}"

    def cut(self, kind: Kind) -> str:
        """As the standard, value by value."""
        return f"CASE typeof(v) WHEN 'text' THEN substr(v, 1, {KEPT_TEXT}) WHEN 'blob' THEN x'' ELSE v END"

    def size(self, kind: Kind) -> str:
        """As the standard, value by value."""
        return "CASE WHEN typeof(v) IN ('text', 'blob') THEN length(v) END"

    def family(self, kind: Kind) -> str:
        """As the standard, value by value."""
        return (
            f"CASE typeof(v) WHEN 'text' THEN '{TEXTS}' WHEN 'blob' THEN '{BYTES}' WHEN 'integer' THEN '{NUMBERS}' "
            f"ELSE CASE WHEN v IN (9e999, -9e999) THEN '{APART}' ELSE '{NUMBERS}' END END"
        )

    def total(self, kind: Kind) -> str:
        """In doubles; a product of integers that overflows becomes one by itself."""
        return "total(v * n)"

    def shown(self, kind: Kind) -> str:
        """The value itself: the arms of a union need not agree on a type."""
        return "v"
