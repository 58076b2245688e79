"""Browser sessions: a random id in a cookie stands for the token, which the browser then never holds."""

import hmac
import ipaddress
import math
import secrets
from collections import OrderedDict
from collections.abc import Callable

from catalogctl.server.problems import TooManyAttempts

Monotonic = Callable[[], float]
Now = Callable[[], float]


class Sessions:
    """Sessions that every server with the same *key* opens and believes: one that a browser was given by one of several
    is good at all of them, and none needs to be kept.

    A session is a random id and its end, signed. *now* is in seconds since 1970. One that was ended before its time is
    remembered here, and so ended at this server only, besides being taken from the browser; *most* are remembered.
    """

    def __init__(self, *, key: bytes, now: Now, lifetime: float = 24 * 3600.0, most: int = 10_000) -> None:
        self.lifetime = lifetime
        # Not the key itself, which may be the token: what is signed here must prove nothing elsewhere.
        self._key = hmac.digest(key, b"catalogctl session", "sha256")
        self._now = now
        self._most = most
        self._ended: OrderedDict[str, None] = OrderedDict()

    def begin(self) -> str:
        """Open a session and return it."""
        said = f"{secrets.token_urlsafe(32)}.{int(self._now() + self.lifetime)}"
        return f"{said}.{self._signed(said)}"

    def holds(self, session: str) -> bool:
        """True while the session is open."""
        said, _, signature = session.rpartition(".")
        if not hmac.compare_digest(signature.encode("utf-8", "replace"), self._signed(said).encode()):
            return False
        return int(said.rpartition(".")[2]) > self._now() and said not in self._ended

    def end(self, session: str) -> None:
        """Close the session if it is open."""
        if self.holds(session):
            self._ended[session.rpartition(".")[0]] = None
            while len(self._ended) > self._most:
                self._ended.popitem(last=False)

    def _signed(self, said: str) -> str:
        return hmac.digest(self._key, said.encode("utf-8", "replace"), "sha256").hex()


class SessionCookie:
    """The cookie that carries a session id; *name* differs by store, because browsers keep no cookies apart by port."""

    def __init__(self, *, name: str) -> None:
        self._name = name

    def read(self, header: bytes) -> str | None:
        """The session id in a Cookie header."""
        for part in header.decode("latin-1").split(";"):
            name, _, value = part.strip().partition("=")
            if name == self._name and value:
                return value
        return None

    def written(self, session: str, *, lifetime: float, is_secure: bool) -> str:
        """The Set-Cookie header that gives *session* to the browser, which shows it over TLS alone if *is_secure*; a
        lifetime of 0 takes it away.
        """
        attributes = f"Path=/; Max-Age={int(lifetime)}; HttpOnly; SameSite=Strict"
        return f"{self._name}={session}; {attributes}{'; Secure' if is_secure else ''}"


class AttemptLimit:
    """At most *burst* attempts at once by one client, and one more every *interval* seconds."""

    def __init__(self, *, monotonic: Monotonic, burst: int = 10, interval: float = 6.0, clients: int = 10_000) -> None:
        self._monotonic = monotonic
        self._burst = burst
        self._interval = interval
        self._clients = clients
        self._free_at: OrderedDict[str, float] = OrderedDict()

    def take(self, client: str) -> None:
        """Count one attempt of *client*, an address. Raises TooManyAttempts with the seconds to wait."""
        client = _household(client)
        now = self._monotonic()
        free_at = max(now, self._free_at.get(client, now))
        wait = free_at - now - (self._burst - 1) * self._interval
        if wait > 0:
            seconds = math.ceil(wait)
            raise TooManyAttempts(f"too many attempts; try again in {seconds} s", data={"retry_after": seconds})
        self._free_at[client] = free_at + self._interval
        self._free_at.move_to_end(client)
        while len(self._free_at) > self._clients:
            self._free_at.popitem(last=False)

    def give_back(self, client: str) -> None:
        """The last attempt of *client* was a good one, and does not count."""
        client = _household(client)
        if client in self._free_at:
            self._free_at[client] -= self._interval


def _household(client: str) -> str:
    """Who has one IPv6 address has the 2**64 beside it too."""
    try:
        address = ipaddress.IPv6Address(client)
    except ValueError:
        return client
    return str(ipaddress.IPv6Network((address, 64), strict=False))
