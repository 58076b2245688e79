"""How long events are kept."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from catalogctl.domain.ports.store import Store, Transaction

PIECE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """The newest *events* are kept, and of those only what is younger than *age*."""

    events: int
    age: timedelta

    def prune(self, store: Store, *, at: datetime) -> int:
        """Remove what is past keeping, in pieces that let others write between them; answers how many events."""
        removed = 0
        while True:
            piece = store.transact(self._piece(at))
            removed += piece
            if piece < PIECE:
                return removed

    def _piece(self, at: datetime) -> Callable[[Transaction], int]:
        oldest = at - self.age
        return lambda transaction: transaction.prune_events(keep=self.events, older_than=oldest, limit=PIECE)
