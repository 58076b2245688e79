"""Where the work of one task is done: a reader of the source that somebody can interrupt, or a deadline will."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from catalogctl.domain.errors import DeadlineExceeded, Interrupted
from catalogctl.domain.ports import Drivers, Reads, SourceReader
from catalogctl.domain.runs import Run
from catalogctl.domain.sources import Source


class TaskDesk:
    """The Desk of one claimed task."""

    def __init__(self, *, run: Run, source: Source, store: Reads, drivers: Drivers) -> None:
        self.run = run
        self.source = source
        self.store = store
        self._drivers = drivers
        self._lock = threading.Lock()
        self._readers: set[SourceReader] = set()
        self._is_interrupted = False

    def interrupt(self) -> None:
        """Stop whatever runs on this desk, now and later; safe from any thread."""
        with self._lock:
            self._is_interrupted = True
            readers = list(self._readers)
        for reader in readers:
            reader.interrupt()

    @contextmanager
    def reader(self, *, deadline: float | None = None) -> Iterator[SourceReader]:
        """Open a reader for the length of the block. Raises Interrupted, DeadlineExceeded, SourceFailed."""
        reader = self._drivers.open(self.source)
        is_late = threading.Event()

        def expire() -> None:
            is_late.set()
            reader.interrupt()

        timer = threading.Timer(deadline, expire) if deadline is not None else None
        try:
            self._admit(reader)
            if timer is not None:
                timer.daemon = True
                timer.start()
            yield reader
        except Interrupted:
            if is_late.is_set() and deadline is not None:
                raise DeadlineExceeded(
                    f"took longer than {deadline:g} s and was interrupted",
                    hint="Give it more time with --deadline, or look at fewer rows with --sample.",
                ) from None
            raise
        finally:
            if timer is not None:
                timer.cancel()
            with self._lock:
                self._readers.discard(reader)
            reader.close()

    def _admit(self, reader: SourceReader) -> None:
        with self._lock:
            if self._is_interrupted:
                raise Interrupted("the work was cancelled")
            self._readers.add(reader)
