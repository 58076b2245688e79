"""Runs in every state, for the pictures to be tried on."""

from datetime import UTC, datetime, timedelta

from catalogctl.domain.runs import Job, JobType, Note, Run, RunKind, Status, Step

RUN_ID = "8f3b2c1d-5e6f-4a7b-8c9d-0e1f2a3b4c5d"
NOW = datetime(2026, 3, 1, 12, 0, 42, tzinfo=UTC)
START = NOW - timedelta(seconds=42)
HOSTILE = "cu[red]st\x1b[31mo\u202emers\n\x07"

READ = Step(
    key="extract_metadata",
    title="Read metadata",
    status=Status.COMPLETED,
    done=1,
    total=1,
    started_at=START,
    completed_at=START + timedelta(seconds=0.4),
)
PROFILE = Step(
    key="profile_tables",
    title="Profile tables",
    status=Status.RUNNING,
    done=7,
    total=12,
    active=("orders", "order_items", HOSTILE, "日本語テーブル"),
    started_at=START + timedelta(seconds=0.4),
)
SAVE = Step(key="save_to_catalog", title="Save to catalogue")


def running_job(*, warnings: int = 0) -> Job:
    notes = tuple(Note(table=f"table_{number}", message="not profiled: locked") for number in range(min(warnings, 100)))
    return Job(
        id=3,
        run_id=RUN_ID,
        job_type=JobType.EXTRACTION,
        created_at=START,
        status=Status.RUNNING,
        progress=58,
        steps=(READ, PROFILE, SAVE),
        step_index=1,
        started_at=START,
        warnings=notes,
        warnings_total=warnings,
    )


def run_of(*jobs: Job) -> Run:
    kind = RunKind.EXTRACTION if len(jobs) == 1 else RunKind.REFRESH
    pending = Run(run_id=RUN_ID, number=12, source="shop", kind=kind, created_at=START, started_at=START, last_seq=40)
    return pending.with_jobs(jobs, at=NOW)
