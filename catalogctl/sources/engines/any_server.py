"""What differs between database servers, as it is for one of which nothing special is known."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from sqlalchemy import URL, Connection, Dialect, Engine

from catalogctl.domain.catalogue import TableMetadata
from catalogctl.sources.engines.sampling import Ask, Count, Sample
from catalogctl.sources.engines.server_metadata import type_words
from catalogctl.sources.engines.statistics import Statistics
from catalogctl.sources.profile.dialects import StandardDialect
from catalogctl.sources.profile.portable import PortableDialect

CONNECT_SECONDS = 10
FIRST_ROWS = "the sample is of its first rows only: the source offers no other in bounded time"


class AnyServer:
    """A server that is spoken to as its SQLAlchemy *dialect* says, and in no word that only some servers know."""

    connect_arguments: ClassVar[Mapping[str, Any]] = {}
    execution_options: ClassVar[Mapping[str, Any]] = {}
    settings: ClassVar[tuple[str, ...]] = ()
    is_known: ClassVar[bool] = False
    """True where the meaning of the driver's errors is known."""

    def __init__(self, dialect: Dialect) -> None:
        self._sqlalchemy = dialect

    @classmethod
    def connecting(cls, _url: URL) -> dict[str, Any]:
        """What the driver is told beside the URL, or in other words than it."""
        return dict(cls.connect_arguments)

    @cached_property
    def dialect(self) -> StandardDialect:
        """How it writes SQL; asked only once it is connected, because that may depend on its version."""
        return PortableDialect(self._sqlalchemy)

    def types(self, connection: Connection, _ask: Ask, _relation: str, place: tuple[str | None, str]) -> dict[str, str]:
        """The columns' types by name, where declared ones do not say what the data is; *place* is schema and table."""
        return type_words(connection, place)

    def count(self, ask: Ask, relation: str, _table: TableMetadata) -> Count:
        """The rows of a table of which a sample is wanted; counted where that is quick."""
        return Count(rows=int(ask(f"SELECT COUNT(*) FROM {relation}")[0][0]))

    def sample(self, _ask: Ask, relation: str, _table: TableMetadata, *, rows: int, of: int) -> Sample:  # noqa: ARG002 -- for others
        """At most *rows* of the *of* rows of *relation*."""
        return self.first_rows(relation, rows)

    def first_rows(self, relation: str, rows: int) -> Sample:
        """The rows that come first."""
        return Sample(relation=f"({self.dialect.first('*', relation, rows)}) sampled", remark=FIRST_ROWS)

    def answer(self, ask: Ask, sql: str, limit: int) -> Sequence[Sequence[Any]]:
        """The first *limit* rows of the query *sql*, in its order."""
        return ask(self.bounded(sql, limit))

    def bounded(self, sql: str, limit: int) -> str:
        """The query for *limit* rows of the query *sql*; nothing that is more than a query can stand in it."""
        return self.dialect.first("*", f"({sql}) answer", limit)

    def proof(self, sql: str) -> str:
        """The statement that has *sql* prepared without more work than that."""
        return f"SELECT * FROM ({sql}) answer WHERE 1 = 0"

    def statistics(self, _ask: Ask, _relation: str, _types: Mapping[str, str]) -> Statistics | str | None:
        """What the server itself knows of a table's data, or why that cannot be had just now; None where it never is.
        *types* are those of ``types``.
        """
        return None

    def cancel(self, connection: Any, _engine: Engine, /) -> None:
        """Stop the statement that runs on a driver's *connection*; called from another thread."""
        cancel = getattr(connection, "cancel", None)
        if cancel is not None:
            cancel()
