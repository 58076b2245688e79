"""The records of runs, jobs, tasks and events as JSON Schema."""

from catalogctl.server.openapi.schemas import (
    FLAG,
    FREE,
    JOB_TYPE,
    KIND,
    NUMBER,
    PERCENT,
    RUN_ID,
    STATUS,
    TEXT,
    TIME,
    WHOLE,
    Schema,
    listed,
    nullable,
    record,
    ref,
)

_RUN_FIELDS: dict[str, Schema] = {
    "run_id": RUN_ID,
    "number": WHOLE,
    "source": TEXT,
    "kind": KIND,
    "status": STATUS,
    "created_at": TIME,
    "started_at": nullable(TIME),
    "completed_at": nullable(TIME),
    "options": ref("RunOptions"),
    "last_seq": WHOLE,
}
_ROW_FIELDS: dict[str, Schema] = {
    "id": WHOLE,
    "run_id": RUN_ID,
    "job_type": JOB_TYPE,
    "status": STATUS,
    "started_at": TIME,
    "completed_at": nullable(TIME),
    "current_step": nullable(TEXT),
    "progress": PERCENT,
    "result": nullable(FREE),
    "error_message": nullable(TEXT),
}
_TASK_FIELDS: dict[str, Schema] = {
    "id": WHOLE,
    "key": TEXT,
    "step": TEXT,
    "status": STATUS,
    "attempt": WHOLE,
    "worker": nullable(TEXT),
    "started_at": nullable(TIME),
    "completed_at": nullable(TIME),
    "error": nullable(TEXT),
}
START_FIELDS: dict[str, Schema] = {
    "source": {**TEXT, "description": "A registered name; with the token also a path or a URL."},
    "tables": listed(TEXT),
    "table_ids": listed(WHOLE),
    "sample": {**WHOLE, "minimum": 1, "description": "Profile on at most so many rows of each table."},
    "estimate": {**FLAG, "description": "Take the server's statistics instead of rows; not together with `sample`."},
    "deadline": {**NUMBER, "exclusiveMinimum": 0, "description": "Seconds that one table may take."},
    "model": {**TEXT, "description": "Enrich with this model of the endpoint that is set up."},
    "max_cost": {**NUMBER, "exclusiveMinimum": 0, "description": "USD after which enrichment sends no further batch."},
}

RUN_SCHEMAS: dict[str, Schema] = {
    "Job": record(
        {
            **_ROW_FIELDS,
            "step_index": nullable(WHOLE),
            "total_steps": nullable(WHOLE),
            "details": nullable(FREE),
            "created_at": TIME,
            "attempt": WHOLE,
            "steps": listed(ref("Step")),
            "warnings": listed(ref("Warning")),
            "warnings_total": WHOLE,
        }
    ),
    "JobRow": record({**_ROW_FIELDS, "number": WHOLE, "source": TEXT, "kind": KIND}),
    "Step": record(
        {
            "key": TEXT,
            "title": TEXT,
            "status": STATUS,
            "done": WHOLE,
            "total": nullable(WHOLE),
            "active": listed(TEXT),
            "started_at": nullable(TIME),
            "completed_at": nullable(TIME),
        }
    ),
    "Warning": record({"message": TEXT}, {"table": TEXT, "column": TEXT}),
    "RunOptions": record(
        {},
        {
            "tables": listed(TEXT),
            "sample": WHOLE,
            "estimate": FLAG,
            "deadline": NUMBER,
            "model": TEXT,
            "max_cost": NUMBER,
        },
    ),
    "Run": record({**_RUN_FIELDS, "jobs": listed(ref("Job"))}),
    "RunJobs": record({"run": listed(ref("Job"))}, {**_RUN_FIELDS, "has_worker": FLAG}),
    "Accepted": record(
        {**_RUN_FIELDS, "run": listed(ref("Job")), "message": TEXT, "job_id": nullable(WHOLE), "async": FLAG}
    ),
    "Start": record({}, START_FIELDS),
    "Task": record(_TASK_FIELDS),
    "Worker": record(
        {
            "id": TEXT,
            "host": TEXT,
            "pid": WHOLE,
            "started_at": TIME,
            "is_alive": FLAG,
            "lease_until": TIME,
            "run_id": nullable(RUN_ID),
            "sources": listed(TEXT),
            "tasks": listed(record({**_TASK_FIELDS, "job_id": WHOLE, "run_id": RUN_ID})),
        }
    ),
    "RunningStatus": record(
        {"is_running": FLAG, "current_run_id": nullable(RUN_ID), "active_run_ids": listed(RUN_ID)}, {"seq": WHOLE}
    ),
    "Event": record(
        {
            "v": WHOLE,
            "seq": WHOLE,
            "type": TEXT,
            "at": TIME,
            "run_id": nullable(RUN_ID),
            "job_id": nullable(WHOLE),
            "data": FREE,
        }
    ),
}
