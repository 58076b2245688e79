"""The program as people start it: a process of its own, with a store of its own, on pipes or on a terminal."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from terminals import Terminal

PROGRAM = [sys.executable, "-m", "catalogctl"]
PATIENCE = 30.0
ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a call of the program ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def records(self) -> list[Any]:
        return [json.loads(line) for line in self.lines]

    @property
    def error(self) -> Any:
        """The last line of standard error, as an object."""
        return json.loads(self.err.splitlines()[-1])


@dataclass
class CommandLine:
    """Calls of the program in one folder with one store; *patience* is how many seconds each may take."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    patience: float = PATIENCE
    _started: list[subprocess.Popen[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("home", "config", "data"):
            (self.folder / name).mkdir(exist_ok=True)
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "VIRTUAL_ENV") if name in os.environ}
        self.environ = {
            **kept,
            "HOME": str(self.folder / "home"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_DATA_HOME": str(self.folder / "data"),
            "CATALOGCTL_STORE": str(self.folder / "store.db"),
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm-256color",
        }

    def __call__(self, *arguments: str, **environ: str) -> Done:
        """Run to the end on pipes."""
        done = subprocess.run(
            [*PROGRAM, *arguments],
            cwd=self.folder,
            env={**self.environ, **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=self.patience,
            check=False,
        )
        return Done(code=done.returncode, out=done.stdout, err=done.stderr)

    def start(self, *arguments: str, **environ: str) -> "Running":
        """Start on pipes, in a process group of its own."""
        process = subprocess.Popen(
            [*PROGRAM, *arguments],
            cwd=self.folder,
            env={**self.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._started.append(process)
        return Running(process, patience=self.patience)

    def on_terminal(self, *arguments: str, rows: int = 24, columns: int = 80, **environ: str) -> Terminal:
        """Start on a terminal of that size."""
        environ = {**self.environ, **environ}
        return Terminal([*PROGRAM, *arguments], folder=self.folder, environ=environ, rows=rows, columns=columns)

    def database(self, *statements: str, name: str = "shop.db") -> str:
        """A SQLite database in the folder."""
        with closing(sqlite3.connect(self.folder / name)) as connection, connection:
            for statement in statements:
                connection.execute(statement)
        return name

    def endless(self, name: str = "endless.db") -> str:
        """A source whose extraction only ends when somebody ends it, or at its deadline."""
        return self.database("CREATE TABLE quick(id INTEGER)", f"CREATE VIEW forever AS {ENDLESS}", name=name)

    def workers(self) -> list[psutil.Process]:
        """The worker processes of this store."""
        return [process for process in self._processes() if "worker" in process.cmdline()]

    def close(self) -> None:
        """End what is still running, here and in the background."""
        for process in self._processes():
            process.kill()
        for started in self._started:
            started.communicate()

    def _processes(self) -> list[psutil.Process]:
        """Every process that has our store in its environment."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get("CATALOGCTL_STORE") == self.environ["CATALOGCTL_STORE"]:
                    found.append(process)
        return found


class Running:
    """A call that is under way; its lines can be read as they come."""

    def __init__(self, process: subprocess.Popen[str], *, patience: float = PATIENCE) -> None:
        self.process = process
        self._patience = patience

    def line(self, wanted: Callable[[str], bool] = lambda _: True) -> str:
        """The next line of standard output that is wanted."""
        assert self.process.stdout is not None
        return self._next(self.process.stdout, wanted)

    def talk(self, wanted: Callable[[str], bool] = lambda _: True) -> str:
        """The next line of standard error that is wanted."""
        assert self.process.stderr is not None
        return self._next(self.process.stderr, wanted)

    def _next(self, stream: Any, wanted: Callable[[str], bool]) -> str:
        give_up = time.monotonic() + self._patience
        while time.monotonic() < give_up:
            line = stream.readline()
            assert line, f"it ended: {self.end()}"
            if wanted(line):
                return str(line)
        raise AssertionError("the line has not come")

    def interrupt(self) -> None:
        """Ctrl-C, as a terminal sends it: to the whole group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self) -> Done:
        """Wait for the end; what was not read yet is answered."""
        rest: dict[str, str] = {}

        def read(name: str) -> None:
            # Not `communicate`: it passes over what was read ahead together with a line.
            rest[name] = getattr(self.process, name).read()

        readers = [threading.Thread(target=read, args=(name,), daemon=True) for name in ("stdout", "stderr")]
        for reader in readers:
            reader.start()
        code = self.process.wait(self._patience)
        for reader in readers:
            reader.join(self._patience)
        return Done(code=code, out=rest["stdout"], err=rest["stderr"])


def wait_until(claim: Callable[[], bool]) -> None:
    """Look again and again until it is true."""
    give_up = time.monotonic() + PATIENCE
    while not claim():
        assert time.monotonic() < give_up, "it never came true"
        time.sleep(0.02)


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
