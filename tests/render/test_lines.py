from dataclasses import replace

from runs_at_work import HOSTILE, NOW, RUN_ID, SAVE, run_of, running_job

from catalogctl.domain.events import Event, compact_json
from catalogctl.domain.run_records import job_record, run_record
from catalogctl.domain.runs import Note, RunningStatus, Status
from catalogctl.domain.times import format_time
from catalogctl.render.lines import changes, event_line, opening_line, result_line, status_line
from catalogctl.render.view import RunView

AT = format_time(NOW)


def test_an_unchanged_run_says_nothing() -> None:
    assert list(changes(run_of(running_job()), run_of(running_job()), at=AT)) == []


def test_every_change_of_state_is_one_line() -> None:
    job = running_job()
    before = run_of(
        replace(
            job, status=Status.PENDING, steps=tuple(replace(s, status=Status.PENDING) for s in job.steps), progress=0
        )
    )
    lines = list(changes(before, run_of(job), at=AT))
    assert lines == [
        f"{AT}  run 12  extraction  started",
        f"{AT}  run 12  extraction  Read metadata: completed",
        f"{AT}  run 12  extraction  Profile tables: running  7 of 12",
        f"{AT}  run 12  extraction  58%",
    ]


def test_progress_is_told_in_tens() -> None:
    job = running_job()
    assert list(changes(run_of(job), run_of(replace(job, progress=59)), at=AT)) == []
    assert list(changes(run_of(job), run_of(replace(job, progress=63)), at=AT)) == [f"{AT}  run 12  extraction  63%"]


def test_warnings_and_ends_are_told_with_their_reasons_on_one_line() -> None:
    job = running_job()
    warned = job.warned(Note(table=HOSTILE, column="id", message="broken"))
    failed = warned.failed(error="first\nsecond", at=NOW)
    lines = list(changes(run_of(job), run_of(failed), at=AT))
    assert lines[0] == AT + r"  run 12  extraction  warning: cu[red]st\e[31mo\u202emers\n\x07.id: broken"
    assert lines[1] == AT + r"  run 12  extraction  failed: first\nsecond"
    assert lines[2] == f"{AT}  run 12  failed in 42s"


def test_a_step_that_fails_is_told_while_the_job_goes_on() -> None:
    job = running_job()
    failed = replace(job, steps=tuple(replace(step, status=Status.FAILED) for step in job.steps[:1]) + job.steps[1:])
    assert list(changes(run_of(job), run_of(failed), at=AT)) == [f"{AT}  run 12  extraction  Read metadata: failed"]


def test_a_completed_job_tells_its_result_and_a_retry_its_attempt() -> None:
    job = running_job()
    done = job.completed(result={"tables": 2, "columns": 9, "rows": 100}, at=NOW)
    lines = list(changes(run_of(replace(job, steps=done.steps)), run_of(done), at=AT))
    assert lines == [
        f"{AT}  run 12  extraction  completed: 2 tables, 9 columns, 100 rows",
        f"{AT}  run 12  completed in 42s",
    ]
    estimated = job.completed(result={"tables": 2, "rows": 100, "rows_are_estimated": True}, at=NOW)
    assert result_line(estimated) == "2 tables, about 100 rows"
    stopped = job.cancelled(at=NOW)
    assert next(changes(run_of(stopped), run_of(stopped.retried()), at=AT)).endswith("attempt 2")


def test_a_watch_begins_with_the_present_state() -> None:
    assert opening_line(run_of(running_job())).endswith("run 12  shop  extraction  running")


def test_an_event_is_a_line_of_fields() -> None:
    job = running_job()
    progressed = Event(
        seq=41, type="job.progressed", at=NOW, run_id=RUN_ID, job_id=3, data=compact_json(job_record(job))
    )
    assert event_line(progressed).split("\t") == ["41", AT, "job.progressed", RUN_ID, "extraction  58%  profile_tables"]
    created = Event(seq=1, type="run.created", at=NOW, run_id=RUN_ID, data=compact_json(run_record(run_of(job))))
    assert event_line(created).split("\t")[4] == "shop  running"
    changed = Event(seq=2, type="catalog.changed", at=NOW, data='{"source":"a\\tb","tables":3}')
    assert event_line(changed).split("\t")[3:] == ["", r"source=a\tb, tables=3"]
    idle = Event(
        seq=3, type="status.changed", at=NOW, data='{"is_running":false,"current_run_id":null,"active_run_ids":[]}'
    )
    assert event_line(idle).split("\t")[4] == "idle"
    assert status_line(RunningStatus(active_run_ids=("a", "b"))) == "running  a b"


def test_a_view_follows_the_events_of_its_run_and_no_other() -> None:
    view = RunView(run=run_of(running_job()), notice="connection lost")
    done = running_job().completed(result={}, at=NOW)
    event = Event(seq=57, type="job.completed", at=NOW, run_id=RUN_ID, job_id=3, data=compact_json(job_record(done)))
    after = view.after(event)
    assert after.run.status is Status.COMPLETED
    assert after.run.last_seq == 57
    assert after.notice is None
    assert view.after(replace(event, run_id="another")) is view
    assert view.after(replace(event, type="catalog.changed", data="{}")) is view
    assert view.after(replace(event, seq=view.run.last_seq)) == replace(view, notice=None)
    ended = Event(seq=58, type="run.completed", at=NOW, run_id=RUN_ID, data=compact_json(run_record(after.run)))
    assert after.after(ended).run == replace(after.run, last_seq=58)
    assert SAVE.status is Status.PENDING
