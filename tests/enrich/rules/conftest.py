from collections.abc import Iterator

import pytest
from chinook_like import build_chinook_like
from clinic_like import build_clinic_like
from known_databases import Known, sqlite_database
from legacy_like import build_legacy_like
from northwind_like import build_northwind_like
from personnel_like import build_personnel_like
from rentals_like import build_rentals_like
from subscriptions_like import build_subscriptions_like

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


@pytest.fixture(scope="session")
def rentals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    path = tmp_path_factory.mktemp("rentals") / "rentals.db"
    build_rentals_like(path)
    with sqlite_database(path) as known:
        yield known


@pytest.fixture(scope="session")
def personnel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    path = tmp_path_factory.mktemp("personnel") / "personnel.db"
    build_personnel_like(path)
    with sqlite_database(path) as known:
        yield known


@pytest.fixture(scope="session")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    path = tmp_path_factory.mktemp("clinic") / "clinic.db"
    build_clinic_like(path)
    with sqlite_database(path) as known:
        yield known


@pytest.fixture(scope="session")
def subscriptions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    path = tmp_path_factory.mktemp("subscriptions") / "subscriptions.db"
    build_subscriptions_like(path)
    with sqlite_database(path) as known:
        yield known


@pytest.fixture(scope="session")
def legacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    path = tmp_path_factory.mktemp("legacy") / "legacy.db"
    build_legacy_like(path)
    with sqlite_database(path) as known:
        yield known


@pytest.fixture(params=["chinook", "northwind", "shop", "rentals", "personnel", "clinic", "subscriptions", "legacy"])
def known(request: pytest.FixtureRequest) -> Known:
    found: Known = request.getfixturevalue(request.param)
    return found
