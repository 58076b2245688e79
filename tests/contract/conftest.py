from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from store_engines import ENGINES, Opener, Speaker

from catalogctl.domain.ports.store import Store


@pytest.fixture(params=ENGINES)
def open_engine(request: pytest.FixtureRequest) -> Opener:
    return ENGINES[request.param]


@pytest.fixture
def rings() -> list[None]:
    """One entry for each time that the bell was rung."""
    return []


@pytest.fixture
def store(open_engine: Opener, tmp_path: Path, rings: list[None]) -> Iterator[Store]:
    with closing(open_engine(tmp_path, lambda: rings.append(None))) as store:
        yield store


@pytest.fixture
def say(store: Store) -> Speaker:
    return Speaker(store)
