from dataclasses import replace

import pytest
from catalogued_shop import column, shop, table

from catalogctl.cli.naming import place_of, profiled_place
from catalogctl.domain.catalogue import Datasource
from catalogctl.domain.errors import TableNotFound

ORDERS = table("orders", column("id", 0), column("Status", 1))
FIRST = shop(ORDERS, table("people", column("id", 0)))
SECOND = replace(shop(table("people", column("name", 0))), name="staff")


def test_a_table_or_a_column_is_meant_with_its_source_or_without() -> None:
    both = [FIRST, SECOND]
    assert place_of("orders", both).full == place_of("shop.orders", both).full == "shop.orders"
    assert place_of("orders.Status", both).full == place_of("shop.orders.Status", both).full == "shop.orders.Status"
    assert place_of("staff.people", both).source is SECOND
    assert place_of("people.name", both).full == "staff.people.name"


class Counted:
    """A catalogue that counts how often all of it is read."""

    def __init__(self, *found: Datasource) -> None:
        self.found = found
        self.whole = 0

    def sources(self) -> list[Datasource]:
        return list(self.found)

    def catalogue(self, *, source: str | None = None, table: str | None = None, **_: bool) -> list[Datasource]:
        self.whole += table is None
        chosen = [one for one in self.found if source in {None, one.name}]
        found = [replace(one, tables=tuple(t for t in one.tables if table in {None, t.name})) for one in chosen]
        if table is not None and not any(one.tables for one in found):
            raise TableNotFound(table)
        return found


def test_a_table_by_its_exact_name_is_found_without_reading_all_others() -> None:
    catalogue = Counted(FIRST, SECOND)
    assert profiled_place("shop.orders", catalogue).full == "shop.orders"
    assert profiled_place("orders", Counted(FIRST)).full == "shop.orders"
    assert catalogue.whole == 0
    found = profiled_place("orders.status", catalogue)
    assert (found.full, found.column) == ("shop.orders.Status", ORDERS.columns[1])
    assert profiled_place("staff.people.name", catalogue).full == "staff.people.name"
    with pytest.raises(TableNotFound):
        profiled_place("people", catalogue)


def test_case_only_matters_where_it_decides() -> None:
    assert place_of("ORDERS.status", [FIRST]).short == "orders.Status"
    twins = shop(table("Log"), table("log"))
    assert place_of("log", [twins]).table.name == "log"
    with pytest.raises(TableNotFound, match="more than one"):
        place_of("LOG", [twins])


def test_an_ambiguous_name_is_told_with_its_candidates() -> None:
    with pytest.raises(TableNotFound) as caught:
        place_of("people", [FIRST, SECOND])
    assert "shop.people, staff.people" in caught.value.detail


def test_a_name_with_dots_may_be_a_table() -> None:
    schemas = shop(table("sales.orders", column("id", 0)))
    assert place_of("sales.orders", [schemas]).column is None
    assert place_of("sales.orders.id", [schemas]).short == "sales.orders.id"


def test_a_mistyped_name_is_guessed_and_only_what_fits_is_offered() -> None:
    with pytest.raises(TableNotFound) as caught:
        place_of("ordrs", [FIRST], has_columns=False)
    assert caught.value.hint == "Did you mean shop.orders?"
    with pytest.raises(TableNotFound) as caught:
        place_of("orders.Status", [FIRST], has_columns=False)
    assert "no table 'orders.Status'" in caught.value.detail
    with pytest.raises(TableNotFound) as caught:
        place_of("zzz", [])
    assert caught.value.hint is not None


def test_a_source_that_is_asked_for_by_its_url_is_told_without_its_password() -> None:
    with pytest.raises(TableNotFound, match=r"no table or column 'postgresql://ann:\*{3}@db/shop'"):
        place_of("postgresql://ann:s3cret@db/shop", [FIRST])
