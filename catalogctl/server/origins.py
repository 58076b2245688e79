"""Authorities and origins as headers and options write them, in one comparable form."""

import ipaddress
import re
from dataclasses import dataclass, replace

from catalogctl.domain.errors import InvalidInput

_AUTHORITY = re.compile(r"(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]+))(?::(?P<port>[0-9]{1,5}))?", re.ASCII)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A host in lower case, an IPv6 address in its short form without brackets, and the port if it was written."""

    host: str
    port: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Scheme, host and port (RFC 6454); two are the same only if all three are."""

    scheme: str
    host: str
    port: int | None


def parse_authority(text: str) -> Authority | None:
    """Read ``host[:port]`` (RFC 3986, without user information); None for anything else."""
    match = _AUTHORITY.fullmatch(text.lower())
    if match is None:
        return None
    port = None if match["port"] is None else int(match["port"])
    if port is not None and port > 65535:
        return None
    host = match["name"] if match["v6"] is None else _short(match["v6"])
    return None if host is None else Authority(host=host, port=port)


def _short(address: str) -> str | None:
    try:
        return str(ipaddress.IPv6Address(address))
    except ValueError:
        return None


def parse_origin(text: str) -> Origin | None:
    """Read ``scheme://host[:port]``; None for anything else, ``null`` too."""
    scheme, separator, rest = text.partition("://")
    authority = parse_authority(rest)
    if not separator or authority is None or not _SCHEME.fullmatch(scheme.lower()):
        return None
    return origin_of(scheme.lower(), authority)


def origin_of(scheme: str, authority: Authority) -> Origin:
    """The origin of a page that *scheme* serves at *authority*."""
    return Origin(scheme=scheme, host=authority.host, port=with_port(scheme, authority).port)


def with_port(scheme: str, authority: Authority) -> Authority:
    """*authority* with the port that is meant, which callers leave out where it is that of *scheme*."""
    return authority if authority.port is not None else replace(authority, port=_DEFAULT_PORTS.get(scheme))


def parse_allowed_host(text: str) -> Authority:
    """Read a host that may be called by; without a port, any port is meant. Raises InvalidInput."""
    authority = parse_authority(text) or parse_authority(f"[{text}]")
    if authority is None:
        raise InvalidInput(
            f"{text[:80]!r} is not a host", hint="An allowed host is as data.example.org or 10.0.0.7:80."
        )
    return authority


def parse_allowed_origin(text: str) -> Origin:
    """Read an origin whose pages may call. Raises InvalidInput; there is no wildcard."""
    origin = parse_origin(text.removesuffix("/"))
    if origin is None:
        raise InvalidInput(
            f"{text[:80]!r} is not an origin", hint="An origin is scheme, host and port, as http://localhost:3000."
        )
    return origin
