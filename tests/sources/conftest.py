import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest
from real_sources import Open, postgresql, source_at
from sqlalchemy import make_url

from catalogctl.domain.ports.sources import SourceReader
from catalogctl.sources.drivers import SourceDrivers


@pytest.fixture
def drivers() -> SourceDrivers:
    return SourceDrivers({})


@pytest.fixture
def open_source(drivers: SourceDrivers) -> Iterator[Open]:
    """Opens what lies at a location; closed when the test is over."""
    with ExitStack() as stack:

        def open_at(location: Path | str, *, name: str = "shop") -> SourceReader:
            return stack.enter_context(closing(drivers.open(source_at(drivers, location, name=name))))

        yield open_at


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    with postgresql() as url:
        yield url


@pytest.fixture
def postgresql_database(postgresql_server: str) -> Iterator[str]:
    """The URL of an empty database."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield make_url(postgresql_server).set(database=name).render_as_string(hide_password=False)
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
