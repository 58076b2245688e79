"""Addresses of servers, as people give them."""

import ipaddress
from urllib.parse import urlsplit

from catalogctl.domain.errors import InvalidInput


def checked_url(url: str) -> str:
    """*url* without a slash at its end, if it can lead to a server; a path in it is a prefix. Raises InvalidInput."""
    hint = "A server's address is as http://127.0.0.1:8787 or https://data.example.org/catalogctl."
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or parts.query or parts.fragment:
        raise InvalidInput(
            f"{url.partition('?')[0].rpartition('@')[2][:200]!r} is not the address of a server", hint=hint
        )
    if "@" in parts.netloc:
        raise InvalidInput(
            "a server's address may not hold a password", hint="Give the token: --token, CATALOGCTL_TOKEN."
        )
    return url.rstrip("/")


def is_loopback(url: str) -> bool:
    """True when *url* leads to this machine, so that no proxy may come to see what is sent."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
