"""How long the rules take for a real database of 1,000 tables with 20 columns each, beside its extraction.

    python tests/benchmarks/enrichment.py

Runs the commands as users do and prints the seconds of each, as a clock and as a processor count them.
"""

import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

TABLES = 1_000
ROWS = 60
NOUNS = ("customer", "order", "product", "invoice", "payment", "supplier", "shipment", "contract", "ticket", "visit")
COLUMNS = (
    *("status TEXT", "total_amount NUMERIC(10,2)", "qty INTEGER", "created_at TIMESTAMP", "email VARCHAR(80)"),
    *("first_name VARCHAR(80)", "is_active BOOLEAN", "country TEXT", "notes TEXT"),
    *(f"attribute_{number} INTEGER" for number in range(9)),
)


def main() -> None:
    """Build, extract, enrich."""
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder) / "large.db")
        for command in ("extract", "enrich"):
            wall, processor = timed(Path(folder), command, "large.db" if command == "extract" else "large")
            what = f"{command} of {TABLES:,} tables x {2 + len(COLUMNS)} columns"
            print(f"{what}: {wall:.1f} s, {processor:.1f} s of the processor")


def build(path: Path) -> None:
    """Tables that refer to one another without saying so, each with a few rows of what such tables hold."""
    rng = random.Random(1)
    with closing(sqlite3.connect(path)) as connection, connection:
        for number in range(TABLES):
            noun, other = NOUNS[number % len(NOUNS)], NOUNS[(number + 1) % len(NOUNS)]
            columns = ("id INTEGER PRIMARY KEY", f"{other}_id INTEGER", *COLUMNS)
            connection.execute(f"CREATE TABLE {noun}s_{number:03} ({', '.join(columns)})")
            marks = ", ".join("?" * len(columns))
            rows = [(row + 1, rng.randint(1, ROWS), *values(rng)) for row in range(ROWS)]
            connection.executemany(f"INSERT INTO {noun}s_{number:03} VALUES ({marks})", rows)


def values(rng: random.Random) -> tuple[object, ...]:
    """A value for each of COLUMNS."""
    return (
        rng.choice(("open", "paid", "cancelled")),
        round(rng.uniform(1, 900), 2),
        rng.randint(1, 40),
        f"2024-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}T08:00:00",
        f"person{rng.randint(1, 10_000)}@mail.example",
        rng.choice(("Ada", "Bruno", "Carla", "Denis")),
        int(rng.random() < 0.8),
        rng.choice(("FR", "DE", "PT")),
        f"note {rng.randint(1, 99)}",
        *(rng.randint(1, 9) for _ in range(9)),
    )


def timed(folder: Path, *arguments: str) -> tuple[float, float]:
    """The seconds that a command took, on the clock and of the processor."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environ = {**os.environ, "CATALOGCTL_STORE": str(folder / "store.db")}
    subprocess.run([sys.executable, "-m", "catalogctl", *arguments, "--quiet"], cwd=folder, env=environ, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (
        time.perf_counter() - began,
        after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    )


if __name__ == "__main__":
    main()
