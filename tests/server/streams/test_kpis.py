"""The stream of key figures: the state at once, then every change, identical ones never twice."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from live_streams import Hand, LiveServer, eventually, now

from catalogctl.domain.catalogue import ColumnMetadata, ExtractedColumn, ExtractedTable, TableMetadata
from catalogctl.domain.errors import StoreUnavailable
from catalogctl.domain.events import Event, NewEvent, compact_json
from catalogctl.domain.meaning import KpiResult
from catalogctl.domain.meaning_records import kpi_record
from catalogctl.domain.ports.store import Transaction
from catalogctl.domain.sources import Identity
from catalogctl.server.hub.gauges import Gauges
from catalogctl.server.hub.kinds import KpiChannel
from catalogctl.server.hub.snapshots import State

PATH = "/analytics/kpi-stream"


class Figures:
    """Writes key figures as enrichment does: with the event that tells of them, in one commit."""

    def __init__(self, hand: Hand) -> None:
        self._hand = hand
        self._sources: dict[str, int] = {}

    def save(self, *values: str, source: str = "shop", is_told: bool = True) -> int:
        """Make *values* the figures of a source; the seq of the event."""

        def change(transaction: Transaction) -> int:
            if source not in self._sources:
                identity = Identity(name=source, location=f"/{source}.db", kind="sqlite")
                self._sources[source] = transaction.add_source(identity, at=now()).id
                metadata = ColumnMetadata(name="id", data_type="INTEGER")
                table = TableMetadata(name="customer", columns=(metadata,))
                extracted = ExtractedTable(metadata=table, columns=(ExtractedColumn(metadata=metadata),), row_count=0)
                transaction.save_tables(self._sources[source], [extracted], at=now(), is_complete=True)
            figures = [
                KpiResult(title=f"Figure {number}", value=value, sql="SELECT 1") for number, value in enumerate(values)
            ]
            transaction.save_kpis(self._sources[source], figures, at=now())
            data = compact_json({"source": source, "kpis": len(figures)})
            if is_told:
                transaction.append(NewEvent(type="kpis.changed", at=now(), data=data))
            return transaction.position().latest

        return self._hand.store.transact(change)

    def shown(self) -> list[dict[str, Any]]:
        """What the stream shows now."""
        return [kpi_record(kpi) for kpi in self._hand.store.kpis()]


@pytest.fixture
def figures(hand: Hand) -> Figures:
    return Figures(hand)


def values(text: Any) -> list[str]:
    return [card["value"] for card in text]


def test_figures_are_shown_at_once_and_again_when_they_change(live: LiveServer, figures: Figures) -> None:
    empty = live.read(PATH)
    assert empty.message().data == "[]"
    figures.save("1", "2")
    assert empty.message().json() == figures.shown()
    reader = live.read(PATH)
    frame = reader.message()
    assert (frame.event, values(frame.json())) == (None, ["1", "2"])
    figures.save("3")
    for one in (reader, empty):
        assert one.message().json() == figures.shown()
    figures.save("4", source="stock")
    assert values(reader.message().json()) == ["3", "4"]


def test_what_did_not_change_is_not_shown_twice(live: LiveServer, hand: Hand, figures: Figures) -> None:
    figures.save("1")
    reader = live.read(PATH)
    assert values(reader.message().json()) == ["1"]
    for _ in range(5):
        hand.append(type_="kpis.changed", data={"source": "shop", "kpis": 1})
    hand.append(type_="catalog.changed", data={})
    figures.save("2")
    assert values(reader.message().json()) == ["2"]


def test_ids_are_places_in_the_log(live: LiveServer, hand: Hand, figures: Figures) -> None:
    reader = live.read(PATH)
    before = reader.message().seq
    seq = figures.save("1")
    assert before < seq <= reader.message().seq <= hand.store.position().latest


def test_an_emptied_catalogue_has_no_figures(live: LiveServer, figures: Figures) -> None:
    figures.save("1")
    figures.save("2", source="stock")
    reader = live.read(PATH)
    assert values(reader.message().json()) == ["1", "2"]
    live.service.clear_catalogue(source="shop")
    assert values(reader.message().json()) == ["2"]
    live.service.remove_source("stock")
    assert reader.message().data == "[]"


def test_a_late_reader_is_shown_nothing_older_than_its_call(live: LiveServer, figures: Figures) -> None:
    keeps_channel_open = live.read(PATH)
    for number in range(40):
        figures.save(str(number))
        reader = live.read(PATH)
        assert values(reader.message().json()) == [str(number)]
        reader.close()
    assert keeps_channel_open.status == 200


def test_while_figures_change_quickly_the_last_of_them_is_shown(live: LiveServer, figures: Figures) -> None:
    readers = [live.read(PATH) for _ in range(3)]
    writer = threading.Thread(target=lambda: [figures.save(str(number)) for number in range(200)])
    writer.start()
    for reader in readers:
        seen = [reader.message().data]
        while "199" not in (seen[-1] or ""):
            seen.append(reader.message().data)
        assert len(seen) == len(set(seen))
    writer.join()


def test_figures_change_while_they_are_being_read(
    live: LiveServer, figures: Figures, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures.save("1")
    reader = live.read(PATH)
    reader.message()
    ask: Callable[..., Any] = live.service.kpis

    def ask_and_be_overtaken(**options: Any) -> Any:
        answer = ask(**options)
        if values([kpi_record(kpi) for kpi in answer]) == ["2"]:
            figures.save("3")
        return answer

    monkeypatch.setattr(live.service, "kpis", ask_and_be_overtaken)
    figures.save("2")
    shown = values(reader.message().json())
    assert shown in (["2"], ["3"])
    if shown == ["2"]:
        assert values(reader.message().json()) == ["3"]


def test_a_store_that_is_away_for_a_moment_costs_no_change(
    live: LiveServer, figures: Figures, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = live.read(PATH)
    reader.message()
    ask: Callable[..., Any] = live.service.kpis
    refused = threading.Event()

    def refuse(**_: Any) -> Any:
        refused.set()
        raise StoreUnavailable("away")

    monkeypatch.setattr(live.service, "kpis", refuse)
    figures.save("1")
    assert refused.wait(5)
    monkeypatch.setattr(live.service, "kpis", ask)
    assert values(reader.message().json()) == ["1"]


def test_the_channel_lives_only_as_long_as_somebody_looks(live: LiveServer) -> None:
    readers = [live.read(PATH) for _ in range(3)]
    assert live.hub.gauges.streams == {"kpi": 3}
    assert len(live.hub._boards._channels) == 1
    for reader in readers:
        reader.close()
    eventually(lambda: not live.hub.gauges.open and not live.hub._boards._channels, within=1.0)


def test_an_event_says_that_the_state_is_to_be_read_and_an_older_one_says_nothing() -> None:
    channel = KpiChannel()
    channel.expect()
    changed = [Event(seq=seq, type="kpis.changed", at=now(), data="{}") for seq in (4, 6)]
    channel.hear(changed[0])
    channel.begin(State(seq=5, texts={0: "[1]"}), epoch="0a1b2c3d", gauges=Gauges())
    assert not channel.is_stale
    assert not channel.hear(changed[1])
    assert channel.is_stale
    channel.expect()
    channel.hear(Event(seq=8, type="kpis.changed", at=now(), data="{}"))
    channel.begin(State(seq=7, texts={0: "[2]"}), epoch="0a1b2c3d", gauges=Gauges())
    assert channel.is_stale
