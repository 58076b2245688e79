from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from served_house import House, Serve, Served, serving


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def serve(house: House) -> Iterator[Serve]:
    """A server of the test's own, on its house."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(serving(house, **options))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """A server that the tests of a module share when they ask for the same options and change nothing."""
    with ExitStack() as stack:

        @cache
        def serve(**options: Any) -> Served:
            house = House(tmp_path_factory.mktemp("shared"))
            return stack.enter_context(serving(house, **options))

        yield serve
