"""The numbers that tell how the streams are doing."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Gauges:
    """Open streams by kind, and what has happened to streams since the start; *refused* is by reason,
    *finished* are runs by their status.
    """

    streams: Counter[str] = field(default_factory=Counter)
    deliveries: int = 0
    conflations: int = 0
    resets: int = 0
    stalls: int = 0
    rotations: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    finished: Counter[str] = field(default_factory=Counter)

    @property
    def open(self) -> int:
        """All streams that are open now."""
        return self.streams.total()
