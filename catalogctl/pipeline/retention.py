"""How long events are kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from catalogctl.domain.ports import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """The newest *events* are kept, and of those only what is younger than *age*."""

    events: int
    age: timedelta

    def prune(self, store: Store, *, at: datetime) -> int:
        """Remove what is past keeping; answers how many events."""
        return store.transact(lambda transaction: transaction.prune_events(keep=self.events, older_than=at - self.age))
