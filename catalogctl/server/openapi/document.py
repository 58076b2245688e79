"""The document as a whole. A test holds it against the routes."""

from functools import cache
from typing import Any

from catalogctl import __version__
from catalogctl.server.openapi.calls import LAST_EVENT_ID, PATH_PARAMETERS, Call
from catalogctl.server.openapi.catalogue_calls import CATALOGUE_CALLS
from catalogctl.server.openapi.catalogue_schemas import CATALOGUE_SCHEMAS
from catalogctl.server.openapi.meaning_schemas import MEANING_SCHEMAS
from catalogctl.server.openapi.run_calls import RUN_CALLS
from catalogctl.server.openapi.run_schemas import RUN_SCHEMAS
from catalogctl.server.openapi.schemas import ANYTHING, NUMBER, RUN_ID, TEXT, WHOLE, Schema, record, ref
from catalogctl.server.openapi.server_calls import SERVER_CALLS

_SERVER: dict[str, Schema] = {
    "Identity": record({"status": TEXT, "name": TEXT, "version": TEXT, "epoch": TEXT}),
    "Done": record({"status": TEXT}, {"message": TEXT, "source": ref("Source"), "expires_in": WHOLE}),
    "Problem": record(
        {"type": TEXT, "title": TEXT, "status": WHOLE, "detail": TEXT, "code": TEXT},
        {"hint": TEXT, "run_id": RUN_ID, "retry_after": NUMBER},
    ),
}
SCHEMAS: dict[str, Schema] = RUN_SCHEMAS | CATALOGUE_SCHEMAS | MEANING_SCHEMAS | _SERVER

CALLS = (*CATALOGUE_CALLS, *RUN_CALLS, *SERVER_CALLS)
_ALWAYS = frozenset({400, 401, 403, 422, 503})
_OF_BODIES = (408, 413)
_OF_STREAMS = (429,)


@cache
def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    paths: dict[str, dict[str, Any]] = {}
    for call in CALLS:
        paths.setdefault(call.path, {})[call.method] = _operation(call)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "catalogctl",
            "version": __version__,
            "description": "Live pipelines of a semantic data catalogue. Fields are only ever added.",
        },
        "servers": [{"url": "/"}, {"url": "/api/v1"}],
        "security": [{"token": []}, {"session": []}, {}],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "responses": {"Problem": _content("application/problem+json", ref("Problem"), "What went wrong.")},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "catalogctl_EPOCH"},
            },
        },
    }


def _operation(call: Call) -> dict[str, Any]:
    operation: dict[str, Any] = {"summary": call.summary, "responses": _responses(call)}
    names = [part.strip("{}") for part in call.path.split("/") if part.startswith("{")]
    parameters = [*(PATH_PARAMETERS[name] for name in names), *call.query]
    if call.is_stream:
        parameters.append(LAST_EVENT_ID)
    if parameters:
        operation["parameters"] = parameters
    if call.body is not None:
        content = {"application/json": {"schema": call.body}}
        operation["requestBody"] = {"required": bool(call.body.get("required")), "content": content}
    if call.is_open:
        operation["security"] = []
    return operation


def _responses(call: Call) -> dict[str, Any]:
    if call.is_stream:
        good = _content("text/event-stream", TEXT, "Server-sent events, until the reader leaves or all is told.")
    elif call.is_text:
        good = _content("text/plain", TEXT, "Prometheus' text format, version 0.0.4.")
    else:
        good = _content("application/json", call.answer or ANYTHING, "As asked.")
    if call.status == 202:
        good["headers"] = {"Location": {"schema": TEXT, "description": "Where to look for the run."}}
    problem = {"$ref": "#/components/responses/Problem"}
    statuses = _ALWAYS.union(call.problems, _OF_STREAMS if call.is_stream else (), _OF_BODIES if call.body else ())
    further = {
        str(status): _content("application/json", schema, "As asked otherwise.") for status, schema in call.further
    }
    if call.may_be_over:
        further["204"] = {"description": "Nothing came after the end, which the reader has had."}
    return {str(call.status): good, **further, **{str(status): problem for status in sorted(statuses)}}


def _content(media_type: str, schema: Schema, description: str) -> dict[str, Any]:
    return {"description": description, "content": {media_type: {"schema": schema}}}
