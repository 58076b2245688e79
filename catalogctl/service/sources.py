"""Sources under their rules: names are unique, one location has one name, the last one is the default."""

import time
from contextlib import suppress
from datetime import datetime

from catalogctl.domain.errors import (
    CatalogctlError,
    RunActive,
    SourceExists,
    SourceNotChosen,
    SourceNotFound,
    SourceUnusable,
)
from catalogctl.domain.events import NewEvent, compact_json
from catalogctl.domain.ports.sources import Drivers
from catalogctl.domain.ports.store import Reads, Store, Transaction
from catalogctl.domain.sources import Identity, Source, SourceCheck, check_name, is_url, masked
from catalogctl.domain.times import Clock


class Sources:
    """The registered sources of a store; what comes out holds the secrets."""

    def __init__(self, *, store: Store, drivers: Drivers, clock: Clock) -> None:
        self._store = store
        self._drivers = drivers
        self._clock = clock

    def add(self, location: str, *, name: str | None, is_told: bool = True) -> Source:
        """Register a location, under a name that suggests itself unless one is given.

        An event tells all who show the sources, unless one that follows at once does so anyway.
        """
        if name is not None:
            check_name(name)
        identity = self._drivers.identify(location)

        def change(transaction: Transaction) -> Source:
            known = next((one for one in transaction.sources() if one.location == identity.location), None)
            if known is not None and name in {None, known.name}:
                return known
            if known is not None:
                raise SourceExists(f"this location is registered already, as {known.name!r}")
            chosen = name or _free_name(transaction, identity.name)
            if transaction.source(chosen) is not None:
                raise SourceExists(
                    f"source {chosen!r} exists already, for another location",
                    hint=f"Choose another name, or remove it: catalogctl sources remove {chosen!r}",
                )
            named = Identity(location=identity.location, kind=identity.kind, name=chosen)
            source = transaction.add_source(named, at=self._clock())
            if is_told:
                _tell_catalogue_empty(transaction, source, source.created_at)
            return source

        return self._store.transact(change)

    def test(self, name: str) -> SourceCheck:
        """Open the source and list its tables."""
        source = self.named(self._store, name)
        began = time.monotonic()
        try:
            reader = self._drivers.open(source)
            try:
                tables = len(reader.metadata().tables)
            finally:
                reader.close()
        except CatalogctlError as error:
            return SourceCheck(is_ok=False, message=error.detail, seconds=time.monotonic() - began)
        message = f"{tables} table{'' if tables == 1 else 's'}"
        return SourceCheck(is_ok=True, message=message, tables=tables, seconds=time.monotonic() - began)

    def remove(self, name: str) -> None:
        """Forget a source that nothing runs on, and its catalogue."""

        def change(transaction: Transaction) -> None:
            source = self.named(transaction, name)
            refuse_while_active(transaction, source.name)
            transaction.remove_source(source.id)
            tell_catalogue_changed(transaction, source, self._clock)

        self._store.transact(change)

    def clear(self, name: str | None) -> Source:
        """Remove the catalogue of a source that nothing runs on."""

        def change(transaction: Transaction) -> Source:
            # By its name, also the only one: so read, it stays as it is.
            source = self.named(transaction, the_only_one(transaction).name if name is None else name)
            refuse_while_active(transaction, source.name)
            transaction.clear_catalogue(source.id)
            tell_catalogue_changed(transaction, source, self._clock)
            return source

        return self._store.transact(change)

    def registered(self, source: str | None) -> Source:
        """The source that a caller means: a name, a location that is registered, or the only one."""
        if source is None:
            return the_only_one(self._store)
        sources = self._store.sources()
        found = next((one for one in sources if source in {one.name, one.location}), None)
        if found is None and _is_location(source):
            # Perhaps written otherwise than it is kept.
            with suppress(SourceNotFound, SourceUnusable):
                location = self._drivers.identify(source).location
                found = next((one for one in sources if one.location == location), None)
        if found is None:
            raise _unknown(self._store, source)
        return found

    def chosen(self, source: str | None) -> Source:
        """The same, but a location that is new registers itself."""
        if source is None:
            return the_only_one(self._store)
        registered = self._store.source(source)
        if registered is not None:
            return registered
        if _is_location(source):
            return self.add(source, name=None, is_told=False)
        raise _unknown(self._store, source)

    def named(self, reads: Reads, name: str) -> Source:
        """The source called *name*. Raises SourceNotFound."""
        source = reads.source(name)
        if source is None:
            raise _unknown(reads, name)
        return source


def the_only_one(reads: Reads) -> Source:
    """The source that needs no naming. Raises SourceNotChosen."""
    sources = reads.sources()
    if not sources:
        raise SourceNotChosen(
            "no source is registered",
            hint="Give a path or a URL, or register one: catalogctl sources add NAME URL|PATH",
        )
    if len(sources) > 1:
        raise SourceNotChosen(f"which source? There are {', '.join(repr(source.name) for source in sources)}")
    return sources[0]


def refuse_while_active(reads: Reads, source: str) -> None:
    """Raise RunActive while a run on *source* is pending or running."""
    active = next((run for run in reads.active_runs() if run.source == source), None)
    if active is not None:
        raise RunActive(
            f"run {active.number} is active on source {source!r}",
            hint=f"Watch it: catalogctl runs watch {active.number}. End it: catalogctl runs cancel {active.number}",
            data={"run_id": active.run_id},
        )


def tell_catalogue_changed(transaction: Transaction, source: Source, clock: Clock) -> None:
    """Append the events for a catalogue that was emptied, its key figures with it."""
    at = clock()
    _tell_catalogue_empty(transaction, source, at)
    data = compact_json({"source": source.name, "kpis": 0})
    transaction.append(NewEvent(type="kpis.changed", at=at, data=data))


def _tell_catalogue_empty(transaction: Transaction, source: Source, at: datetime) -> None:
    data = compact_json({"source": source.name, "tables": 0, "columns": 0})
    transaction.append(NewEvent(type="catalog.changed", at=at, data=data))


def _is_location(source: str) -> bool:
    return is_url(source) or source.startswith(("/", "\\\\")) or source[1:3] == ":\\"


def _free_name(reads: Reads, wanted: str) -> str:
    taken = {source.name for source in reads.sources()}
    if wanted not in taken:
        return wanted
    return next(name for number in range(2, len(taken) + 3) if (name := f"{wanted}-{number}") not in taken)


def _unknown(reads: Reads, name: str) -> SourceNotFound:
    names = ", ".join(repr(source.name) for source in reads.sources())
    return SourceNotFound(
        f"no source is called {masked(name)!r}",
        hint=f"Registered: {names}." if names else "No source is registered yet.",
    )
