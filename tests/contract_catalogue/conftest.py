from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from served_house import SECRET, House, serving

from catalogctl.client.http import HttpCatalogue
from catalogctl.domain.ports.catalogue import Catalogue


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    with closing(house.store), closing(house.notifier):
        yield house


@pytest.fixture(params=["the rules themselves", "a server in between"])
def catalogue(request: pytest.FixtureRequest, house: House) -> Iterator[Catalogue]:
    """The port, once on the rules and once over a real socket to a server of them."""
    if request.param == "the rules themselves":
        yield house.service
        return
    with serving(house) as served, closing(HttpCatalogue(served.url, token=SECRET)) as client:
        yield client
