from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from postgres_servers import place_of
from store_engines import Speaker

from catalogctl.store.postgres import PostgresStore
from catalogctl.store.postgres.address import Address

OpenNode = Callable[..., PostgresStore]


@pytest.fixture
def place(tmp_path: Path) -> str:
    """The URL of a store of one's own."""
    return place_of(tmp_path)


@pytest.fixture
def open_node(place: str) -> Iterator[OpenNode]:
    """Open the store once more, as another node does."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(
            closing(PostgresStore.open(place, **{"on_commit": lambda: None, **options}))
        )


@pytest.fixture
def store(open_node: OpenNode) -> PostgresStore:
    return open_node()


@pytest.fixture
def say(store: PostgresStore) -> Speaker:
    return Speaker(store)


@pytest.fixture
def sql(place: str, store: PostgresStore) -> Iterator[Callable[..., list[Any]]]:
    """Run a statement on the tables of the store, past it, on a connection that stays open."""
    address = Address.of(place)
    with psycopg.connect("", autocommit=True, **address.parameters) as connection:
        connection.execute(address.search_path().replace("LOCAL", ""))

        def run(statement: str, *parameters: Any) -> list[Any]:
            cursor = connection.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []

        yield run
