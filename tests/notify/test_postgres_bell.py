import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest
from ears import SOON, Ear
from postgres_servers import OwnServer, place_of, server_url
from store_engines import Speaker

from catalogctl.notify.postgres import PostgresNotifier
from catalogctl.store.postgres import PostgresStore
from catalogctl.store.postgres.address import Address

OTHER_PROCESS = Path(__file__).parents[1] / "store" / "other_process.py"

Opener = Callable[..., PostgresStore]


@pytest.fixture
def place(tmp_path: Path) -> str:
    return place_of(tmp_path)


@pytest.fixture
def open_bell() -> Iterator[Callable[[str], PostgresNotifier]]:
    """A bell whose server knows it by its name."""
    with ExitStack() as stack:

        def open_bell(place: str) -> PostgresNotifier:
            address = Address.of(f"{place}&application_name=the-bell")
            return stack.enter_context(closing(PostgresNotifier(address.connect, channel=address.channel)))

        yield open_bell


@pytest.fixture
def bell(place: str, open_bell: Callable[[str], PostgresNotifier]) -> PostgresNotifier:
    return open_bell(place)


@pytest.fixture
def open_store(place: str) -> Iterator[Opener]:
    """Open the store as the node of a bell does, or as another node."""
    with ExitStack() as stack:

        def open_store(bell: PostgresNotifier | None = None) -> PostgresStore:
            on_commit, node = (lambda: None, "other") if bell is None else (bell.ring, bell.node)
            return stack.enter_context(closing(PostgresStore.open(place, on_commit=on_commit, node=node)))

        yield open_store


def listening(bell: PostgresNotifier) -> Ear:
    """A listener, once the bell has rung for its beginning to listen."""
    ear = Ear()
    bell.subscribe(ear)
    assert ear.hears(0)
    return ear


def cut(url: str) -> int:
    """Have the server cut the connections of bells; answers how many there were."""
    with psycopg.connect(url, autocommit=True) as connection:
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'the-bell'"
        return len(connection.execute(query).fetchall())


def test_a_commit_of_another_process_is_heard_at_once(place: str, bell: PostgresNotifier, open_store: Opener) -> None:
    open_store()
    ear = listening(bell)
    process = subprocess.Popen(
        [sys.executable, str(OTHER_PROCESS), "dripping", place, "25"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    delays = []
    with process:
        assert process.stdout.readline() == "ready\n"
        for _ in range(25):
            before = len(ear.rings)
            process.stdin.write("go\n")
            process.stdin.flush()
            committed = float(process.stdout.readline())
            assert ear.hears(before)
            delays.append(ear.rings[before] - committed)
    # The clock is one for all processes of a machine. One outlier is the scheduler's, not the bell's.
    assert sorted(delays)[-2] < 0.05
    assert len(delays) == 25


def test_own_commits_ring_once(bell: PostgresNotifier, open_store: Opener) -> None:
    ear = listening(bell)
    say, other = Speaker(open_store(bell)), Speaker(open_store())
    before = len(ear.rings)
    for _ in range(20):
        say.event()
    other.event()
    # Notifications come in the order of the commits: what ours could have rung, they have rung before.
    assert ear.hears(before + 20)
    assert len(ear.rings) == before + 21


def test_reading_failing_changes_and_heartbeats_ring_for_nobody(bell: PostgresNotifier, open_store: Opener) -> None:
    store = open_store()
    say = Speaker(store)
    say.event()
    worker = say.worker()
    store.enlist(worker, lease_until=say.at(10))
    ear = listening(bell)
    for second in range(20):
        store.position()
        assert say.claim() is None
        store.renew(worker.id, lease_until=say.at(10 + second))
    say.event()
    assert ear.hears(1)
    assert len(ear.rings) == 2


def test_a_cut_connection_is_replaced_and_what_was_committed_meanwhile_is_rung_for(
    bell: PostgresNotifier, open_store: Opener
) -> None:
    say = Speaker(open_store())
    ear = listening(bell)
    for _ in range(3):
        before = len(ear.rings)
        # The one before may still be on its way out.
        assert cut(server_url()) >= 1
        # It rings for its return, whether or not anything was committed.
        assert ear.hears(before)
        before = len(ear.rings)
        say.event()
        assert ear.hears(before)


def test_a_server_that_stops_is_waited_for_and_heard_again(open_bell: Callable[[str], PostgresNotifier]) -> None:
    with closing(OwnServer()) as server:
        ear = listening(open_bell(server.url))
        server.stop()
        before = len(ear.rings)
        server.start()
        assert ear.hears(before)
        with closing(PostgresStore.open(server.url, on_commit=lambda: None)) as store:
            before = len(ear.rings)
            Speaker(store).event()
            assert ear.hears(before)


def test_a_server_that_is_not_there_yet_is_waited_for(open_bell: Callable[[str], PostgresNotifier]) -> None:
    with closing(OwnServer()) as server:
        server.stop()
        ear = Ear()
        open_bell(server.url).subscribe(ear)
        server.start()
        assert ear.hears(0)


def test_a_bell_is_closed_while_its_server_is_away(tmp_path_factory: pytest.TempPathFactory) -> None:
    address = Address.of(f"postgresql:///postgres?host={tmp_path_factory.mktemp('nobody')}")
    bell = PostgresNotifier(address.connect, channel=address.channel)
    bell.subscribe(Ear())
    began = time.monotonic()
    bell.close()
    assert time.monotonic() - began < SOON
    assert "store-bell" not in {thread.name for thread in threading.enumerate()}


def test_stores_in_two_schemas_do_not_hear_each_other(
    tmp_path_factory: pytest.TempPathFactory, bell: PostgresNotifier, open_store: Opener
) -> None:
    ear = listening(bell)
    with closing(PostgresStore.open(place_of(tmp_path_factory.mktemp("other")), on_commit=lambda: None)) as other:
        for _ in range(5):
            Speaker(other).event()
    before = len(ear.rings)
    Speaker(open_store()).event()
    assert ear.hears(before)
    assert len(ear.rings) == before + 1


def test_listening_costs_next_to_nothing(bell: PostgresNotifier) -> None:
    listening(bell)
    began, used = time.monotonic(), time.process_time()
    threading.Event().wait(2)
    share = (time.process_time() - used) / (time.monotonic() - began)
    assert share < 0.02


def test_nothing_is_said_while_notifications_arrive(
    bell: PostgresNotifier, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalogctl.notify.postgres.ECHO_PATIENCE", 0.2)
    listening(bell)
    with caplog.at_level(logging.WARNING):
        threading.Event().wait(0.5)
    assert caplog.text == ""
