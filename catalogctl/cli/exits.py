"""What the program's exit status means: the one table from error codes to it, and the words for the help."""

from collections.abc import Mapping
from enum import IntEnum

from catalogctl.domain.errors import CatalogctlError


class Exit(IntEnum):
    """Every status that the program ends with."""

    OK = 0
    RUN_FAILED = 1
    USAGE = 2
    RUN_CANCELLED = 3
    NOT_ALLOWED = 4
    NOT_FOUND = 5
    CONFLICT = 6
    UNAVAILABLE = 69
    INTERNAL = 70
    STREAM_LOST = 75
    TIMEOUT = 124
    INTERRUPTED = 130
    READER_GONE = 141
    TERMINATED = 143

    @property
    def word(self) -> str:
        """The status in a word or two."""
        return self.name.lower().replace("_", " ")


MEANINGS: Mapping[Exit, str] = {
    Exit.OK: "ok",
    Exit.RUN_FAILED: "the run failed, or what was tried does not work",
    Exit.USAGE: "wrong usage, or a value that cannot be meant",
    Exit.RUN_CANCELLED: "the run was cancelled",
    Exit.NOT_ALLOWED: "not allowed: no token, a wrong one, or not with this one",
    Exit.NOT_FOUND: "not found, or ambiguous",
    Exit.CONFLICT: "conflict, such as another active run on the source",
    Exit.UNAVAILABLE: "server, store or model cannot be reached, or is overloaded",
    Exit.INTERNAL: "internal error, or a source or model that failed",
    Exit.STREAM_LOST: "the stream was lost and the outcome is unknown",
    Exit.TIMEOUT: "the time of --timeout is over",
    Exit.INTERRUPTED: "Ctrl-C",
    Exit.READER_GONE: "the reader of the pipe is gone",
    Exit.TERMINATED: "SIGTERM",
}

EXIT_OF: Mapping[str, Exit] = {
    "invalid_input": Exit.USAGE,
    "source_not_chosen": Exit.USAGE,
    "nothing_selected": Exit.USAGE,
    "source_unusable": Exit.USAGE,
    "unsafe_sql": Exit.USAGE,
    "invalid_cursor": Exit.USAGE,
    "wrong_type": Exit.USAGE,
    "body_too_large": Exit.USAGE,
    "unauthorized": Exit.NOT_ALLOWED,
    "forbidden": Exit.NOT_ALLOWED,
    "source_not_registered": Exit.NOT_ALLOWED,
    "not_found": Exit.NOT_FOUND,
    "run_not_found": Exit.NOT_FOUND,
    "run_ambiguous": Exit.NOT_FOUND,
    "job_not_found": Exit.NOT_FOUND,
    "source_not_found": Exit.NOT_FOUND,
    "table_not_found": Exit.NOT_FOUND,
    "column_not_found": Exit.NOT_FOUND,
    "conflict": Exit.CONFLICT,
    "run_active": Exit.CONFLICT,
    "illegal_transition": Exit.CONFLICT,
    "source_exists": Exit.CONFLICT,
    "unavailable": Exit.UNAVAILABLE,
    "store_unavailable": Exit.UNAVAILABLE,
    "server_unreachable": Exit.UNAVAILABLE,
    "overloaded": Exit.UNAVAILABLE,
    "too_many_attempts": Exit.UNAVAILABLE,
    "too_many_streams": Exit.UNAVAILABLE,
    "body_too_slow": Exit.UNAVAILABLE,
    "llm_unavailable": Exit.UNAVAILABLE,
    "llm_failed": Exit.INTERNAL,
    "llm_unauthorized": Exit.INTERNAL,
    "llm_refused": Exit.INTERNAL,
    "llm_too_long": Exit.INTERNAL,
    "llm_unusable": Exit.INTERNAL,
    "llm_interrupted": Exit.INTERNAL,
    "source_failed": Exit.INTERNAL,
    "deadline_exceeded": Exit.INTERNAL,
    "interrupted": Exit.INTERNAL,
    "internal": Exit.INTERNAL,
    "stream_lost": Exit.STREAM_LOST,
    "timeout": Exit.TIMEOUT,
}

_EXIT_OF_OUTCOME: Mapping[str, Exit] = {
    "completed": Exit.OK,
    "failed": Exit.RUN_FAILED,
    "cancelled": Exit.RUN_CANCELLED,
}


def exit_of_error(error: CatalogctlError) -> Exit:
    """The exit status that tells of *error*; a code that this version does not know is internal."""
    return EXIT_OF.get(error.code, Exit.INTERNAL)


def exit_of_outcome(status: str) -> Exit:
    """The exit status that tells how a run ended; *status* is a final Status."""
    return _EXIT_OF_OUTCOME[status]
