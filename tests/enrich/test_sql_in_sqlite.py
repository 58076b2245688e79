"""SQLite is asked what a statement that passed wants of it: nothing but reads of what is known."""

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogctl.domain.errors import UnsafeSql
from catalogctl.enrich.sql_checks import check_select

TABLES = {
    "orders": ["id", "customer_id", "total", "ordered_at", "status"],
    "customers": ["id", "name", "email", "country"],
    "Order Details": ["order id", "Qty", "from"],
    "sales.invoices": ["id", "amount"],
}


@pytest.fixture(scope="module")
def watched() -> Iterator[tuple[sqlite3.Connection, list[str]]]:
    """A database with more than the catalogue knows, and what statements want of it beyond reading what it knows."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE orders (id, customer_id, total, ordered_at, status, hidden)")
    connection.execute("CREATE TABLE customers (id, name, email, country, password)")
    connection.execute('CREATE TABLE "Order Details" ("order id", Qty, "from")')
    connection.execute("CREATE TABLE secrets (id, total)")
    connection.execute("ATTACH ':memory:' AS sales")
    connection.execute("CREATE TABLE sales.invoices (id, amount)")
    wanted: list[str] = []
    readable = {
        (table.rpartition(".")[2].lower(), column.lower()) for table, columns in TABLES.items() for column in columns
    }

    def authorize(action: int, first: str | None, second: str | None, schema: str | None, trigger: str | None) -> int:
        is_read = action == sqlite3.SQLITE_READ and (
            not second or (str(first).lower(), second.lower()) in readable or str(first).lower() not in PRESENT
        )
        is_plain = action in {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE}
        is_function = action == sqlite3.SQLITE_FUNCTION and str(second) not in {"load_extension", "random"}
        if not (is_read or is_plain or is_function):
            wanted.append(f"{action} {first} {second} {schema}")
        return sqlite3.SQLITE_OK

    connection.set_authorizer(authorize)
    yield connection, wanted
    connection.close()


PRESENT = {"orders", "customers", "order details", "secrets", "invoices", "sqlite_master", "sqlite_temp_master"}
"""What is no common table expression, whose columns SQLite asks leave to read as well."""

COLUMNS = ["o.id", "o.total", "c.name", "status", "country", "n", '"order id"'] * 3 + [
    "hidden", "password", "c.password", "o.hidden", "secrets.id", "x.total", "x.id", "rowid", "sql", 'o."hidden"',
]  # fmt: skip
TABLE_NAMES = ["orders", "customers", '"Order Details"', "sales.invoices", "main.orders", "x"] * 2 + [
    "secrets", "sqlite_master", "main.secrets", "'secrets'", "[secrets]", "pragma_database_list", "temp.sqlite_master",
]  # fmt: skip
FUNCTIONS = ["sum", "lower", "max", "count", "date"] * 2 + ["load_extension", "random", "x", "main.lower", '"lower"']
SIGNS = ["+", "=", "AND", "OR", "||", "IS", "IS NOT", "LIKE", "<", ","] * 2 + ["->>", ";", "IN", "--", "MATCH"]
EXPRESSIONS = st.recursive(
    st.sampled_from(COLUMNS) | st.sampled_from(["1", "'a'", "NULL", "'it''s'", "TRUE", "CURRENT_DATE", "-1"]),
    lambda inner: st.one_of(
        st.builds("{} {} {}".format, inner, st.sampled_from(SIGNS), inner),
        st.builds("{}({})".format, st.sampled_from(FUNCTIONS), inner),
        st.builds("CASE WHEN {} THEN {} ELSE {} END".format, inner, inner, inner),
        st.builds("(SELECT {} FROM {} WHERE {})".format, inner, st.sampled_from(TABLE_NAMES), inner),
        st.builds("EXISTS (SELECT 1 FROM {} c WHERE {})".format, st.sampled_from(TABLE_NAMES), inner),
        st.builds("{} IN (SELECT id FROM {})".format, inner, st.sampled_from(TABLE_NAMES)),
        st.builds("sum({}) OVER (PARTITION BY {} ORDER BY {})".format, inner, inner, inner),
    ),
    max_leaves=3,
)
SOURCES = st.one_of(
    st.just("orders o, customers c"),
    st.builds("orders o JOIN customers c ON {}".format, EXPRESSIONS),
    st.builds("orders o JOIN {} c USING ({})".format, st.sampled_from(TABLE_NAMES), st.sampled_from(["id", "hidden"])),
    st.builds("orders o, (SELECT {} AS n FROM {}) AS c".format, EXPRESSIONS, st.sampled_from(TABLE_NAMES)),
    st.builds("orders o, {} AS {}".format, st.sampled_from(TABLE_NAMES), st.sampled_from(["c", "x", "secrets"])),
)
SELECTS = st.one_of(
    st.builds("SELECT {} AS n FROM {}".format, EXPRESSIONS, SOURCES),
    st.builds("SELECT {} AS n FROM {} WHERE {}".format, EXPRESSIONS, SOURCES, EXPRESSIONS),
    st.builds("SELECT {} AS n FROM {} GROUP BY {} ORDER BY {}".format, EXPRESSIONS, SOURCES, EXPRESSIONS, EXPRESSIONS),
)
STATEMENTS = st.one_of(
    SELECTS,
    st.builds("WITH {} AS ({}) {}".format, st.sampled_from(["x", "secrets", "orders"]), SELECTS, SELECTS),
    st.builds("WITH RECURSIVE x(n) AS ({} UNION ALL SELECT n FROM x) {}".format, SELECTS, SELECTS),
    st.builds("{} {} {}".format, SELECTS, st.sampled_from(["UNION", "EXCEPT", "UNION ALL", ";", "INTO"]), SELECTS),
)


@settings(max_examples=250, deadline=None)
@given(STATEMENTS)
def test_sqlite_itself_finds_nothing_but_known_reads_in_what_passes(
    watched: tuple[sqlite3.Connection, list[str]], sql: str
) -> None:
    connection, wanted = watched
    try:
        check_select(sql, dialect="sqlite", tables=TABLES)
    except UnsafeSql:
        return
    wanted.clear()
    try:
        connection.execute(f"EXPLAIN {sql}").close()
    except sqlite3.Error:
        return  # harmless and wrong: proving that it runs is not this check's work
    assert wanted == []
