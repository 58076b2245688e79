"""A SQLite library that lacks FTS5, as some systems bring it: for every connection to a file of a certain name."""

import _sqlite3
import ctypes
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NAME = "without-fts5.db"


def poor_path(store: Path) -> Path:
    """Another way to *store*, by which connections lack FTS5 inside ``lacking_fts5``."""
    store.touch()
    path = store.with_name(NAME)
    path.symlink_to(store)
    return path


def missing() -> str | None:
    """Why it cannot be had here, with what to do about it; None if it can."""
    return None if _drop_modules() else "this Python hides its SQLite library: take one that links to it"


@contextmanager
def lacking_fts5() -> Iterator[None]:
    """Make it so for the length of the block."""
    drop = _drop_modules()
    connect = sqlite3.connect

    def connect_without(database: Any, *arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(database, *arguments, **options)
        if NAME in str(database):
            modules = [name for (name,) in connection.execute("SELECT name FROM pragma_module_list")]
            kept = [name.encode() for name in modules if not name.startswith("fts5")]
            # The handle of the library stands behind the head that every Python object has.
            handle = ctypes.c_void_p.from_address(id(connection) + object.__basicsize__)
            assert drop(handle, (ctypes.c_char_p * (len(kept) + 1))(*kept, None)) == sqlite3.SQLITE_OK
        return connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", connect_without)
        yield


def _drop_modules() -> Any:
    try:
        return ctypes.CDLL(getattr(_sqlite3, "__file__", None)).sqlite3_drop_modules
    except (AttributeError, OSError):
        return None
