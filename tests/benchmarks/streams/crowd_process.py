"""The readers of a benchmark, in a process of their own."""

import json
import queue
import subprocess
import sys
import threading
from typing import Any

from peers import FOLDER


class CrowdProcess:
    """The readers; crowd.py lists the *words*."""

    def __init__(self, *words: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(FOLDER / "crowd.py"), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self._said: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def open(self, count: int, port: int, path: str) -> None:
        """Open *count* streams, and return when all have begun."""
        assert self._process.stdin is not None
        command = {"open": count, "port": port, "path": path}
        self._process.stdin.write(json.dumps(command) + "\n")
        while "opened" not in self.next(120):
            pass

    def next(self, seconds: float = 60) -> dict[str, Any]:
        """What the crowd tells next."""
        said = self._said.get(timeout=seconds)
        if "failed" in said:
            raise RuntimeError(said["failed"])
        return said

    def all_have(self, message: int) -> dict[str, Any]:
        """Wait until every reader has had *message*."""
        while (said := self.next()).get("n") != message:
            pass
        return said

    def close(self) -> None:
        """Let all readers leave."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.put(json.loads(line))
