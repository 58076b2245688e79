from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from working_house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    with closing(house.notifier), closing(house.store):
        yield house


@pytest.fixture
def hasty_house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path, deadline=0.3)
    with closing(house.notifier), closing(house.store):
        yield house
