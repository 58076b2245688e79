"""What can befall a store in PostgreSQL, told as StoreUnavailable; decided by SQLSTATE and type, never by text."""

from collections.abc import Mapping

import psycopg

from catalogctl.domain.errors import InvalidInput, StoreUnavailable
from catalogctl.domain.sources import without_secrets
from catalogctl.store.postgres.address import Address

_AGAIN = "Try again in a moment."
_SERVER = "Look at the server's log; catalogctl goes on by itself when the server does."
_SETTINGS = "Check --store: host, port, database, user, password, TLS."
_RIGHTS = "Give the user of the store the right to use the schema and to make tables in it."

_REASONS: Mapping[str, tuple[str, str]] = {
    "08": ("the connection was lost", _SERVER),
    "25006": ("this server only reads: it is a standby, or has become one", _SERVER),
    "25P03": ("the server ended a transaction that this process left alone for too long", _AGAIN),
    "28": ("the server refuses this user or password", _SETTINGS),
    "3D": ("there is no such database", _SETTINGS),
    "3F": ("its schema is gone", "Start catalogctl anew to make it again, or restore it."),
    "42P01": ("its tables are gone", "Start catalogctl anew to make them again, or restore them."),
    "42501": ("the user lacks a right", _RIGHTS),
    "40": ("other processes kept getting in the way", _AGAIN),
    "53": ("the server has no more connections, memory or disk for this", _SERVER),
    "54": ("a value is larger than the server can keep", "Nothing of it was written."),
    "55P03": ("another process has been holding its lock for too long", _AGAIN),
    "57": ("the server stopped the work, or is starting or stopping", _SERVER),
    "58": ("the server's disk reported an error", _SERVER),
    "XX001": ("the server reports damaged data", "Restore a backup."),
    "XX002": ("the server reports damaged data", "Restore a backup."),
}
"""By SQLSTATE, or by its class, which is its first two characters."""

_DEADLOCK, _SERIALIZATION, _LOCKED, _TAKEN, _IDLE = "40P01", "40001", "55P03", "23505", "25P03"
_NO_SCHEMA, _NO_TABLE, _NO_COLUMN = "3F000", "42P01", "42703"


def state_of(error: BaseException) -> str:
    """The SQLSTATE of an error, empty where there is none."""
    return (error.sqlstate or "") if isinstance(error, psycopg.Error) else ""


def is_locked(error: BaseException) -> bool:
    """True when a lock was not to be had in the time given."""
    return state_of(error) == _LOCKED


def is_taken(error: BaseException) -> bool:
    """True when somebody else has just committed what may be there but once."""
    return state_of(error) == _TAKEN


def is_absent(error: BaseException) -> bool:
    """True when what was asked for is not there, or is another program's of the same name."""
    return state_of(error) in {_NO_SCHEMA, _NO_TABLE, _NO_COLUMN}


def was_idle(error: BaseException) -> bool:
    """True when the server has ended the transaction because nothing was heard of it, and so before any commit."""
    return state_of(error) == _IDLE


def is_passing(error: BaseException) -> bool:
    """True when the same change, made again, may well succeed."""
    return state_of(error) in {_DEADLOCK, _SERIALIZATION, _LOCKED, _TAKEN}


def translated(error: BaseException, address: Address) -> BaseException:
    """StoreUnavailable for what befell the server, InvalidInput for what is no text, else *error* itself."""
    if isinstance(error, UnicodeEncodeError):
        # Half a surrogate pair: how Python carries the bytes of a name that is not UTF-8.
        return InvalidInput(f"{ascii(error.object)[:80]} is not Unicode text")
    if not isinstance(error, psycopg.Error):
        return error
    state = state_of(error)
    known = _REASONS.get(state) or _REASONS.get(state[:2])
    if known is not None:
        return refused(address, known[0], hint=known[1])
    if isinstance(error, psycopg.OperationalError):
        return refused(address, _words(error, address), hint=_SETTINGS)
    return error


def refused(address: Address, reason: str, *, hint: str) -> StoreUnavailable:
    """Tell why the store at *address* cannot be used."""
    return StoreUnavailable(f"the store {address.display} is unavailable: {reason}", hint=hint)


def closed(address: Address) -> StoreUnavailable:
    """What a call on a closed store raises."""
    return refused(address, "it has been closed", hint="Open it again.")


def _words(error: psycopg.Error, address: Address) -> str:
    """The driver's own words, as one line without secrets: it alone knows which host did not answer, and why."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = "; ".join(dict.fromkeys(lines)) or type(error).__name__
    for secret in filter(None, (str(address.parameters.get("password") or ""),)):
        text = text.replace(secret, "***")
    return without_secrets(text, address.url)
