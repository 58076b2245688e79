"""The records of what enrichment adds, and of the calls of models, as JSON Schema."""

from catalogctl.server.openapi.schemas import FLAG, NUMBER, RUN_ID, TEXT, TIME, WHOLE, Schema, listed, nullable, record

_COUNTED: dict[str, Schema] = {
    "calls": WHOLE,
    "tokens_input": WHOLE,
    "tokens_output": WHOLE,
    "cost": nullable({**NUMBER, "description": "USD; null when that of one call is not known."}),
}

MEANING_SCHEMAS: dict[str, Schema] = {
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
            "shares_comments": FLAG,
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
