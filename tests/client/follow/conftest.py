from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from live_streams import Hand, LiveServer

from catalogctl.domain.ports.notifier import Notifier
from catalogctl.domain.ports.store import Store
from catalogctl.notify.sqlite import SqliteNotifier
from catalogctl.store.sqlite import SqliteStore


@pytest.fixture(params=["takeover", "portable"])
def path(request: pytest.FixtureRequest) -> str:
    """The ways on which bytes leave the server."""
    return str(request.param)


@pytest.fixture
def notifier(tmp_path: Path) -> Iterator[Notifier]:
    with closing(SqliteNotifier(tmp_path / "store.db")) as notifier:
        yield notifier


@pytest.fixture
def store(tmp_path: Path, notifier: Notifier) -> Iterator[Store]:
    with closing(SqliteStore.open(tmp_path / "store.db", on_commit=notifier.ring)) as store:
        yield store


@pytest.fixture
def hand(store: Store) -> Hand:
    return Hand(store)


@pytest.fixture
def live(store: Store, notifier: Notifier, path: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveServer]:
    # No balancer needs to see that this server is going.
    monkeypatch.setattr("catalogctl.server.process._READY_LAG", 0)
    server = LiveServer(store, notifier, path=path)
    yield server
    server.stop()
