"""SQL for a server that is known by its dialect of SQLAlchemy alone, which writes what servers write differently."""

from typing import Any

from sqlalchemy import (
    ColumnClause,
    Dialect,
    Integer,
    Select,
    String,
    cast,
    func,
    literal_column,
    null,
    select,
    text,
)
from sqlalchemy.sql.expression import ClauseElement

from catalogctl.sources.profile.dialects import KEPT_TEXT, StandardDialect
from catalogctl.sources.profile.kinds import Kind

_NUMBER = 987654321
"""Stands for a number in what a dialect writes, until it is put in."""
_COLUMNS, _ORIGIN, _ORDER, _VALUE = "columns_here", "origin_here", "order_here", "value_here"


class PortableDialect(StandardDialect):
    """Fragments as *dialect* writes them; nothing that is not in the core of SQL:2003 or left to the dialect."""

    frame = ""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        value: ColumnClause[Any] = literal_column(_VALUE)
        number = literal_column(str(_NUMBER), Integer())
        head: Select[Any] = select(literal_column(_COLUMNS)).select_from(text(_ORIGIN)).limit(_NUMBER)
        self._head = self._written(head)
        self._ordered_head = self._written(head.order_by(literal_column(_ORDER)))
        self._remainder = self._written(literal_column(_VALUE, Integer()) % number)
        self._text = self._written(cast(value, String(4000)))
        self._characters = self._written(func.char_length(value))
        # Literals and not values, of which some dialects make parameters.
        first, many = (literal_column(str(place), Integer()) for place in (1, KEPT_TEXT))
        self._cut = self._written(func.substring(value, first, many))
        self._nothing = self._written(cast(null(), Integer()))

    def quote(self, name: str) -> str:
        """As the dialect does: a server that folds names is given those that it folded as they were."""
        return self._dialect.identifier_preparer.quote(name)

    def first(self, columns: str, origin: str, rows: int, *, order: str | None = None) -> str:
        """By LIMIT, FETCH FIRST or TOP."""
        head = self._head if order is None else self._ordered_head.replace(_ORDER, order)
        return head.replace(str(_NUMBER), str(rows)).replace(_COLUMNS, columns).replace(_ORIGIN, origin)

    def remainder(self, number: str, divisor: int) -> str:
        """By an operator or a function."""
        return self._remainder.replace(str(_NUMBER), str(divisor)).replace(_VALUE, number)

    def key(self, column: str, kind: Kind) -> str:
        """As the standard, with the dialect's word for text; blobs are not compared everywhere, and only counted."""
        return self._text.replace(_VALUE, column) if kind is Kind.OTHER else column

    def cut(self, kind: Kind) -> str:
        """As the standard."""
        if kind is Kind.BINARY:
            return self._nothing
        return self._cut.replace(_VALUE, "v") if kind in {Kind.TEXT, Kind.OTHER} else "v"

    def size(self, kind: Kind) -> str:
        """Of texts; the function for bytes has a different name everywhere."""
        return self._characters.replace(_VALUE, "v") if kind in {Kind.TEXT, Kind.OTHER} else self._nothing

    def total(self, kind: Kind) -> str:
        """In doubles by a factor that is one: the word for the type is not the same everywhere."""
        return "SUM(v * 1e0 * n)" if kind in {Kind.EXACT, Kind.FLOAT} else self._nothing

    def shown(self, kind: Kind) -> str:  # noqa: ARG002 -- for others
        """As the standard."""
        return self._text.replace(_VALUE, "v")

    def _written(self, element: ClauseElement) -> str:
        compiled = element.compile(dialect=self._dialect, compile_kwargs={"literal_binds": True})
        # Statements are run without parameters, and so a percent sign stands for itself.
        return " ".join(str(compiled).replace("%%", "%").split())
