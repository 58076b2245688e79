"""Tables so large that two connections share their columns."""

import random
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from interrupted_readers import interrupted_while_it_profiles
from plain_profile import is_near, plain_profile
from real_sources import Open, contents, profile_of, table_of

_ROWS = 60_000


def _rows() -> Iterator[tuple[object, ...]]:
    chance = random.Random(7)
    for number in range(_ROWS):
        yield (
            number,
            chance.choice(["new", "paid", "sent", None]),
            float(chance.randrange(500)) if number % 9 else None,
            chance.gauss(0, 1),
            f"{chance.getrandbits(64):x}",
        )


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, status TEXT, whole REAL, measured REAL, code TEXT)")
        database.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", _rows())
    return path


def test_columns_keep_their_order_and_figures_are_those_of_plain_python(large: Path, open_source: Open) -> None:
    before = contents(large.parent)
    profile = profile_of(open_source(large), "t")
    assert list(profile.columns) == ["id", "status", "whole", "measured", "code"]
    for (name, found), values in zip(profile.columns.items(), zip(*_rows(), strict=True), strict=True):
        expected = plain_profile(values)
        assert (found.null_count, found.distinct_count) == (expected.null_count, expected.distinct_count), name
        assert (found.min, found.max) == (expected.min, expected.max), name
        assert is_near(found.mean, expected.mean, scale=_ROWS), name
        assert is_near(found.median, expected.median, scale=_ROWS), name
        assert [(top.value, top.count) for top in found.top_values] == expected.top, name
    assert profile.columns["whole"].samples[0] == 0.0
    assert isinstance(profile.columns["whole"].samples[0], float)
    assert contents(large.parent) == before


def test_both_connections_are_interrupted(large: Path, open_source: Open) -> None:
    reader = open_source(large)
    interrupted_while_it_profiles(reader, table_of(reader.metadata(), "t"))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("profile")]
