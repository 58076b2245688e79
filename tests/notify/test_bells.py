import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from ears import Ear
from postgres_servers import schema_of, server_url
from store_engines import Speaker

from catalogctl.domain.ports.notifier import Notifier
from catalogctl.notify.local import LocalNotifier
from catalogctl.notify.postgres import PostgresNotifier
from catalogctl.notify.sqlite import Pace, SqliteNotifier
from catalogctl.notify.waiting import InotifyWait, Timer, Wait, best_wait
from catalogctl.store.postgres.address import Address
from catalogctl.store.sqlite import SqliteStore

OTHER_PROCESS = Path(__file__).parents[1] / "store" / "other_process.py"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def postgres_bell(path: Path) -> PostgresNotifier:
    address = Address.of(server_url(), schema=schema_of(path.parent))
    return PostgresNotifier(address.connect, channel=address.channel)


BELLS: dict[str, Callable[[Path], Notifier]] = {
    "local": lambda _: LocalNotifier(),
    "sqlite": SqliteNotifier,
    "postgres": postgres_bell,
}


@pytest.fixture(params=BELLS)
def bell(request: pytest.FixtureRequest, path: Path) -> Iterator[Notifier]:
    with closing(BELLS[request.param](path)) as bell:
        if request.param == "postgres":
            # It rings when it begins to listen; the tests count what comes after.
            ear = Ear()
            end = bell.subscribe(ear)
            assert ear.hears(0)
            end()
        yield bell


@pytest.fixture
def open_store() -> Iterator[Callable[..., SqliteStore]]:
    with ExitStack() as stack:
        yield lambda path, on_commit=lambda: None: stack.enter_context(
            closing(SqliteStore.open(path, on_commit=on_commit))
        )


def test_every_listener_hears_a_ring_at_once(bell: Notifier) -> None:
    first, second = Ear(), Ear()
    bell.subscribe(first)
    bell.subscribe(second)
    bell.ring()
    assert (len(first.rings), len(second.rings)) == (1, 1)


def test_an_ended_subscription_hears_nothing_more(bell: Notifier) -> None:
    first, second = Ear(), Ear()
    end = bell.subscribe(first)
    bell.subscribe(second)
    end()
    end()
    bell.ring()
    assert (len(first.rings), len(second.rings)) == (0, 1)


def test_a_listener_subscribed_twice_is_ended_once_at_a_time(bell: Notifier) -> None:
    ear = Ear()
    end = bell.subscribe(ear)
    bell.subscribe(ear)
    bell.ring()
    assert len(ear.rings) == 2
    end()
    bell.ring()
    assert len(ear.rings) == 3


def test_a_listener_may_end_its_subscription_while_it_is_called(bell: Notifier) -> None:
    heard = []

    def once() -> None:
        heard.append(1)
        end()

    end = bell.subscribe(once)
    bell.ring()
    bell.ring()
    assert heard == [1]


def test_a_closed_bell_is_still_heard_in_its_own_process(bell: Notifier) -> None:
    ear = Ear()
    bell.subscribe(ear)
    bell.close()
    bell.close()
    bell.ring()
    assert len(ear.rings) == 1


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def test_looking_begins_with_the_first_subscription_and_ends_with_closing(path: Path) -> None:
    bell = SqliteNotifier(path)
    bell.ring()
    assert "store-bell" not in threads()
    bell.subscribe(Ear())
    bell.subscribe(Ear())
    assert [thread.name for thread in threading.enumerate()].count("store-bell") == 1
    bell.close()
    assert "store-bell" not in threads()
    bell.subscribe(Ear())
    assert "store-bell" not in threads()


class Silent(InotifyWait):
    """Linux on a file system that tells of nothing, such as a folder that another system shares with it."""

    def __call__(self, seconds: float) -> bool:
        super().__call__(0)
        threading.Event().wait(seconds)
        return False


WAITS = [best_wait, Timer, *([Silent] if sys.platform == "linux" else [])]


@pytest.mark.parametrize("new_wait", WAITS)
def test_a_commit_of_another_process_is_heard_within_a_tenth_of_a_second(
    path: Path, open_store: Callable[..., SqliteStore], new_wait: Callable[[], Wait]
) -> None:
    open_store(path)
    ear = Ear()
    with closing(SqliteNotifier(path, new_wait=new_wait)) as bell:
        bell.subscribe(ear)
        process = subprocess.Popen(
            [sys.executable, str(OTHER_PROCESS), "dripping", str(path), "25"],
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
    assert sorted(delays)[-2] < 0.1
    assert len(delays) == 25


def test_after_writing_was_told_of_looks_follow_until_all_that_was_written_must_be_safe() -> None:
    # What the first look sees may be of the commit before, while the next was written already.
    pace = Pace(0.02)
    assert pace.watched(is_told=False) > 0.1
    pauses = [pace.watched(is_told=True), *(pace.watched(is_told=False) for _ in range(9))]
    assert max(pauses) == 0.02
    assert pauses == sorted(pauses)
    assert pace.is_awaiting
    assert pace.watched(is_told=True) == 0


def test_own_commits_ring_once(path: Path, open_store: Callable[..., SqliteStore]) -> None:
    ear, other = Ear(), Ear()
    # A look so rare that whatever rings during the test was rung by the store.
    with closing(SqliteNotifier(path, interval=30, new_wait=Timer)) as bell:
        say = Speaker(open_store(path, bell.ring))
        bell.subscribe(ear)
        for _ in range(20):
            say.event()
        assert len(ear.rings) == 20
        # What the store rang for is not news any more to the one who looks.
        assert bell._watch.look() == bell._seen
        bell.subscribe(other)
    assert len(other.rings) == 0


def test_two_bells_of_one_process_hear_each_other(path: Path, open_store: Callable[..., SqliteStore]) -> None:
    ear = Ear()
    with closing(SqliteNotifier(path)) as first, closing(SqliteNotifier(path)) as second:
        open_store(path, first.ring)
        say = Speaker(open_store(path, second.ring))
        first.subscribe(ear)
        say.event()
        assert ear.hears(0)


def test_reading_and_failing_changes_ring_for_nobody(path: Path, open_store: Callable[..., SqliteStore]) -> None:
    store = open_store(path)
    say = Speaker(store)
    say.event()
    ear = Ear()
    with closing(SqliteNotifier(path, interval=0.002)) as bell:
        bell.subscribe(ear)
        for _ in range(50):
            store.position()
            assert say.claim() is None
        # A commit that is heard says that all looks before it are over.
        say.event()
        assert ear.hears(0)
    assert len(ear.rings) == 1


def test_a_store_that_comes_later_is_heard(path: Path, open_store: Callable[..., SqliteStore]) -> None:
    ear = Ear()
    with closing(SqliteNotifier(path)) as bell:
        bell.subscribe(ear)
        assert not path.exists()
        say = Speaker(open_store(path))
        assert ear.hears(0)
        before = len(ear.rings)
        say.event()
        assert ear.hears(before)


def test_a_replaced_file_is_noticed_and_heard_from_then_on(
    path: Path, tmp_path: Path, open_store: Callable[..., SqliteStore]
) -> None:
    open_store(path).close()
    other = tmp_path / "other.db"
    open_store(other).close()
    ear = Ear()
    with closing(SqliteNotifier(path)) as bell:
        bell.subscribe(ear)
        other.replace(path)
        assert ear.hears(0)
        say = Speaker(open_store(path))
        before = len(ear.rings)
        say.event()
        assert ear.hears(before)


def test_a_bell_makes_no_file(path: Path) -> None:
    with closing(SqliteNotifier(path)) as bell:
        bell.subscribe(Ear())
        bell.ring()
    assert list(path.parent.iterdir()) == []


def test_looking_costs_next_to_nothing(path: Path, open_store: Callable[..., SqliteStore]) -> None:
    open_store(path)
    with closing(SqliteNotifier(path)) as bell:
        bell.subscribe(Ear())
        began, used = time.monotonic(), time.process_time()
        threading.Event().wait(2)
        share = (time.process_time() - used) / (time.monotonic() - began)
    assert share < 0.03
