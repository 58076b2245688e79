"""How long events are kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from catalogctl.domain.ports.store import Store, Transaction

PIECE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """The newest *events* are kept, and of those only what is younger than *age*."""

    events: int
    age: timedelta

    def prune(self, store: Store, *, at: datetime) -> bool:
        """Remove what is past keeping, of much a piece only, so that nobody waits long; true when more may be left."""

        def change(transaction: Transaction) -> int:
            return transaction.prune_events(keep=self.events, older_than=at - self.age, limit=PIECE)

        return store.transact(change) == PIECE
