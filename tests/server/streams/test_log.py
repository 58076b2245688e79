import json
from datetime import timedelta

import pytest
from live_streams import Frame, Hand, LiveServer, now

from catalogctl.domain.ports.store import Store
from catalogctl.server.hub import log
from catalogctl.server.hub.recent import LogFrame, Recent


def epoch(store: Store) -> str:
    return store.position().epoch


def events_of(frames: list[Frame]) -> list[int]:
    return [frame.seq for frame in frames]


def test_without_a_cursor_it_starts_now_and_says_where_that_is(live: LiveServer, hand: Hand, store: Store) -> None:
    before = hand.append(3)
    reader = live.read("/events")
    first = reader.opening()
    assert (first.id, first.data, first.event) == (f"{epoch(store)}-{before}", None, None)
    after = hand.append()
    assert reader.message().seq == after


def test_a_frame_is_the_event_exactly_as_the_log_encodes_it(live: LiveServer, hand: Hand, store: Store) -> None:
    reader = live.read("/events")
    value = {"text": 'a\u2028b\u2029c\r\nd\re \x85 🗂️ é \\ " </script>', "null": None, "number": 1.5e300}
    run_id = hand.start().run_id
    hand.append(type_="llm.used", run_id=run_id, data=value)
    told = [reader.message() for _ in range(3)]
    logged = hand.events()
    assert [frame.data for frame in told] == [event.encoded() for event in logged]
    assert [frame.event for frame in told] == ["run.created", "status.changed", "llm.used"]
    assert [frame.id for frame in told] == [f"{epoch(store)}-{event.seq}" for event in logged]
    assert told[2].json()["data"] == value


def test_an_event_of_a_megabyte_arrives_whole(live: LiveServer, hand: Hand) -> None:
    reader = live.read("/events")
    hand.append(data={"text": "🗂️x\n" * 250_000})
    assert reader.message().data == hand.events()[-1].encoded()


@pytest.mark.parametrize("written", ["{epoch}-{seq}", "{seq}", " {epoch}-{seq} \t"])
def test_the_header_resumes_exactly_after_it(live: LiveServer, hand: Hand, store: Store, written: str) -> None:
    hand.append(10)
    logged = [event.seq for event in hand.events()]
    header = written.format(epoch=epoch(store), seq=logged[3])
    reader = live.read("/events", headers_sent={"Last-Event-ID": header})
    assert "catalogctl-reset" not in reader.headers
    assert [reader.message().seq for _ in range(6)] == logged[4:]
    assert reader.message_after(hand.append) == hand.events()[-1].seq


@pytest.mark.parametrize("written", ["{epoch}-{seq}", "{seq}"])
def test_since_resumes_at_a_first_connection(live: LiveServer, hand: Hand, store: Store, written: str) -> None:
    hand.append(5)
    logged = [event.seq for event in hand.events()]
    reader = live.read("/events?since=" + written.format(epoch=epoch(store), seq=logged[1]))
    assert [reader.message().seq for _ in range(3)] == logged[2:]


def test_the_header_wins_over_since(live: LiveServer, hand: Hand) -> None:
    hand.append(5)
    logged = [event.seq for event in hand.events()]
    reader = live.read("/events?since=earliest", headers_sent={"Last-Event-ID": str(logged[3])})
    assert reader.message().seq == logged[4]


def test_earliest_replays_all_that_is_kept(live: LiveServer, hand: Hand, store: Store) -> None:
    hand.append(50)
    store.transact(lambda transaction: transaction.prune_events(keep=20, older_than=now() - timedelta(days=1)))
    kept = [event.seq for event in hand.events()]
    assert len(kept) == 20
    reader = live.read("/events?since=earliest")
    assert [reader.message().seq for _ in kept] == kept
    assert reader.message_after(hand.append) == kept[-1] + 1


@pytest.mark.parametrize(
    "header",
    ["yesterday", "-", "-5", "1.5", "٣", "0123abcd", "zzzzzzzz-4", "0a1b2c3d-", "1" * 20, "99999999999999999999"],
)
def test_a_cursor_that_is_none_is_a_bad_request(live: LiveServer, header: str) -> None:
    reader = live.read("/events", headers_sent={"Last-Event-ID": header.encode().decode("latin-1")})
    assert reader.status == 400
    assert json.loads(reader.response.read())["code"] == "invalid_cursor"


@pytest.mark.parametrize("kind", ["expired", "foreign", "future"])
@pytest.mark.parametrize("way", ["header", "since"])
def test_a_cursor_that_the_log_does_not_hold_is_answered_by_a_reset_and_then_live(
    live: LiveServer, hand: Hand, store: Store, kind: str, way: str
) -> None:
    hand.append(50)
    store.transact(lambda transaction: transaction.prune_events(keep=20, older_than=now() - timedelta(days=1)))
    position = store.position()
    cursor = {
        "expired": f"{position.epoch}-{position.pruned - 1}",
        "foreign": f"{'0' * 8 if position.epoch != '0' * 8 else '1' * 8}-{position.latest}",
        "future": f"{position.epoch}-{position.latest + 1}",
    }[kind]
    if way == "header":
        reader = live.read("/events", headers_sent={"Last-Event-ID": cursor})
    else:
        reader = live.read(f"/events?since={cursor}")
    assert reader.status == 200
    assert reader.headers["catalogctl-reset"] == "1"
    first = reader.opening()
    assert (first.event, first.id) == ("reset", f"{position.epoch}-{position.latest}")
    assert first.json() == {"requested": cursor, "earliest": position.pruned, "latest": position.latest}
    assert reader.message_after(hand.append) == position.latest + 1
    assert live.hub.gauges.resets == 1


def test_the_oldest_cursor_that_misses_nothing_is_no_reset(live: LiveServer, hand: Hand, store: Store) -> None:
    hand.append(50)
    store.transact(lambda transaction: transaction.prune_events(keep=20, older_than=now() - timedelta(days=1)))
    reader = live.read(f"/events?since={store.position().pruned}")
    assert "catalogctl-reset" not in reader.headers
    assert reader.message().seq == hand.events()[0].seq


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("topics=jobs", {"run.created", "job.started", "job.progressed", "job.completed", "run.completed"}),
        ("topics=status,llm", {"status.changed", "llm.used"}),
        ("topics=llm,%20status", {"status.changed", "llm.used"}),
        ("topics=kpis", set()),
    ],
)
def test_topics_select_events(live: LiveServer, hand: Hand, store: Store, query: str, wanted: set[str]) -> None:
    replayed = live.read(f"/events?since=earliest&{query}")
    followed = live.read(f"/events?{query}")
    run_id = hand.start().run_id
    hand.begin(run_id)
    hand.progress(run_id, 50)
    hand.append()
    hand.complete(run_id)
    last = hand.append(type_="catalog.changed")
    expected = [event.encoded() for event in hand.events() if event.type in wanted]
    assert {event.type for event in hand.events()} > wanted
    for reader in (replayed, followed, live.read(f"/events?since=earliest&{query}")):
        assert reader.opening().data is None
        assert reader.texts(len(expected)) == expected
        while (mark := reader.frame()) != Frame(id=f"{epoch(store)}-{last}"):
            # Before the last, a mark may have told of a place on the way.
            assert mark is not None
            assert mark == Frame(id=mark.id)


def test_a_run_selects_its_events(live: LiveServer, hand: Hand) -> None:
    mine, other = hand.start().run_id, hand.start().run_id
    readers = [live.read(f"/events?run_id={mine}"), live.read(f"/events?run_id={mine}&since=earliest&topics=jobs")]
    for run_id in (other, mine, other, mine):
        hand.begin(run_id) if hand.run(run_id).started_at is None else hand.complete(run_id)
    expected = [event.encoded() for event in hand.events() if event.run_id == mine]
    assert readers[0].texts(len(expected) - 1) == expected[1:]
    assert readers[1].texts(len(expected)) == expected


def test_the_cursor_of_a_filtered_stream_advances_by_frames_that_are_an_id_alone(
    live: LiveServer, hand: Hand, store: Store
) -> None:
    reader = live.read("/events?topics=kpis")
    assert reader.frame() is not None
    last = hand.append(500)
    mark = reader.frame()
    assert mark is not None
    assert mark == Frame(id=f"{epoch(store)}-{last}")
    hand.append(type_="kpis.changed")
    assert reader.message().event == "kpis.changed"


def test_a_filtered_stream_is_not_woken_for_every_event_that_it_does_not_want(live: LiveServer, hand: Hand) -> None:
    reader = live.read("/events?topics=kpis")
    for _ in range(100):
        hand.append()
    last = hand.append(type_="kpis.changed")
    blocks = 0
    while (frame := reader.frame()) is not None and frame.seq < last:
        blocks += 1
    assert blocks < 50


def test_events_of_one_look_leave_in_one_write(live: LiveServer, hand: Hand) -> None:
    reader = live.read("/events")
    reader.frame()
    before = live.hub.gauges.deliveries
    hand.append(200)
    assert [reader.message() for _ in range(200)]
    assert live.hub.gauges.deliveries - before < 5


def test_readers_of_the_same_selection_are_given_the_same_bytes(live: LiveServer, hand: Hand) -> None:
    readers = [live.read("/events?topics=llm") for _ in range(5)]
    for reader in readers:
        reader.frame()
    hand.append(20, data={"text": "x" * 100})
    texts = [reader.texts(20) for reader in readers]
    assert all(text == texts[0] for text in texts)


def test_a_reader_behind_the_memory_of_the_hub_reads_on_from_the_store(live: LiveServer, hand: Hand) -> None:
    live.hub._recent._limit = 20_000
    reader = live.read("/events?since=0", receive_buffer=4096)
    for _ in range(20):
        hand.append(50, data={"text": "x" * 1000})
    expected = [event.encoded() for event in hand.events()]
    assert live.hub._recent.base > 0
    assert reader.texts(len(expected)) == expected


def test_a_reader_that_retention_has_overtaken_is_told_so_in_the_stream(
    live: LiveServer, hand: Hand, store: Store
) -> None:
    live.hub._recent._limit = 20_000
    reader = live.read("/events", receive_buffer=4096)
    first = reader.opening()
    for _ in range(20):
        hand.append(100, data={"text": "x" * 1000})
    store.transact(lambda transaction: transaction.prune_events(keep=10, older_than=now() - timedelta(days=1)))
    seen = first.seq
    while (frame := reader.message()).event != "reset":
        assert frame.seq == seen + 1
        seen = frame.seq
    assert frame.json() == {
        "requested": f"{epoch(store)}-{seen}",
        "earliest": store.position().pruned,
        "latest": store.position().latest,
    }
    assert frame.seq == store.position().latest
    assert reader.message_after(hand.append) == frame.seq + 1


def test_pages_of_the_store_end_where_events_are_large_and_nothing_is_skipped(live: LiveServer, hand: Hand) -> None:
    sizes = [1, log.CHUNK, 1, 3 * log.CHUNK, 1, 1] + [log.CHUNK // 3] * 7
    for size in sizes:
        hand.append(data={"text": "x" * size})
    hand.append(3 * log.PAGE)
    expected = [event.encoded() for event in hand.events()]
    for query in ("since=earliest", "since=earliest&topics=llm"):
        reader = live.read(f"/events?{query}")
        assert reader.texts(len(expected)) == expected


def test_what_is_recent_is_kept_within_its_limit_and_never_without_its_latest_addition() -> None:
    recent = Recent(limit=1000)
    recent.restart("0a1b2c3d", 10)
    large = [LogFrame(seq, "llm", None, b"x" * 400) for seq in range(11, 21)]
    recent.add(large, latest=20)
    assert [frame.seq for frame in recent.after(recent.base)] == list(range(11, 21))
    recent.add([LogFrame(21, "llm", None, b"y")], latest=25)
    assert (recent.base, recent.latest) == (19, 25)
    assert [frame.seq for frame in recent.after(19)] == [20, 21]
    assert list(recent.after(21)) == []
