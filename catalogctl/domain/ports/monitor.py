"""The port of those who watch over a store."""

from typing import Protocol

from catalogctl.domain.vitals import Vitals


class Monitor(Protocol):
    """What is asked every few seconds for as long as a server lives."""

    def vitals(self) -> Vitals:
        """How the store is doing now; takes no longer when the history is long. Raises StoreUnavailable."""
