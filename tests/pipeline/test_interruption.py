"""A source that cannot be told to stop keeps its worker from nothing else."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from working_house import ENDLESS, House, now, until

from catalogctl.domain.ports.sources import Drivers, SourceReader
from catalogctl.domain.runs import Status
from catalogctl.domain.sources import Identity, Source


class Deaf:
    """A reader that is interrupted by way of *interrupt*."""

    def __init__(self, reader: SourceReader, interrupt: Callable[[SourceReader], None]) -> None:
        self._reader = reader
        self._interrupt = interrupt

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    def interrupt(self) -> None:
        self._interrupt(self._reader)


class DeafDrivers:
    """Real drivers, but for how the readers of the *deaf* source are interrupted."""

    def __init__(self, drivers: Drivers, interrupt: Callable[[SourceReader], None]) -> None:
        self._drivers = drivers
        self._interrupt = interrupt

    def identify(self, location: str) -> Identity:
        return self._drivers.identify(location)

    def open(self, source: Source) -> Any:
        reader = self._drivers.open(source)
        return Deaf(reader, self._interrupt) if source.name == "deaf" else reader


def started_endless(house: House) -> str:
    """A run whose work never ends by itself, once it has begun to."""
    run_id = house.start(house.database(f"CREATE VIEW endless AS {ENDLESS}", name="deaf.db")).run_id
    until(lambda: any(step.active == ("endless",) for step in house.catalogue.run(run_id).jobs[0].steps))
    return run_id


def test_an_interruption_that_fails_ends_no_other_work(house: House, caplog: pytest.LogCaptureFixture) -> None:
    refused: list[SourceReader] = []

    def refuse_once(reader: SourceReader) -> None:
        if not refused:
            refused.append(reader)
            raise OSError("no route to host")
        reader.interrupt()

    house.drivers = DeafDrivers(house.drivers, refuse_once)
    with caplog.at_level(logging.WARNING, "catalogctl"), house.working(concurrency=1):
        house.catalogue.cancel_run(started_endless(house))
        until(lambda: bool(refused))
        other = house.start(house.database("CREATE TABLE t (x)", name="other.db"))
        until(lambda: house.catalogue.run(other.run_id).status is Status.COMPLETED)
    assert [record.getMessage() for record in caplog.records] == ["source deaf: not interrupted: OSError"]


def test_an_interruption_that_hangs_keeps_no_heartbeat_from_coming(house: House) -> None:
    hanging: list[SourceReader] = []
    released = threading.Event()

    def hang(reader: SourceReader) -> None:
        hanging.append(reader)
        released.wait(30)
        reader.interrupt()

    house.drivers = DeafDrivers(house.drivers, hang)
    with house.working():
        try:
            house.catalogue.cancel_run(started_endless(house))
            until(lambda: bool(hanging))
            [before] = house.store.leases()
            until(lambda: house.store.leases()[0].until > before.until)
            assert len(hanging) == 1, "no more than one thread waits for a source"
        finally:
            released.set()


@pytest.mark.parametrize("refusal", [None, OSError("no route to host")])
def test_a_deadline_that_a_source_did_not_hear_of_is_told_again(hasty_house: House, refusal: Exception | None) -> None:
    told: list[SourceReader] = []

    def hear_at_last(reader: SourceReader) -> None:
        told.append(reader)
        if len(told) > 2:
            reader.interrupt()
        elif refusal is not None:
            raise refusal

    hasty_house.drivers = DeafDrivers(hasty_house.drivers, hear_at_last)
    with hasty_house.working():
        run_id = started_endless(hasty_house)
        until(lambda: hasty_house.catalogue.run(run_id).status is Status.FAILED)
    assert "took longer than 0.3 s" in str(hasty_house.catalogue.run(run_id).jobs[0].error_message)


def test_a_worker_that_was_taken_for_dead_keeps_what_it_has_claimed_since(house: House) -> None:
    with house.working() as pool:
        run_id = started_endless(house)
        house.store.dismiss(pool.worker.id)
        until(lambda: [task.attempt for task in house.store.running_tasks()] == [2])
        [again] = house.store.running_tasks()
        until(lambda: bool(house.store.workers()))
        # Known again, and after a heartbeat more it is still at it.
        [lease] = house.store.leases()
        until(lambda: house.store.leases()[0].until > lease.until)
        assert [task.fence for task in house.store.running_tasks()] == [again.fence]
        assert house.catalogue.run(run_id).status is Status.RUNNING


def test_a_machine_that_has_slept_goes_on_with_its_tasks_and_begins_none_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    asleep: list[timedelta] = []
    monkeypatch.setattr("working_house.now", lambda: now() + sum(asleep, timedelta()))
    with house.working():
        started_endless(house)
        [before] = house.store.running_tasks()
        for _ in range(2):
            asleep.append(timedelta(hours=1))
            # Whoever has nothing to do looks before the next heartbeat.
            house.notifier.ring()
            until(lambda: any(lease.until > now() + sum(asleep, timedelta()) for lease in house.store.leases()))
        assert [task.fence for task in house.store.running_tasks()] == [before.fence]
