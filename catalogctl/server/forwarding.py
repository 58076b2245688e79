"""Who called and by which name, when a proxy stands in between: X-Forwarded headers, from trusted proxies only."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalogctl.server.options import parse_network

Headers = Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The address that calls, the scheme and the host by which it does so; *address* is empty when unknown."""

    address: str
    scheme: str
    host: str


class TrustedProxies:
    """Believes what the given addresses and networks say about the callers before them, and nobody else."""

    def __init__(self, networks: Sequence[str]) -> None:
        self._networks = tuple(parse_network(network) for network in networks)

    def caller(self, *, address: str, scheme: str, headers: Headers) -> Caller:
        """Say who calls: the last address of the chain that is not a trusted proxy itself."""
        host = _text(headers, b"host")
        if not self._trusts(address):
            return Caller(address=address, scheme=scheme, host=host)
        chain = [part.strip() for part in _text(headers, b"x-forwarded-for").split(",") if part.strip()]
        first = next((hop for hop in reversed(chain) if not self._trusts(hop)), chain[0] if chain else address)
        said = _last(headers, b"x-forwarded-proto").lower()
        return Caller(
            address=first,
            scheme=said if said in {"http", "https"} else scheme,
            host=_last(headers, b"x-forwarded-host") or host,
        )

    def _trusts(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._networks)


def _text(headers: Headers, name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1")


def _last(headers: Headers, name: bytes) -> str:
    """The value that the nearest proxy added; what stands before it came from somebody else."""
    return _text(headers, name).rpartition(",")[2].strip()
