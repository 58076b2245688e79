from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from store_engines import Speaker

from catalogctl.domain.errors import StoreUnavailable
from catalogctl.store.postgres import PostgresStore
from catalogctl.store.postgres import clock as clocks
from catalogctl.store.postgres.clock import ServerClock

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Machine:
    """A machine whose time is set by hand, and a server that is ahead of it and takes its time to answer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        self.server = START
        self.delay = 0.0
        monkeypatch.setattr(clocks, "_elapsed", lambda: self.now)

    def passes(self, seconds: float) -> None:
        self.now += seconds
        self.server += timedelta(seconds=seconds)

    def ask(self) -> datetime:
        self.passes(self.delay / 2)
        answer = self.server
        self.passes(self.delay / 2)
        return answer


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_the_clock_is_the_servers_in_milliseconds(machine: Machine) -> None:
    clock = ServerClock(machine.ask)
    assert clock() == START
    machine.passes(1.23456)
    assert clock() == START + timedelta(seconds=1.234)


def test_an_answer_that_took_its_time_is_of_the_middle(machine: Machine) -> None:
    machine.delay = 0.4
    clock = ServerClock(machine.ask)
    assert clock() == machine.server


def test_a_less_exact_answer_is_left_alone_until_the_clock_may_have_drifted_more(machine: Machine) -> None:
    clock = ServerClock(machine.ask)
    machine.delay = 0.2
    machine.server += timedelta(seconds=0.05)
    clock.set()
    assert clock() == machine.server - timedelta(seconds=0.05)
    machine.passes(2000)
    clock.set()
    assert clock() == machine.server


def test_it_is_set_again_only_when_it_is_old(machine: Machine) -> None:
    clock = ServerClock(machine.ask)
    machine.server += timedelta(seconds=7)
    clock.set_if_old()
    assert clock() == machine.server - timedelta(seconds=7)
    machine.passes(clocks.FRESH + 1)
    clock.set_if_old()
    assert clock() == machine.server


def test_nodes_agree_on_the_time_whatever_their_machines_say(
    store: PostgresStore, open_node: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = store.clock()
    elapsed = clocks._elapsed
    monkeypatch.setattr(clocks, "_elapsed", lambda: elapsed() + 1000)
    second = open_node().clock()
    monkeypatch.undo()
    moment = first()
    monkeypatch.setattr(clocks, "_elapsed", lambda: elapsed() + 1000)
    assert abs(second() - moment) < timedelta(seconds=1)


@pytest.mark.parametrize("setting", ["datestyle%3DGerman", "datestyle%3DSQL", "timezone%3DAsia/Kathmandu"])
def test_it_is_the_same_however_the_server_writes_times(store: PostgresStore, place: str, setting: str) -> None:
    with closing(PostgresStore.open(f"{place}&options=-c%20{setting}", on_commit=lambda: None)) as other:
        assert abs(other.clock()() - store.clock()()) < timedelta(seconds=1)


def test_heartbeats_set_it_again_and_are_heard_though_it_cannot_be_set(
    store: PostgresStore, say: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = store.clock()
    store.enlist(say.worker(), lease_until=say.at(1))
    monkeypatch.setattr(clocks, "FRESH", -1.0)
    set_at = clock._set_at

    def fail() -> datetime:
        raise StoreUnavailable("away")

    monkeypatch.setattr(clock, "_ask", fail)
    store.renew("w1", lease_until=say.at(2))
    assert [lease.until for lease in store.leases()] == [say.at(2)]
    assert clock._set_at == set_at
