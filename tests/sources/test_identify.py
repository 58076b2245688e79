import gzip
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from real_sources import contents

from catalogctl.domain.errors import CatalogctlError, SourceNotFound, SourceUnusable
from catalogctl.domain.sources import check_name
from catalogctl.sources.drivers import SourceDrivers


def sqlite_at(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE t (a)")
    return path


def duckdb_at(path: Path) -> Path:
    with closing(duckdb.connect(str(path))) as database:
        database.execute("CREATE TABLE t (a INTEGER)")
    return path


def csv_at(path: Path) -> Path:
    path.write_text("a,b\n1,2\n")
    return path


@pytest.mark.parametrize("name", ["shop.db", "shop.sqlite", "shop", "shop.bin"])
def test_sqlite_is_known_by_its_content_whatever_it_is_called(
    drivers: SourceDrivers, tmp_path: Path, name: str
) -> None:
    path = sqlite_at(tmp_path / name)
    identity = drivers.identify(str(path))
    assert (identity.kind, identity.location, identity.name) == ("sqlite", str(path), "shop")


@pytest.mark.parametrize("name", ["shop.duckdb", "shop.db"])
def test_duckdb_is_known_by_its_content_whatever_it_is_called(
    drivers: SourceDrivers, tmp_path: Path, name: str
) -> None:
    path = duckdb_at(tmp_path / name)
    identity = drivers.identify(str(path))
    assert (identity.kind, identity.location, identity.name) == ("duckdb", str(path), "shop")


def test_empty_file_called_db_is_an_empty_sqlite_database(drivers: SourceDrivers, tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    path.touch()
    assert drivers.identify(str(path)).kind == "sqlite"


def test_file_and_folder_of_data_are_known(drivers: SourceDrivers, tmp_path: Path) -> None:
    path = csv_at(tmp_path / "orders.csv")
    packed = tmp_path / "more.csv.gz"
    packed.write_bytes(gzip.compress(b"a\n1\n"))
    assert drivers.identify(str(path)).kind == drivers.identify(str(tmp_path)).kind == "files"
    assert drivers.identify(str(path)).name == "orders"
    assert drivers.identify(str(packed)).name == "more"


def test_urls_of_files_are_their_paths(drivers: SourceDrivers, tmp_path: Path) -> None:
    lite, duck = sqlite_at(tmp_path / "a b.db"), duckdb_at(tmp_path / "c.duckdb")
    assert drivers.identify(f"sqlite:///{lite}").location == str(lite)
    assert drivers.identify(f"sqlite:///{str(lite).replace(' ', '%20')}").location == str(lite)
    assert drivers.identify(f"duckdb:///{duck}").location == str(duck)


def test_same_place_written_otherwise_is_the_same_source(drivers: SourceDrivers, tmp_path: Path) -> None:
    path = sqlite_at(tmp_path / "shop.db")
    (tmp_path / "x").mkdir()
    assert drivers.identify(f"{tmp_path}/x/../shop.db") == drivers.identify(str(path))


def test_server_is_known_by_its_url_without_being_asked(drivers: SourceDrivers) -> None:
    identity = drivers.identify("postgresql://reader@db.invalid:5433/warehouse")
    assert (identity.kind, identity.name) == ("postgresql", "warehouse")
    assert drivers.identify("postgres://reader@db.invalid:5433/warehouse").location == identity.location
    assert drivers.identify("mysql://reader@db.invalid/warehouse").kind == "mysql"


@pytest.mark.parametrize("file", ["?!.db", "-rf.csv", "übung 1.csv", "🏷.db", "a" * 200 + ".csv", "..csv.db"])
def test_suggested_name_may_name_a_source(drivers: SourceDrivers, tmp_path: Path, file: str) -> None:
    path = tmp_path / file
    sqlite_at(path) if file.endswith(".db") else csv_at(path)
    name = drivers.identify(str(path)).name
    assert check_name(name) == name


def test_nothing_there_is_not_found(drivers: SourceDrivers, tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match=r"absent\.db") as caught:
        drivers.identify(str(tmp_path / "absent.db"))
    assert caught.value.hint


@pytest.mark.parametrize("content", ["hello, this is text\n", "SQLite format 3", "x" * 5000])
def test_text_called_db_is_refused(drivers: SourceDrivers, tmp_path: Path, content: str) -> None:
    path = tmp_path / "notes.db"
    path.write_text(content)
    with pytest.raises(SourceUnusable, match=r"notes\.db") as caught:
        drivers.identify(str(path))
    assert caught.value.hint


def test_folder_without_data_is_refused(drivers: SourceDrivers, tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("nothing here")
    (tmp_path / ".hidden.csv").write_text("a\n1\n")
    with pytest.raises(SourceUnusable) as caught:
        drivers.identify(str(tmp_path))
    assert ".csv" in (caught.value.hint or "")


def test_what_is_neither_file_nor_folder_is_refused(drivers: SourceDrivers, tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(SourceUnusable):
        drivers.identify(str(path))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:hunter2@host:notaport/db",
        "nosuchdb://u:hunter2@host/db",
        "oracle://u:hunter2@host/db",
        "mysql://u:hunter2#@host",
        "mysql://u:/hunter2@host",
        "sqlite://u:hunter2@host",
        "://x",
    ],
)
def test_url_that_cannot_be_used_is_refused_without_its_password(drivers: SourceDrivers, url: str) -> None:
    with pytest.raises(CatalogctlError) as caught:
        drivers.identify(url)
    assert isinstance(caught.value, (SourceUnusable, SourceNotFound))
    assert caught.value.hint
    assert "hunter2" not in f"{caught.value} {caught.value.hint} {caught.value.data}"


def test_looking_leaves_no_trace(drivers: SourceDrivers, tmp_path: Path) -> None:
    paths = [sqlite_at(tmp_path / "a.db"), duckdb_at(tmp_path / "b.duckdb"), csv_at(tmp_path / "c.csv")]
    before = contents(tmp_path)
    for path in (*paths, tmp_path):
        drivers.identify(str(path))
    assert contents(tmp_path) == before
