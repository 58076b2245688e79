"""What the threads of a worker hold, and whether the store may think that they hold more."""

import threading
import time
from collections.abc import Iterable

from catalogctl.domain.tasks import Task
from catalogctl.pipeline.desk import TaskDesk
from catalogctl.pipeline.recorder import Claim


class Hands:
    """The tasks in a worker's hands.

    A claim whose answer was lost may have been committed all the same: then the store has a task of ours that none of
    our threads knows of, and its lease would be renewed for ever. For *doubt* seconds after a loss there may be such.
    """

    def __init__(self, *, doubt: float) -> None:
        self._doubt = doubt
        self._lock = threading.Lock()
        # Not by task: a retried one is claimed again while its former attempt is still putting things away.
        self._held: dict[TaskDesk, Claim] = {}
        self._reaching: set[int] = set()
        self._lost_at: float | None = None

    def __bool__(self) -> bool:
        return bool(self._held)

    def reach(self) -> None:
        """This thread is about to ask for a task."""
        with self._lock:
            self._reaching.add(threading.get_ident())

    def rest(self) -> None:
        """This thread has asked, and holds nothing new."""
        with self._lock:
            self._reaching.discard(threading.get_ident())

    def lose(self) -> None:
        """This thread has asked, and cannot know whether it was given anything."""
        with self._lock:
            self._reaching.discard(threading.get_ident())
            self._lost_at = time.monotonic()

    def hold(self, claim: Claim, desk: TaskDesk) -> None:
        """This thread has a task, and does it at *desk*."""
        with self._lock:
            self._held[desk] = claim
            self._reaching.discard(threading.get_ident())

    def drop(self, desk: TaskDesk) -> None:
        """What was done at *desk* is no longer in anybody's hands here."""
        with self._lock:
            del self._held[desk]

    def held(self) -> list[tuple[Claim, TaskDesk]]:
        """What is held now."""
        with self._lock:
            return [(claim, desk) for desk, claim in self._held.items()]

    @property
    def are_in_doubt(self) -> bool:
        """True when the store may have a task of ours that nobody holds."""
        return self._lost_at is not None

    def unheld(self, tasks: Iterable[Task]) -> list[Task]:
        """Those of *tasks*, recorded as ours in the moment before this call, that nobody holds or may be about to."""
        with self._lock:
            # What was claimed just before the look is held now, unless its thread is still on its way.
            if self._reaching:
                return []
            held = {claim.task.id for claim in self._held.values()}
            return [task for task in tasks if task.id not in held]

    def settle(self) -> None:
        """Whatever could be found has been put back. A commit that hung in the server may still come about."""
        with self._lock:
            if self._lost_at is not None and not self._reaching and time.monotonic() > self._lost_at + self._doubt:
                self._lost_at = None
