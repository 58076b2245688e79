"""What the document says of one call, and the parameters that several of them take."""

from dataclasses import dataclass

from catalogctl.domain.bounds import MAX_LIMIT
from catalogctl.server.openapi.schemas import STATUS, TEXT, WHOLE, Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: its answer when all goes well, and the statuses of the problems that are its own.

    *further* are good answers of another status and form; a stream that *may_be_over* has one without any content.
    """

    method: str
    path: str
    summary: str
    answer: Schema | None = None
    status: int = 200
    further: tuple[tuple[int, Schema], ...] = ()
    query: tuple[Schema, ...] = ()
    body: Schema | None = None
    problems: tuple[int, ...] = ()
    is_stream: bool = False
    may_be_over: bool = False
    is_text: bool = False
    is_open: bool = False


def parameter(name: str, schema: Schema, description: str, *, where: str = "query") -> Schema:
    """A parameter of a call."""
    return {"name": name, "in": where, "required": where == "path", "schema": schema, "description": description}


def limit(default: int) -> Schema:
    """How many rows are wanted."""
    return parameter(
        "limit", {**WHOLE, "minimum": 1, "maximum": MAX_LIMIT, "default": default}, "At most so many rows."
    )


ONLY_SOURCE = parameter("source", TEXT, "Only this source.")
ONLY_STATUS = parameter("status", STATUS, "Only what has this status.")
BEFORE = parameter("before", WHOLE, "The id of the last row of the page before; with `group=run` its number.")
LAST_EVENT_ID = parameter("Last-Event-ID", TEXT, "Resume after this id.", where="header")
PATH_PARAMETERS = {
    "run_id": parameter("run_id", TEXT, "The id of a run.", where="path"),
    "job_id": parameter("job_id", WHOLE, "The id of a job.", where="path"),
    "table_id": parameter("table_id", WHOLE, "The id of a table.", where="path"),
    "column_id": parameter("column_id", WHOLE, "The id of a column.", where="path"),
    "name": parameter("name", TEXT, "The name of a source.", where="path"),
}
