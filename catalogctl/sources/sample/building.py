"""Writing the shop to a file."""

import random
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from catalogctl.sources.sample.schema import SCHEMA
from catalogctl.sources.sample.shop import Row, Shop


def build_sample_shop(path: Path) -> None:
    """Write the database to *path*, whole or not at all; what lay there is replaced. Raises OSError."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    with closing(sqlite3.connect(draft)) as connection:
        connection.executescript(SCHEMA)
        with connection:
            for table, rows in Shop(random.Random(20_260_630)).tables():  # noqa: S311 - the same shop every time
                _insert(connection, table, rows)
    draft.replace(path)


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[Row]) -> None:
    kept = list(rows)
    places = ", ".join("?" * len(kept[0]))
    quoted = table.replace('"', '""')
    connection.executemany(f'INSERT INTO "{quoted}" VALUES ({places})', kept)
