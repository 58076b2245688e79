"""No statement on the way of a stream or a worker reads more, the longer the history is."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from psycopg import ClientCursor
from store_engines import Speaker
from usual_statements import read_everything, write

from catalogctl.domain.runs import Run
from catalogctl.store.postgres import PostgresStore
from catalogctl.store.postgres import writer as writing
from catalogctl.store.postgres.connection import PostgresConnection, _as_psycopg_writes

Sql = Callable[..., list[Any]]

PAGES_READ = 120
"""Of 8 KiB each. A step down an index takes four; a page of ten rows that merges several stretches takes most."""

HISTORY = """
INSERT INTO runs (run_id, source, kind, status, created_at, options)
    SELECT lpad(to_hex(i), 8, '0'), 'source-' || i % 10, 'extraction',
        CASE i % 20 WHEN 0 THEN 'failed' ELSE 'completed' END, i, '{}'
    FROM generate_series(1, 5000) AS i;
INSERT INTO jobs (run_id, source, job_type, status, created_at, attempt, progress, steps, warnings, warnings_total)
    SELECT run_id, source, kind, status, created_at, 1, 100, '[]', '[]', 0 FROM runs;
INSERT INTO tasks (job_id, step, key, status, attempt, worker, payload)
    SELECT id, 'profile_tables', 't' || i, 'completed', 1, 'w' || i, '{}'
    FROM jobs CROSS JOIN generate_series(1, 4) AS i;
INSERT INTO events (seq, topic, type, at, run_id, job_id, data)
    SELECT i, CASE i % 500 WHEN 0 THEN 'kpis' ELSE 'jobs' END, 'job.progressed', i,
        lpad(to_hex(i / 10), 8, '0'), i / 10, repeat('x', 200)
    FROM generate_series(1, 50000) AS i;
UPDATE log SET latest = 50000;
"""


@pytest.fixture
def long_run(store: PostgresStore, say: Speaker, sql: Sql) -> Run:
    """An active run with many tasks, most of them done, after a long history."""
    sql(HISTORY)
    run = say.run("shop")
    say.queue(run, *(f"t{number}" for number in range(3000)))
    sql("UPDATE tasks SET status = 'completed' WHERE job_id = %s AND id %% 50 > 0", run.jobs[0].id)
    sql("VACUUM ANALYZE")
    return run


class Watched(PostgresConnection):
    """A connection that has every statement explained before it is run."""

    plans: list[tuple[str, int, str]]

    def _execute(self, statement: str, parameters: Any) -> Any:
        if self._put_off:
            self.together()
        with ClientCursor(self.raw) as cursor:
            cursor.execute("SAVEPOINT explaining")
            query = cursor.mogrify(_as_psycopg_writes(statement), parameters)
            [(told,)] = cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}".encode()).fetchall()
            cursor.execute("ROLLBACK TO explaining")
        plan = (told if isinstance(told, list) else json.loads(told))[0]["Plan"]
        self.plans.append((statement, plan["Shared Hit Blocks"] + plan["Shared Read Blocks"], json.dumps(plan)))
        return super()._execute(statement, parameters)


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, str]]:
    """Statements of the transactions of a test, each with the pages that it read, and its plan."""
    Watched.plans = []
    monkeypatch.setattr(writing, "PostgresConnection", Watched)
    return Watched.plans


def test_every_statement_reads_a_few_pages(
    store: PostgresStore, say: Speaker, long_run: Run, plans: list[tuple[str, int, str]]
) -> None:
    def change(tx: Any) -> None:
        # What is read inside a transaction are the same statements as outside of one.
        read_everything(tx)
        run = tx.run(long_run.run_id)
        assert run is not None
        write(tx, say, run)

    store.transact(change)
    assert len(plans) > 30
    for statement, pages, plan in plans:
        # What is left of a run is ended or begun again in one statement, which touches what it changes.
        is_of_all = "UPDATE tasks SET status" in statement and "WHERE job_id" in statement
        assert pages <= (10_000 if is_of_all else PAGES_READ), f"{pages} pages: {statement}\n{plan}"


def test_a_search_reads_the_index_of_words(
    store: PostgresStore, say: Speaker, sql: Sql, plans: list[tuple[str, int, str]]
) -> None:
    source = say.source()
    say.save(source, *(say.table(f"table{number}", *(f"column{part}" for part in range(20))) for number in range(200)))
    sql("VACUUM ANALYZE")
    plans.clear()
    store.transact(lambda tx: tx.search("table17", limit=5))
    plan = next(plan for _, _, plan in plans if "catalogue_texts_words" in plan)
    assert all(pages < PAGES_READ for _, pages, _ in plans), plan
