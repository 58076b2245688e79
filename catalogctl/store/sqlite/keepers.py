"""Lock files, one a worker, held for as long as its process lives: so its death is seen at once."""

import threading
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from catalogctl.domain.tasks import Worker


class Keepers:
    """The lock files of the workers of one store, in a folder beside it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._held: dict[str, Any] = {}

    def keep(self, worker_id: str) -> None:
        """Hold the lock of a worker until ``forget``, ``close`` or the end of this process. Raises OSError."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        with self._lock:
            # Held before and removed by somebody who took the worker for dead: that lock guards no name any more.
            self._release(worker_id)
            lock = _lock_on(self._path(worker_id))
            lock.acquire(timeout=1)
            self._held[worker_id] = lock

    def lives(self, worker: Worker) -> bool | None:
        """Whether the process that keeps *worker* is there still; None when that cannot be seen from here."""
        import socket

        path = self._path(worker.id)
        with self._lock:
            if worker.id in self._held:
                return True
            try:
                if worker.host != socket.gethostname() or not path.exists():
                    return None
                lock = _lock_on(path)
                lock.acquire(blocking=False)
            except TimeoutError:
                return True
            except OSError:
                # It may be another user's, who began to work on this store as an administrator.
                return None
            lock.release()
            return False

    def forget(self, worker_id: str) -> None:
        """Let go of the lock of a worker, and remove its file if it is ours to remove."""
        with self._lock:
            self._release(worker_id)
            with suppress(OSError):
                self._path(worker_id).unlink()

    def close(self) -> None:
        """Let go of all locks: whoever looks now finds these workers gone."""
        with self._lock:
            for worker_id in list(self._held):
                self._release(worker_id)

    def _release(self, worker_id: str) -> None:
        if (lock := self._held.pop(worker_id, None)) is not None:
            lock.release()

    def _path(self, worker_id: str) -> Path:
        return self._folder / f"{quote(worker_id, safe='')}.lock"


def _lock_on(path: Path) -> Any:
    # Here and not above, because reading commands look at no worker, and this takes a twentieth of a second.
    from filelock import FileLock

    return FileLock(path, mode=0o600, thread_local=False)
