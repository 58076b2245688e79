import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import CommandLine


def pytest_configure() -> None:
    """Ctrl-C reaches the programs under test even where the tests are run in the background of a shell, which makes
    its children deaf to it.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def fresh_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in which nothing has happened; making one takes longer than copying it."""
    line = CommandLine(tmp_path_factory.mktemp("fresh"))
    assert line("status").code == 0
    return line.folder / "store.db"


@pytest.fixture
def cli(tmp_path: Path, fresh_store: Path) -> Iterator[CommandLine]:
    """The program with a store of its own."""
    line = CommandLine(tmp_path)
    shutil.copy(fresh_store, tmp_path / "store.db")
    try:
        yield line
    finally:
        line.close()
