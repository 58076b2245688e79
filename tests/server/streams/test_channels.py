"""What channels give to readers of every speed, without sockets in between."""

from typing import Any

from live_streams import now

from catalogctl.domain.events import Event, compact_json
from catalogctl.domain.run_records import status_record
from catalogctl.domain.runs import RunningStatus
from catalogctl.server.hub.gauges import Gauges
from catalogctl.server.hub.kinds import JobChannel, StatusChannel
from catalogctl.server.hub.snapshots import BYTES_KEPT, MESSAGES_KEPT, SnapshotChannel, State
from catalogctl.server.hub.stream import UNSEEN, Stream


class PatientStream(Stream):
    """A reader that takes when the test says so."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.is_busy = True

    def write(self, chunk: bytes) -> None:
        raise AssertionError(f"a busy stream was given {chunk!r}")

    def abort(self) -> None:
        raise AssertionError("a stream was aborted")

    def take(self) -> list[bytes]:
        chunk = self.next_chunk()
        return [] if chunk is None else [line[6:] for line in chunk.split(b"\n") if line.startswith(b"data: ")]


def status(*active: str) -> str:
    return compact_json(status_record(RunningStatus(active_run_ids=active)))


def status_changed(seq: int, *active: str) -> Event:
    return Event(seq=seq, type="status.changed", at=now(), data=status(*active))


def progressed(seq: int, text: str, job_id: int = 1) -> Event:
    return Event(seq=seq, type="job.progressed", at=now(), data=f'"{text}"', run_id="r", job_id=job_id)


def ended(seq: int) -> Event:
    return Event(seq=seq, type="run.completed", at=now(), data="{}", run_id="r")


def begun(channel: SnapshotChannel, state: State, gauges: Gauges) -> PatientStream:
    channel.begin(state, epoch="0a1b2c3d", gauges=gauges)
    return reader_of(channel, gauges)


def reader_of(channel: SnapshotChannel, gauges: Gauges) -> PatientStream:
    stream = PatientStream(channel, cursor=UNSEEN, gauges=gauges)
    channel.streams.add(stream)
    return stream


def test_a_reader_that_has_fallen_behind_is_given_the_newest_state_alone() -> None:
    gauges = Gauges()
    channel = JobChannel("r")
    slow = begun(channel, State(seq=1, texts={1: '"0"'}), gauges)
    quick = reader_of(channel, gauges)
    assert slow.take() == quick.take() == [b'["0"]']
    for seq in range(2, 100):
        channel.hear(progressed(seq, str(seq)))
        assert quick.take() == [f'["{seq}"]'.encode()]
        channel.trim()
    assert slow.take() == [b'["99"]']
    assert slow.take() == []
    assert gauges.conflations == 1


def test_a_reader_that_is_only_a_little_late_misses_nothing() -> None:
    gauges = Gauges()
    channel = JobChannel("r")
    late = begun(channel, State(seq=1, texts={1: '"0"'}), gauges)
    late.take()
    for seq in range(2, 2 + MESSAGES_KEPT):
        channel.hear(progressed(seq, str(seq)))
        channel.trim()
    assert late.take() == [f'["{seq}"]'.encode() for seq in range(2, 2 + MESSAGES_KEPT)]
    assert gauges.conflations == 0


def test_large_states_are_not_kept_for_late_readers() -> None:
    channel = JobChannel("r")
    stream = begun(channel, State(seq=1, texts={1: '"0"'}), Gauges())
    stream.take()
    for seq in range(2, 6):
        channel.hear(progressed(seq, f"{seq}" + "x" * BYTES_KEPT))
        channel.trim()
    assert [len(text) for text in stream.take()] == [BYTES_KEPT + 5]


def test_a_state_that_came_back_is_not_shown_again_to_a_reader_that_missed_the_change() -> None:
    gauges = Gauges()
    channel = StatusChannel()
    slow = begun(channel, State(seq=1, texts={0: status()}), gauges)
    assert slow.take() == [status().encode()]
    for seq in range(2, 42, 2):
        channel.hear(status_changed(seq, "a"))
        channel.hear(status_changed(seq + 1))
        channel.trim()
    assert slow.take() == []
    channel.hear(status_changed(50, "b"))
    assert slow.take() == [status("b").encode()]


def test_events_that_came_while_the_state_was_read_count_only_if_they_are_newer() -> None:
    channel = JobChannel("r")
    channel.expect()
    for seq in (4, 5, 6, 7):
        assert not channel.hear(progressed(seq, str(seq)))
    stream = begun(channel, State(seq=5, texts={1: '"5"'}), Gauges())
    assert stream.take() == [b'["7"]']
    late = PatientStream(channel, cursor=5, gauges=Gauges())
    assert late.take() == [b'["6"]', b'["7"]']


def test_a_reader_that_is_behind_at_the_end_is_given_the_final_state_and_the_end() -> None:
    channel = JobChannel("r")
    stream = begun(channel, State(seq=1, texts={1: '"0"', 2: '"0"'}), Gauges())
    stream.take()
    for seq in range(2, 40):
        channel.hear(progressed(seq, str(seq), job_id=1 + seq % 2))
    channel.hear(ended(40))
    channel.trim()
    assert stream.take() == [b'["38","39"]', b'{"done": true}']
    assert stream.is_over
    assert stream.take() == []


def test_a_run_that_goes_on_before_a_slow_reader_was_given_the_end_goes_on_for_it_too() -> None:
    channel = JobChannel("r")
    stream = begun(channel, State(seq=1, texts={1: '"0"'}), Gauges())
    stream.take()
    channel.hear(progressed(2, "failed"))
    channel.hear(ended(3))
    channel.hear(progressed(4, "pending again"))
    assert stream.take() == [b'["failed"]', b'["pending again"]']
    assert not stream.is_over


def test_nothing_is_shown_on_a_state_of_which_a_part_is_missing() -> None:
    channel = JobChannel("r")
    stream = begun(channel, State(seq=1, texts={1: '"0"', 2: '"0"'}), Gauges())
    stream.take()
    channel.expire()
    assert not channel.hear(progressed(9, "9", job_id=2))
    assert stream.take() == []
    channel.expect()
    channel.begin(State(seq=9, texts={1: '"8"', 2: '"9"'}), epoch="0a1b2c3d", gauges=Gauges())
    assert stream.take() == [b'["8","9"]']


def test_a_state_that_is_read_anew_and_unchanged_is_not_shown_again() -> None:
    channel = StatusChannel()
    stream = begun(channel, State(seq=1, texts={0: status("a")}), Gauges())
    stream.take()
    channel.expect()
    channel.begin(State(seq=9, texts={0: status("a")}), epoch="0a1b2c3d", gauges=Gauges())
    assert stream.take() == []
    channel.hear(status_changed(10))
    assert stream.take() == [status().encode()]
