import csv
import io
import json
from dataclasses import replace
from io import StringIO

import pytest
from catalogued_shop import NOW, ORDERS, PROFILE, column, shop, table
from rich.console import Console

from catalogctl.domain.meaning import InferredKey, TableRole
from catalogctl.render import catalogue, tables
from catalogctl.render.export import as_csv, indented_json
from catalogctl.render.listing import Eye, Listing
from catalogctl.render.palette import UNICODE

MEANT = table(
    "reviews",
    column("customer_id", 0, description="The buyer.", synonyms=("client",), semantic_type="foreign_key"),
    column(
        "email",
        1,
        description="Where they are reached.",
        is_described_by_person=True,
        semantic_type="e_mail",
        is_personal=True,
        personal_confidence=0.9,
    ),
    description="What buyers say.",
    is_described_by_person=True,
    role=TableRole.FACT,
    synonyms=("ratings", "opinions"),
    inferred_keys=(
        InferredKey(
            table="reviews", column="customer_id", referred_table="customers", referred_column="id", share=0.98
        ),
    ),
)


def drawn(listing: Listing[object], *, width: int = 100) -> list[str]:
    console = Console(file=StringIO(), width=width, highlight=False, markup=False)
    with console.capture() as capture:
        console.print(tables.table(listing, eye=Eye(now=NOW, glyphs=UNICODE), width=width))
    return capture.get().splitlines()


def test_the_tables_of_a_source_are_listed_under_its_name() -> None:
    off = table("hidden", is_enabled=False, row_count=None)
    lines = drawn(catalogue.tables(shop(off, ORDERS)))
    assert lines[0] == "shop  sqlite  2 tables, 3 columns, 1,204 rows  /srv/shop.db"
    assert lines[2].split() == ["TABLE", "KIND", "COLUMNS", "ROWS", "ENABLED"]
    assert lines[3].split() == ["hidden", "table", "0", "–", "off"]
    assert lines[4].split() == ["orders", "table", "3", "1,204"]


def test_columns_are_shown_in_the_sources_order_with_what_is_in_them() -> None:
    lines = drawn(catalogue.columns(shop(ORDERS), ORDERS), width=140)
    assert lines[0] == "shop.orders  table  3 columns, 1,204 rows"
    assert [line.split()[0] for line in lines[3:]] == ["id", "customer_id", "email"]
    assert "◆" in lines[3]
    assert "→ customers.id" in lines[4]
    assert "who bought" in lines[4]
    assert "50%" in lines[5]
    assert "email 98%" in lines[5]
    assert "ada@example.org – zoe@example.org" in lines[5]


def test_a_file_gets_the_keys_in_words() -> None:
    rows = [line.split("\t") for line in catalogue.columns(shop(ORDERS), ORDERS).tab_separated()]
    assert [row[2] for row in rows] == ["primary", "-> customers.id", ""]
    assert rows[2][3:5] == ["0.5", "602"]
    assert rows[2][7] == r"ada@example.org, a|b\nc"


def test_csv_has_a_line_a_column_that_reads_back_exactly() -> None:
    awkward = table('a "quoted", name', column("x\ny", 0, data_type=""))
    rows = list(csv.DictReader(io.StringIO("\n".join(as_csv([shop(ORDERS, awkward)])), newline="")))
    assert [(row["table"], row["column"]) for row in rows] == [
        ("orders", "id"),
        ("orders", "customer_id"),
        ("orders", "email"),
        ('a "quoted", name', "x\ny"),
    ]
    email = rows[2]
    assert (email["null_rate"], email["pattern"], email["pattern_share"]) == ("0.5", "email", "0.98")
    assert json.loads(email["samples"]) == ["ada@example.org", "a|b\nc"]
    assert (rows[0]["primary_key"], rows[0]["nullable"], rows[0]["null_rate"]) == ("true", "true", "")


def test_a_tables_meaning_stands_above_its_columns() -> None:
    lines = drawn(catalogue.columns(shop(MEANT), MEANT), width=150)
    assert lines[:4] == [
        "shop.reviews  fact table  2 columns, 1,204 rows",
        "What buyers say. (in a person's words)",
        "Also called ratings, opinions.",
        "",
    ]
    assert "→ customers.id (inferred, 98% of values)" in lines[5]
    assert "foreign key" in lines[5]
    assert "✎ Where they are reached." in lines[6]
    assert "e mail, personal" in lines[6]
    off = replace(MEANT, is_enabled=False)
    assert "Left out of enrichment." in drawn(catalogue.columns(shop(off), off))


def test_descriptions_stay_whole_where_a_terminal_is_narrow() -> None:
    words = "The person who has bought something from this shop, whether it was paid or not."
    columns = tuple(replace(one, description=words, synonyms=("buyer", "client")) for one in ORDERS.columns)
    described = replace(ORDERS, columns=columns)
    for width in (60, 80):
        lines = drawn(catalogue.columns(shop(described), described), width=width)
        assert "SAMPLES" not in lines[2]
        at = lines[2].index("DESCRIPTION")
        said = " ".join(line[at:].strip() for line in lines[3:])
        assert said == " ".join([f"{words} Also called buyer, client."] * 3)


def test_names_and_descriptions_of_tables_stay_where_a_terminal_is_narrow() -> None:
    named = [table(f"a_table_with_a_name_{number}", description="D" * 60) for number in range(2)]
    lines = drawn(catalogue.tables(shop(*named, table("off", is_enabled=False))), width=60)
    assert lines[2].split() == ["TABLE", "ROWS", "ENABLED", "DESCRIPTION"]
    assert lines[3].startswith("a_table_with_a_name_0  1,204")
    assert lines[3].rstrip().endswith("D…")


def test_a_file_says_who_described_and_what_is_inferred() -> None:
    rows = [line.split("\t") for line in catalogue.columns(shop(MEANT), MEANT).tab_separated()]
    assert rows[0][2] == "-> customers.id (inferred, 98% of values)"
    assert rows[0][8:] == ["foreign key", "The buyer.", "", "client", ""]
    assert rows[1][8:] == ["e mail, personal", "Where they are reached.", "person", "", ""]
    [table_row] = [line.split("\t") for line in catalogue.tables(shop(MEANT)).tab_separated()]
    assert table_row[6:] == ["fact", "What buyers say.", "person", "ratings, opinions", "false"]


def test_a_declared_key_is_never_called_inferred() -> None:
    [key] = MEANT.inferred_keys
    both = replace(ORDERS, inferred_keys=(replace(key, table="orders", referred_table="people"),))
    rows = [line.split("\t") for line in catalogue.columns(shop(both), both).tab_separated()]
    assert rows[1][2] == "-> customers.id"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+1+1", "'+1+1"),
        ("-1+1", "'-1+1"),
        ("-12.5", "-12.5"),
        ("a=b", "a=b"),
    ],
)
def test_no_cell_of_the_csv_is_a_formula(name: str, written: str) -> None:
    [row] = csv.DictReader(io.StringIO("\n".join(as_csv([shop(table("t", column(name, 0)))])), newline=""))
    assert row["column"] == written


def test_csv_tells_meanings_exactly() -> None:
    first, second = csv.DictReader(io.StringIO("\n".join(as_csv([shop(MEANT)])), newline=""))
    assert (first["inferred_key"], first["inferred_share"], first["foreign_key"]) == ("customers.id", "0.98", "")
    assert (json.loads(first["synonyms"]), json.loads(first["table_synonyms"])) == (["client"], ["ratings", "opinions"])
    assert (first["table_role"], first["personal"]) == ("fact", "")
    assert (second["personal"], second["personal_confidence"], second["described_by_person"]) == ("true", "0.9", "true")


def test_csv_tells_no_value_of_a_personal_column() -> None:
    mine = column("email", 0, profile={**PROFILE, "mean": 3.5, "median": 3}, is_personal=True)
    [row] = csv.DictReader(io.StringIO("\n".join(as_csv([shop(table("people", mine))])), newline=""))
    assert [row[name] for name in ("min", "max", "mean", "median", "samples")] == ["", "", "", "", "[]"]
    assert (row["null_rate"], row["distinct_count"], row["pattern"]) == ("0.5", "602", "email")


def test_json_for_people_is_indented_and_keeps_letters() -> None:
    assert indented_json({"a": ["é"]}) == '{\n  "a": [\n    "é"\n  ]\n}'


def test_estimates_are_marked_wherever_they_are_shown() -> None:
    profile = {**PROFILE, "rows_profiled": 1204, "is_exact": False, "basis": "statistics"}
    about = table("big", column("x", 0, profile=profile), row_count_is_estimate=True)
    lines = drawn(catalogue.tables(shop(about, ORDERS)))
    assert "about 2,408 rows" in lines[0]
    assert [line.split()[3] for line in lines[3:5]] == ["~1,204", "1,204"]
    lines = drawn(catalogue.columns(shop(about), about))
    assert "about 1,204 rows" in lines[0]
    assert lines[1] == "Figures are estimated from the server's statistics."
    assert [line.split("\t")[-1] for line in catalogue.tables(shop(about, ORDERS)).tab_separated()] == ["true", "false"]
    assert next(iter(catalogue.columns(shop(about), about).tab_separated())).endswith("the server's statistics")
    [row] = csv.DictReader(io.StringIO("\n".join(as_csv([shop(about)])), newline=""))
    assert (row["table_rows"], row["table_rows_estimated"], row["basis"]) == ("1204", "true", "statistics")
