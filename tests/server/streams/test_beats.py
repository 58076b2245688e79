"""When the timer of the heartbeats lets go of readers, without sockets in between."""

from catalogctl.server.hub.beats import SLOTS, Beats
from catalogctl.server.hub.gauges import Gauges
from catalogctl.server.hub.hub import Pace
from catalogctl.server.hub.kinds import StatusChannel
from catalogctl.server.hub.stream import UNSEEN, Stream
from catalogctl.server.takeover import Shared, TakenStream


class StuckStream(Stream):
    """A reader whose bytes do not leave until the test says so."""

    def __init__(self, gauges: Gauges) -> None:
        super().__init__(StatusChannel(), cursor=UNSEEN, gauges=gauges)
        self.is_busy = True
        self.is_aborted = False

    def write(self, chunk: bytes) -> None:
        raise AssertionError(f"a busy stream was given {chunk!r}")

    def abort(self) -> None:
        self.is_aborted = True


def beat(beats: Beats, times: int) -> None:
    for _ in range(times * SLOTS):
        beats.beat()


def test_a_reader_is_let_go_at_the_beat_at_which_patience_ends() -> None:
    gauges = Gauges()
    beats = Beats(patience=4, gauges=gauges, retire=lambda _: None)
    stuck = StuckStream(gauges)
    beats.add(stuck)
    beat(beats, 3)
    assert not stuck.is_aborted
    stuck.beats_missed = 0  # as at the end of every write
    beat(beats, 3)
    assert (stuck.is_aborted, gauges.stalls) == (False, 0)
    beat(beats, 1)
    assert (stuck.is_aborted, gauges.stalls) == (True, 1)


def test_no_moment_has_to_write_to_more_than_its_share() -> None:
    """Of the streams there are most of: objects of one size lie at addresses that are no random numbers."""
    gauges = Gauges()
    beats = Beats(patience=4, gauges=gauges, retire=lambda _: None)
    shared = Shared(gauges=gauges, leave=beats.discard)
    streams = [TakenStream(StatusChannel(), cursor=UNSEEN, shared=shared) for _ in range(60)]
    for stream in streams:
        stream.is_busy = True
        beats.add(stream)
    for stream in streams[: SLOTS * 2 : 2]:
        beats.discard(stream)
        beats.add(stream)
    reached = []
    for _ in range(SLOTS):
        before = sum(stream.beats_missed for stream in streams)
        beats.beat()
        reached.append(sum(stream.beats_missed for stream in streams) - before)
    assert reached == [6] * SLOTS


def test_by_default_a_reader_that_takes_nothing_is_let_go_within_a_minute() -> None:
    """Even where the kernel cannot be told to cut it off: the first beat comes after a whole interval at most."""
    pace = Pace()
    assert pace.patience * pace.beat + pace.beat / SLOTS < 60
    assert (pace.patience - 1) * pace.beat > 30, "nor too soon"
