"""How many streams there may be, in all and for one client."""

from dataclasses import dataclass

from catalogctl.domain.errors import Overloaded
from catalogctl.server.hub.gauges import Gauges
from catalogctl.server.problems import TooManyStreams

# Places become free when readers leave, which nobody can foresee.
_RETRY_AFTER = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most streams that may be open, in all and from one address; 0 for no limit."""

    streams: int = 0
    streams_per_client: int = 0


@dataclass(slots=True, eq=False)
class Places:
    """How many places a client has taken. All its streams share one of these."""

    client: str
    taken: int = 0


class Capacity:
    """Gives places to clients for as long as there are any."""

    def __init__(self, limits: Limits, *, gauges: Gauges) -> None:
        self._limits = limits
        self._gauges = gauges
        self._taken = 0
        self._clients: dict[str, Places] = {}

    def take(self, client: str) -> Places:
        """One more place for *client*. To be given back. Raises Overloaded when all are taken, TooManyStreams when
        the client has its share.
        """
        places = self._clients.get(client) or Places(client)
        if 0 < self._limits.streams_per_client <= places.taken:
            self._gauges.refused["client"] += 1
            raise TooManyStreams(
                f"there are {places.taken} streams open from {client} already, which is the most",
                hint="Close some of them. The server's --max-streams-per-client sets the limit; callers behind a proxy"
                " count as one unless --trusted-proxy names it.",
                data={"retry_after": _RETRY_AFTER},
            )
        if 0 < self._limits.streams <= self._taken:
            self._gauges.refused["server"] += 1
            raise Overloaded(
                f"there are {self._taken} streams open already, which is the most",
                hint="Try again later. The server's --max-streams sets the limit.",
                data={"retry_after": _RETRY_AFTER},
            )
        self._clients[client] = places
        places.taken += 1
        self._taken += 1
        return places

    def give_back(self, places: Places) -> None:
        """Let somebody else have a place."""
        places.taken -= 1
        self._taken -= 1
        if not places.taken:
            del self._clients[places.client]
