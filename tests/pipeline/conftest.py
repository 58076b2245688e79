from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from enriching_house import ModelHouse, modelled_house
from scripted_mind import well
from scripted_model import Stage, opened_stage
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


@pytest.fixture
def stage() -> Iterator[Stage]:
    """An endpoint whose model does as it is asked, until a test directs it otherwise."""
    with opened_stage() as scene:
        scene.is_led_by(well)
        yield scene


@pytest.fixture
def shop(tmp_path: Path, stage: Stage) -> Iterator[ModelHouse]:
    """A shop of three tables, one a batch, that the model at the stage enriches at a price of 1 USD a token."""
    with modelled_house(tmp_path, stage) as house:
        yield house
