from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from strangers import Stranger

from catalogctl.client.http import HttpCatalogue


@pytest.fixture
def make_stranger() -> Iterator[Callable[[], Stranger]]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(Stranger()))


@pytest.fixture
def stranger(make_stranger: Callable[[], Stranger]) -> Stranger:
    return make_stranger()


@pytest.fixture
def client(stranger: Stranger) -> Iterator[HttpCatalogue]:
    with closing(HttpCatalogue(stranger.url, token="hunter2", timeout=2.0)) as client:
        yield client
