import json
import random
import threading
from collections.abc import Callable
from typing import Any

import pytest
from live_streams import Hand, LiveServer, Reader, eventually, now

from catalogctl.domain.ports.store import Store
from catalogctl.domain.runs import RunKind
from catalogctl.pipeline import ledger

DONE = '{"done": true}'


def job_stream(live: LiveServer, run_id: str, *, last: str | None = None, **options: Any) -> Reader:
    headers = {} if last is None else {"Last-Event-ID": last}
    return live.read(f"/catalog/job-stream/{run_id}", headers_sent=headers, **options)


def test_the_jobs_are_shown_at_once_and_again_at_each_change(live: LiveServer, hand: Hand) -> None:
    run_id = hand.start(RunKind.REFRESH).run_id
    reader = job_stream(live, run_id)
    assert reader.message().json() == hand.jobs(run_id)
    for change in (
        lambda: hand.begin(run_id),
        lambda: hand.progress(run_id, 30),
        lambda: hand.complete(run_id),
        lambda: hand.begin(run_id, job=1),
        lambda: hand.progress(run_id, 60, job=1),
    ):
        change()
        assert reader.message().json() == hand.jobs(run_id)


def test_messages_are_unnamed_and_their_ids_are_places_in_the_log(live: LiveServer, hand: Hand, store: Store) -> None:
    run_id = hand.start().run_id
    reader = job_stream(live, run_id)
    assert reader.message().seq == hand.run(run_id).last_seq
    hand.begin(run_id)
    hand.complete(run_id)
    frames = list(reader.messages())
    assert {frame.event for frame in frames} == {None}
    assert all(frame.id == f"{store.position().epoch}-{frame.seq}" for frame in frames)
    seqs = [frame.seq for frame in frames]
    assert seqs == sorted(set(seqs))


def test_every_change_is_shown_even_when_several_came_in_one_commit(live: LiveServer, hand: Hand) -> None:
    run_id = hand.start().run_id
    hand.begin(run_id)
    reader = job_stream(live, run_id)
    reader.message()
    hand.progress(run_id, 50, steps=200)
    assert [reader.message().json()[0]["details"]["step"] for _ in range(200)] == list(range(200))
    assert live.hub.gauges.conflations == 0


def test_the_same_state_is_never_shown_twice(live: LiveServer, hand: Hand) -> None:
    run_id = hand.start().run_id
    hand.begin(run_id)
    reader = job_stream(live, run_id)
    for percent in (10, 10, 10, 20, 20, 30):
        hand.progress(run_id, percent)
    hand.complete(run_id)
    texts = [frame.data for frame in reader.messages()]
    assert [json.loads(text or "")[0]["progress"] for text in texts[:-1]] == [0, 10, 20, 30, 100]


def end_while_connected(live: LiveServer, hand: Hand, end: Callable[[str], object]) -> list[str]:
    run_id = hand.start(RunKind.REFRESH).run_id
    hand.begin(run_id)
    reader = job_stream(live, run_id)
    reader.message()
    end(run_id)
    return [frame.data or "" for frame in reader.messages()]


def end_before_connecting(live: LiveServer, hand: Hand, end: Callable[[str], object]) -> list[str]:
    run_id = hand.start(RunKind.REFRESH).run_id
    hand.begin(run_id)
    end(run_id)
    return [frame.data or "" for frame in job_stream(live, run_id).messages()]


@pytest.mark.parametrize("when", [end_while_connected, end_before_connecting])
@pytest.mark.parametrize("outcome", ["completed", "failed"])
def test_it_ends_with_the_final_jobs_then_done_then_the_end(
    live: LiveServer, hand: Hand, when: Callable[..., list[str]], outcome: str
) -> None:
    def end(run_id: str) -> None:
        if outcome == "failed":
            hand.fail(run_id)
        else:
            hand.complete(run_id)
            hand.begin(run_id, job=1)
            hand.complete(run_id, job=1)

    *_, final, done = when(live, hand, end)
    assert done == DONE
    statuses = [job["status"] for job in json.loads(final)]
    assert statuses == (["completed", "completed"] if outcome == "completed" else ["failed", "cancelled"])


def test_done_never_comes_between_the_jobs_of_a_refresh(live: LiveServer, hand: Hand) -> None:
    run_id = hand.start(RunKind.REFRESH).run_id
    hand.begin(run_id)
    reader = job_stream(live, run_id)
    hand.complete(run_id)
    hand.begin(run_id, job=1)
    hand.complete(run_id, job=1)
    texts = [frame.data for frame in reader.messages()]
    assert texts.index(DONE) == len(texts) - 1


def test_a_reader_that_has_had_the_end_is_told_that_there_is_nothing_more(live: LiveServer, hand: Hand) -> None:
    run_id = hand.start().run_id
    hand.begin(run_id)
    reader = job_stream(live, run_id)
    hand.complete(run_id)
    done = list(reader.messages())[-1]
    for method in ("GET", "HEAD"):
        again = job_stream(live, run_id, last=done.id, method=method)
        assert again.status == 204
        assert again.response.read() == b""


def test_a_reader_that_was_cut_off_between_the_final_jobs_and_the_end_is_given_both(
    live: LiveServer, hand: Hand
) -> None:
    run_id = hand.start().run_id
    hand.begin(run_id)
    connected = job_stream(live, run_id)
    hand.complete(run_id)
    final_while_live = list(connected.messages())[-2]
    final_afterwards = list(job_stream(live, run_id).messages())[-2]
    for final in (final_while_live, final_afterwards):
        again = job_stream(live, run_id, last=final.id)
        assert [frame.data for frame in again.messages()] == [final.data, DONE]


@pytest.mark.parametrize("last", ["", "rubbish", "00000000-{done}", "{done}"])
def test_an_id_that_is_not_the_end_of_this_log_starts_with_the_state(live: LiveServer, hand: Hand, last: str) -> None:
    run_id = hand.start().run_id
    hand.begin(run_id)
    hand.complete(run_id)
    done = hand.run(run_id).last_seq
    reader = job_stream(live, run_id, last=last.format(done=done))
    assert [frame.data == DONE for frame in reader.messages()] == [False, True]


def test_a_retry_makes_an_ended_stream_live_again(live: LiveServer, hand: Hand) -> None:
    run_id = hand.start().run_id
    hand.begin(run_id)
    first = job_stream(live, run_id)
    hand.fail(run_id)
    done = list(first.messages())[-1]
    hand.retry(run_id)
    second = job_stream(live, run_id, last=done.id)
    shown = second.message().json()
    assert (shown[0]["status"], shown[0]["attempt"]) == ("pending", 2)
    hand.begin(run_id)
    hand.complete(run_id)
    assert [frame.data for frame in second.messages()][-1] == DONE


def test_a_state_that_cannot_be_read_ends_the_stream_with_the_reason(
    live: LiveServer, hand: Hand, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run_id = hand.start().run_id
    reader = job_stream(live, run_id)
    reader.message()

    def broken(_channel: object, _event: object) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("catalogctl.server.hub.kinds.JobChannel.apply", broken)
    hand.begin(run_id)
    assert [frame.json() for frame in reader.messages()] == [{"error": "an unexpected error inside the server"}]
    eventually(lambda: live.hub.gauges.open == 0)
    assert "a job stream cannot go on" in caplog.text


def test_status_is_shown_at_once_and_then_only_when_it_changes(live: LiveServer, hand: Hand) -> None:
    reader = live.read("/catalog/status-stream")
    assert reader.message().json() == {"is_running": False, "current_run_id": None, "active_run_ids": []}
    first = hand.start().run_id
    assert reader.message().json() == {"is_running": True, "current_run_id": first, "active_run_ids": [first]}
    hand.begin(first)
    hand.append(5)
    hand.progress(first, 50)
    second = hand.start().run_id
    assert reader.message().json() == hand.status()
    hand.complete(first)
    assert reader.message().json() == {"is_running": True, "current_run_id": second, "active_run_ids": [second]}
    assert reader.lines.count(b"\n") == 4


def test_a_reader_that_keeps_up_sees_the_shortest_run(live: LiveServer, hand: Hand, store: Store) -> None:
    reader = live.read("/catalog/status-stream")
    reader.message()
    for _ in range(20):
        run_id = hand.start().run_id
        hand.fail(run_id)
    shown = [reader.message().json()["is_running"] for _ in range(40)]
    assert shown == [True, False] * 20
    assert live.hub.gauges.conflations == 0


def test_after_every_message_the_shown_state_is_one_that_the_store_had_and_the_last_is_the_present(
    live: LiveServer, hand: Hand
) -> None:
    run_id = hand.start().run_id
    hand.begin(run_id)
    written: list[Any] = [hand.jobs(run_id)]
    stop = threading.Event()

    def write() -> None:
        for percent in range(1, 99):
            hand.progress(run_id, percent)
            written.append(hand.jobs(run_id))
            if stop.wait(0.002):
                return

    writer = threading.Thread(target=write)
    writer.start()
    rng = random.Random(3)
    try:
        while writer.is_alive():
            before = len(written) - 1
            reader = job_stream(live, run_id)
            count = rng.randint(1, 3) if before < 90 else 1
            shown = [reader.message().json() for _ in range(count)]
            positions = [eventually_index(written, state) for state in shown]
            assert positions == list(range(positions[0], positions[0] + len(positions)))
            assert positions[0] >= before, "older than what was there when the reader came"
            reader.close()
    finally:
        stop.set()
        writer.join()
    assert job_stream(live, run_id).message().json() == hand.jobs(run_id)


def eventually_index(written: list[Any], state: Any) -> int:
    eventually(lambda: state in written)
    return written.index(state)


def test_events_that_retention_removed_unseen_are_made_up_for_by_reading_the_state_anew(
    live: LiveServer, hand: Hand, store: Store
) -> None:
    run_id = hand.start().run_id
    hand.begin(run_id)
    jobs = job_stream(live, run_id)
    status = live.read("/catalog/status-stream")
    jobs.message()
    status.message()

    def progress_and_forget(transaction: Any) -> None:
        run = transaction.run(run_id)
        job = run.jobs[0].progressed(steps=run.jobs[0].steps, step_index=1, progress=77)
        ledger._change(transaction, run, [(job, "job.progressed")], at=now())
        transaction.prune_events(keep=0, older_than=now())

    store.transact(progress_and_forget)
    assert jobs.message().json() == hand.jobs(run_id)
    assert hand.jobs(run_id)[0]["progress"] == 77
    hand.complete(run_id)
    assert [frame.data for frame in jobs.messages()][-1] == DONE
    assert status.message().json()["is_running"] is False


def test_channels_live_only_as_long_as_somebody_looks(live: LiveServer, hand: Hand) -> None:
    runs = [hand.start().run_id for _ in range(5)]
    readers = [job_stream(live, run_id) for run_id in runs for _ in range(3)]
    readers += [live.read("/catalog/status-stream"), live.read("/events"), live.read("/events?topics=llm")]
    assert live.hub.gauges.streams == {"job": 15, "status": 1, "log": 2}
    assert len(live.hub._boards._channels) == 6
    for reader in readers:
        reader.close()
    eventually(lambda: live.hub.gauges.open == 0, within=1.0)
    eventually(lambda: not live.hub._boards._channels and not live.hub._logs._channels, within=1.0)


def test_a_late_reader_is_shown_nothing_older_than_its_call(live: LiveServer, hand: Hand) -> None:
    run_id = hand.start().run_id
    hand.begin(run_id)
    keeps_channel_open = job_stream(live, run_id)
    for percent in range(1, 60):
        hand.progress(run_id, percent)
        reader = job_stream(live, run_id)
        assert reader.message().json()[0]["progress"] == percent
        reader.close()
    assert keeps_channel_open.status == 200
