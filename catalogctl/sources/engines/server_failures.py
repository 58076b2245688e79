"""Database servers' errors in words for people, told apart by SQLSTATE and error number."""

from typing import Any

from sqlalchemy.exc import DataError, DBAPIError, NotSupportedError, ProgrammingError, SQLAlchemyError

from catalogctl.domain.errors import SourceFailed
from catalogctl.domain.sources import Source, without_secrets
from catalogctl.sources.failures import failed, refused

_STATES = {
    "28": ("user or password are wrong", "Check them, and whether the user may connect."),
    "3D": ("there is no such database", "Check its name."),
    "53": ("the server has no more connections, memory or disk for this", "Try again later."),
    "57": ("the server stopped the work", "Try again later."),
    "40": ("the server stopped the work in favour of another", "Try again later."),
    "08": ("the connection was lost", "Try again."),
}
"""By the class of an SQLSTATE, its first two characters."""
_MYSQL_NUMBERS = {
    1040: _STATES["53"],
    1044: ("the user may not use this database", "Check its name, and what the user is granted."),
    1045: _STATES["28"],
    1698: _STATES["28"],
    1049: _STATES["3D"],
    1205: _STATES["40"],
    1213: _STATES["40"],
    1053: _STATES["57"],
    2006: _STATES["08"],
    2013: _STATES["08"],
}
_MYSQL_CLIENT = range(2000, 3000)
UNUSABLE = (SQLAlchemyError, TypeError, ValueError, AttributeError, LookupError, OSError)
"""What drivers raise, each in its own way, over an option in a URL that they do not know or cannot use."""
_UNCONNECTED = "Check host, port, database, user and password, and whether the server runs."


def connection_failed(source: Source, error: DBAPIError) -> SourceFailed:
    """What the driver reported when it was to connect."""
    known = _known(error)
    if known:
        return failed(source, known[0], hint=known[1])
    return failed(
        source, f"no connection to the server: {without_secrets(_line(error.orig), source.location)}", hint=_UNCONNECTED
    )


def unusable(source: Source, error: Exception) -> SourceFailed:
    """What the driver raised, one of ``UNUSABLE``, before it so much as asked the server."""
    words = f"{type(error).__name__}: {_line(error)}"
    return failed(
        source,
        f"the driver cannot use the URL: {without_secrets(words, source.location)}",
        hint="Check the options in it, which are what follows the question mark.",
    )


def statement_failed(source: Source, error: DBAPIError, *, is_known: bool) -> SourceFailed:
    """What the server reported for a statement; ``StatementRefused`` when the connection is still good. Of a server
    that is not *is_known* only its dialect can tell.
    """
    known = _known(error)
    if known:
        return failed(source, known[0], hint=known[1])
    state, number = _state(error.orig), _number(error.orig)
    if (
        error.connection_invalidated
        or (number in _MYSQL_CLIENT)
        or (is_known and state == "" and not _is_refusal(error))
    ):
        return failed(source, "the connection was lost", hint="Try again.")
    return refused(source, without_secrets(_words(error.orig), source.location))


def _is_refusal(error: DBAPIError) -> bool:
    return _number(error.orig) is not None or isinstance(error, (ProgrammingError, DataError, NotSupportedError))


def _known(error: DBAPIError) -> tuple[str, str] | None:
    # MySQL's states tell less than its numbers: to it a database that is not there is an error of syntax.
    return _MYSQL_NUMBERS.get(_number(error.orig) or 0) or _STATES.get(_state(error.orig)[:2])


def _state(cause: Any) -> str:
    """The SQLSTATE of a driver's error, as psycopg and others give it, or nothing."""
    return getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or ""


def _number(cause: Any) -> int | None:
    """The number of a MySQL driver's error."""
    arguments = getattr(cause, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else None


def _words(cause: Any) -> str:
    """The server's primary message, in which no statement is quoted."""
    primary = getattr(getattr(cause, "diag", None), "message_primary", None)
    if primary:
        return str(primary)
    number = _number(cause)
    if number == 1064 or number is None:  # a syntax error quotes the statement
        return f"{type(cause).__name__}{'' if number is None else f' {number}'}"
    return f"{cause.args[1]} (error {number})" if len(cause.args) > 1 else f"error {number}"


def _line(cause: Any) -> str:
    text = str(cause.args[1] if _number(cause) is not None and len(cause.args) > 1 else cause)
    return text.strip().partition("\n")[0]
