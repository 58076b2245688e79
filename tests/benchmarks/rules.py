"""How long the rules take for a catalogue of 1,000 tables with 20 columns each.

    python tests/benchmarks/rules.py

Prints the seconds of each part, as a clock and as a processor count them, and fails when the processor was busy for
longer than ten: the clock depends on what else the machine does.
"""

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

sys.path.insert(0, str(Path(__file__).parent.parent))

from catalogued import column, datasource, table  # found by the line above

from catalogctl.domain.catalogue import Column, Datasource, Table
from catalogctl.enrich.rules.foreign_keys import accepted, containment_sql, key_candidates
from catalogctl.enrich.rules.kpis import propose_kpis
from catalogctl.enrich.rules.questions import propose_questions
from catalogctl.enrich.rules.understanding import understand

T = TypeVar("T")

TABLES = 1_000
COLUMNS = 20
ROWS = 60
SECONDS_ALLOWED = 10.0
NOUNS = ("customer", "order", "product", "invoice", "payment", "supplier", "shipment", "contract", "ticket", "visit")
FIELDS: tuple[tuple[str, str, Callable[[random.Random], Any]], ...] = (
    ("status", "TEXT", lambda rng: rng.choice(("open", "paid", "cancelled"))),
    ("total_amount", "NUMERIC(10,2)", lambda rng: round(rng.uniform(1, 900), 2)),
    ("qty", "INTEGER", lambda rng: rng.randint(1, 40)),
    ("created_at", "TIMESTAMP", lambda rng: f"2024-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}T08:00:00"),
    ("email", "VARCHAR(80)", lambda rng: f"person{rng.randint(1, 10_000)}@mail.example"),
    ("firstName", "VARCHAR(80)", lambda rng: rng.choice(("Ada", "Bruno", "Carla", "Denis"))),
    ("is_active", "BOOLEAN", lambda rng: rng.random() < 0.8),
    ("country_code", "VARCHAR(2)", lambda rng: rng.choice(("FR", "DE", "ES", "IT"))),
    ("comment", "TEXT", lambda rng: f"Something that somebody said at length, {rng.randint(1, 99)} times over"),
    ("lat", "DOUBLE", lambda rng: rng.uniform(40, 50)),
    ("iban", "VARCHAR(34)", lambda rng: f"FR76{rng.randint(10**22, 10**23)}"),
    ("ean", "VARCHAR(13)", lambda rng: str(rng.randint(10**12, 10**13 - 1))),
    ("VATNO", "VARCHAR(14)", lambda rng: f"FR{rng.randint(10**10, 10**11)}"),
    ("dueDate", "DATE", lambda rng: f"2025-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"),
    ("xq_17", "INTEGER", lambda rng: rng.randint(0, 9_999)),
    ("unitprice", "REAL", lambda rng: round(rng.uniform(1, 90), 2)),
)


def main() -> None:
    source = catalogue(random.Random(5))
    started, busy = time.perf_counter(), time.process_time()
    candidates = timed("candidates for foreign keys", lambda: key_candidates(source))
    keys = [key for found in candidates if containment_sql(found, "sqlite") and (key := accepted(found, 50, 50))]
    meanings = timed("meaning", lambda: understand(source, keys))
    kpis = timed("key figures", lambda: propose_kpis(source, meanings, keys, dialect="sqlite"))
    timed("questions", lambda: propose_questions(source, meanings, keys, kpis))
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    described = sum(1 for meaning in meanings for told in meaning.columns.values() if told.description)
    print(f"{len(candidates):,} candidates, {described:,} descriptions of columns, {len(kpis)} key figures")
    print(f"{TABLES:,} tables x {COLUMNS} columns: {seconds:.2f} s, {busy:.2f} s of the processor")
    if busy > SECONDS_ALLOWED:
        sys.exit(1)


def timed(what: str, work: Callable[[], T]) -> T:
    """Do the *work* and print how long it took."""
    started, busy = time.perf_counter(), time.process_time()
    done = work()
    print(f"{what}: {time.perf_counter() - started:.2f} s, {time.process_time() - busy:.2f} s of the processor")
    return done


def catalogue(rng: random.Random) -> Datasource:
    """Tables that differ in their names and in every figure, a tenth of them about each noun."""
    return datasource(*(_table(number, rng) for number in range(TABLES)))


def _table(number: int, rng: random.Random) -> Table:
    noun = NOUNS[number % len(NOUNS)]
    others = [NOUNS[(number + step) % len(NOUNS)] for step in (1, 3, 7)]
    columns: list[Column] = [column("id", "INTEGER", list(range(1, ROWS + 1)), is_key=True)]
    pointing = [f"{other}_{number}_id" for other in others]
    columns += [column(name, "INTEGER", _drawn(rng, lambda r: r.randint(1, ROWS))) for name in pointing]
    columns += [column(name, data_type, _drawn(rng, draw)) for name, data_type, draw in FIELDS]
    return table(f"{noun}_{number}", *columns[:COLUMNS])


def _drawn(rng: random.Random, draw: Callable[[random.Random], Any]) -> list[Any]:
    return [draw(rng) if rng.random() < 0.95 else None for _ in range(ROWS)]


if __name__ == "__main__":
    main()
