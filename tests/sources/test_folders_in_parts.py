from pathlib import Path

import duckdb
import pytest
from real_sources import Open, profile_of

from catalogctl.sources.drivers import SourceDrivers


def parquet_at(path: Path, *, rows: int, first: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT {first} + range AS id FROM range({rows})) TO '{path}'")


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A folder with a plain file, a table by year, and a table in numbered parts."""
    folder = tmp_path / "lake"
    parquet_at(folder / "plain.parquet", rows=3)
    for year in (2024, 2025):
        parquet_at(folder / "sales" / f"year={year}" / "a.parquet", rows=10, first=year)
    for part in range(3):
        parquet_at(folder / "visits" / f"part-0000{part}.parquet", rows=5, first=part * 5)
    (folder / "visits" / "_SUCCESS").touch()
    return folder


def test_folder_that_holds_one_table_in_parts_is_one_table(lake: Path, open_source: Open) -> None:
    reader = open_source(lake)
    assert [table.name for table in reader.metadata().tables] == ["plain", "sales", "visits"]
    assert profile_of(reader, "visits").row_count == 15
    assert profile_of(reader, "visits").columns["id"].is_key_candidate


def test_what_the_folders_are_called_is_a_column(lake: Path, open_source: Open) -> None:
    sales = profile_of(open_source(lake), "sales")
    assert sales.row_count == 20
    assert [(top.value, top.count) for top in sales.columns["year"].top_values] == [(2024, 10), (2025, 10)]


def test_folder_of_partitions_is_one_table_itself(lake: Path, drivers: SourceDrivers, open_source: Open) -> None:
    identity = drivers.identify(str(lake / "sales"))
    assert (identity.kind, identity.name) == ("files", "sales")
    assert [table.name for table in open_source(lake / "sales").metadata().tables] == ["sales"]


def test_parts_of_csv_whose_columns_differ_come_together(tmp_path: Path, open_source: Open) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "part-1.csv").write_text("a,b\n1,x\n")
    (tmp_path / "t" / "part-2.csv").write_text("a,c\n2,y\n")
    profile = profile_of(open_source(tmp_path), "t")
    assert profile.row_count == 2
    assert {name: column.null_count for name, column in profile.columns.items()} == {"a": 0, "b": 1, "c": 1}
