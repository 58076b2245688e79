import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from catalogued import catalogued, column, datasource, table
from known_databases import Known, sqlite_database

from catalogctl.domain.catalogue import ForeignKey, Table
from catalogctl.enrich.rules.foreign_keys import KeyCandidate, accepted, containment_sql, key_candidates


def found_in(*tables: Table) -> set[str]:
    return {
        f"{found.table}.{found.column} -> {found.referred_table}.{found.referred_column}"
        for found in key_candidates(datasource(*tables))
    }


CUSTOMERS = table("customers", column("id", "INTEGER", list(range(1, 101)), is_key=True), column("email", "TEXT"))


@pytest.mark.parametrize("name", ["customer_id", "CustomerID", "custid", "billing_customer_id", "cust_no", "customer"])
def test_a_column_named_after_a_table_may_point_at_its_key(name: str) -> None:
    orders = table("orders", column(name, "INTEGER", [1, 5, 5, 99]))
    assert found_in(CUSTOMERS, orders) == {f"orders.{name} -> customers.id"}


@pytest.mark.parametrize(
    ("name", "data_type", "values", "why"),
    [
        ("customer_id", "TEXT", ["a", "b", "b"], "another type"),
        ("customer_id", "INTEGER", [500, 600, 600], "outside of the range"),
        ("customer_id", "INTEGER", list(range(1, 400)), "more values than there are customers"),
        ("customer_count", "INTEGER", [1, 2, 2], "a count"),
        ("customer_since", "DATE", ["2024-01-01"], "a date"),
        ("supplier_id", "INTEGER", [1, 2, 2], "no such table"),
        ("customer_id", "INTEGER", [None, None], "no values"),
    ],
)
def test_what_names_types_or_profiles_rule_out_is_not_tested(
    name: str, data_type: str, values: list[object], why: str
) -> None:
    assert found_in(CUSTOMERS, table("orders", column(name, data_type, values))) == set(), why


def test_declared_keys_are_not_proposed_again() -> None:
    keys = [ForeignKey(columns=("customer_id",), referred_table="customers", referred_columns=("id",))]
    assert found_in(CUSTOMERS, table("orders", column("customer_id", "INTEGER", [1, 2, 2]), keys=keys)) == set()


def test_a_column_called_like_a_unique_one_elsewhere_may_point_at_it() -> None:
    airlines = table("airlines", column("carrier", "TEXT", ["9E", "AA", "DL"]), column("name", "TEXT", ["a", "b", "c"]))
    flights = table("flights", column("carrier", "TEXT", ["AA", "AA", "DL"]), column("name", "TEXT", ["a", "b", "b"]))
    assert found_in(airlines, flights) == {"flights.carrier -> airlines.carrier"}


def test_people_parents_and_places_are_understood() -> None:
    staff = table(
        "employees",
        column("id", "INTEGER", list(range(1, 21)), is_key=True),
        column("manager_id", "INTEGER", [None, *[1] * 19]),
    )
    tickets = table("tickets", column("created_by", "INTEGER", [3, 4, 4]), column("parent_id", "INTEGER", [None, 1, 1]),
                    column("id", "INTEGER", [1, 2, 3], is_key=True))  # fmt: skip
    airports = table("airports", column("faa", "TEXT", [f"A{n}" for n in range(10, 30)]))
    flights = table("flights", column("origin", "TEXT", ["A10", "A11", "A11"]))
    assert found_in(staff, tickets, airports, flights) == {
        "employees.manager_id -> employees.id",
        "tickets.created_by -> employees.id",
        "tickets.parent_id -> tickets.id",
        "flights.origin -> airports.faa",
    }


def test_a_business_code_may_point_at_another_unique_column() -> None:
    products = table(
        "products", column("id", "INTEGER", [1, 2, 3], is_key=True), column("sku", "TEXT", ["A-1", "A-2", "A-3"])
    )
    assert found_in(products, table("prices", column("product sku", "TEXT", ["A-1", "A-1", "A-2"]))) == {
        "prices.product sku -> products.sku"
    }


def test_the_sample_shop_has_just_its_undeclared_keys(shop: Known) -> None:
    assert {(key.table, key.column, key.referred_table, key.referred_column, key.share) for key in shop.keys} == {
        ('price "changes" 🏷', "product sku", "products", "sku", 1.0),
        ("reviews", "product_id", "products", "id", 1.0),
        ("reviews", "customer_id", "customers", "id", 1.0),
    }


def test_a_well_declared_database_needs_none(chinook: Known, northwind: Known) -> None:
    assert chinook.keys == ()
    assert northwind.keys == ()


def test_keys_of_a_database_without_any_are_found_again(tmp_path: Path, chinook: Known) -> None:
    path = tmp_path / "bare.db"
    with closing(sqlite3.connect(path)) as bare, bare:
        for found in chinook.source.tables:
            names = ", ".join(
                f'"{column.name}"' for column in sorted(found.columns, key=lambda column: column.position)
            )
            rows = chinook.ask(f'SELECT {names} FROM "{found.name}"')
            bare.execute(f'CREATE TABLE "{found.name}" ({names})')
            bare.executemany(f'INSERT INTO "{found.name}" VALUES ({", ".join("?" * len(rows[0]))})', rows)
    with sqlite_database(path) as known:
        found_again = {(key.table, key.column, key.referred_table, key.referred_column) for key in known.keys}
    declared = {
        (table.name, key.columns[0], key.referred_table, key.referred_columns[0])
        for table in chinook.source.tables
        for key in table.foreign_keys
    }
    assert found_again == declared


def test_candidates_are_bounded() -> None:
    parents = [table(f"kind_{n}", column("id", "INTEGER", [1, 2, 3], is_key=True)) for n in range(75)]
    pointing = [column(f"kind_{n}_id", "INTEGER", [1, 2, 2]) for n in range(75)]
    children = [table(f"thing_{n}", *pointing) for n in range(75)]
    candidates = key_candidates(datasource(*parents, *children))
    assert len(candidates) == 5_000
    assert max(Counter((found.table, found.column) for found in candidates).values()) <= 2


AWKWARD = KeyCandidate(
    table='price "changes"', column="product `sku`; --", referred_table="pro'ducts", referred_column='s"ku'
)


def test_containment_is_counted_whatever_the_names_are(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "odd.db")) as connection:
        connection.execute('CREATE TABLE "price ""changes""" ("product `sku`; --" TEXT)')
        connection.execute("""CREATE TABLE "pro'ducts" ("s""ku" TEXT)""")
        connection.executemany('INSERT INTO "price ""changes""" VALUES (?)', [("a",), ("a",), ("b",), ("x",), (None,)])
        connection.executemany("""INSERT INTO "pro'ducts" VALUES (?)""", [("a",), ("b",), ("b",), (None,)])
        assert connection.execute(containment_sql(AWKWARD, "sqlite")).fetchall() == [(3, 2)]


def test_names_are_quoted_as_each_engine_wants_it() -> None:
    candidate = KeyCandidate(table="sales.orders", column="a`b", referred_table="customers", referred_column='c"d')
    assert '"sales"."orders"' in containment_sql(candidate, "postgresql")
    assert "`sales`.`orders`" in containment_sql(candidate, "mysql")
    assert "`a``b`" in containment_sql(candidate, "mysql")
    assert '"sales.orders"' in containment_sql(candidate, "sqlite")
    assert '"sales.orders"' in containment_sql(candidate, "files")
    assert '"c""d"' in containment_sql(candidate, "duckdb")


def test_a_key_is_accepted_when_nearly_all_its_values_are_found() -> None:
    weak = KeyCandidate(table="flights", column="dest", referred_table="airports", referred_column="faa")
    named = KeyCandidate(table="flights", column="tailnum", referred_table="planes", referred_column="tailnum")
    assert accepted(weak, 105, 101) is not None
    assert accepted(weak, 100, 90) is None
    kept = accepted(named, 4044, 3322)
    assert kept is not None
    assert kept.share == 3322 / 4044
    assert accepted(named, 100, 60) is None
    assert accepted(named, 0, 0) is None


def test_views_are_neither_tested_nor_pointed_at(northwind: Known) -> None:
    touched = {name for found in key_candidates(northwind.source) for name in (found.table, found.referred_table)}
    assert "Sales Totals by Amount" not in touched


def test_a_source_without_tables_has_no_candidates(tmp_path: Path) -> None:
    assert key_candidates(datasource()) == []
    path = tmp_path / "one.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE t (x)")
    assert key_candidates(catalogued(path)) == []


def test_a_key_is_found_under_another_spelling_of_its_name() -> None:
    patients = table("tblPatient", column("PatID", "INTEGER", list(range(1, 81)), is_key=True))
    readings = table("bp_readings", column("pat_id", "INTEGER", [number % 80 + 1 for number in range(160)]))
    assert found_in(patients, readings) == {"bp_readings.pat_id -> tblPatient.PatID"}


def test_a_number_that_is_called_as_its_table_is_points_at_no_row_of_it() -> None:
    flights = table(
        "flights",
        column("id", "INTEGER", list(range(1, 101)), is_key=True),
        column("flight", "INTEGER", [7, 11, 11, 90]),
        column("parent_flight", "INTEGER", [7, 11, 11, 90]),
    )
    assert found_in(flights) == {"flights.parent_flight -> flights.id"}
