"""Relations between tables: declared foreign keys, and those that were inferred and proven on the data."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from catalogctl.domain.catalogue import Table
from catalogctl.domain.meaning import InferredKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Columns of one table that point at columns of another; *share* (0..1) is None for a declared key."""

    table: str
    columns: tuple[str, ...]
    referred_table: str
    referred_columns: tuple[str, ...]
    share: float | None = None

    @property
    def is_complete(self) -> bool:
        """True when every value is known to be found on the other side."""
        return self.share is None or self.share >= 1

    @property
    def is_single(self) -> bool:
        """True when one column points at one column."""
        return len(self.columns) == 1 == len(self.referred_columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """All relations of a catalogue, by the table that points and by the table that is pointed at."""

    outgoing: Mapping[str, tuple[Link, ...]]
    incoming: Mapping[str, tuple[Link, ...]]

    def neighbourhood(self, tables: Iterable[str]) -> set[str]:
        """These *tables*, what they point at, and what points at them."""
        near = set(tables)
        for name in tuple(near):
            near.update(link.referred_table for link in self.outgoing.get(name, ()))
            near.update(link.table for link in self.incoming.get(name, ()))
        return near


def links_among(tables: Sequence[Table], keys: Sequence[InferredKey]) -> Links:
    """The relations among *tables*; what points at a table or column that is not there is left out."""
    columns = {table.name: {column.name for column in table.columns} for table in tables}
    outgoing: dict[str, list[Link]] = defaultdict(list)
    incoming: dict[str, list[Link]] = defaultdict(list)
    found = [link for table in tables for link in _declared(table, columns)]
    taken = {(link.table, link.columns) for link in found}
    for key in keys:
        link = Link(
            table=key.table,
            columns=(key.column,),
            referred_table=key.referred_table,
            referred_columns=(key.referred_column,),
            share=key.share,
        )
        if _stands(link, columns) and (link.table, link.columns) not in taken:
            taken.add((link.table, link.columns))
            found.append(link)
    for link in found:
        outgoing[link.table].append(link)
        incoming[link.referred_table].append(link)
    return Links(
        outgoing={name: tuple(links) for name, links in outgoing.items()},
        incoming={name: tuple(links) for name, links in incoming.items()},
    )


def _declared(table: Table, columns: Mapping[str, set[str]]) -> list[Link]:
    links = [
        Link(
            table=table.name,
            columns=key.columns,
            referred_table=key.referred_table,
            referred_columns=key.referred_columns,
        )
        for key in table.foreign_keys
    ]
    return [found for link in links if _stands(found := _as_written(link, columns), columns)]


def _as_written(link: Link, columns: Mapping[str, set[str]]) -> Link:
    """The link with the names of the other side as that side writes them: SQLite does not mind the case."""
    if _stands(link, columns):
        return link
    tables = {name.lower(): name for name in columns}
    referred = tables.get(link.referred_table.lower(), link.referred_table)
    theirs = {name.lower(): name for name in columns.get(referred, ())}
    return replace(
        link,
        referred_table=referred,
        referred_columns=tuple(theirs.get(name.lower(), name) for name in link.referred_columns),
    )


def _stands(link: Link, columns: Mapping[str, set[str]]) -> bool:
    mine, theirs = columns.get(link.table, set()), columns.get(link.referred_table, set())
    return mine.issuperset(link.columns) and theirs.issuperset(link.referred_columns)
