"""Each kind of source pays for its own libraries alone."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

_PROGRAM = """
import sys
from contextlib import closing
from datetime import UTC, datetime
from catalogctl.domain.sources import Source
from catalogctl.sources.drivers import SourceDrivers
drivers = SourceDrivers({})
identity = drivers.identify(sys.argv[1])
source = Source(id=1, name="s", kind=identity.kind, location=identity.location, created_at=datetime.now(UTC))
with closing(drivers.open(source)) as reader:
    print(sum(reader.profile(table, sample=None).row_count for table in reader.metadata().tables))
print(*sorted({"sqlalchemy", "duckdb", "psycopg", "pymysql"} & set(sys.modules)))
"""


@pytest.mark.parametrize(("file", "loaded"), [("shop.db", ""), ("shop.csv", "duckdb")])
def test_only_what_reads_the_source_is_loaded(tmp_path: Path, file: str, loaded: str) -> None:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database, database:
        database.execute("CREATE TABLE t AS SELECT 1 AS a")
    (tmp_path / "shop.csv").write_text("a\n1\n")
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(tmp_path / file)], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split("\n")[:2] == ["1", loaded]
