"""Sources: where the data lies, under which name, and how to speak of it without its secrets."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from catalogctl.domain.errors import InvalidInput

MASK = "***"
_SECRET_PARAMETER = re.compile(r"pass|pwd|secret|token|key|credential", re.IGNORECASE)
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
            f"{name[:80]!r} cannot name a source",
            hint="Use up to 100 letters, digits, spaces, dots, dashes and underscores, a letter or digit first.",
        )
    return name


def masked(location: str) -> str:
    """*location* with its password and every secret parameter replaced by ``***``."""
    if not is_url(location):
        return location
    parts = urlsplit(location)
    userinfo, at, host = parts.netloc.rpartition("@")
    user, colon, _ = userinfo.partition(":")
    netloc = f"{user}{colon}{MASK if colon else ''}{at}{host}"
    query = "&".join(
        f"{quote(key)}={MASK if _SECRET_PARAMETER.search(key) else quote(value)}"
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
    )
    # Put together by hand: the standard library drops the slashes of a URL that names no host.
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{parts.scheme}://{netloc}{parts.path}{'?' if query else ''}{query}{fragment}"


def secrets_of(location: str) -> frozenset[str]:
    """The secrets inside *location*, as written and as decoded, so that they can be cut out of other texts."""
    if not is_url(location):
        return frozenset()
    parts = urlsplit(location)
    userinfo = parts.netloc.rpartition("@")[0]
    _, _, password = userinfo.partition(":")
    values = {value for key, value in parse_qsl(parts.query) if _SECRET_PARAMETER.search(key)}
    found = {password, unquote(password)} | values | {urlencode({"": value})[1:] for value in values}
    return frozenset(secret for secret in found if secret)


def without_secrets(text: str, location: str) -> str:
    """*text*, such as a driver's message, with every secret of *location* replaced by ``***``."""
    for secret in sorted(secrets_of(location), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text
