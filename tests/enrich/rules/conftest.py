from collections.abc import Iterator

import pytest
from chinook_like import build_chinook_like
from known_databases import Known, sqlite_database
from northwind_like import build_northwind_like

from catalogctl.sources.sample.building import build_sample_shop


@pytest.fixture(scope="session")
def chinook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    path = tmp_path_factory.mktemp("chinook") / "chinook.db"
    build_chinook_like(path)
    with sqlite_database(path) as known:
        yield known


@pytest.fixture(scope="session")
def northwind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    path = tmp_path_factory.mktemp("northwind") / "northwind.db"
    build_northwind_like(path)
    with sqlite_database(path) as known:
        yield known


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    path = tmp_path_factory.mktemp("shop") / "shop.db"
    build_sample_shop(path)
    with sqlite_database(path) as known:
        yield known


@pytest.fixture(params=["chinook", "northwind", "shop"])
def known(request: pytest.FixtureRequest) -> Known:
    found: Known = request.getfixturevalue(request.param)
    return found
