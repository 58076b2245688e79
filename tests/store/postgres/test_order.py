"""Events become visible in the order of their seqs, whoever writes and however long: no reader ever misses one."""

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from typing import Any

import pytest
from store_engines import Speaker

from catalogctl.domain.events import Event, NewEvent
from catalogctl.domain.ports.store import Transaction
from catalogctl.store.postgres import PostgresStore

OpenNode = Callable[..., PostgresStore]


def seqs(store: PostgresStore, after: int = 0) -> list[int]:
    return [event.seq for event in store.page_since(after, limit=100_000).events]


def event(data: str = "{}", run_id: str | None = None) -> NewEvent:
    return NewEvent(type="status.changed", at=Speaker.start, data=data, run_id=run_id)


class Slow:
    """A change that has appended, and goes on only when told to."""

    def __init__(self, prepare: Callable[[Transaction], object] = lambda _: None) -> None:
        self._prepare = prepare
        self.is_inside, self.may_go_on = threading.Event(), threading.Event()

    def __call__(self, tx: Transaction) -> None:
        tx.append(event("slow"))
        self._prepare(tx)
        self.is_inside.set()
        assert self.may_go_on.wait(5)


def test_a_writer_that_holds_its_transaction_open_keeps_no_other_from_appending(
    store: PostgresStore, open_node: OpenNode
) -> None:
    other, slow = Speaker(open_node()), Slow()
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(store.transact, slow)
        assert slow.is_inside.wait(5)
        assert [other.event() for _ in range(3)] == [1, 2, 3]
        # Whoever reads now has all there is, and what comes will come behind it.
        assert seqs(other.store) == [1, 2, 3]
        slow.may_go_on.set()
        writing.result()
    assert [event.data for event in store.page_since(3, limit=9).events] == ["slow"]
    assert other.event() == 5


def test_a_writer_that_knows_its_seq_already_is_waited_for(store: PostgresStore, open_node: OpenNode) -> None:
    other = Speaker(open_node())
    told: list[int] = []
    slow = Slow(lambda tx: told.append(tx.position().latest))
    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(store.transact, slow)
        assert slow.is_inside.wait(5)
        waiting = pool.submit(other.event)
        assert told == [1]
        assert seqs(other.store) == []
        assert not waiting.done()
        slow.may_go_on.set()
        writing.result()
        assert waiting.result() == 2


def test_a_writer_is_waited_for_whatever_isolation_the_server_has_by_default(store: PostgresStore, place: str) -> None:
    usual = f"{place}&options=-c%20default_transaction_isolation%3Dserializable"
    slow = Slow(lambda tx: tx.position())
    with closing(PostgresStore.open(usual, on_commit=lambda: None)) as other, ThreadPoolExecutor(2) as pool:
        writing = pool.submit(store.transact, slow)
        assert slow.is_inside.wait(5)
        waiting = pool.submit(other.transact, lambda tx: tx.append(event()))
        assert wait([waiting], timeout=0.3).not_done
        slow.may_go_on.set()
        writing.result()
        waiting.result()
        assert seqs(other) == [1, 2]


def test_a_reader_between_two_interleaved_writers_never_sees_a_seq_before_a_smaller_one(
    store: PostgresStore, open_node: OpenNode
) -> None:
    nodes = [store, open_node(), open_node(), open_node()]
    is_over = threading.Event()

    def write(node: PostgresStore) -> int:
        count = 0
        for size in itertools.cycle((1, 2, 3, 4, 5)):
            if is_over.is_set():
                break
            node.transact(lambda tx, size=size: [tx.append(event()) for _ in range(size)])
            count += size
        return count

    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(write, node) for node in nodes[1:]]
        seen: list[int] = []
        while len(seen) < 2000:
            seen += seqs(store, seen[-1] if seen else 0)
        is_over.set()
        written = sum(one.result() for one in writing)
    seen += seqs(store, seen[-1])
    assert seen == list(range(1, written + 1))


def test_what_failed_and_what_was_undone_leave_no_gap(store: PostgresStore, open_node: OpenNode) -> None:
    say, other = Speaker(store), Speaker(open_node())

    def fail(tx: Transaction) -> None:
        tx.append(event("never"))
        taken.append(tx.position().latest)
        raise LookupError

    taken: list[int] = []
    for number in range(5):
        with pytest.raises(LookupError):
            store.transact(fail)
        assert taken[-1] == number + 1
        assert (other if number % 2 else say).event() == number + 1
    assert seqs(store) == [1, 2, 3, 4, 5]


def follow(nodes: list[PostgresStore], number: int, is_over: threading.Event) -> list[Event]:
    """Ask again and again for what comes after the last event seen, each time another node, until all is over."""
    seen: list[Event] = []
    for turn in itertools.count(number):
        was_over = is_over.is_set()
        found = nodes[turn % len(nodes)].page_since(seen[-1].seq if seen else 0, limit=20 + number).events
        seen += found
        if was_over and not found:
            break
    return seen


def test_eight_processes_write_and_readers_that_change_their_node_miss_nothing(
    place: str, store: PostgresStore, open_node: OpenNode, start: Callable[..., Any]
) -> None:
    nodes = [store, open_node(), open_node()]
    processes = [start("pouring", place, 2, 60) for _ in range(8)]
    is_over = threading.Event()
    with ThreadPoolExecutor(4) as pool:
        following = [pool.submit(follow, nodes, number, is_over) for number in range(4)]
        for process in processes:
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        outputs = [process.communicate(timeout=100) for process in processes]
        is_over.set()
        transcripts = [one.result() for one in following]
    assert [errors for _, errors in outputs] == [""] * 8
    written = sorted(line for output, _ in outputs for line in output.splitlines())
    for events in transcripts:
        assert [event.seq for event in events] == list(range(1, len(written) + 1))
        assert sorted(event.data for event in events) == written
