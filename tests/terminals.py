"""A pseudo-terminal with a program on it, as somebody sits in front of it."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

PATIENCE = 30.0
# The terminal becomes the controlling one, so that Ctrl-C is a signal.
_TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"
)


class Terminal:
    """A program on a terminal: what it has written so far is in ``written``, escape codes included."""

    def __init__(
        self, argv: Sequence[str], *, folder: Path, environ: Mapping[str, str], rows: int = 24, columns: int = 80
    ) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-S", "-c", _TAKE_TERMINAL, *argv],
            cwd=folder,
            env=dict(environ),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.written = ""

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._ours, keys.encode())

    def wait_for(self, pattern: str, *, after: int = 0) -> re.Match[str]:
        """Read until what was written past the first *after* characters holds *pattern*."""
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            if match := re.compile(pattern, re.DOTALL).search(self.written, after):
                return match
            if not self._read():
                break
        raise AssertionError(f"{pattern!r} has not come: {self.written[after:]!r}")

    def end(self) -> int:
        """Read to the end; answers the exit status."""
        give_up = time.monotonic() + PATIENCE
        while self._read():
            assert time.monotonic() < give_up, f"it goes on: {self.written!r}"
        os.close(self._ours)
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        """Whatever it does."""
        self.process.kill()
        self.process.wait()
        os.close(self._ours)

    def _read(self) -> bool:
        if not select.select([self._ours], [], [], 0.5)[0]:
            return True
        try:
            text = os.read(self._ours, 65536)
        except OSError:  # What Linux says when the last writer is gone.
            return False
        self.written += text.decode(errors="replace")
        return bool(text)


def without_codes(text: str) -> str:
    """What was written, without the colours and cursor movements that programs use on purpose."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
