"""The little that the statements of this room ask of a connection, and the words in which the engines differ."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol

Row = tuple[Any, ...]
Parameters = Sequence[Any] | Mapping[str, Any]


class Connection(Protocol):
    """A connection with an open transaction. Parameters stand in a statement as ``?`` or as ``:name``.

    An engine that has types must find out that of a parameter from what stands beside it: it must not be compared with
    NULL alone, and truth is written as 1 and 0.
    """

    def rows(self, statement: str, parameters: Parameters = ()) -> list[Row]:
        """Run a statement; all the rows that it gives."""

    def run(self, statement: str, parameters: Parameters = ()) -> int:
        """Run a statement; how many rows it has changed."""

    def run_many(self, statement: str, many: Iterable[Parameters]) -> None:
        """Run a statement with each of these parameters."""

    def insert_many(self, table: str, columns: Sequence[str], many: Iterable[Row]) -> None:
        """Insert rows of texts and numbers in the fastest way that there is."""

    def last_id(self, table: str, key: str) -> int:
        """The highest *key* that *table* has ever given, 0 for none."""

    def set_last_id(self, table: str, key: str, last: int) -> None:
        """Have *table* give higher ones only."""

    def one_of(self, expression: str, name: str) -> str:
        """The condition that *expression* is one of the values of the parameter *name*, which ``listed`` has made."""

    def listed(self, values: Collection[Any]) -> Any:
        """Several values as one parameter."""

    def using(self, index: str) -> str:
        """What follows the name of a table to say by which index it is to be read; empty where that goes without."""
