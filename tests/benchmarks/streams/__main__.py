"""How much a stream costs, and how soon a message is with all readers, beside other servers in the same run.

    python tests/benchmarks/streams [--streams N] [--peers NAME …]

Each peer is started here. It is given N readers (10,000), then messages of 600 bytes, the next when all have the one
before: memory of a stream that is idle (proportional set size), processor time of a delivery, and when the reader in
the middle, the 99th in a hundred and the last one had it. Then a thousand readers and up to four messages on their
way: how many deliveries a second at most. Our messages are changes of a job, committed to the store, with security
and heartbeats. At the end, how our cost grows from 100 to N streams, and our latency while a thousand others are open.
"""

import argparse
import queue
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2]))

from crowd_process import CrowdProcess
from live_streams import Hand
from peers import FRAME, Bare, Ours, Peer, Told, every_peer

from catalogctl.notify.sqlite import SqliteNotifier
from catalogctl.store.sqlite import SqliteStore

MESSAGES = 20
CROWD = 1000
WINDOW = 4
SECONDS = 5.0


class Numbers:
    """Marks, each with a number of its own."""

    def __init__(self) -> None:
        self.last = 0
        self.published = 0

    def publish(self, peer: Peer) -> int:
        self.last += 1
        peer.publish(self.mark())
        return self.last

    def mark(self) -> str:
        self.published = time.monotonic_ns()
        return f"<n={self.last};t={self.published}>"


@dataclass(kw_only=True)
class Cost:
    """KB of each stream, per cent of a core when idle, µs of processor a delivery, ms until readers have it."""

    streams: int
    memory: float
    idle: float
    cpu: float
    p50: float
    p99: float
    last: float


@contextmanager
def crowd_at(peer: Peer, count: int, *words: str, path: str | None = None) -> Iterator[CrowdProcess]:
    crowd = CrowdProcess(*words)
    try:
        crowd.open(count, peer.port, path or peer.path)
        yield crowd
    finally:
        crowd.close()
        time.sleep(1)


@contextmanager
def started(peer: Peer) -> Iterator[Peer]:
    peer.start()
    try:
        yield peer
    finally:
        peer.stop()


def cost_of(peer: Peer, streams: int, numbers: Numbers) -> Cost:
    """Open *streams* streams and send messages, one after the other."""
    with crowd_at(peer, 10) as few:
        # What is made once is no cost of a stream.
        few.all_have(numbers.publish(peer))
    before = peer.memory()
    with crowd_at(peer, streams) as crowd:
        time.sleep(2)
        memory = (peer.memory() - before) / streams / 1000
        began, used = time.monotonic(), peer.seconds()
        time.sleep(SECONDS)
        idle = (peer.seconds() - used) / (time.monotonic() - began) * 100
        used = peer.seconds()
        seen = []
        for _ in range(MESSAGES):
            seen.append(crowd.all_have(numbers.publish(peer)))
            time.sleep(0.05)
        cpu = (peer.seconds() - used) / MESSAGES / streams * 1e6
    middle = {key: statistics.median(one[key] for one in seen) for key in ("p50", "p99", "last")}
    return Cost(streams=streams, memory=memory, idle=idle, cpu=cpu, **middle)


def most_deliveries(peer: Peer, numbers: Numbers) -> float:
    """Deliveries a second to CROWD readers, with WINDOW messages on their way."""
    with crowd_at(peer, CROWD) as crowd:
        for _ in range(WINDOW):
            numbers.publish(peer)
        delivered = 0
        began = time.monotonic()
        while time.monotonic() < began + SECONDS:
            if "n" in crowd.next():
                delivered += 1
                numbers.publish(peer)
        return delivered * CROWD / (time.monotonic() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=10_000, metavar="N")
    parser.add_argument("--peers", nargs="*", metavar="NAME", help="only those whose name holds one of these")
    arguments = parser.parse_args()
    peers = [peer for peer in every_peer() if not arguments.peers or any(n in peer.name for n in arguments.peers)]
    compare(peers, arguments.streams)
    for way in ("takeover", "portable"):
        if any(peer.name.endswith(way) for peer in peers):
            show_growth(way, arguments.streams)
            show_latency(way)


def compare(peers: list[Peer], streams: int) -> None:
    print(f"messages of {FRAME} bytes; after each figure, how many times our first it is")
    print(
        f"{'':<22}{'streams':>8}{'KB each':>15}{'µs/delivery':>17}{'p50 ms':>9}{'p99 ms':>9}{'last ms':>9}"
        f"{'idle %':>8}{'most/s':>19}"
    )
    first: tuple[Cost, float] | None = None
    for peer in peers:
        if (what := peer.missing()) is not None:
            print(f"{peer.name:<22}is not here: {what}")
            continue
        numbers = Numbers()
        # One query for each reader and look: with all of them it would not come round.
        count = streams if peer.takes_bursts else min(streams, CROWD)
        try:
            with started(peer):
                cost = cost_of(peer, count, numbers)
                most = most_deliveries(peer, numbers) if peer.takes_bursts else 0.0
        except (RuntimeError, OSError, queue.Empty) as error:
            print(f"{peer.name:<22}did not stand it: {error or 'a message never reached all'}")
            continue
        first = first or (cost, most)
        print(
            f"{peer.name:<22}{cost.streams:>8,}{cost.memory:>7.1f}{beside(cost.memory, first[0].memory)}"
            f"{cost.cpu:>9.1f}{beside(cost.cpu, first[0].cpu)}{cost.p50:>9.0f}{cost.p99:>9.0f}{cost.last:>9.0f}"
            f"{cost.idle:>8.1f}{most:>11,.0f}{beside(most, first[1])}",
            flush=True,
        )


def beside(value: float, first: float) -> str:
    """How many times *first* this is."""
    return f"{f'{value / first:.2f} x':>8}" if first and value else " " * 8


def show_growth(way: str, streams: int) -> None:
    print(f"catalogctl, {way}: how the cost grows")
    for count in (count for count in (100, 1000, 3000, 10_000) if count <= streams):
        with started(Ours(way)) as peer:
            cost = cost_of(peer, count, Numbers())
        print(
            f"  {count:>6,} streams{cost.memory:>7.1f} KB each{cost.cpu:>7.1f} µs a delivery"
            f"{cost.last:>8.1f} ms to the last{cost.idle:>7.2f} % idle",
            flush=True,
        )


def show_latency(way: str) -> None:
    """From the commit of a change to its readers, and from the call that made the change, which waits for the disk."""
    print(
        f"catalogctl, {way}: a change of a job, from its commit to its readers (from the call), {CROWD:,} others open"
    )
    with started(Ours(way)) as peer:
        assert isinstance(peer, Ours)
        with crowd_at(peer, CROWD, path="/catalog/status-stream"), crowd_at(peer, 1, "--each") as one:
            show_percentiles("one reader, committed in the server", peer, one)
            numbers = Numbers()
            numbers.last = 10_000
            with other_writer(peer):
                show_percentiles("one reader, committed by another process", peer, one, numbers)
    with started(Ours(way)) as peer, crowd_at(peer, CROWD, "--each") as all_of_them:
        assert isinstance(peer, Ours)
        show_percentiles(f"{CROWD:,} readers", peer, all_of_them)
    with started(Bare()) as peer, crowd_at(peer, CROWD, "--each") as all_of_them:
        assert isinstance(peer, Bare)
        show_percentiles(f"{CROWD:,} of {peer.name}", peer, all_of_them)


@contextmanager
def other_writer(peer: Ours) -> Iterator[None]:
    """Let this process commit what is published."""
    with (
        closing(SqliteNotifier(peer.store)) as notifier,
        closing(SqliteStore.open(peer.store, on_commit=notifier.ring)) as store,
    ):
        hand = Hand(store)

        def commit(mark: str) -> int:
            commits.clear()
            hand.write_details(peer.run_id, {"mark": mark})
            return commits[0]

        commits: list[int] = []
        notifier.subscribe(lambda: commits.append(time.monotonic_ns()))
        peer.commit = commit  # type: ignore[method-assign]
        yield


def show_percentiles(what: str, peer: Told, crowd: CrowdProcess, numbers: Numbers | None = None) -> None:
    numbers = numbers or Numbers()
    since_call, since_commit = [], []
    for _ in range(300):
        numbers.last += 1
        waited = (peer.commit(numbers.mark()) - numbers.published) / 1e6
        each = crowd.all_have(numbers.last)["each"]
        since_call.append(each)
        since_commit.append([took - waited for took in each])
        time.sleep(0.01)
    if len(since_call[0]) > 1:
        show(f"each of {what}", *(list(chain.from_iterable(took)) for took in (since_commit, since_call)))
        what = f"the last of {what}"
    show(what, *([max(one) for one in took] for took in (since_commit, since_call)))


def show(what: str, since_commit: list[float], since_call: list[float]) -> None:
    print(f"  {what:<42}{percentiles(since_commit)}   ({percentiles(since_call)})", flush=True)


def percentiles(took: list[float]) -> str:
    ordered = sorted(took)
    return f"p50 {statistics.median(ordered):>5.1f} p99 {ordered[int(len(ordered) * 0.99) - 1]:>5.1f} ms"


if __name__ == "__main__":
    main()
