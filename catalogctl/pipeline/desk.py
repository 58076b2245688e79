"""Where the work of one task is done: a reader of the source that somebody can interrupt, or a deadline will."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from catalogctl.domain.errors import DeadlineExceeded, Interrupted
from catalogctl.domain.ports.sources import Drivers, SourceReader
from catalogctl.domain.ports.store import Reads
from catalogctl.domain.runs import Run
from catalogctl.domain.sources import Source

T = TypeVar("T")

_AGAIN = 0.2

_log = logging.getLogger(__name__)


class Patience(Protocol):
    """With a store that is away for a while."""

    def __call__(self, do: Callable[[], T], /) -> T:
        """What *do* answers, done once more for as long as the store is away. Raises StoreUnavailable."""


class TaskDesk:
    """The Desk of one claimed task."""

    def __init__(self, *, run: Run, source: Source, store: Reads, drivers: Drivers, patience: Patience) -> None:
        self.run = run
        self.source = source
        self.store = store
        self._drivers = drivers
        self._patience = patience
        self._lock = threading.Lock()
        self._cancels: set[Callable[[], None]] = set()
        self._is_interrupted = False
        self._interrupter: threading.Thread | None = None

    def interrupt(self) -> None:
        """Have whatever runs on this desk stopped, now and later, without waiting for it; safe from any thread."""
        with self._lock:
            self._is_interrupted = True
            if not self._cancels or (self._interrupter is not None and self._interrupter.is_alive()):
                return
            # A source may be slow to answer, and whoever interrupts has a lease to keep.
            self._interrupter = threading.Thread(
                target=self._cancel, args=(list(self._cancels),), name="interrupter", daemon=True
            )
            self._interrupter.start()

    @contextmanager
    def reader(self, *, deadline: float | None = None) -> Iterator[SourceReader]:
        """Open a reader for the length of the block. Raises Interrupted, DeadlineExceeded, SourceFailed."""
        reader = self._drivers.open(self.source)
        try:
            with self.interruptible(reader.interrupt), within(reader, deadline):
                yield reader
        finally:
            reader.close()

    @contextmanager
    def interruptible(self, cancel: Callable[[], None]) -> Iterator[None]:
        """Call *cancel* if somebody interrupts during the block. Raises Interrupted if that has happened already."""
        with self._lock:
            if self._is_interrupted:
                raise Interrupted("the work was cancelled")
            self._cancels.add(cancel)
        try:
            yield
        finally:
            with self._lock:
                self._cancels.discard(cancel)

    def patiently(self, read: Callable[[], T]) -> T:
        """What *read* answers, as soon as the store is there. Raises StoreUnavailable."""
        return self._patience(read)

    def _cancel(self, cancels: Iterable[Callable[[], None]]) -> None:
        for cancel in cancels:
            try:
                cancel()
            except Exception as error:  # noqa: BLE001 - it is tried again for as long as the work goes on
                _log.warning("source %s: not interrupted: %s", self.source.name, type(error).__name__)


@contextmanager
def within(reader: SourceReader, deadline: float | None) -> Iterator[None]:
    """Interrupt *reader* when the block takes longer than *deadline* seconds; it is of no use afterwards.

    Raises Interrupted, DeadlineExceeded.
    """
    if deadline is None:
        yield
        return
    is_late, is_over = threading.Event(), threading.Event()

    def expire() -> None:
        is_late.set()
        while not is_over.is_set():
            # Again and again, as whoever cancels does: a source may be too busy to be told.
            try:
                reader.interrupt()
            except Exception as error:  # noqa: BLE001 - likewise
                _log.warning("a source was not told that its time is over: %s", type(error).__name__)
            is_over.wait(_AGAIN)

    timer = threading.Timer(deadline, expire)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Interrupted:
        if not is_late.is_set():
            raise
        raise DeadlineExceeded(
            f"took longer than {deadline:g} s and was interrupted",
            hint="Give it more time with --deadline, or look at fewer rows with --sample or at none with --estimate.",
        ) from None
    finally:
        is_over.set()
        timer.cancel()
