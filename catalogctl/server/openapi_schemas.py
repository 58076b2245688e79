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
ROLE: Schema = {"type": "string", "enum": ["fact", "dimension", "bridge", "log", "reference"]}
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
START_FIELDS: dict[str, Schema] = {
    "source": {**TEXT, "description": "A registered name; with the token also a path or a URL."},
    "tables": listed(TEXT),
    "table_ids": listed(WHOLE),
    "sample": {**WHOLE, "minimum": 1, "description": "Profile on at most so many rows of each table."},
    "deadline": {**NUMBER, "exclusiveMinimum": 0, "description": "Seconds that one table may take."},
    "model": {**TEXT, "description": "Enrich with this model of the endpoint that is set up."},
    "max_cost": {**NUMBER, "exclusiveMinimum": 0, "description": "USD after which enrichment sends no further batch."},
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
    "RunOptions": record(
        {}, {"tables": listed(TEXT), "sample": WHOLE, "deadline": NUMBER, "model": TEXT, "max_cost": NUMBER}
    ),
    "Run": record({**_RUN_FIELDS, "jobs": listed(ref("Job"))}),
    "RunJobs": record({"run": listed(ref("Job"))}, {**_RUN_FIELDS, "has_worker": FLAG}),
    "Accepted": record(
        {**_RUN_FIELDS, "run": listed(ref("Job")), "message": TEXT, "job_id": nullable(WHOLE), "async": FLAG}
    ),
    "Start": record({}, START_FIELDS),
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
            "inferred_keys": listed(ref("InferredKey")),
            "column_count": WHOLE,
            "role": nullable(ROLE),
            "synonyms": listed(TEXT),
            "created_at": TIME,
            "updated_at": TIME,
            "columns": listed(ref("Column")),
        }
    ),
    "ForeignKey": record({"columns": listed(TEXT), "referred_table": TEXT, "referred_columns": listed(TEXT)}),
    "InferredKey": record(
        {
            "table": TEXT,
            "column": TEXT,
            "referred_table": TEXT,
            "referred_column": TEXT,
            "share": {**NUMBER, "description": "How much of the column's distinct values is found there, 0 to 1."},
        }
    ),
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
            "comment": nullable(TEXT),
            "description": nullable(TEXT),
            "is_described_by_person": FLAG,
            "sample_values": nullable(TEXT),
            "value_range": nullable(TEXT),
            "full_context": nullable(TEXT),
            "synonyms": listed(TEXT),
            "semantic_type": nullable(TEXT),
            "is_personal": nullable(FLAG),
            "personal_confidence": nullable(NUMBER),
            "created_at": TIME,
            "updated_at": TIME,
        },
        {
            "foreign_key": nullable(record({"table": TEXT, "column": nullable(TEXT)})),
            "profile": nullable(FREE),
        },
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

_COUNTED: dict[str, Schema] = {
    "calls": WHOLE,
    "tokens_input": WHOLE,
    "tokens_output": WHOLE,
    "cost": nullable({**NUMBER, "description": "USD; null when that of one call is not known."}),
}

_MEANING: dict[str, Schema] = {
    "Kpi": record(
        {"id": WHOLE, "title": TEXT, "value": TEXT, "source": TEXT, "sql": TEXT, "created_at": TIME},
        {
            "trend": record({"value": NUMBER, "direction": TEXT, "invert": FLAG}, {"label": TEXT}),
            "sparkline": record({"data": listed(NUMBER), "type": TEXT}),
            "footer": TEXT,
        },
    ),
    "Question": record(
        {
            "id": WHOLE,
            "question": TEXT,
            "category": TEXT,
            "icon": TEXT,
            "display_order": WHOLE,
            "is_enabled": FLAG,
            "created_at": TIME,
            "source": TEXT,
            "tables": listed(TEXT),
        }
    ),
    "SearchHit": record(
        {
            "source": TEXT,
            "table": TEXT,
            "column": {**nullable(TEXT), "description": "Null for the table itself."},
            "description": nullable(TEXT),
            "score": NUMBER,
        }
    ),
    "Estimate": record(
        {
            "source": TEXT,
            "tables": listed(TEXT),
            "batches": WHOLE,
            "tokens_input": WHOLE,
            "tokens_output": WHOLE,
            "cost": {**nullable(NUMBER), "description": "USD; null when the price is not known."},
            "model": TEXT,
            "provider": TEXT,
            "shares_samples": FLAG,
            "withheld": {**listed(TEXT), "description": "Columns of which no value goes out."},
        }
    ),
    "LlmStatus": record(
        {
            "status": {"type": "string", "enum": ["ok", "error"]},
            "message": TEXT,
            "model": TEXT,
            "provider": TEXT,
            "seconds": nullable(NUMBER),
        }
    ),
    "LlmCosts": record(
        {
            "period_days": WHOLE,
            "total": record({f"total_{name}": schema for name, schema in _COUNTED.items()}),
            "by_hour": listed(record({"hour": TIME, **_COUNTED})),
            "by_model": listed(record({"model_name": TEXT, "provider_name": TEXT, **_COUNTED})),
        }
    ),
    "LlmCall": record(
        {
            "at": TIME,
            "run_id": nullable(RUN_ID),
            "model": TEXT,
            "provider": TEXT,
            "purpose": TEXT,
            "ok": FLAG,
            "seconds": NUMBER,
            "tokens_input": nullable(WHOLE),
            "tokens_output": nullable(WHOLE),
            "tokens_cached": nullable(WHOLE),
            "cost": nullable(NUMBER),
            "error": nullable(TEXT),
        }
    ),
}

SCHEMAS: dict[str, Schema] = _RUNS | _CATALOGUE | _MEANING | _SERVER
