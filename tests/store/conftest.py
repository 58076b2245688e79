import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from store_engines import Speaker

from catalogctl.store.sqlite import SqliteStore

PROGRAM = Path(__file__).parent / "other_process.py"

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore.open(path, on_commit=lambda: None)) as store:
        yield store


@pytest.fixture
def say(store: SqliteStore) -> Speaker:
    return Speaker(store)


@pytest.fixture
def start() -> Iterator[Start]:
    """Start another process that does something with a store; ``other_process.py`` lists what."""
    with ExitStack() as stack:

        def start(task: str, *arguments: object) -> "subprocess.Popen[str]":
            process = subprocess.Popen(
                [sys.executable, str(PROGRAM), task, *map(str, arguments)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            stack.callback(process.communicate)
            stack.callback(process.kill)
            return process

        yield start
