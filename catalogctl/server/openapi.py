"""The document of the API: every call with what it takes and what it answers. A test holds it against the routes."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from catalogctl import __version__
from catalogctl.domain.events import TOPICS
from catalogctl.server.openapi_schemas import (
    ANYTHING,
    FLAG,
    JOB_TYPE,
    RUN_ID,
    SCHEMAS,
    STATUS,
    TEXT,
    WHOLE,
    Schema,
    listed,
    record,
    ref,
)
from catalogctl.server.parameters import MAX_LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: its answer when all goes well, and the statuses of the problems that are its own."""

    method: str
    path: str
    summary: str
    answer: Schema | None = None
    status: int = 200
    query: tuple[Schema, ...] = ()
    body: Schema | None = None
    problems: tuple[int, ...] = ()
    is_stream: bool = False
    is_open: bool = False


def _parameter(name: str, schema: Schema, description: str, *, where: str = "query") -> Schema:
    return {"name": name, "in": where, "required": where == "path", "schema": schema, "description": description}


_SOURCE = _parameter("source", TEXT, "Only this source.")
_STATUS = _parameter("status", STATUS, "Only what has this status.")
_LAST_EVENT_ID = _parameter("Last-Event-ID", TEXT, "Resume after this id.", where="header")


def _limit(default: int) -> Schema:
    return _parameter(
        "limit", {**WHOLE, "minimum": 1, "maximum": MAX_LIMIT, "default": default}, "At most so many rows."
    )


_BEFORE = _parameter("before", WHOLE, "The id of the last row of the page before; with `group=run` its number.")
_PATH_PARAMETERS = {
    "run_id": _parameter("run_id", TEXT, "The id of a run.", where="path"),
    "job_id": _parameter("job_id", WHOLE, "The id of a job.", where="path"),
    "name": _parameter("name", TEXT, "The name of a source.", where="path"),
}

CALLS: tuple[Call, ...] = (
    Call(
        method="get",
        path="/catalog",
        summary="The catalogue as a tree, tables and columns by name.",
        answer=record({"catalog": listed(ref("Datasource"))}),
        query=(
            _SOURCE,
            _parameter("table", TEXT, "Only this table."),
            _parameter("profile", {**FLAG, "default": True}, "Whether columns carry their profiles."),
        ),
        problems=(404,),
    ),
    Call(
        method="delete",
        path="/catalog",
        summary="Empty the catalogue of a source, human descriptions included.",
        answer=ref("Done"),
        query=(_parameter("source", TEXT, "Whose; may be left out when there is only one."),),
        problems=(400, 404, 409),
    ),
    Call(
        method="post",
        path="/catalog/extract",
        summary="Queue an extraction and answer at once.",
        answer=ref("Accepted"),
        status=202,
        body=ref("Start"),
        problems=(400, 403, 404, 409),
    ),
    Call(
        method="get",
        path="/catalog/run/{run_id}",
        summary="A run with its jobs; also by `latest`, its number, or the beginning of its id.",
        answer=ref("RunJobs"),
        problems=(404,),
    ),
    Call(
        method="post",
        path="/catalog/run/{run_id}/cancel",
        summary="End an active run.",
        answer=ref("Accepted"),
        status=202,
        problems=(404, 409),
    ),
    Call(
        method="post",
        path="/catalog/run/{run_id}/retry",
        summary="Redo what failed in a run, as a new attempt.",
        answer=ref("Accepted"),
        status=202,
        problems=(404, 409),
    ),
    Call(
        method="get",
        path="/catalog/latest-run",
        summary="The newest run; `run` is empty when there is none.",
        answer=ref("RunJobs"),
    ),
    Call(
        method="get",
        path="/catalog/runs",
        summary="One row a job, newest first; with `group=run` one Run a row.",
        answer=record({"runs": listed({"anyOf": [ref("JobRow"), ref("Run")]})}),
        query=(
            _limit(100),
            _BEFORE,
            _SOURCE,
            _STATUS,
            _parameter("group", {"type": "string", "enum": ["run"]}, "What a row stands for."),
        ),
    ),
    Call(
        method="get",
        path="/catalog/running-status",
        summary="Whether anything runs; pending counts.",
        answer=ref("RunningStatus"),
    ),
    Call(
        method="get",
        path="/catalog/jobs",
        summary="Jobs, newest first.",
        answer=record({"jobs": listed(ref("Job"))}),
        query=(
            _limit(50),
            _BEFORE,
            _STATUS,
            _parameter("job_type", JOB_TYPE, "Only jobs of this type."),
            _SOURCE,
        ),
    ),
    Call(method="get", path="/catalog/jobs/{job_id}", summary="A job.", answer=ref("Job"), problems=(404,)),
    Call(
        method="get",
        path="/catalog/jobs/{job_id}/tasks",
        summary="The tasks of a job by id: one a table.",
        answer=record({"job_id": WHOLE, "run_id": {"anyOf": [RUN_ID, {"type": "null"}]}, "tasks": listed(ref("Task"))}),
        query=(_STATUS, _parameter("after", WHOLE, "The id of the last row of the page before."), _limit(MAX_LIMIT)),
        problems=(404,),
    ),
    Call(
        method="post",
        path="/catalog/jobs/{job_id}/retry",
        summary="Redo what failed in the run of this job.",
        answer=ref("Accepted"),
        status=202,
        problems=(404, 409),
    ),
    Call(
        method="get",
        path="/catalog/job-stream/{run_id}",
        summary="The jobs of a run, at once and again on each change, until all are done.",
        is_stream=True,
        problems=(404,),
    ),
    Call(method="get", path="/catalog/status-stream", summary="The running status, live.", is_stream=True),
    Call(
        method="get",
        path="/events",
        summary="The log itself, live and resumable.",
        is_stream=True,
        query=(
            _parameter("topics", TEXT, f"Some of {', '.join(TOPICS)}; all when left out."),
            _parameter("run_id", TEXT, "Only events of this run."),
            _parameter("since", TEXT, "A `seq`, an `epoch-seq`, or `earliest`; from now on when left out."),
        ),
        problems=(400,),
    ),
    Call(
        method="get",
        path="/sources",
        summary="Registered sources by name, without secrets.",
        answer=record({"sources": listed(ref("Source"))}),
    ),
    Call(
        method="post",
        path="/sources",
        summary="Register a source. Needs the token.",
        answer=ref("Source"),
        status=201,
        body=record({"location": TEXT}, {"name": TEXT}),
        problems=(400, 403, 404, 409),
    ),
    Call(
        method="delete",
        path="/sources",
        summary="Forget a source and its catalogue.",
        answer=ref("Done"),
        query=(_parameter("name", TEXT, "Which; must be given."),),
        problems=(404, 409),
    ),
    Call(
        method="delete",
        path="/sources/{name}",
        summary="Forget a source and its catalogue.",
        answer=ref("Done"),
        problems=(404, 409),
    ),
    Call(
        method="post",
        path="/sources/{name}/test",
        summary="Try to open a source and list its tables.",
        answer=ref("SourceCheck"),
        problems=(404,),
    ),
    Call(
        method="post",
        path="/session",
        summary="Exchange the token for a session cookie.",
        answer=ref("Done"),
        body=record({"token": TEXT}),
        problems=(429,),
        is_open=True,
    ),
    Call(method="delete", path="/session", summary="End the session.", answer=ref("Done")),
    Call(method="get", path="/", summary="What this is.", answer=ANYTHING, is_open=True),
    Call(method="get", path="/health", summary="The server lives.", answer=ref("Identity"), is_open=True),
    Call(
        method="get",
        path="/ready",
        summary="The server can work: it is not draining, and its store answers.",
        answer=ref("Identity"),
        is_open=True,
    ),
    Call(method="get", path="/openapi.json", summary="This document.", answer=ANYTHING),
)


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
    parameters = [*(_PATH_PARAMETERS[name] for name in names), *call.query]
    if call.is_stream:
        parameters.append(_LAST_EVENT_ID)
    if parameters:
        operation["parameters"] = parameters
    if call.body is not None:
        operation["requestBody"] = {"content": {"application/json": {"schema": call.body}}}
    if call.is_open:
        operation["security"] = []
    return operation


def _responses(call: Call) -> dict[str, Any]:
    if call.is_stream:
        good = _content("text/event-stream", TEXT, "Server-sent events, until the reader leaves or all is told.")
    else:
        good = _content("application/json", call.answer or ANYTHING, "As asked.")
    if call.status == 202:
        good["headers"] = {"Location": {"schema": TEXT, "description": "Where to look for the run."}}
    problem = {"$ref": "#/components/responses/Problem"}
    statuses = {*call.problems, 401, 403, 422, 503}
    return {str(call.status): good, **{str(status): problem for status in sorted(statuses)}}


def _content(media_type: str, schema: Schema, description: str) -> dict[str, Any]:
    return {"description": description, "content": {media_type: {"schema": schema}}}
