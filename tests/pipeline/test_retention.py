from datetime import UTC, datetime, timedelta

import pytest
from working_house import House, until

from catalogctl.domain.events import NewEvent
from catalogctl.pipeline.retention import PIECE, Retention

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def append(house: House, count: int, *, at: datetime) -> None:
    def change(transaction: object) -> None:
        for _ in range(count):
            transaction.append(NewEvent(type="kpis.changed", at=at, data="{}"))

    house.store.transact(change)


def test_all_that_is_too_old_goes_however_much_it_is(house: House) -> None:
    append(house, PIECE + 5, at=NOW - timedelta(days=31))
    append(house, 3, at=NOW)
    retention = Retention(events=1_000_000, age=timedelta(days=30))
    assert retention.prune(house.store, at=NOW)
    assert not retention.prune(house.store, at=NOW)
    assert [event.seq for event in house.store.page_since(0, limit=10).events] == [PIECE + 6, PIECE + 7, PIECE + 8]
    assert house.store.position().pruned == PIECE + 5


def test_a_worker_that_has_much_to_remove_is_heard_of_meanwhile(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalogctl.pipeline.retention.PIECE", 1)
    monkeypatch.setattr("catalogctl.pipeline.worker.HEARTBEAT", 0.01)
    append(house, 1000, at=NOW - timedelta(days=99))
    with house.working():
        until(lambda: house.store.position().pruned > 0)
        [lease] = house.store.leases()
        until(lambda: house.store.leases()[0].until > lease.until)
        assert house.store.position().pruned < 1000


def test_only_the_newest_are_kept(house: House) -> None:
    append(house, 20, at=NOW)
    assert not Retention(events=8, age=timedelta(days=30)).prune(house.store, at=NOW)
    assert len(house.store.page_since(0, limit=100).events) == 8
