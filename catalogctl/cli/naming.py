"""Which table or column of the catalogue is meant by ``TABLE``, ``TABLE.COLUMN`` or either with its source in front."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from catalogctl.domain.catalogue import Column, Datasource, Table
from catalogctl.domain.errors import TableNotFound
from catalogctl.domain.ports.catalogue import Catalogue
from catalogctl.domain.sources import masked

_MOST_CANDIDATES = 5
_MOST_SHOWN = 80
_HINT = "See what there is: catalogctl catalog show"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A table, or one of its columns, and the source that it belongs to."""

    source: Datasource
    table: Table
    column: Column | None = None

    @property
    def short(self) -> str:
        """The name without the source."""
        return self.table.name if self.column is None else f"{self.table.name}.{self.column.name}"

    @property
    def full(self) -> str:
        """The name with the source."""
        return f"{self.source.name}.{self.short}"


def profiled_place(name: str, catalogue: Catalogue) -> Place:
    """The place that *name* means, with its profile. Raises TableNotFound as ``place_of`` does.

    Where it is the exact name of a table, nothing else is read: a catalogue may be large.
    """
    place = _exact_table(name, catalogue) or place_of(name, catalogue.catalogue(profile=False))
    [source] = catalogue.catalogue(source=place.source.name, table=place.table.name)
    [table] = source.tables
    column = next((one for one in table.columns if place.column is not None and one.id == place.column.id), None)
    return Place(source=source, table=table, column=column)


def _exact_table(name: str, catalogue: Catalogue) -> Place | None:
    names = [source.name for source in catalogue.sources()]
    meant = [(source, name.removeprefix(f"{source}.")) for source in names if name.startswith(f"{source}.")]
    for source, table in [*meant, *((one, name) for one in names if len(names) == 1)]:
        try:
            [found] = catalogue.catalogue(source=source, table=table, profile=False)
        except TableNotFound:
            continue
        return Place(source=found, table=found.tables[0])
    return None


def place_of(name: str, sources: Sequence[Datasource], *, has_columns: bool = True) -> Place:
    """The place that *name* means; the same letters in the same case win over the same letters.

    Raises TableNotFound, with what could have been meant, when it means none or several.
    """
    places = list(_places(sources, has_columns=has_columns))
    found = [place for place in places if name in {place.short, place.full}]
    folded = name.casefold()
    found = found or [place for place in places if folded in {place.short.casefold(), place.full.casefold()}]
    if len(found) == 1:
        return found[0]
    kind = "table or column" if has_columns else "table"
    if found:
        many = ", ".join(_listed([place.full for place in found]))
        detail = f"{name[:_MOST_SHOWN]!r} is the name of more than one {kind}: {many}"
        raise TableNotFound(detail, hint="Give it with its source.")
    names = {text: place.full for place in places for text in (place.short, place.full)}
    close = list(dict.fromkeys(names[text] for text in get_close_matches(name, names, n=_MOST_CANDIDATES)))
    hint = f"Did you mean {' or '.join(close)}?" if close else _HINT
    # A source may be asked for by its URL, as in other commands.
    raise TableNotFound(f"the catalogue has no {kind} {masked(name)[:_MOST_SHOWN]!r}", hint=hint)


def _places(sources: Sequence[Datasource], *, has_columns: bool) -> Iterator[Place]:
    for source in sources:
        for table in source.tables:
            yield Place(source=source, table=table)
            for column in table.columns if has_columns else ():
                yield Place(source=source, table=table, column=column)


def _listed(names: Sequence[str]) -> list[str]:
    more = len(names) - _MOST_CANDIDATES
    return [*names[:_MOST_CANDIDATES], *([f"and {more} more"] if more > 0 else [])]
