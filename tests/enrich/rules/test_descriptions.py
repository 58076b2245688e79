from dataclasses import replace

import pytest
from catalogued import column, datasource, table
from known_databases import Known

from catalogctl.domain.catalogue import Column, ForeignKey, Table
from catalogctl.domain.meaning import InferredKey
from catalogctl.enrich.rules.understanding import understand


def said(subject: Table, name: str) -> str | None:
    [told] = understand(datasource(subject), [])
    return told.columns[name].description


def said_of(known: Known, table_name: str, name: str | None = None) -> str | None:
    told = known.meanings()[table_name]
    return told.description if name is None else told.columns[name].description


@pytest.mark.parametrize(
    ("table_name", "sentence"),
    [
        (
            "Invoice",
            (
                "400 invoices, linked to customers, with billing address, billing city, billing country and total; "
                "invoice date from 2021-01-05 to 2025-05-23."
            ),
        ),
        ("Genre", "List of 10 genres; referred to by tracks."),
        ("PlaylistTrack", "Links playlists to tracks: 2,722 pairs."),
        ("Album", "120 albums, linked to artists; referred to by tracks."),
    ],
)
def test_tables_of_a_music_shop(chinook: Known, table_name: str, sentence: str) -> None:
    assert said_of(chinook, table_name) == sentence


@pytest.mark.parametrize(
    ("table_name", "name", "sentence"),
    [
        ("Album", "AlbumId", "Unique number of the album, from 1 to 120 without gaps."),
        ("Album", "ArtistId", "Artist of the album: refers to Artist.ArtistId; 47 different ones occur."),
        ("Track", "Milliseconds", "Duration of the track in milliseconds, from 60,007 to 599,700 (average 336,180)."),
        (
            "Employee",
            "ReportsTo",
            (
                "Superior of the employee, another employee: refers to Employee.EmployeeId; "
                "3 different ones occur; missing in 1 row."
            ),
        ),
        ("Customer", "FirstName", "First name of the customer."),
        ("Customer", "Fax", "Fax number of the customer; missing in 81% of the rows."),
        ("Invoice", "InvoiceDate", "Date of the invoice, from 2021-01-05 to 2025-05-23."),
        ("InvoiceLine", "Quantity", "Quantity of the invoice line, always 1."),
        ("MediaType", "Name", "Name of the media type; different in every row."),
    ],
)
def test_columns_of_a_music_shop(chinook: Known, table_name: str, name: str, sentence: str) -> None:
    assert said_of(chinook, table_name, name) == sentence


@pytest.mark.parametrize(
    ("table_name", "name", "sentence"),
    [
        (
            "Order Details",
            None,
            (
                "2,046 order details, one for each order and product, linked to orders and products, "
                "with unit price, quantity and discount."
            ),
        ),
        (
            "Orders",
            "ShippedDate",
            "When the order was shipped, from 2016-07-07 to 2018-05-02; missing in 2.4% of the rows.",
        ),
        ("Orders", "OrderID", "Unique number of the order, from 10248 to 11077 without gaps."),
        ("Products", "Discontinued", "Whether the product is discontinued; yes in 10% of the rows."),
        ("Customers", "CustomerID", "Unique code of the customer, always 5 characters long."),
        ("Suppliers", "Fax", "Fax number of the supplier; empty in every row."),
        ("Categories", "Picture", "Picture of the category, as binary data."),
        ("Sales Totals by Amount", None, "View with 830 rows: sale amount."),
    ],
)
def test_a_food_trader(northwind: Known, table_name: str, name: str | None, sentence: str) -> None:
    assert said_of(northwind, table_name, name) == sentence


@pytest.mark.parametrize(
    ("table_name", "name", "sentence"),
    [
        (
            "reviews",
            "product_id",
            (
                "Product of the review: refers to products.id (inferred: all its values are found there); "
                "180 different ones occur."
            ),
        ),
        ("orders", "ordered_at", "When the order was placed, from 2024-07-10 to 2026-06-29."),
        ("visits", "at", "Date and time of the visit, from 2026-05-01 to 2026-06-29."),
        ("products", "currency", "Currency of the product, always EUR."),
        ("products", "weight_kg", None),
        (
            'price "changes" 🏷',
            None,
            (
                "140 price changes, linked to products, with old price and new price; changed from "
                "2025-05-31 to 2026-06-29."
            ),
        ),
    ],
)
def test_the_sample_shop(shop: Known, table_name: str, name: str | None, sentence: str | None) -> None:
    found = said_of(shop, table_name, name)
    if sentence is None:
        assert found is not None
        assert found.startswith("Weight of the product in kg, from 0.")
    else:
        assert found == sentence


def test_of_a_cryptic_column_nothing_is_said() -> None:
    assert said(table("batting", column("GIDP", "INTEGER", [0, 5, 9])), "GIDP") is None
    assert said(table("batting", column("xq", "")), "xq") is None


def test_of_a_cryptic_column_with_few_values_these_are_told() -> None:
    subject = table("airports", column("dst", "TEXT", ["A"] * 9 + ["U"]))
    assert said(subject, "dst") == "One of A (90%) or U (10%)."


def test_a_name_alone_is_no_description() -> None:
    subject = table("zz", column("director", "TEXT", ["Ada Lovelace", "Grace Hopper", "Ada Lovelace"]))
    assert said(subject, "director") is None


def test_numbers_kept_as_text_are_told_as_such() -> None:
    subject = table("planes", column("speed", "TEXT", [str(n) for n in range(90, 99)] * 2 + ["NA"] * 2))
    assert said(subject, "speed") == "Speed of the plane; numbers kept as text, NA in 10% of the rows."


def test_an_empty_table_is_told_to_be_empty() -> None:
    [told] = understand(datasource(table("orders", column("id", "INTEGER", [], is_key=True))), [])
    assert told.description == "Orders: none so far."
    assert told.columns["id"].description == "Unique number of the order."


def test_without_a_profile_no_figures_are_given() -> None:
    orders = table("orders", column("id", "INTEGER", is_key=True), column("total", "DECIMAL(10,2)"))
    [told] = understand(datasource(orders), [])
    assert told.description == "Orders, with total."
    assert told.columns["total"].description == "Total of the order."


def _profile(subject: Column, **changes: object) -> Column:
    return replace(subject, profile={**(subject.profile or {}), **changes})


@pytest.mark.parametrize("changes", [{"is_exact": False}, {"stale": True}])
def test_figures_of_a_sample_or_of_long_ago_are_not_quoted(changes: dict[str, object]) -> None:
    price = _profile(column("price", "REAL", [1.0, 2.0, 3.0]), **changes)
    assert said(table("products", price), "price") == "Price of the product."


def test_a_comment_of_the_source_comes_first_and_in_its_own_words() -> None:
    price = replace(column("prc_x", "REAL", [1.0, 2.5, 3.0]), comment="Gross,\n incl.\x1b[31m packaging ")
    assert said(table("products", price), "prc_x") == "Gross, incl. [31m packaging. From 1 to 3 (average 2.17)."


def test_a_view_is_called_one() -> None:
    view = replace(table("sales_by_month", column("revenue", "REAL", [1.0, 2.0])), is_view=True)
    [told] = understand(datasource(view), [])
    assert told.description == "View with 2 rows: revenue."


def test_a_key_that_does_not_hold_everywhere_says_so() -> None:
    flights = table("flights", column("tailnum", "TEXT", [f"N{n}" for n in range(100, 200)]))
    planes = table("planes", column("tailnum", "TEXT", [f"N{n}" for n in range(100, 180)]))
    key = InferredKey(table="flights", column="tailnum", referred_table="planes", referred_column="tailnum", share=0.8)
    [told, _] = understand(datasource(flights, planes), [key])
    assert told.columns["tailnum"].description == (
        "Tail number of the flight: refers to planes.tailnum (inferred: 80% of its values are found there); "
        "100 different ones occur."
    )


def test_a_key_that_points_at_nothing_known_is_left_alone() -> None:
    keys = [ForeignKey(columns=("owner_id",), referred_table="elsewhere", referred_columns=("id",))]
    [told] = understand(datasource(table("cars", column("owner_id", "INTEGER", [1, 2, 2]), keys=keys)), [])
    assert told.columns["owner_id"].semantic_type != "foreign_key"


def test_a_declared_key_is_found_in_whatever_case_it_names_the_other_table() -> None:
    keys = [ForeignKey(columns=("owner_id",), referred_table="OWNERS", referred_columns=("ID",))]
    cars = table("cars", column("owner_id", "INTEGER", [1, 2, 2]), keys=keys)
    owners = table("owners", column("id", "INTEGER", [1, 2], is_key=True))
    [told, _] = understand(datasource(cars, owners), [])
    assert told.columns["owner_id"].description == "Owner of the car: refers to owners.id; 2 different ones occur."


def test_a_name_of_two_plurals_is_not_what_a_row_is() -> None:
    [told] = understand(datasource(table("AwardsManagers", column("notes", "TEXT", ["a", "b"]))), [])
    assert told.description == "Awards managers (2 rows): notes."
    assert told.columns["notes"].description == "Notes; 1 character long on average."


def test_only_the_tables_asked_for_are_told_of_and_as_if_all_had_been(known: Known) -> None:
    everything = {meaning.name: meaning for meaning in understand(known.source, known.keys)}
    for name, meaning in everything.items():
        assert understand(known.source, known.keys, tables=[name]) == [meaning]


def test_disabled_tables_are_left_out(chinook: Known) -> None:
    tables = tuple(replace(found, is_enabled=found.name != "Track") for found in chinook.source.tables)
    told = {meaning.name: meaning for meaning in understand(replace(chinook.source, tables=tables), [])}
    assert "Track" not in told
    assert "track" not in (told["Genre"].description or "").lower()


def test_synonyms_say_what_the_name_does_not(chinook: Known, northwind: Known) -> None:
    customer = chinook.meanings()["Customer"]
    assert customer.synonyms == ("customers", "clients")
    assert customer.columns["PostalCode"].synonyms == ("postal code", "zip code", "postcode")
    assert customer.columns["City"].synonyms == ("town",)
    assert northwind.meanings()["Orders"].synonyms == ("order", "purchases")
    [told] = understand(datasource(table("t", column("qty_ordered", "INTEGER", [1, 2, 2]))), [])
    assert told.columns["qty_ordered"].synonyms == ("quantity ordered",)


def test_synonyms_are_never_the_name_itself(known: Known) -> None:
    for meaning in known.meanings().values():
        for name, told in meaning.columns.items():
            assert name.lower() not in told.synonyms
            assert len(set(told.synonyms)) == len(told.synonyms) <= 4


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Orders", "fact"),
        ("Order Details", "fact"),
        ("Customers", "dimension"),
        ("Products", "dimension"),
        ("EmployeeTerritories", "bridge"),
        ("Regions", "reference"),
        ("Sales Totals by Amount", None),
    ],
)
def test_tables_play_their_roles(northwind: Known, name: str, role: str | None) -> None:
    assert northwind.meanings()[name].role == role


def test_roles_by_name_and_by_time() -> None:
    moments = [f"2024-01-0{n}T00:00:00" for n in range(1, 9)]
    log = table(
        "audit_log", column("id", "INTEGER", list(range(8)), is_key=True), column("created_at", "TIMESTAMP", moments)
    )
    star = table("fct_sales", column("qty", "INTEGER", [1, 2, 2]))
    [audit, sales] = understand(datasource(log, star), [])
    assert (audit.role, sales.role) == ("log", "fact")
