"""Through a pooler in transaction mode everything goes on as without it, and nothing is left on its connections."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import Any

import psycopg
import pytest
from ears import Ear
from poolers import pgbouncer
from postgres_servers import server_url
from store_engines import Speaker
from working_house import until

from catalogctl.domain.events import NewEvent
from catalogctl.domain.ports.store import Transaction
from catalogctl.notify.postgres import PostgresNotifier
from catalogctl.store.postgres import PostgresStore
from catalogctl.store.postgres.address import Address

POOL = 3


@pytest.fixture
def pooled(place: str) -> Iterator[str]:
    """The store's URL through a pool that is smaller than what its nodes would open."""
    with pgbouncer(server_url(), size=POOL) as url:
        yield f"{url}?schema={Address.of(place).schema}"


@pytest.fixture
def nodes(pooled: str) -> Iterator[list[PostgresStore]]:
    with ExitStack() as stack:
        opening = [lambda: PostgresStore.open(pooled, on_commit=lambda: None, node="other")] * 3
        with ThreadPoolExecutor(3) as pool:
            yield [stack.enter_context(closing(node)) for node in pool.map(lambda do: do(), opening)]


def test_nodes_share_a_pool_and_lose_nothing(nodes: list[PostgresStore]) -> None:
    def write(number: int) -> None:
        node = nodes[number % 3]
        for part in range(25):

            def change(tx: Transaction, part: int = part) -> None:
                tx.append(NewEvent(type="status.changed", at=Speaker.start, data=f"[{number},{part}]"))

            node.transact(change)
            node.position()

    with ThreadPoolExecutor(9) as pool:
        list(pool.map(write, range(9)))
    events = nodes[0].page_since(0, limit=1000).events
    assert [event.seq for event in events] == list(range(1, 226))
    assert {event.data for event in events} == {f"[{number},{part}]" for number in range(9) for part in range(25)}


def test_work_is_claimed_and_recorded_through_a_pool(nodes: list[PostgresStore]) -> None:
    say = Speaker(nodes[0])
    runs = [say.run("a"), say.run("b")]
    for run in runs:
        say.queue(run, *(f"t{number}" for number in range(20)))

    def work(number: int) -> int:
        speaker, count = Speaker(nodes[number % 3]), 0
        while (task := speaker.claim(speaker.worker(f"w{number}"), lease=1000)) is not None:
            assert speaker.finish(task, result={"by": number})
            count += 1
        return count

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(work, range(6))) == 40
    source = say.source()
    say.save(source, say.table("orders", "id", profile={"n": 1}))
    assert [hit.table for hit in nodes[1].search("order", limit=5)] == ["orders"]


def test_nothing_is_left_on_the_connections_of_the_pool(nodes: list[PostgresStore], pooled: str) -> None:
    say = Speaker(nodes[0])
    say.save(say.source(), say.table("orders", "id"))
    for node in nodes:
        Speaker(node).event()
        node.catalogue()
    plain = pooled.partition("?")[0]
    for _ in range(3 * POOL):
        with psycopg.connect(plain) as connection, connection.transaction():
            asked: dict[str, Any] = {
                query: connection.execute(query).fetchone()
                for query in (
                    "SHOW search_path",
                    "SHOW lock_timeout",
                    "SHOW idle_in_transaction_session_timeout",
                    "SELECT count(*) FROM pg_prepared_statements",
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'",
                )
            }
        assert list(asked.values()) == [('"$user", public',), ("0",), ("0",), (0,), (0,)]


def test_a_bell_at_the_server_itself_hears_what_is_committed_through_a_pool(
    nodes: list[PostgresStore], place: str
) -> None:
    address = Address.of(place)
    with closing(PostgresNotifier(address.connect, channel=address.channel)) as bell:
        ear = Ear()
        bell.subscribe(ear)
        assert ear.hears(0)
        Speaker(nodes[0]).event()
        assert ear.hears(1)


def test_a_bell_behind_a_pool_says_that_it_hears_nothing(
    pooled: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalogctl.notify.postgres.ECHO_PATIENCE", 0.3)
    address = Address.of(pooled)
    with caplog.at_level(logging.WARNING), closing(PostgresNotifier(address.connect, channel=address.channel)) as bell:
        ear = Ear()
        bell.subscribe(ear)
        assert ear.hears(0)
        until(lambda: "not of a pooler" in caplog.text)
