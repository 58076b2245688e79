"""The words in which records are described: JSON Schema (2020-12), the way OpenAPI 3.1 wants it."""

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
