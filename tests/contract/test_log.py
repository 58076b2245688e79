import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from store_engines import ENGINES, Opener, Speaker

from catalogctl.domain.events import TOPICS, Event
from catalogctl.domain.ports.store import Store


def seqs(events: list[Event]) -> list[int]:
    return [event.seq for event in events]


def test_new_log_holds_nothing_and_has_an_epoch_that_a_cursor_can_carry(store: Store) -> None:
    position = store.position()
    assert re.fullmatch("[0-9a-f]{8}", position.epoch)
    assert (position.pruned, position.latest) == (0, 0)
    assert store.page_since(0, limit=10).events == []


def test_seqs_grow_and_the_position_follows(store: Store, say: Speaker) -> None:
    first, second, third = say.event(), say.event(), say.event()
    assert first < second < third
    assert store.position().latest == third


def test_event_comes_back_as_it_was_appended(store: Store, say: Speaker) -> None:
    data = '{"a": "ü\\u2028 \U0001f4be\\n\\u0000",  "b":[1.50]}'
    run = say.run()
    seq = say.event("job.progressed", run_id=run.run_id, data=data, at=1.234)
    assert store.page_since(0, limit=10).events == [
        Event(seq=seq, type="job.progressed", at=say.at(1.234), data=data, run_id=run.run_id)
    ]


def test_reader_gets_exactly_what_comes_after_its_cursor_oldest_first(store: Store, say: Speaker) -> None:
    told = [say.event() for _ in range(5)]
    assert seqs(store.page_since(told[1], limit=10).events) == told[2:]
    assert seqs(store.page_since(told[1], limit=2).events) == told[2:4]
    assert seqs(store.page_since(told[-1], limit=10).events) == []
    assert seqs(store.page_since(told[-1] + 1000, limit=10).events) == []


def test_topics_choose_events_and_keep_their_order(store: Store, say: Speaker) -> None:
    types = ["run.created", "status.changed", "llm.used", "job.started", "catalog.changed", "kpis.changed"] * 3
    told = [(say.event(type_), type_) for type_ in types]

    def chosen(*topics: str, limit: int = 100, after: int = 0) -> list[str]:
        return [event.type for event in store.page_since(after, limit=limit, topics=set(topics)).events]

    assert chosen("llm") == ["llm.used"] * 3
    assert chosen("jobs", "status") == ["run.created", "status.changed", "job.started"] * 3
    assert chosen("jobs", "status", limit=4) == ["run.created", "status.changed", "job.started", "run.created"]
    assert chosen("jobs", "llm", after=told[8][0]) == ["job.started", "run.created", "llm.used", "job.started"]
    assert chosen(*TOPICS) == types
    assert chosen() == []


def test_events_of_one_run_are_found_among_those_of_others(store: Store, say: Speaker) -> None:
    mine, other = say.run("a"), say.run("b")
    told = []
    for _ in range(3):
        say.event("job.progressed", run_id=other.run_id)
        told.append(say.event("job.progressed", run_id=mine.run_id))
        say.event("status.changed")
        told.append(say.event("llm.used", run_id=mine.run_id))
    assert seqs(store.page_since(0, limit=100, run_id=mine.run_id).events) == told
    assert seqs(store.page_since(told[0], limit=2, run_id=mine.run_id).events) == told[1:3]
    assert seqs(store.page_since(0, limit=100, run_id=mine.run_id, topics={"llm"}).events) == told[1::2]
    assert seqs(store.page_since(0, limit=100, run_id="nobody's").events) == []


def test_event_of_an_unknown_type_is_refused_because_no_topic_would_ever_show_it(store: Store, say: Speaker) -> None:
    with pytest.raises(KeyError):
        say.event("job.invented")
    assert store.position().latest == 0


def test_last_seq_of_a_run_is_its_newest_event(store: Store, say: Speaker) -> None:
    run, other = say.run("a"), say.run("b")
    assert run.last_seq == 0
    say.event("job.started", run_id=run.run_id)
    newest = say.event("job.progressed", run_id=run.run_id)
    say.event("job.progressed", run_id=other.run_id)
    say.event("status.changed")
    found = store.run(run.run_id)
    assert found is not None
    assert found.last_seq == newest


def test_retention_keeps_the_newest(store: Store, say: Speaker) -> None:
    told = [say.event() for _ in range(10)]
    assert store.transact(lambda tx: tx.prune_events(keep=4, older_than=say.at(-1))) == 6
    assert seqs(store.page_since(0, limit=100).events) == told[6:]
    assert store.position().pruned == told[5]
    assert store.transact(lambda tx: tx.prune_events(keep=4, older_than=say.at(-1))) == 0
    assert store.position().pruned == told[5]


def test_retention_removes_what_is_too_old_even_among_the_newest(store: Store, say: Speaker) -> None:
    told = [say.event(at=second) for second in range(10)]
    assert store.transact(lambda tx: tx.prune_events(keep=100, older_than=say.at(3))) == 3
    assert seqs(store.page_since(0, limit=100).events) == told[3:]
    assert store.position().pruned == told[2]


def test_retention_removes_a_stretch_at_the_old_end_even_when_a_clock_went_back(store: Store, say: Speaker) -> None:
    told = [say.event(at=second) for second in (0, 50, 1, 2, 60)]
    assert store.transact(lambda tx: tx.prune_events(keep=100, older_than=say.at(10))) == 1
    assert seqs(store.page_since(0, limit=100).events) == told[1:]
    assert store.position().pruned == told[0]


def test_retention_goes_on_where_its_limit_stopped_it(store: Store, say: Speaker) -> None:
    told = [say.event() for _ in range(10)]
    removed = [store.transact(lambda tx: tx.prune_events(keep=3, older_than=say.at(-1), limit=3)) for _ in range(4)]
    assert removed == [3, 3, 1, 0]
    assert seqs(store.page_since(0, limit=100).events) == told[7:]


def test_seqs_go_on_growing_when_everything_was_removed(store: Store, say: Speaker) -> None:
    last = [say.event() for _ in range(5)][-1]
    assert store.transact(lambda tx: tx.prune_events(keep=0, older_than=say.at(0))) == 5
    position = store.position()
    assert (position.pruned, position.latest) == (last, last)
    assert say.event() > last


def test_position_holds_the_cursors_that_miss_nothing(store: Store, say: Speaker) -> None:
    told = [say.event() for _ in range(6)]
    store.transact(lambda tx: tx.prune_events(keep=3, older_than=say.at(-1)))
    position = store.position()
    for cursor in (position.earliest, position.now):
        assert position.holds(cursor)
    assert seqs(store.page_since(position.earliest.seq, limit=100).events) == told[3:]


def test_a_page_says_how_far_it_reaches(store: Store, say: Speaker) -> None:
    told = [say.event() for _ in range(4)]
    unwanted = say.event("kpis.changed")
    pages = [store.page_since(told[0], limit=limit, topics={"status"}) for limit in (2, 3, 4)]
    assert [(page.until, page.is_full) for page in pages] == [(told[2], True), (told[3], True), (unwanted, False)]
    assert {page.position for page in pages} == {store.position()}
    nothing = store.page_since(unwanted, limit=1)
    assert (nothing.events, nothing.until, nothing.is_full) == ([], unwanted, False)


def test_a_page_and_its_position_are_of_one_moment(store: Store, say: Speaker) -> None:
    told: list[int] = []

    def write() -> None:
        for _ in range(80):
            told.extend(say.event() for _ in range(3))
            store.transact(lambda tx: tx.prune_events(keep=2, older_than=say.at(-1)))

    seen: list[int] = []
    removed: list[tuple[int, int]] = []
    cursor = 0
    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(write)
        while not (is_over := writing.done()) or cursor < store.position().latest:
            page = store.page_since(cursor, limit=4)
            if page.position.pruned > cursor:
                removed.append((cursor, page.position.pruned))
            seen += seqs(page.events)
            cursor = page.until
        writing.result()
    assert is_over
    assert seen == [seq for seq in told if not any(after < seq <= until for after, until in removed)]


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_two_stores_have_two_epochs(engine: Opener, tmp_path_factory: pytest.TempPathFactory) -> None:
    epochs = set()
    for name in ("one", "two"):
        store = engine(tmp_path_factory.mktemp(name), lambda: None)
        epochs.add(store.position().epoch)
        store.close()
    assert len(epochs) == 2
