"""Copying one store into another."""

from collections.abc import Callable
from contextlib import closing

from catalogctl.domain.copies import Copied, CopyProgress
from catalogctl.domain.errors import NotFound
from catalogctl.store.relational.store import RelationalStore
from catalogctl.wiring.stores import ServerPlace, StorePlace, place_at


def copy(source: str, target: str, *, on_progress: Callable[[CopyProgress], None]) -> Copied:
    """Copy the store at a path or URL into a new one, or go on with a copy that was interrupted.

    Raises NotFound when there is no store to copy, StoreUnavailable when nobody can tell, and as ``copy_store``.
    """
    from catalogctl.store.copying import copy_store

    place = place_at(source)
    if place.is_new:
        raise NotFound(f"there is no store at {place.shown}", hint="catalogctl doctor says where yours is.")
    with closing(_opened(place)) as copied, closing(_opened(place_at(target), is_to_be_copied_into=True)) as made:
        return copy_store(copied, made, on_progress=on_progress)


def _opened(place: StorePlace, *, is_to_be_copied_into: bool = False) -> RelationalStore:
    if isinstance(place, ServerPlace):
        place.require_driver()
        from catalogctl.store.postgres import PostgresStore

        return PostgresStore.open(place.url, on_commit=_ring, is_to_be_copied_into=is_to_be_copied_into)
    from catalogctl.store.sqlite import SqliteStore

    return SqliteStore.open(place.beside, on_commit=_ring, is_to_be_copied_into=is_to_be_copied_into)


def _ring() -> None:
    """Nobody in this process listens; others see each commit, or are told of it by the server."""
