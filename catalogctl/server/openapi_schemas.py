"""The records of the API as JSON Schema (2020-12), the way OpenAPI 3.1 wants them."""

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
FLAG: Schema = {"type": "boolean"}
ANYTHING: Schema = {}
TIME: Schema = {"type": "string", "format": "date-time"}
RUN_ID: Schema = {"type": "string", "format": "uuid"}
STATUS: Schema = {"type": "string", "enum": ["pending", "running", "completed", "failed", "cancelled"]}
JOB_TYPE: Schema = {"type": "string", "enum": ["extraction", "enrichment"]}
KIND: Schema = {"type": "string", "enum": ["extraction", "enrichment", "refresh"]}
PERCENT: Schema = {"type": "integer", "minimum": 0, "maximum": 100}
FREE: Schema = {"type": "object", "additionalProperties": True}


def ref(name: str) -> Schema:
    """The schema called *name*."""
    return {"$ref": f"#/components/schemas/{name}"}


def listed(items: Schema) -> Schema:
    """A list of *items*."""
    return {"type": "array", "items": items}


def nullable(schema: Schema) -> Schema:
    """*schema* or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def record(required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    """An object; further fields may be added, and none is ever taken away."""
    return {"type": "object", "required": list(required), "properties": required | (optional or {})}


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

_RUNS: dict[str, Schema] = {
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
    "RunOptions": record({}, {"tables": listed(TEXT), "sample": WHOLE, "deadline": NUMBER, "model": TEXT}),
    "Run": record({**_RUN_FIELDS, "jobs": listed(ref("Job"))}),
    "RunJobs": record({"run": listed(ref("Job"))}, {**_RUN_FIELDS, "has_worker": FLAG}),
    "Accepted": record(
        {**_RUN_FIELDS, "run": listed(ref("Job")), "message": TEXT, "job_id": nullable(WHOLE), "async": FLAG}
    ),
    "Start": record(
        {},
        {
            "source": {**TEXT, "description": "A registered name; with the token also a path or a URL."},
            "tables": listed(TEXT),
            "table_ids": listed(WHOLE),
            "sample": {**WHOLE, "minimum": 1, "description": "Profile on at most so many rows of each table."},
            "deadline": {**NUMBER, "exclusiveMinimum": 0, "description": "Seconds that one table may take."},
            "model": TEXT,
        },
    ),
    "Task": record(
        {
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

_CATALOGUE: dict[str, Schema] = {
    "Datasource": record(
        {
            "id": WHOLE,
            "name": TEXT,
            "type": TEXT,
            "path": TEXT,
            "description": nullable(TEXT),
            "created_at": TIME,
            "updated_at": TIME,
            "tables": listed(ref("Table")),
        }
    ),
    "Table": record(
        {
            "id": WHOLE,
            "datasource_id": WHOLE,
            "name": TEXT,
            "is_view": FLAG,
            "comment": nullable(TEXT),
            "description": nullable(TEXT),
            "is_described_by_person": FLAG,
            "row_count": nullable(WHOLE),
            "is_enabled": FLAG,
            "foreign_keys": listed(ref("ForeignKey")),
            "created_at": TIME,
            "updated_at": TIME,
            "columns": listed(ref("Column")),
        }
    ),
    "ForeignKey": record({"columns": listed(TEXT), "referred_table": TEXT, "referred_columns": listed(TEXT)}),
    "Column": record(
        {
            "id": WHOLE,
            "table_id": WHOLE,
            "name": TEXT,
            "position": WHOLE,
            "data_type": TEXT,
            "is_nullable": FLAG,
            "default": nullable(TEXT),
            "is_primary_key": FLAG,
            "foreign_key": nullable(record({"table": TEXT, "column": nullable(TEXT)})),
            "comment": nullable(TEXT),
            "description": nullable(TEXT),
            "is_described_by_person": FLAG,
            "sample_values": nullable(TEXT),
            "value_range": nullable(TEXT),
            "full_context": nullable(TEXT),
            "synonyms": listed(TEXT),
            "created_at": TIME,
            "updated_at": TIME,
        },
        {"profile": nullable(FREE)},
    ),
    "Source": record(
        {
            "id": WHOLE,
            "name": TEXT,
            "type": TEXT,
            "location": {**TEXT, "description": "Secrets are replaced by ***."},
            "created_at": TIME,
            "extracted_at": nullable(TIME),
        }
    ),
    "SourceCheck": record(
        {
            "status": {"type": "string", "enum": ["ok", "error"]},
            "message": TEXT,
            "tables": nullable(WHOLE),
            "seconds": NUMBER,
        }
    ),
}

_SERVER: dict[str, Schema] = {
    "Identity": record({"status": TEXT, "name": TEXT, "version": TEXT, "epoch": TEXT}),
    "Done": record({"status": TEXT}, {"message": TEXT, "source": ref("Source"), "expires_in": WHOLE}),
    "Problem": record(
        {"type": TEXT, "title": TEXT, "status": WHOLE, "detail": TEXT, "code": TEXT},
        {"hint": TEXT, "run_id": RUN_ID, "retry_after": NUMBER},
    ),
}

SCHEMAS: dict[str, Schema] = _RUNS | _CATALOGUE | _SERVER
