import gzip
import json
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from real_sources import Open, everything, profile_of, source_at, table_of

from catalogctl.domain.errors import SourceFailed
from catalogctl.sources.drivers import SourceDrivers

_ORDERS = "id,customer,paid,at,amount\n1,ann,true,2024-01-31,1.5\n2,bob,false,2024-02-01,\n3,,true,2024-02-29,2.5\n"


def parquet_at(path: Path, query: str) -> None:
    with closing(duckdb.connect()) as memory:
        memory.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")


def test_csv_has_typed_columns_and_exact_figures(open_source: Open, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(_ORDERS)
    reader = open_source(tmp_path / "orders.csv")
    table = table_of(reader.metadata(), "orders")
    assert [(column.name, column.data_type) for column in table.columns] == [
        ("id", "BIGINT"),
        ("customer", "VARCHAR"),
        ("paid", "BOOLEAN"),
        ("at", "DATE"),
        ("amount", "DOUBLE"),
    ]
    found = profile_of(reader, "orders")
    assert (found.row_count, found.is_exact) == (3, True)
    assert (found.columns["at"].min, found.columns["at"].max) == ("2024-01-31", "2024-02-29")
    assert (found.columns["amount"].null_count, found.columns["amount"].mean) == (1, 2.0)
    assert found.columns["paid"].samples == (False, True)
    assert found.columns["id"].is_key_candidate


def test_every_format_packed_or_not_gives_the_same(open_source: Open, tmp_path: Path) -> None:
    rows = [{"id": i, "word": f"w{i % 3}"} for i in range(1, 6)]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    table = "id,word\n" + "".join(f"{row['id']},{row['word']}\n" for row in rows)
    (tmp_path / "a.csv").write_text(table)
    (tmp_path / "b.tsv").write_text(table.replace(",", "\t"))
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(table.encode()))
    (tmp_path / "d.json").write_text(json.dumps(rows))
    (tmp_path / "e.ndjson").write_text(lines)
    (tmp_path / "f.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    parquet_at(tmp_path / "g.parquet", f"SELECT * FROM read_csv('{tmp_path}/a.csv')")
    found = everything(open_source(tmp_path))
    assert sorted(found) == list("abcdefg")
    assert all(profile.columns == found["a"].columns for profile in found.values())
    assert found["a"].columns["word"].samples == ("w0", "w1", "w2")


def test_folder_in_a_folder_and_names_that_meet(open_source: Open, tmp_path: Path) -> None:
    (tmp_path / "2024").mkdir()
    for path in (tmp_path / "sales.csv", tmp_path / "sales.tsv", tmp_path / "2024" / "sales.csv"):
        path.write_text("a\n1\n")
    names = [table.name for table in open_source(tmp_path).metadata().tables]
    assert len(names) == len(set(names)) == 3
    assert any("2024" in name for name in names)


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (["Sales.csv", "sales.csv"], ["Sales", "sales 2"]),
        (["Orders.csv", "orders.tsv"], ["Orders.csv", "orders.tsv"]),
        (["EU/a.csv", "eu/A.csv"], ["EU.a", "eu.A 2"]),
        (["eu.a.csv", "eu/a.csv"], ["eu.a", "eu.a 2"]),
        (["a.csv", "a.csv.csv", "a.tsv"], ["a.csv", "a.csv 2", "a.tsv"]),
        (["Sales/part-7.csv", "sales/part-8.csv", "sales.csv"], ["Sales", "sales 2", "sales.csv"]),
    ],
)
def test_files_that_sql_would_take_for_one_have_names_of_their_own(
    open_source: Open, tmp_path: Path, files: list[str], names: list[str]
) -> None:
    for rows, name in enumerate(files, start=1):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        if path.exists():
            pytest.skip("to this file system, too, they are one")
        path.write_text("a\n" + "7\n" * rows)
    reader = open_source(tmp_path)
    found = {name: profile.row_count for name, profile in everything(reader).items()}
    assert sorted(found) == names
    assert sorted(found.values()) == list(range(1, len(files) + 1))
    for name, rows in found.items():
        assert reader.query(f'SELECT count(*) FROM "{name}"', limit=1) == [(rows,)], name


def test_a_table_in_a_folder_goes_by_its_whole_name_and_as_one_of_a_schema(open_source: Open, tmp_path: Path) -> None:
    for rows, name in enumerate(("accounts", "eu/accounts", "main/accounts", "temp/accounts"), start=1):
        path = tmp_path / f"{name}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text("a\n" + "7\n" * rows)
    reader = open_source(tmp_path)
    for written, rows in {
        '"accounts"': 1,
        '"eu.accounts"': 2,
        "eu.accounts": 2,
        '"main.accounts"': 3,
        '"temp.accounts"': 4,
    }.items():
        assert reader.query(f"SELECT count(*) FROM {written}", limit=1) == [(rows,)], written


@pytest.mark.parametrize("name", ["it's.csv", "a[1]*?.csv", "🏷 [red].csv", "new\nline.csv", "100%.csv"])
def test_any_file_name_works_and_means_that_file_alone(open_source: Open, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a\n7\n")
    (tmp_path / "a1xx.csv").write_text("b\n8\n")
    found = everything(open_source(tmp_path / name))
    assert [list(profile.columns) for profile in found.values()] == [["a"]]


def test_folder_whose_name_looks_like_a_pattern(open_source: Open, tmp_path: Path) -> None:
    for name in ("2024 [a]*", "2024 a"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "t.csv").write_text("a\n1\n" if name.endswith("*") else "b\n2\n3\n")
    found = everything(open_source(tmp_path / "2024 [a]*"))
    assert [(name, list(one.columns), one.row_count) for name, one in found.items()] == [("t", ["a"], 1)]


def test_broken_line_of_csv_is_counted_and_told(open_source: Open, tmp_path: Path) -> None:
    lines = [f"{i},name {i}" for i in range(1000)]
    lines[500] = "500,too,many,fields"
    (tmp_path / "t.csv").write_text("id,name\n" + "\n".join(lines) + "\n")
    found = profile_of(open_source(tmp_path / "t.csv"), "t")
    assert found.row_count == 999
    assert any("502" in note.message and "broken" in note.message for note in found.notes)


def test_csv_in_which_most_lines_are_broken_keeps_its_columns(open_source: Open, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('id,name\n1,a\n2,b,extra,cols\n3\n"unclosed\n')
    found = profile_of(open_source(tmp_path / "t.csv"), "t")
    assert {name: column.samples for name, column in found.columns.items()} == {"id": (1,), "name": ("a",)}
    assert found.row_count == 1
    assert ["3 broken lines left out" in note.message for note in found.notes] == [True]


def test_quotes_that_come_late_in_a_csv_are_quotes(open_source: Open, tmp_path: Path) -> None:
    rows = [f"{i},China,1\n" for i in range(40_000)]
    text = "id,place,n\n" + "".join(rows) + '40000,"China, Taiwan",2\n40001,"France",3\n'
    (tmp_path / "plain.csv").write_text(text)
    (tmp_path / "packed.csv.gz").write_bytes(gzip.compress(text.encode()))
    for found in everything(open_source(tmp_path)).values():
        assert (found.row_count, found.notes) == (40_002, ())
        assert found.columns["place"].samples == ("China", "China, Taiwan", "France")


def test_csv_with_line_ends_of_two_kinds_is_read_and_told(open_source: Open, tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_bytes(b'id,word\r\n1,a\r\n2,"b, c"\n3,d\r\n')
    reader = open_source(tmp_path)
    assert [column.data_type for column in table_of(reader.metadata(), "log").columns] == ["BIGINT", "VARCHAR"]
    found = profile_of(reader, "log")
    assert found.columns["word"].samples == ("a", "b, c", "d")
    assert ["leniently" in note.message for note in found.notes] == [True]


def test_one_unreadable_file_is_a_note_and_not_the_end(open_source: Open, tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text("a\n1\n")
    (tmp_path / "bad.parquet").write_text("this is no parquet")
    (tmp_path / "bad.json").write_text('{"a": ')
    reader = open_source(tmp_path)
    metadata = reader.metadata()
    assert [table.name for table in metadata.tables] == ["good"]
    assert len(metadata.notes) == 2
    assert everything(reader)["good"].row_count == 1


@pytest.mark.parametrize("text", ["x\n1\n", ""])
def test_a_file_whose_name_is_no_text_is_a_note_that_can_be_kept(open_source: Open, tmp_path: Path, text: str) -> None:
    (tmp_path / "good.csv").write_text("x\n1\n")
    # As an old archive writes names: in Latin-1.
    (tmp_path / "caf\udce9.csv").write_text(text)
    found = open_source(tmp_path).metadata()
    assert [table.name for table in found.tables] == ["good"]
    assert [(note.table, note.message) for note in found.notes] == [
        ("caf?", "cannot be read: its name is not Unicode text")
    ]


def test_nothing_readable_at_all_fails(drivers: SourceDrivers, tmp_path: Path) -> None:
    (tmp_path / "bad.parquet").write_text("PAR1 and then nothing that a Parquet file would hold")
    source = source_at(drivers, tmp_path / "bad.parquet")
    with pytest.raises(SourceFailed), closing(drivers.open(source)) as reader:
        everything(reader)


@pytest.mark.parametrize("text", ["", "\n", "id,name\n"])
def test_csv_without_rows(open_source: Open, tmp_path: Path, text: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    assert profile_of(open_source(tmp_path / "t.csv"), "t").row_count == 0


@pytest.mark.parametrize(("encoding", "is_told"), [("utf-8", False), ("cp1252", True)])
def test_encoding_that_shows_late_is_understood(
    open_source: Open,
    tmp_path: Path,
    encoding: str,
    is_told: bool,  # noqa: FBT001 -- what is expected
) -> None:
    text = "id,name\n" + "".join(f"{i},plain\n" for i in range(120_000)) + "120000,Müller\n"
    assert len(text) > 1 << 20
    (tmp_path / "t.csv").write_text(text, encoding=encoding)
    found = profile_of(open_source(tmp_path / "t.csv"), "t")
    assert (found.row_count, found.columns["name"].samples) == (120_001, ("Müller", "plain"))
    assert ["Windows-1252" in note.message for note in found.notes] == [True] * is_told


def test_one_broken_letter_does_not_change_the_encoding_of_all_others(open_source: Open, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("id,name\n1,Müller\n2,".encode() + b"\xff" + "\n3,Größe\n".encode())
    found = profile_of(open_source(tmp_path / "t.csv"), "t")
    assert found.columns["name"].samples == ("Größe", "Müller")
    assert ["1 broken line left out, the first is line 3" in note.message for note in found.notes] == [True]


def test_line_that_names_the_delimiter_for_a_spreadsheet_is_no_header(open_source: Open, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b'sep=;\r\nid;word\r\n1;a\r\n2;"b;c"\r\n')
    reader = open_source(tmp_path)
    found = profile_of(reader, "t")
    assert {name: column.samples for name, column in found.columns.items()} == {"id": (1, 2), "word": ("a", "b;c")}
    assert (found.row_count, found.notes) == (2, ())
    assert reader.query('SELECT SUM(id) FROM "t"', limit=1) == [(3,)]


def test_json_that_begins_with_a_byte_order_mark_is_read_row_by_row(open_source: Open, tmp_path: Path) -> None:
    (tmp_path / "array.json").write_text('\n[{"a": 1}, {"a": 2}]', encoding="utf-8-sig")
    (tmp_path / "lines.ndjson").write_text('{"a": 1}\n{"a": 2}\n', encoding="utf-8-sig")
    (tmp_path / "one.json").write_text('{"a": [1]}', encoding="utf-8-sig")
    found = everything(open_source(tmp_path))
    assert {name: (one.row_count, list(one.columns)) for name, one in found.items()} == {
        "array": (2, ["a"]),
        "lines": (2, ["a"]),
        "one": (1, ["a"]),
    }


def test_line_that_is_too_long_is_told_as_such(open_source: Open, tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text("a\n1\n")
    (tmp_path / "t.csv").write_text("id,text\n1," + "x" * 3_000_000 + "\n")
    [note] = open_source(tmp_path).metadata().notes
    assert note.message == "cannot be read: Maximum line size of 2000000 bytes exceeded. Actual Size:3000003 bytes."


@pytest.mark.parametrize(("encoding", "is_told"), [("utf-8-sig", False), ("utf-16", False), ("cp1252", True)])
def test_text_in_other_encodings_is_read(open_source: Open, tmp_path: Path, encoding: str, is_told: bool) -> None:  # noqa: FBT001 - a parameter of the test
    (tmp_path / "t.csv").write_bytes("id,name\n1,café\n2,naïve\n".encode(encoding))
    found = profile_of(open_source(tmp_path / "t.csv"), "t")
    assert list(found.columns) == ["id", "name"]
    assert found.columns["name"].samples == ("café", "naïve")
    assert bool(found.notes) == is_told


def test_awkward_values_of_parquet(open_source: Open, tmp_path: Path) -> None:
    parquet_at(
        tmp_path / "t.parquet",
        "SELECT * FROM (VALUES "
        "(1.5::DOUBLE, 170141183460469231731687303715884105727::HUGEINT, [1, 2], {'a': 1}, '\\x00'::BLOB, "
        "TIMESTAMPTZ '2024-02-29 12:00:00+00'), ('NaN', 1, NULL, NULL, NULL, NULL), ('inf', 2, [1, 2], {'a': 1}, "
        "'\\x01\\x02', NULL)) AS t (f, h, l, s, b, z)",
    )
    found = profile_of(open_source(tmp_path / "t.parquet"), "t")
    columns = found.columns
    json.dumps([column.samples for column in columns.values()], allow_nan=False)
    assert (columns["f"].mean, columns["f"].min, columns["f"].max) == (1.5, 1.5, 1.5)
    assert set(columns["f"].samples) == {1.5, "Infinity", "NaN"}
    assert set(columns["b"].samples) == {"<1 byte>", "<2 bytes>"}
    assert columns["z"].samples == ("2024-02-29T12:00:00+00:00",)
    assert columns["l"].distinct_count == columns["s"].distinct_count == 1


def test_sample_of_a_file_is_bounded_and_always_the_same(open_source: Open, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\n" + "".join(f"{i}\n" for i in range(10_000)))
    reader = open_source(tmp_path / "t.csv")
    found = profile_of(reader, "t", sample=500)
    assert (found.row_count, found.is_exact) == (10_000, False)
    assert 250 <= found.rows_profiled <= 500
    assert found == profile_of(reader, "t", sample=500)


def test_a_file_cannot_make_the_reader_look_elsewhere(open_source: Open, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with closing(duckdb.connect(str(tmp_path / "shop.duckdb"))) as database:
        database.execute(f"CREATE VIEW spy AS SELECT * FROM read_csv('{tmp_path}/secret.csv')")
        database.execute("CREATE TABLE t AS SELECT 1 AS a")
    metadata = open_source(tmp_path / "shop.duckdb").metadata()
    assert [table.name for table in metadata.tables] == ["t"]
    assert [note.table for note in metadata.notes] == ["spy"]


def test_file_that_has_gone_is_told_as_such(drivers: SourceDrivers, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n")
    source = source_at(drivers, path)
    path.unlink()
    with pytest.raises(SourceFailed, match=r"t\.csv"), closing(drivers.open(source)) as reader:
        reader.metadata()
