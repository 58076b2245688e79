"""Waiting until a file is written to: the system says so where it can, which costs one who waits nothing."""

import os
import select
import sys
import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path


class Wait(ABC):
    """A wait that writing to a file may cut short, and ``end`` does. One thread waits, any may end it."""

    @property
    @abstractmethod
    def is_watching(self) -> bool:
        """True when the system has promised to tell of writing."""

    @abstractmethod
    def watch(self, path: Path) -> None:
        """Wait for this file from now on and for no other; one that is not there is not watched."""

    @abstractmethod
    def __call__(self, seconds: float) -> bool:
        """Wait *seconds*, or until the file is written to; True when it was, since the last call."""

    @property
    @abstractmethod
    def is_ended(self) -> bool:
        """True once it was ended: nobody waits any more."""

    @abstractmethod
    def end(self) -> None:
        """Let nobody wait any longer."""

    @abstractmethod
    def close(self) -> None:
        """Release what it holds, when nobody waits."""


class Timer(Wait):
    """A wait that only time ends."""

    is_watching = False

    def __init__(self) -> None:
        # Held until the end; waiting for it is the cheapest sleep that can be cut short.
        self._until_ended = threading.Lock()
        self._until_ended.acquire()

    def watch(self, path: Path) -> None:
        """Nobody tells."""

    def __call__(self, seconds: float) -> bool:
        if self._until_ended.acquire(timeout=seconds):
            self._until_ended.release()
        return False

    @property
    def is_ended(self) -> bool:
        return not self._until_ended.locked()

    def end(self) -> None:
        self._until_ended.release()

    def close(self) -> None:
        """Nothing to let go of."""


class InotifyWait(Wait):
    """A wait for what Linux tells of a file. Raises OSError where no more may be asked of it."""

    def __init__(self) -> None:
        from inotify_simple import INotify, flags

        self._changes = INotify(nonblocking=True)
        self._written = flags.MODIFY
        self._watched: int | None = None
        self._is_ended = False
        self._bell, self._hand = os.pipe()
        self._poll = select.poll()
        self._poll.register(self._changes.fileno(), select.POLLIN)
        self._poll.register(self._bell, select.POLLIN)

    @property
    def is_watching(self) -> bool:
        return self._watched is not None

    def watch(self, path: Path) -> None:
        if self._watched is not None:
            # The system has forgotten a file that is gone.
            with suppress(OSError):
                self._changes.rm_watch(self._watched)
            self._watched = None
        with suppress(OSError):
            self._watched = self._changes.add_watch(path, self._written)

    def __call__(self, seconds: float) -> bool:
        self._poll.poll(seconds * 1000)
        return bool([event for event in self._changes.read(timeout=0) if event.mask & self._written])

    @property
    def is_ended(self) -> bool:
        return self._is_ended

    def end(self) -> None:
        self._is_ended = True
        os.write(self._hand, b"x")

    def close(self) -> None:
        self._changes.close()
        os.close(self._bell)
        os.close(self._hand)


def best_wait() -> Wait:
    """The best that this system has."""
    if sys.platform == "linux":
        with suppress(OSError, ImportError):
            return InotifyWait()
    return Timer()
