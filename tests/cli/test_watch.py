"""What a watch makes of everything that a feed can say, down to its end."""

import asyncio
import gc
import io
import json
import threading
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from runs_at_work import NOW, RUN_ID, run_of, running_job

from catalogctl.cli.displays import Display, EventDisplay, LineDisplay
from catalogctl.cli.exits import Exit
from catalogctl.cli.following import Following
from catalogctl.cli.invocation import Invocation
from catalogctl.cli.output import Output
from catalogctl.cli.watching import OwnWatch, Watch, work_off
from catalogctl.domain.errors import (
    CatalogctlError,
    IllegalTransition,
    RunNotFound,
    ServerUnreachable,
    StoreUnavailable,
    StreamLost,
    Timeout,
    Unauthorized,
)
from catalogctl.domain.events import Advanced, Cursor, Event, FeedItem, Lost, Reset, compact_json
from catalogctl.domain.run_records import job_record, run_record
from catalogctl.domain.runs import Run
from catalogctl.settings.resolve import resolve

ACTIVE = run_of(running_job())
DONE = run_of(running_job().completed(result={"tables": 1, "columns": 2, "rows": 3}, at=NOW))
ENDED = replace(DONE, last_seq=42)
STOPPED = run_of(running_job().cancelled(at=NOW))
NOWHERE = Output(stdout=io.StringIO(), stderr=io.StringIO(), environ={})


def run_event(run: Run, seq: int) -> Event:
    kind = "run.created" if run.status.is_active else f"run.{run.status}"
    return Event(seq=seq, type=kind, at=NOW, run_id=RUN_ID, data=compact_json(run_record(run)))


def job_event(run: Run, seq: int) -> Event:
    data = compact_json(job_record(run.jobs[0]))
    return Event(seq=seq, type="job.progressed", at=NOW, run_id=RUN_ID, job_id=3, data=data)


@dataclass
class Script:
    """A feed and a catalogue that say what they are told to, in this order; an error is raised, then silence.

    The first *unanswered* questions for the state are not answered in time.
    """

    items: Sequence[FeedItem | CatalogctlError]
    state: Run | CatalogctlError
    server: str | None = "http://127.0.0.1:1"
    asked_since: str | None = None
    unanswered: int = 0

    @property
    def feed(self) -> "Script":
        return self

    @property
    def catalogue(self) -> "Script":
        return self

    async def follow(
        self, *, since: Any, topics: Collection[str] | None = None, run_id: str | None = None
    ) -> AsyncIterator[FeedItem]:
        assert (topics, run_id) == (None, RUN_ID)
        self.asked_since = since
        for item in self.items:
            if isinstance(item, CatalogctlError):
                raise item
            yield item

    def run(self, run_id: str) -> Run:
        assert run_id == RUN_ID
        self.unanswered -= 1
        if self.unanswered >= 0:
            threading.Event().wait(5)
        if isinstance(self.state, CatalogctlError):
            raise self.state
        return self.state

    def has_worker(self, _run_id: str) -> bool:
        return True


@dataclass
class Watched:
    code: int
    out: list[str]
    err: str


@dataclass
class OwnScript(Script):
    """A run that ends when it is cancelled, which is answered with *refusals* first; a slow one comes too late."""

    refusals: Sequence[CatalogctlError] = ()
    is_slow: bool = False
    end: Run = STOPPED

    def __post_init__(self) -> None:
        self.cancelled = threading.Event()

    async def follow(self, **wanted: Any) -> AsyncIterator[FeedItem]:
        async for item in super().follow(**wanted):
            yield item
        assert await asyncio.to_thread(self.cancelled.wait, 5), "nobody cancels the run"
        yield run_event(self.end, 42)

    @contextmanager
    def working(self, run_id: str) -> Iterator[None]:
        assert run_id == RUN_ID
        yield

    def cancel_run(self, run_id: str) -> Run:
        assert run_id == RUN_ID
        if self.is_slow:
            threading.Event().wait(0.4)
        if self.refusals:
            error, *self.refusals = self.refusals
            raise error
        self.cancelled.set()
        return ACTIVE


def watched(
    script: Script,
    folder: Path,
    *,
    run: Run = ACTIVE,
    display: Callable[[Output, Run], Display] = LineDisplay,
    watch: Callable[[Following, Run, Display], Watch] = Watch,
) -> Watched:
    out, err = io.StringIO(), io.StringIO()
    output = Output(stdout=out, stderr=err, environ={})
    settings = resolve({"server": script.server}, environ={}, cwd=folder, user_file=folder / "none.toml")
    call = Invocation(settings=settings, output=output)
    session: Any = script
    with Following(call, session) as following:
        code = asyncio.run(watch(following, run, display(output, run)).outcome())
    return Watched(code=code, out=out.getvalue().splitlines(), err=err.getvalue())


def test_the_end_of_the_run_is_the_end_of_the_watch(tmp_path: Path) -> None:
    script = Script(items=[job_event(DONE, 41), run_event(DONE, 42), job_event(ACTIVE, 43)], state=ACTIVE)
    seen = watched(script, tmp_path)
    assert seen.code == 0
    assert seen.out[-1].endswith("completed in 42s")
    # The picture begins with the state, so that only what came after it is asked for.
    assert script.asked_since == str(ACTIVE.last_seq)


def test_the_end_of_an_earlier_attempt_is_passed_on_and_not_the_end(tmp_path: Path) -> None:
    stopped = run_of(running_job().cancelled(at=NOW))
    script = Script(items=[run_event(stopped, 30), job_event(ACTIVE, 31), run_event(DONE, 42)], state=ACTIVE)
    seen = watched(script, tmp_path, display=EventDisplay)
    assert [json.loads(line)["seq"] for line in seen.out[:-1]] == [30, 31, 42]
    assert json.loads(seen.out[-1]) == {
        "type": "watch.end",
        "run_id": RUN_ID,
        "status": "completed",
        "exit_code": 0,
        "last_seq": 42,
    }
    assert script.asked_since == "earliest"


def test_a_lost_connection_is_told_and_outlived(tmp_path: Path) -> None:
    script = Script(items=[Lost(reason="cut off", delay=2), run_event(DONE, 42)], state=ACTIVE)
    seen = watched(script, tmp_path)
    assert seen.code == 0
    assert "connection lost: cut off; trying again in 2.0s" in seen.err


def test_before_a_lost_connection_is_told_the_state_is_asked_for(tmp_path: Path) -> None:
    seen = watched(Script(items=[Lost(reason="cut off", delay=2), job_event(ACTIVE, 41)], state=ENDED), tmp_path)
    assert seen.code == 0
    assert seen.err == ""
    assert seen.out[-1].endswith("completed in 42s")


@pytest.mark.parametrize("told", [Lost(reason="cut off", delay=2), Reset(requested="40", earliest=41, latest=41)])
def test_what_the_state_told_already_is_not_told_again(tmp_path: Path, told: FeedItem) -> None:
    begun, half = run_of(replace(running_job(), progress=20)), run_of(replace(running_job(), progress=70))
    script = Script(
        items=[told, *(job_event(begun, seq) for seq in range(41, 50)), job_event(half, 50), run_event(DONE, 51)],
        state=replace(half, last_seq=50),
    )
    seen = watched(script, tmp_path, run=run_of(replace(running_job(), progress=10)))
    assert seen.code == 0
    assert [line.split()[-1] for line in seen.out if line.endswith("%")] == ["70%"]
    assert seen.out[-1].endswith("completed in 42s")


def test_the_end_of_an_attempt_that_is_over_by_the_time_the_state_is_asked_for_is_not_the_end(tmp_path: Path) -> None:
    failed = run_of(running_job().failed(error="it broke", at=NOW))
    again = run_of(replace(running_job(), attempt=2))
    script = Script(
        items=[Lost(reason="cut off", delay=2), run_event(failed, 41), job_event(again, 42), run_event(DONE, 43)],
        state=replace(again, last_seq=42),
    )
    seen = watched(script, tmp_path)
    assert seen.code == 0
    assert not any("failed" in line for line in seen.out)


def test_who_shows_every_event_waits_for_them(tmp_path: Path) -> None:
    script = Script(items=[Lost(reason="cut off", delay=2), job_event(DONE, 41), run_event(DONE, 42)], state=ENDED)
    seen = watched(script, tmp_path, display=EventDisplay)
    assert [json.loads(line).get("seq") for line in seen.out] == [41, 42, None]


def test_missing_events_are_told_and_the_state_taken_anew(tmp_path: Path) -> None:
    reset = Reset(requested="40", earliest=100, latest=200)
    seen = watched(Script(items=[reset], state=ENDED), tmp_path)
    assert seen.code == 0
    assert "events after 40 are not kept" in seen.err
    assert seen.out[-1].endswith("completed in 42s")
    shown = watched(Script(items=[reset], state=ENDED), tmp_path, display=EventDisplay)
    assert [json.loads(line)["type"] for line in shown.out] == ["watch.reset", "watch.end"]
    assert json.loads(shown.out[-1])["last_seq"] == 42


def test_after_missing_events_a_run_that_goes_on_is_watched_on(tmp_path: Path) -> None:
    reset = Reset(requested="40", earliest=100, latest=200)
    seen = watched(
        Script(items=[reset, Advanced(Cursor(epoch="a" * 8, seq=201)), run_event(DONE, 202)], state=ACTIVE), tmp_path
    )
    assert seen.code == 0


def test_after_missing_events_an_answer_may_be_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalogctl.cli.following._PATIENCE", 0.2)
    reset = Reset(requested="40", earliest=100, latest=200)
    assert watched(Script(items=[reset], state=ENDED, unanswered=1), tmp_path).code == 0
    goes_on = Script(items=[reset, run_event(DONE, 202)], state=ACTIVE, unanswered=1)
    assert watched(goes_on, tmp_path).code == 0
    with pytest.raises(StreamLost, match="could not be learnt"):
        watched(Script(items=[reset, run_event(DONE, 202)], state=ACTIVE, unanswered=9), tmp_path)


@pytest.mark.parametrize("error", [Unauthorized("no"), RunNotFound("gone"), ServerUnreachable("another program")])
def test_a_stream_that_ends_for_good_is_no_verdict_on_the_run(tmp_path: Path, error: CatalogctlError) -> None:
    assert watched(Script(items=[error], state=ENDED), tmp_path).code == 0
    with pytest.raises(StreamLost, match="still active"):
        watched(Script(items=[error], state=ACTIVE), tmp_path)
    with pytest.raises(StreamLost, match="could not be learnt"):
        watched(Script(items=[error], state=error), tmp_path)


def test_a_stream_that_simply_ends_is_lost_too(tmp_path: Path) -> None:
    assert watched(Script(items=[], state=ENDED), tmp_path).code == 0
    with pytest.raises(StreamLost):
        watched(Script(items=[], state=ACTIVE), tmp_path)


def test_a_run_that_has_ended_needs_no_stream_to_be_shown(tmp_path: Path) -> None:
    script = Script(items=[], state=ENDED)
    assert watched(script, tmp_path, run=ENDED).code == 0
    assert script.asked_since is None


def test_the_events_of_a_run_that_has_ended_are_replayed_if_they_are_kept(tmp_path: Path) -> None:
    kept = watched(Script(items=[run_event(DONE, 42)], state=ENDED), tmp_path, run=ENDED, display=EventDisplay)
    assert [json.loads(line)["type"] for line in kept.out] == ["run.completed", "watch.end"]
    gone = Script(items=[Reset(requested="41", earliest=100, latest=200)], state=ENDED)
    shown = watched(gone, tmp_path, run=ENDED, display=EventDisplay)
    assert [json.loads(line)["type"] for line in shown.out] == ["watch.end"]
    assert gone.asked_since == "41"


@pytest.mark.parametrize("is_slow", [False, True])
@pytest.mark.parametrize(
    "refusals", [[], [StoreUnavailable("held")], [StoreUnavailable("held"), StoreUnavailable("held")]], ids=len
)
def test_a_run_of_ones_own_is_cancelled_however_long_that_takes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    refusals: list[CatalogctlError],
    is_slow: bool,  # noqa: FBT001 - as pytest passes it
) -> None:
    monkeypatch.setattr("catalogctl.cli.following._PATIENCE", 0.1)
    script = OwnScript(items=[], state=ACTIVE, refusals=refusals, is_slow=is_slow)
    seen = watched(script, tmp_path, watch=partial(OwnWatch, output=NOWHERE, timeout=0.01))
    gc.collect()
    assert seen.code == Exit.TIMEOUT
    assert caplog.text == ""


def test_a_run_of_ones_own_that_ends_by_itself_meanwhile_is_no_longer_cancelled(tmp_path: Path) -> None:
    refusal = IllegalTransition("it has ended")
    script = OwnScript(items=[], state=ACTIVE, refusals=[refusal, refusal])
    threading.Timer(0.5, script.cancelled.set).start()
    assert watched(script, tmp_path, watch=partial(OwnWatch, output=NOWHERE, timeout=0.01)).code == Exit.TIMEOUT
    assert script.refusals == [refusal]


@pytest.mark.parametrize(("end", "words"), [(STOPPED, "and was cancelled"), (DONE, "and has completed since")])
def test_how_a_run_ended_after_its_time_was_over_is_told_as_it_was(tmp_path: Path, end: Run, words: str) -> None:
    script: Any = OwnScript(items=[], state=ACTIVE, end=end)
    settings = resolve({}, environ={}, cwd=tmp_path, user_file=tmp_path / "none.toml")
    with pytest.raises(Timeout, match=words):
        work_off(Invocation(settings=settings, output=NOWHERE), script, ACTIVE, timeout=0.01)
