"""No statement on the way of a stream or a worker reads more, the longer the history is."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from store_engines import Speaker
from usual_statements import read_everything, write

from catalogctl.store.sqlite import SqliteStore
from catalogctl.store.sqlite.files import connect
from catalogctl.store.sqlite.transaction import SqliteTransaction

GROWING = ("events", "runs", "jobs", "tasks")


@pytest.fixture
def statements(tmp_path: Path) -> Iterator[list[tuple[str, list[str]]]]:
    """Statements of every read, and of the writes of running work, each with its plan."""
    path = tmp_path / "store.db"
    with closing(SqliteStore.open(path, on_commit=lambda: None)) as store:
        say = Speaker(store)
        run = say.run()
        say.queue(run, "a", "b")
    with closing(connect(path, is_writer=True)) as connection:
        run_through: list[str] = []
        connection.set_trace_callback(run_through.append)
        transaction = SqliteTransaction(connection)
        read_everything(transaction)
        write(transaction, say, run)
        connection.set_trace_callback(None)
        yield [
            (statement, [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")])
            for statement in dict.fromkeys(run_through)
            if re.match(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)", statement)
        ]


def test_every_statement_finds_its_rows_by_an_index(statements: list[tuple[str, list[str]]]) -> None:
    assert len(statements) > 30
    for statement, plan in statements:
        # The index of held tasks is read whole, and grows with the workers, not with the history.
        scans = [line for line in plan if re.match(rf"SCAN ({'|'.join(GROWING)})\b(?! USING INDEX tasks_held)", line)]
        assert not scans, f"{statement}\n{plan}"


def test_pages_that_merge_several_stretches_read_them_from_the_index_alone(
    statements: list[tuple[str, list[str]]],
) -> None:
    merged = [plan for statement, plan in statements if "UNION ALL" in statement and "claimable" not in statement]
    assert len(merged) >= 5
    for plan in merged:
        stretches = [line for line in plan if line.startswith("SEARCH") and "PRIMARY KEY" not in line]
        assert stretches
        # The key is a bound of the search, so that a stretch begins where the page begins.
        assert all(re.search(r"COVERING INDEX .*\b(seq|number|id)[<>]", line) for line in stretches), plan


def test_counting_the_tasks_of_a_job_reads_no_row(statements: list[tuple[str, list[str]]]) -> None:
    [plan] = [plan for statement, plan in statements if "count(*)" in statement and "GROUP BY step" in statement]
    assert any("COVERING INDEX tasks_status" in line for line in plan)
