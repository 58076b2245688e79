"""The figures of a profile equal those worked out in plain Python, on every engine, for awkward data."""

import sqlite3
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from plain_profile import is_near, plain_profile
from real_sources import profile_of, source_at

from catalogctl.domain.catalogue import ColumnProfile
from catalogctl.sources.drivers import SourceDrivers

Profile = Callable[[str, Sequence[Any]], ColumnProfile]

_SAFE = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))

_TYPES = {
    "sqlite": {"whole": "INTEGER", "float": "REAL", "text": "TEXT"},
    "duckdb": {"whole": "BIGINT", "float": "DOUBLE", "text": "VARCHAR"},
    "postgresql": {"whole": "bigint", "float": "double precision", "text": "text"},
}


@pytest.fixture(scope="module", params=["sqlite", "duckdb", "postgresql"])
def profile(request: pytest.FixtureRequest) -> Iterator[Profile]:
    """Writes values into a column ``v`` of an engine's own table, and profiles it."""
    drivers, engine = SourceDrivers({}), request.param
    server = request.getfixturevalue("postgresql_server") if engine == "postgresql" else ""
    with tempfile.TemporaryDirectory() as folder:

        def run(type_: str, values: Sequence[Any]) -> ColumnProfile:
            location = server or str(Path(folder) / f"{uuid.uuid4().hex}.db")
            _write(engine, location, _TYPES[engine][type_], list(values))
            with closing(drivers.open(source_at(drivers, location))) as reader:
                found = profile_of(reader, "figures")
            assert (found.row_count, found.is_exact, found.notes) == (len(values), True, ())
            return found.columns["v"]

        yield run


def _write(engine: str, location: str, type_: str, values: list[Any]) -> None:
    create = f"CREATE TABLE figures (v {type_})"
    if engine == "postgresql":
        with psycopg.connect(location) as connection:
            connection.execute("DROP TABLE IF EXISTS figures")
            connection.execute(create.encode())
            connection.execute(f"INSERT INTO figures SELECT unnest(%s::{type_}[])".encode(), [values])
    elif engine == "sqlite":
        with closing(sqlite3.connect(location)) as database, database:
            database.execute(create)
            database.executemany("INSERT INTO figures VALUES (?)", [(value,) for value in values])
    else:
        with closing(duckdb.connect(location)) as database:
            database.execute(create)
            database.execute(f"INSERT INTO figures SELECT unnest(CAST(? AS {type_}[]))", [values])


def check(found: ColumnProfile, values: Sequence[Any]) -> None:
    expected = plain_profile(values)
    rows = len(values)
    assert found.null_count == expected.null_count
    assert found.distinct_count == expected.distinct_count
    assert found.null_rate == (expected.null_count / rows if rows else 0)
    assert found.distinct_rate == (expected.distinct_count / rows if rows else 0)
    assert (found.min, found.max) == (expected.min, expected.max)
    scale = max((abs(value) for value in values if isinstance(value, (int, float))), default=0.0)
    assert is_near(found.mean, expected.mean, scale=scale)
    assert is_near(found.median, expected.median, scale=scale)
    lengths = found.text_length
    assert (lengths and (lengths.min, lengths.max, lengths.mean)) == expected.lengths
    assert [(top.value, top.count) for top in found.top_values] == expected.top
    assert [top.share for top in found.top_values] == [count / rows for _, count in expected.top]
    if expected.samples is not None:
        assert found.samples == expected.samples
    else:
        assert set(found.samples) <= set(values)
        assert len(found.samples) == len(set(found.samples)) > 1


_whole = st.lists(st.none() | st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3), max_size=40)
_few = st.lists(st.none() | st.integers(0, 70), min_size=60, max_size=120)
_floats = st.lists(
    st.none()
    | st.floats(-1e15, 1e15, allow_nan=False).filter(lambda value: value == 0 or abs(value) > 1e-15)
    | st.sampled_from([0.0, 1.0, 2.0, 0.1]),
    max_size=40,
)
_characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
_texts = st.lists(st.none() | st.text(_characters, max_size=12) | st.sampled_from(["", "a", "A", "é"]), max_size=40)


@_SAFE
@given(values=_whole)
@example(values=[2**63 - 1] * 3)
@example(values=[-(2**63), 2**63 - 1])
@example(values=[1, 2])
@example(values=[1, 2, 2])
@example(values=[1, 1, 2, 2])
def test_whole_numbers(profile: Profile, values: list[int | None]) -> None:
    check(profile("whole", values), values)


@_SAFE
@given(values=_few)
def test_more_values_than_are_shown(profile: Profile, values: list[int | None]) -> None:
    check(profile("whole", values), values)


@_SAFE
@given(values=_floats)
@example(values=[0.1] * 10)
@example(values=[0.0, -0.0])
@example(values=[1.0] * 30 + [2.0] * 30 + [0.5])
@example(values=[1.0] * 3000 + [0.5])
def test_floats(profile: Profile, values: list[float | None]) -> None:
    check(profile("float", values), values)


@_SAFE
@given(values=_texts)
@example(values=["1", "10", "9", "01", "1.0", "1e0"])
@example(values=["a ", "a", " a"])
@example(values=["İ", "i̇", "ß", "SS", "\u00e9", "e\u0301"])
@example(values=["\uffff", "\U0001f3f7", "\ue000"])
def test_texts(profile: Profile, values: list[str | None]) -> None:
    check(profile("text", values), values)


def test_share_and_base_of_a_pattern(profile: Profile) -> None:
    addresses = [f"user{i}@example.org" for i in range(90)] + [f"nobody {i}" for i in range(10)]
    pattern = profile("text", addresses * 3).pattern
    assert pattern is not None
    assert (pattern.name, pattern.share, pattern.tested) == ("email", pytest.approx(0.9), 100)


def test_at_most_a_thousand_values_are_tested_for_a_pattern(profile: Profile) -> None:
    pattern = profile("text", [f"2001:db8::{i:x}" for i in range(2500)]).pattern
    assert pattern is not None
    assert (pattern.name, pattern.share) == ("ipv6", 1.0)
    assert 500 <= pattern.tested <= 1000


def test_same_data_gives_the_same_profile(profile: Profile) -> None:
    values = [f"{i * 7919 % 3000}" for i in range(4000)]
    assert profile("text", values) == profile("text", list(reversed(values)))
