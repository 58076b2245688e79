"""A server, a worker and a watcher whose store lies behind PgBouncer in transaction mode."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from machines import Machines, sharing
from poolers import pgbouncer
from postgres_clusters import Cluster

SCHEMA = "pooled"
BELL = "the-bell"
TABLES = 5


@pytest.fixture
def server() -> Iterator[Cluster]:
    with closing(Cluster()) as server:
        yield server


@pytest.fixture
def machines(tmp_path: Path, server: Cluster) -> Iterator[Machines]:
    """Machines that reach the store through fewer connections than they would open themselves."""
    direct = f"{server.url}&application_name={BELL}"
    with pgbouncer(server.url, size=2) as pooled, sharing(tmp_path, f"{pooled}?schema={SCHEMA}", direct=direct) as all_:
        yield all_


@pytest.mark.timeout(120)
def test_a_refresh_through_a_pooler_is_done_and_watched_as_without_one(machines: Machines, server: Cluster) -> None:
    node, _ = machines.node(), machines.worker()
    client, watcher = machines.machine(), machines.machine()
    tables = [f"CREATE TABLE t{number} AS SELECT {number} AS x" for number in range(TABLES)]
    source = str(client.folder / client.database(*tables))
    tail = watcher.start("events", "tail", "--since", "earliest", "--json", "--server", node.url)
    done = client("refresh", source, "--server", node.url, "--json")
    assert done.code == 0, done.err
    with psycopg.connect(server.url) as connection:
        stored = connection.execute(f"SELECT seq, type, data FROM {SCHEMA}.events ORDER BY seq").fetchall()
        names = connection.execute("SELECT DISTINCT application_name FROM pg_stat_activity").fetchall()
    seen = [json.loads(tail.line()) for _ in stored]
    assert [(one["seq"], one["type"], one["data"]) for one in seen] == [(s, t, json.loads(d)) for s, t, d in stored]
    # What listens goes past the pooler.
    assert (BELL,) in names
    [run] = watcher("runs", "list", "--json").records
    assert [job["result"]["tables"] for job in run["jobs"]] == [TABLES, TABLES]
    # Without a server too: the command does the work itself.
    assert client("extract", source, "--json").code == 0
    tail.interrupt()
    assert tail.end().code == 130
