"""Sources: where the data lies, under which name, and how to speak of it without its secrets."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from urllib.parse import quote_plus, unquote, unquote_plus

from catalogctl.domain.errors import InvalidInput

MASK = "***"
_SECRET_PARAMETER = re.compile(r"pass|pwd|secret|token|key|credential|odbc_connect", re.IGNORECASE)
# Not by the standard library: SQLAlchemy and libpq take passwords in which a #, a / or a ? is not escaped. To them one
# ends at the first @; somebody who did not escape an @ either meant it to go on.
_PASSWORD = re.compile(r"[^:/]*://[^:/]*:(?P<whole>(?P<first>[^@]*)(?:@[^@?]*)*)@")
# At every ? and &, because the first one may belong to a password.
_PARAMETER = re.compile(r"(?=[?&](?P<key>[^?&=]*)=(?P<value>[^&]*))")
_NAME = re.compile(r"[^\W_](?:[\w .-]{0,98}[\w])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A registered database or folder. *location* is an absolute path or a URL, secrets included: never show it."""

    id: int
    name: str
    kind: str
    location: str
    created_at: datetime
    extracted_at: datetime | None = None

    @property
    def display(self) -> str:
        """The location as it may be shown."""
        return masked(self.location)

    def shown(self) -> Self:
        """This source with its location masked, fit to leave the process."""
        return type(self)(
            id=self.id,
            name=self.name,
            kind=self.kind,
            location=self.display,
            created_at=self.created_at,
            extracted_at=self.extracted_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a location turned out to be: its canonical form, its kind, and a name that suggests itself."""

    location: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCheck:
    """The outcome of trying a source."""

    is_ok: bool
    message: str
    tables: int | None = None
    seconds: float = 0.0


def is_url(text: str) -> bool:
    """True for ``scheme://…``; everything else is a name or a path."""
    return re.match(r"[a-zA-Z][\w.+-]*://", text) is not None


def check_name(name: str) -> str:
    """Return *name* if a source may be called so; raises InvalidInput."""
    if is_url(name) or not _NAME.fullmatch(name):
        raise InvalidInput(
            f"{masked(name)[:80]!r} cannot name a source",
            hint="Use up to 100 letters, digits, spaces, dots, dashes and underscores, a letter or digit first.",
        )
    return name


def masked(location: str) -> str:
    """*location* with its password and every secret parameter replaced by ``***``."""
    shown, done = [], 0
    for start, end in sorted(_secret_spans(location)):
        # Where readers of URLs disagree on what a secret is, the one may lie across the other.
        if start >= done:
            shown += [location[done:start], MASK]
        done = max(done, end)
    return "".join([*shown, location[done:]])


def secrets_of(location: str) -> frozenset[str]:
    """The secrets inside *location*, as written and as decoded, so that they can be cut out of other texts."""
    written = {location[start:end] for start, end in _secret_spans(location)}
    decoded = {decode(secret) for secret in written for decode in (unquote, unquote_plus)}
    return frozenset(written | decoded | {quote_plus(secret) for secret in decoded}) - {""}


def without_secrets(text: str, location: str) -> str:
    """*text*, such as a driver's message, with every secret of *location* replaced by ``***``."""
    for secret in sorted(secrets_of(location), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


def _secret_spans(location: str) -> set[tuple[int, int]]:
    """Where the secrets lie in *location*, by whatever reading of it; none in what is no URL."""
    if not is_url(location):
        return set()
    found = {match.span("value") for match in _PARAMETER.finditer(location) if _is_secret(match["key"])}
    if (password := _PASSWORD.match(location)) is not None:
        found |= {password.span("first"), password.span("whole")}
    return found


def _is_secret(key: str) -> bool:
    return _SECRET_PARAMETER.search(unquote_plus(key)) is not None
