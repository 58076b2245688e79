import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from catalogued import column, datasource, table
from known_databases import Known, sqlite_database

from catalogctl.domain.catalogue import ForeignKey
from catalogctl.domain.meaning import ColumnMeaning, TableMeaning
from catalogctl.enrich.rules.kpis import propose_kpis
from catalogctl.enrich.rules.understanding import understand


def test_key_figures_of_a_music_shop_equal_hand_written_sql(chinook: Known) -> None:
    kpis = chinook.kpis()
    for title, by_hand in {
        "Invoices": "SELECT count(*) FROM Invoice",
        "Total of invoices": "SELECT sum(Total) FROM Invoice",
        "Average invoice total": "SELECT sum(Total) / count(Total) FROM Invoice",
        "Share of invoices with billing country USA":
            "SELECT 100.0 * (SELECT count(*) FROM Invoice WHERE BillingCountry = 'USA') / count(*) FROM Invoice",
        "Total invoice line value": "SELECT sum(UnitPrice * Quantity) FROM InvoiceLine",
    }.items():  # fmt: skip
        assert chinook.number(kpis[title].sql) == pytest.approx(chinook.number(by_hand)), title


def test_key_figures_of_a_food_trader_equal_hand_written_sql(northwind: Known) -> None:
    kpis = northwind.kpis()
    for title, by_hand in {
        "Orders": "SELECT count(*) FROM Orders",
        "Total order freight": "SELECT total(Freight) FROM Orders",
        "Share of shipped orders": "SELECT 100.0 * count(ShippedDate) / count(*) FROM Orders",
        "Total order detail value after discount":
            'SELECT sum(UnitPrice * Quantity - UnitPrice * Quantity * Discount) FROM "Order Details"',
    }.items():  # fmt: skip
        assert northwind.number(kpis[title].sql) == pytest.approx(northwind.number(by_hand)), title


def test_key_figures_of_the_sample_shop_equal_hand_written_sql(shop: Known) -> None:
    kpis = shop.kpis()
    delivered = "SELECT avg(status = 'delivered') * 100 FROM orders"
    assert shop.number(kpis["Share of delivered orders"].sql) == pytest.approx(shop.number(delivered))
    assert shop.number(kpis["Total payment amount"].sql) == pytest.approx(
        shop.number("SELECT sum(amount) FROM payments")
    )


def test_a_trend_is_the_figure_of_each_month_that_is_over(northwind: Known) -> None:
    trend_sql = northwind.kpis()["Orders"].trend_sql
    assert trend_sql is not None
    by_hand = northwind.ask(
        "SELECT strftime('%Y-%m', OrderDate), count(*) FROM Orders WHERE OrderDate < '2018-05-01' GROUP BY 1 ORDER BY 1"
    )
    assert northwind.ask(trend_sql) == by_hand
    assert northwind.kpis()["Orders"].footer == "by month up to 2018-04"


def test_a_part_is_dated_by_its_whole(northwind: Known) -> None:
    kpi = northwind.kpis()["Total order detail value after discount"]
    assert kpi.trend_sql is not None
    assert kpi.tables == ("Order Details", "Orders")
    by_hand = northwind.ask(
        "SELECT substr(OrderDate, 1, 7), sum(UnitPrice * Quantity * (1 - Discount)) FROM Orders "
        "JOIN \"Order Details\" USING (OrderID) WHERE OrderDate < '2018-05' GROUP BY 1 ORDER BY 1"
    )
    assert northwind.ask(kpi.trend_sql) == [(month, pytest.approx(value)) for month, value in by_hand]


def test_every_catalogue_has_at_least_four_that_all_run(known: Known) -> None:
    kpis = known.kpis()
    assert 4 <= len(kpis) <= 8
    for kpi in kpis.values():
        assert isinstance(known.number(kpi.sql), int | float)
        if kpi.trend_sql:
            trend = known.ask(kpi.trend_sql)
            assert 2 <= len(trend) <= 31
            assert trend == sorted(trend, key=lambda point: str(point[0]))
            assert all(isinstance(value, int | float) for _, value in trend)


@pytest.mark.parametrize(
    "known", ["chinook", "northwind", "shop", "rentals", "clinic", "subscriptions", "legacy"], indirect=True
)
def test_count_sum_trend_and_share_are_among_them(known: Known) -> None:
    kpis = known.kpis().values()
    assert any("COUNT(*)" in kpi.sql and kpi.unit is None for kpi in kpis)
    assert any("SUM(" in kpi.sql and kpi.unit != "%" for kpi in kpis)
    assert any(kpi.trend_sql for kpi in kpis)
    assert any(kpi.unit == "%" and 0 <= known.number(kpi.sql) <= 100 for kpi in kpis)


@pytest.mark.parametrize(
    "rows",
    [[("a",), ("b",), ("b",)], [(1,), (2,), (3,)], [(None,), (1.5,)], [("2024-01-01",), ("2024-03-01",)], [("x",)]],
)
def test_four_key_figures_come_even_of_one_column(tmp_path: Path, rows: list[tuple[object]]) -> None:
    path = tmp_path / "tiny.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE t (x)")
        connection.executemany("INSERT INTO t VALUES (?)", rows)
    with sqlite_database(path) as known:
        kpis = known.kpis()
        assert len(kpis) >= 4
        for kpi in kpis.values():
            known.number(kpi.sql)


def test_without_rows_there_is_nothing_to_measure() -> None:
    empty = datasource(table("orders", column("id", "INTEGER", [], is_key=True)))
    assert propose_kpis(empty, [], [], dialect="sqlite") == []
    assert propose_kpis(datasource(), [], [], dialect="sqlite") == []


SALES = [("2024-01-15", 10.0, "EUR"), ("2024-02-15", 20.0, "EUR"), ("2024-03-31", 900.0, "USD")] * 10


def test_amounts_of_several_currencies_are_not_added_up(tmp_path: Path) -> None:
    path = tmp_path / "sales.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE sales (sold_on DATE, amount REAL, currency TEXT)")
        connection.executemany("INSERT INTO sales VALUES (?, ?, ?)", SALES)
    with sqlite_database(path) as known:
        [kpi] = [kpi for title, kpi in known.kpis().items() if title.startswith("Total")]
        assert (kpi.title, kpi.unit) == ("Total sale amount in EUR", "EUR")
        assert known.number(kpi.sql) == 300


@pytest.mark.parametrize("written", ["Euro", "EUR       ", "euros of Malta"])
@pytest.mark.parametrize("rest", ["US dollar", " ", None])
def test_amounts_in_a_currency_are_said_to_be_in_it_however_it_is_written(
    tmp_path: Path, written: str, rest: str | None
) -> None:
    path = tmp_path / "sales.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE sales (sold_on DATE, amount REAL, currency TEXT)")
        rows = [(day, amount, written if code == "EUR" else rest) for day, amount, code in SALES]
        # What cannot be shown is no currency, be it the most frequent value.
        rows += [("2024-04-30", 5.0, rest)] * (30 if rest == " " else 0)
        connection.executemany("INSERT INTO sales VALUES (?, ?, ?)", rows)
    with sqlite_database(path) as known:
        kpis = known.kpis()
        [total] = [kpi for title, kpi in kpis.items() if title.startswith("Total")]
        [average] = [kpi for title, kpi in kpis.items() if title.startswith("Average")]
        told = written.strip()
        assert (total.title, total.unit, known.number(total.sql)) == (f"Total sale amount in {told}", told, 300)
        assert (average.title, average.unit, known.number(average.sql)) == (f"Average sale amount in {told}", told, 15)


@pytest.mark.parametrize(
    ("name", "data_type", "values"),
    [
        ("customer_id", "INTEGER", list(range(100, 130))),
        ("year", "INTEGER", list(range(1990, 2020))),
        ("latitude", "REAL", [n + 0.5 for n in range(30)]),
        ("phone", "INTEGER", list(range(612345678, 612345708))),
        ("postal_code", "INTEGER", list(range(75000, 75030))),
        ("iban_check", "INTEGER", list(range(30))),
        ("position", "INTEGER", list(range(30))),
        ("isbn", "INTEGER", list(range(9780000000000, 9780000000030))),
    ],
)
def test_what_is_no_measure_is_neither_added_up_nor_averaged(name: str, data_type: str, values: list[float]) -> None:
    days = [f"2024-01-{day:02}" for day in range(1, 31)]
    visits = table("visits", column(name, data_type, values), column("visited_on", "DATE", days))
    for kpi in propose_kpis(datasource(visits), [], [], dialect="sqlite"):
        assert f'SUM(f."{name}")' not in kpi.sql
        assert f'AVG(f."{name}")' not in kpi.sql


@pytest.mark.parametrize(
    ("name", "values"),
    [("unit_price", [1.5, 2.5]), ("rating", [3.5, 4.5]), ("temperature", [20.5, 30.5]), ("vat_rate", [5.5, 20.5]),
     ("salary", [1000.5, 2000.5]), ("population", [1000, 2000])],
)  # fmt: skip
def test_what_does_not_add_up_is_averaged_at_most(name: str, values: list[float]) -> None:
    days = [f"2024-{month:02}-01" for month in range(1, 13)]
    data_type = "REAL" if isinstance(values[0], float) else "INTEGER"
    visits = table("visits", column(name, data_type, values * 6), column("visited_on", "DATE", days))
    titles = [kpi.title for kpi in propose_kpis(datasource(visits), [], [], dialect="sqlite")]
    assert not [title for title in titles if title.startswith("Total")]
    assert [title for title in titles if title.startswith("Average")]


@pytest.mark.parametrize("many", [2, 90])
def test_what_is_no_number_is_left_out_of_a_mean(tmp_path: Path, many: int) -> None:
    path = tmp_path / "orders.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, amount REAL, rating INTEGER)")
        amounts = [100.0 + number % many for number in range(180)]
        connection.executemany("INSERT INTO orders (amount, rating) VALUES (?, 4)", [(amount,) for amount in amounts])
        connection.execute("INSERT INTO orders (amount, rating) VALUES ('', 'n/a'), (NULL, 2)")
    with sqlite_database(path) as known:
        assert known.number(known.kpis()["Average order amount"].sql) == sum(amounts) / len(amounts)
        assert known.number(known.kpis()["Average order rating"].sql) == pytest.approx((4 * 180 + 2) / 181)


def test_what_is_bad_goes_down_to_be_good() -> None:
    statuses = ["cancelled"] * 3 + ["open"] * 7
    kpis = propose_kpis(datasource(table("orders", column("status", "TEXT", statuses))), [], [], dialect="sqlite")
    [share] = [kpi for kpi in kpis if kpi.title == "Share of cancelled orders"]
    assert share.invert is True


@pytest.mark.parametrize(
    ("name", "values", "title", "share"),
    [
        ("status", ["paid", "Paid", "PAID", "open"], "Share of paid invoices", 75),
        ("status", ["cancelled", "Canceled", "open", None], "Share of canceled invoices", 50),
        ("status", ["paid", "Paid", "unpaid", "open"], "Share of paid invoices", 50),
        ("status", ["payée", "payée", "Payée", "ouverte"], "Share of invoices with status payée", 50),
        ("is_active", ["Y", "yes", "n", "no"], "Share of active invoices", 50),
        ("is_active", ["Y", "yes", None, None], "Share of active invoices", 50),
    ],
)
def test_a_share_is_that_of_all_spellings_of_what_it_is_called_by(
    tmp_path: Path, name: str, values: list[str | None], title: str, share: float
) -> None:
    path = tmp_path / "invoices.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE invoices (id INTEGER PRIMARY KEY, {name} TEXT)")
        connection.executemany(f"INSERT INTO invoices ({name}) VALUES (?)", [(value,) for value in values * 10])
    with sqlite_database(path) as known:
        assert known.number(known.kpis()[title].sql) == share


@pytest.mark.parametrize(("name", "values"), [("status", ["paid", "Paid"]), ("is_active", ["y", "yes"])])
def test_what_all_rows_are_in_one_spelling_or_another_is_no_share(name: str, values: list[str]) -> None:
    told = propose_kpis(datasource(table("invoices", column(name, "TEXT", values * 10))), [], [], dialect="sqlite")
    assert not {"Share of paid invoices", "Share of active invoices"} & {kpi.title for kpi in told}


def test_where_not_all_spellings_are_known_a_value_is_quoted() -> None:
    statuses = [*["paid", "Paid"] * 100, *(f"waiting {n}" for n in range(60))] * 2
    status = column("status", "TEXT", statuses)
    meaning = TableMeaning(name="invoices", columns={"status": ColumnMeaning(semantic_type="status")})
    titles = {kpi.title for kpi in propose_kpis(datasource(table("invoices", status)), [meaning], [], dialect="sqlite")}
    assert "Share of invoices with status paid" in titles
    assert "Share of paid invoices" not in titles


def test_a_share_kept_as_a_part_of_one_is_told_in_per_cent() -> None:
    orders = table(
        "orders", column("discount", "REAL", [0.0, 0.1, 0.2]), column("id", "INTEGER", [1, 2, 3], is_key=True)
    )
    [kpi] = [kpi for kpi in propose_kpis(datasource(orders), [], [], dialect="sqlite") if kpi.unit == "%"][:1]
    assert (kpi.title, kpi.unit, kpi.sql) == (
        "Average order discount",
        "%",
        'SELECT 100.0 * AVG(f."discount") AS figure FROM "orders" f',
    )


def test_what_is_said_of_a_column_elsewhere_counts() -> None:
    trips = table("trips", column("xq", "REAL", [1.5, 2.5, 2.5]), column("id", "INTEGER", [1, 2, 3], is_key=True))
    readable = table("trips", column("wobble", "REAL", [1.5, 2.5, 2.5]))
    meaning = TableMeaning(name="trips", columns={"wobble": ColumnMeaning(semantic_type="money")})
    alone = {kpi.title for kpi in propose_kpis(datasource(readable), [], [], dialect="sqlite")}
    told = {kpi.title for kpi in propose_kpis(datasource(readable), [meaning], [], dialect="sqlite")}
    assert "Total trip wobble" in told - alone
    odd = TableMeaning(name="trips", columns={"xq": ColumnMeaning(semantic_type="not one of our words")})
    assert propose_kpis(datasource(trips), [odd], [], dialect="sqlite") == propose_kpis(
        datasource(trips), [], [], dialect="sqlite"
    )


def test_what_a_history_keeps_of_each_change_is_not_added_up() -> None:
    days = [f"2024-{month:02d}-{day:02d} 10:00:00" for month in range(1, 7) for day in range(1, 26)]
    amount = column("amount", "REAL", [1.5, 2.5] * 75)
    orders = table("orders", column("id", "INTEGER", list(range(150)), is_key=True), amount)
    changes = table(
        "order_history",
        column("id", "INTEGER", list(range(150)), is_key=True),
        column("order_id", "INTEGER", list(range(150))),
        column("changed_at", "TIMESTAMP", days),
        amount,
        keys=[ForeignKey(columns=("order_id",), referred_table="orders", referred_columns=("id",))],
    )
    shop = datasource(orders, changes)
    drafts = propose_kpis(shop, understand(shop, []), [], dialect="sqlite")
    summed = [draft.sql for draft in drafts if "SUM(f." in draft.sql]
    assert not [sql for sql in summed if "order_history" in sql]
    assert [sql for sql in summed if '"orders"' in sql]
