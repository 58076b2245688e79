"""What a server is told when it starts, checked once, so that no unsafe combination ever listens."""

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from catalogctl.domain.errors import InvalidInput
from catalogctl.server.origins import parse_allowed_host, parse_allowed_origin

LOCALHOST = "localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """Where to listen and whom to let in. Raises InvalidInput for values that contradict each other.

    *token* is what callers must show; *secret* is known only to this machine's command line and counts as the
    token. *trusted_proxies* are addresses or networks whose X-Forwarded headers are believed. Port 0 takes a free one.
    *threads* is how many calls are worked on at a time, *waiting* how many more may stand in line, and as many again in
    that of slow calls.

    *max_streams* may be open in all, *max_streams_per_client* from one address (0 for no limit), each for
    *max_stream_age* seconds at most (None for no end). *portable_streams* keeps streams on plain ASGI.
    """

    host: str = "127.0.0.1"
    port: int = 8787
    token: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)
    allow_hosts: tuple[str, ...] = ()
    allow_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    tls_cert: Path | None = None
    tls_key: Path | None = None
    threads: int = 8
    waiting: int = 200
    max_streams: int = 20_000
    max_streams_per_client: int = 100
    max_stream_age: float | None = None
    portable_streams: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise InvalidInput(f"{self.port} is not a port", hint="Give 1 to 65535, or 0 for any free one.")
        if self.tls_key is not None and self.tls_cert is None:
            raise InvalidInput("a TLS key was given without its certificate", hint="Add --tls-cert FILE.")
        for secret in (self.token, self.secret):
            _check_token(secret)
        if self.token is None and not self.is_loopback:
            raise InvalidInput(
                f"listening on {self.host} needs a token", hint="Other machines reach it: give --token-file FILE."
            )
        for host in self.allow_hosts:
            parse_allowed_host(host)
        for origin in self.allow_origins:
            parse_allowed_origin(origin)
        for proxy in self.trusted_proxies:
            parse_network(proxy)

    @property
    def is_loopback(self) -> bool:
        """True when only this machine can reach the server."""
        return self.host.lower() == LOCALHOST or (is_address(self.host) and ipaddress.ip_address(self.host).is_loopback)

    @property
    def is_wildcard(self) -> bool:
        """True when the server listens on every address of the machine."""
        return is_address(self.host) and ipaddress.ip_address(self.host).is_unspecified

    @property
    def scheme(self) -> Literal["http", "https"]:
        """The scheme of the URLs that lead here."""
        return "http" if self.tls_cert is None else "https"


def is_address(host: str) -> bool:
    """True for an IP address, false for a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def parse_network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Read an address or ``address/bits``; raises InvalidInput."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise InvalidInput(
            f"{text[:80]!r} is not an address or a network", hint="A trusted proxy is as 10.0.0.7 or 10.0.0.0/8."
        ) from None


def _check_token(token: str | None) -> None:
    """A token travels in a header: visible ASCII. The message must not hold it."""
    if token is not None and not (token.isascii() and token.isprintable() and token and " " not in token):
        raise InvalidInput("the token must be visible ASCII characters without spaces")
