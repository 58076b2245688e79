"""The SQL of each engine, as far as the rules write any: names, literals, and the period that a moment falls in."""

import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from catalogctl.enrich.rules.reading.moments import Form

_PLAIN = re.compile(r"[a-z][a-z0-9_]*")
_RESERVED = frozenset(
    """
    access all alter and any as asc at audit begin between blob both by case cast char check cluster collate column
    comment commit connect constraint count create cross cube current current_date current_role current_time
    current_timestamp current_user cursor date day decimal declare default delete desc distinct domain double drop else
    end escape except exclusive exec execute exists external extract false fetch file filter float for foreign from full
    function global grant group grouping groups having hour identified if immediate in increment index initial inner
    insert int integer intersect interval into is join key language lateral leading left level like limit local lock log
    long merge minus minute mode modify month natural new no not null number numeric of offset old on online open option
    or order outer output over parameter partition percent percentile period plan position precision primary prior
    privileges procedure public range rank raw read real references release rename replace resource result return
    returns revoke right role rollback row rows rule schema second select sensitive sequence session set share size
    smallint some start statement statistics sum synonym sysdate system table then time timestamp to top trailing
    transaction trigger trim true type uid union unique unknown update user using validate value values varchar varying
    view when where window with within without work year zone
    """.split()  # noqa: SIM905 -- a page of quotes and commas is no better to read
)
"""Words that some server or other takes for its own."""


class Grain(Enum):
    """How fine a trend is: how much of an ISO date tells the period, and what it is called."""

    DAY = (10, "day")
    MONTH = (7, "month")
    YEAR = (4, "year")

    @property
    def width(self) -> int:
        """Characters of an ISO date that tell the period."""
        return self.value[0]

    @property
    def noun(self) -> str:
        """What one period is called."""
        return self.value[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How an engine writes SQL.

    *has_schemas*: a dot in a table's name parts schema and table. *text* is the type to cast to. *epoch* is an
    expression for the moment so many seconds after 1970 began, in UTC; None where trends cannot be written.
    *rounds*: an average or a quotient has no more decimals than what it is of.
    *mixes_types*: a column of numbers may hold texts and blobs, which count as 0 in a mean.
    *may_fold*: a plain name in lower case may be one that the server itself has in upper case, and so is not quoted.
    """

    quote: str = '"'
    has_schemas: bool = True
    text: str = "VARCHAR(40)"
    epoch: str | None = None
    escapes_backslash: bool = False
    has_limit: bool = True
    concatenates: bool = True
    may_fold: bool = False
    rounds: bool = False
    mixes_types: bool = False

    @property
    def hundred(self) -> str:
        """What makes a share per cent."""
        return "1e2" if self.rounds else "100.0"

    def averaged(self, value: str) -> str:
        """*value* as its mean is taken."""
        return f"1e0 * {value}" if self.rounds else value

    def name(self, name: str) -> str:
        """*name* as an identifier, whatever is in it."""
        if self.may_fold and _PLAIN.fullmatch(name) and name not in _RESERVED:
            return name
        return self.quote + name.replace(self.quote, self.quote * 2) + self.quote

    def table(self, name: str) -> str:
        """The name of a table as the catalogue has it: ``schema.table`` outside of the default schema."""
        if self.has_schemas and "." in name.strip("."):
            schema, _, table = name.partition(".")
            return f"{self.name(schema)}.{self.name(table)}"
        return self.name(name)

    def literal(self, value: Any) -> str:
        """*value* as a constant."""
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, int | float):
            return repr(value)
        text = str(value).replace("'", "''")
        return f"'{text.replace(chr(92), chr(92) * 2) if self.escapes_backslash else text}'"

    def period(self, column: str, form: Form, grain: Grain) -> str | None:
        """The period, as text, that the quoted *column* falls in; None where it cannot be written."""
        if form is Form.YEAR:
            return column
        if form is Form.COMPACT:
            return self._compact_period(column, grain)
        if form is Form.ISO_TEXT:
            return f"substr({column}, 1, {grain.width})"
        if form is Form.NATIVE:
            return f"substr(CAST({column} AS {self.text}), 1, {grain.width})"
        if self.epoch is None:
            return None
        seconds = column if form.a_second in (None, 1) else f"{column} / {form.a_second}"
        return f"substr(CAST({self.epoch.format(seconds)} AS {self.text}), 1, {grain.width})"

    def _compact_period(self, column: str, grain: Grain) -> str:
        """From a number such as 20240131."""
        text = f"CAST({column} AS {self.text})"
        parts = [f"substr({text}, 1, 4)", f"substr({text}, 5, 2)", f"substr({text}, 7, 2)"]
        taken = parts[: {Grain.YEAR: 1, Grain.MONTH: 2, Grain.DAY: 3}[grain]]
        if len(taken) == 1:
            return taken[0]
        if self.concatenates:
            return " || '-' || ".join(taken)
        joined = ", '-', ".join(taken)
        return f"CONCAT({joined})"


_OTHERS = Dialect(has_limit=False, may_fold=True, rounds=True)
_DIALECTS = {
    "sqlite": Dialect(has_schemas=False, text="TEXT", epoch="datetime({}, 'unixepoch')", mixes_types=True),
    "duckdb": Dialect(text="VARCHAR", epoch="(TIMESTAMP '1970-01-01' + CAST({} AS BIGINT) * INTERVAL 1 SECOND)"),
    "postgresql": Dialect(text="TEXT", epoch="(TIMESTAMP '1970-01-01' + {} * INTERVAL '1 second')"),
    "mysql": Dialect(
        quote="`",
        text="CHAR(40)",
        epoch="DATE_ADD('1970-01-01', INTERVAL {} SECOND)",
        escapes_backslash=True,
        concatenates=False,
    ),
}
# A file's name may have a dot, and is no schema's.
_DIALECTS["files"] = replace(_DIALECTS["duckdb"], has_schemas=False)
_SAME = {"postgres": "postgresql", "mariadb": "mysql"}


def dialect_of(name: str) -> Dialect:
    """The dialect called *name*, as SQLAlchemy calls it; one that is not known is spoken to in standard SQL."""
    lower = name.lower()
    return _DIALECTS.get(_SAME.get(lower, lower), _OTHERS)
