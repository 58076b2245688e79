import sqlite3
import time
from contextlib import closing, suppress

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogctl.domain.errors import UnsafeSql
from catalogctl.enrich.sql_checks import MAX_LENGTH, check_select, tables_read

TABLES = {
    "orders": ["id", "customer_id", "total", "ordered_at", "status"],
    "customers": ["id", "name", "email", "country"],
    "Order Details": ["order id", "Qty", "from"],
    "sales.invoices": ["id", "amount"],
}
DIALECTS = ["sqlite", "duckdb", "postgresql", "mysql"]


def chained(step: str, *, times: int = 30) -> str:
    """A query that follows from *step* again and again; in it %s is the query before."""
    queries = (f", q{n} AS ({step.replace('%s', f'q{n - 1}')})" for n in range(1, times))
    return f"WITH q0 AS (SELECT id AS x, status AS s FROM orders){''.join(queries)} SELECT count(x) FROM q{times - 1}"


EVERYWHERE = [
    "SELECT count(*) FROM orders",
    "select sum(total) from orders",
    "SELECT COUNT(DISTINCT o.customer_id) AS buyers FROM orders o",
    "SELECT o.id FROM orders AS o JOIN customers c ON c.id = o.customer_id WHERE c.country = 'FR' ORDER BY o.total",
    "SELECT status, count(*) AS n FROM orders GROUP BY status HAVING count(*) > 1 ORDER BY n LIMIT 5",
    "SELECT 100.0 * SUM(CASE WHEN status = 'paid' THEN 1 ELSE 0 END) / NULLIF(COUNT(*), 0) FROM orders",
    "SELECT avg(total) FROM orders WHERE customer_id IN (SELECT id FROM customers WHERE name LIKE 'A%')",
    "SELECT count(*) FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)",
    "WITH b AS (SELECT customer_id, SUM(total) AS spent FROM orders GROUP BY customer_id) SELECT AVG(spent) FROM b",
    "WITH a AS (SELECT id FROM orders), b AS (SELECT id FROM a) SELECT count(*) FROM b",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12) SELECT count(*) FROM n",
    "WITH RECURSIVE n AS (SELECT id, 1 AS i FROM orders UNION ALL SELECT id, i + 1 FROM n WHERE i < 3) SELECT i FROM n",
    "SELECT id FROM orders UNION ALL SELECT id FROM customers ORDER BY id",
    "SELECT t.n FROM (SELECT count(*) AS n FROM orders) AS t",
    "SELECT * FROM orders",
    "SELECT o.* FROM orders o",
    "SELECT x.id FROM (SELECT * FROM orders) x",
    "SELECT ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY ordered_at) AS r FROM orders",
    "SELECT SUM(total) OVER w FROM orders WINDOW w AS (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
    "SELECT CAST(total AS DECIMAL(10,2)) FROM orders",
    "SELECT COALESCE(status, 'it''s none') FROM orders WHERE total BETWEEN 1 AND 2 AND status IS NOT NULL",
    "SELECT (SELECT MAX(total) FROM orders) - (SELECT MIN(total) FROM orders)",
    "SELECT c.name, o.n FROM customers c LEFT JOIN (SELECT id, count(*) n FROM orders GROUP BY id) o ON o.id = c.id",
    "SELECT invoices.id FROM orders AS sales CROSS JOIN sales.invoices",
    "SELECT count(*) FROM orders o JOIN customers c USING (id)",
    "SELECT count(*)\n\tFROM orders\r\n",
    "SELECT SUM(CAST(REPLACE(REPLACE(status, ',', ''), 'EUR', '0') AS DECIMAL(10,2))) FROM orders",
]
IN_ONE = [
    ("duckdb", "(SELECT 1)"),
    ("postgresql", "(SELECT id FROM orders ORDER BY total LIMIT 1) UNION ALL (SELECT 0)"),
    ("duckdb", "WITH orders AS (SELECT id AS renamed FROM orders) SELECT renamed FROM orders"),
    ("postgresql", "WITH orders AS (SELECT id AS renamed FROM orders) SELECT renamed FROM orders"),
    ("sqlite", chained("SELECT x + 1 AS x FROM %s WHERE x > 1")),
    ("mysql", chained("SELECT a.x - b.x AS x FROM %s a JOIN %s b ON a.x = b.x", times=7)),
    ("sqlite", "SELECT strftime('%Y-%m', ordered_at) AS month, SUM(total) FROM orders GROUP BY month ORDER BY month"),
    ("sqlite", "SELECT date(ordered_at, 'start of month'), total(total) FROM orders GROUP BY 1"),
    ("sqlite", "SELECT julianday('now') - julianday(MAX(ordered_at)) FROM orders"),
    ("sqlite", 'SELECT SUM("Qty") FROM "Order Details" WHERE [order id] > 3 AND `from` IS NULL'),
    ("sqlite", "SELECT COUNT(*) FILTER (WHERE status = 'paid') FROM main.orders"),
    ("sqlite", "SELECT IIF(total > 1, IFNULL(status, '?'), REPLACE(status, ',', '.')) FROM orders"),
    ("sqlite", "SELECT ORDERS.ID FROM Orders WHERE STATUS GLOB 'p*' COLLATE NOCASE"),
    ("duckdb", "SELECT date_trunc('month', ordered_at) AS m, median(total) FROM orders GROUP BY ALL ORDER BY m"),
    ("duckdb", "SELECT quantile_cont(total, 0.9), total::DOUBLE, id // 2 FROM orders GROUP BY total, id"),
    ("duckdb", "SELECT date_diff('day', ordered_at, current_date) FROM main.orders QUALIFY row_number() OVER () = 1"),
    ("duckdb", "SELECT count(*) FILTER (WHERE status ILIKE 'p%') FROM orders WHERE ordered_at > DATE '2024-01-01'"),
    ("duckdb", 'SELECT "QTY" FROM "order details"'),
    ("postgresql", "SELECT date_trunc('month', ordered_at)::date AS m, sum(total) FROM orders GROUP BY 1 ORDER BY 1"),
    ("postgresql", "SELECT extract(year FROM ordered_at), to_char(ordered_at, 'YYYY-MM') FROM orders"),
    ("postgresql", "SELECT count(*) FROM orders WHERE ordered_at > now() - interval '30 days'"),
    ("postgresql", "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY total) FROM orders"),
    ("postgresql", "SELECT ordered_at AT TIME ZONE 'UTC' FROM orders WHERE status = ANY (SELECT name FROM customers)"),
    ("postgresql", 'SELECT sum("Qty") FROM "Order Details"'),
    ("postgresql", "SELECT total FROM ORDERS FETCH FIRST 3 ROWS ONLY"),
    ("mysql", "SELECT DATE_FORMAT(ordered_at, '%Y-%m') AS m, SUM(total) FROM orders GROUP BY m"),
    ("mysql", "SELECT TIMESTAMPDIFF(DAY, ordered_at, NOW()), DATE_SUB(CURDATE(), INTERVAL 1 MONTH) FROM orders"),
    ("mysql", "SELECT IF(total > 1, 1, 0), YEAR(ordered_at), id DIV 2 FROM `orders`"),
    ("mysql", "SELECT `from` FROM `Order Details`"),
]
GOOD = [(dialect, sql) for sql in EVERYWHERE for dialect in DIALECTS] + IN_ONE


@pytest.mark.parametrize(("dialect", "sql"), GOOD)
def test_a_select_on_known_tables_passes_unchanged(dialect: str, sql: str) -> None:
    assert check_select(sql, dialect=dialect, tables=TABLES) == sql


DANGEROUS_EVERYWHERE = [
    # what is short to write and without end to plan or to hold
    chained("SELECT x + x AS x FROM %s"),
    chained("SELECT (SELECT x + x) AS x FROM %s"),
    chained("SELECT y AS x FROM (SELECT x + x FROM %s) AS d(y)"),
    chained("SELECT y + y AS x FROM (SELECT x FROM %s UNION ALL SELECT x FROM %s) AS d(y)", times=20),
    chained("SELECT x + y AS x FROM (SELECT x AS y, x FROM %s) AS d"),
    chained("SELECT CASE WHEN x > 1 THEN x END AS x FROM %s"),
    chained("SELECT a.x FROM %s a JOIN %s b ON a.x = b.x"),
    chained("SELECT a.x FROM %s a JOIN %s b USING (x)"),
    chained("SELECT x FROM %s WHERE x IN (SELECT x FROM %s)"),
    chained("SELECT x FROM %s UNION ALL SELECT x FROM %s"),
    chained("SELECT *, * FROM %s"),
    chained("SELECT q.*, q.* FROM %s q"),
    "SELECT REPLACE('aa', 'a', 'aaaa')",
    "SELECT REPLACE(status, status, status) FROM orders",
    "WITH RECURSIVE n AS (SELECT status AS s FROM orders UNION ALL SELECT concat(s, s) FROM n) SELECT count(s) FROM n",
    "SELECT string_agg(status, ',') FROM orders",
    "SELECT group_concat(status) FROM orders",
    # other statements, alone, behind or inside
    "DELETE FROM orders",
    "UPDATE orders SET total = 0",
    "INSERT INTO orders (id) VALUES (1)",
    "DROP TABLE orders",
    "CREATE TABLE x AS SELECT * FROM orders",
    "SELECT 1; DELETE FROM orders",
    "SELECT 1;",
    ";SELECT 1",
    "EXPLAIN SELECT 1",
    "PRAGMA writable_schema = 1",
    "ATTACH 'x.db' AS x",
    "COPY orders TO 'x.csv'",
    "SET x = 1",
    "BEGIN",
    "VALUES (1)",
    "TABLE orders",
    "DESCRIBE orders",
    "WITH x AS (DELETE FROM orders RETURNING *) SELECT * FROM x",
    "WITH x AS (UPDATE orders SET total = 0 RETURNING id) SELECT id FROM x",
    "WITH x AS (INSERT INTO orders (id) VALUES (1) RETURNING id) SELECT id FROM x",
    "WITH a AS (WITH b AS (DELETE FROM orders RETURNING id) SELECT id FROM b) SELECT id FROM a",
    "WITH x AS (SELECT 1) DELETE FROM orders",
    "SELECT * FROM (DELETE FROM orders RETURNING *) x",
    # clauses that do more than read
    "SELECT id INTO copy FROM orders",
    "SELECT id INTO OUTFILE '/tmp/x' FROM orders",
    "SELECT id FROM orders INTO DUMPFILE '/tmp/x'",
    "SELECT id FROM orders FOR UPDATE",
    "SELECT id FROM orders FOR SHARE",
    "SELECT id FROM orders LOCK IN SHARE MODE",
    "SELECT id FROM orders PROCEDURE ANALYSE()",
    "SELECT id FROM orders TABLESAMPLE SYSTEM (1)",
    # comments, in which engines and parsers may differ
    "SELECT 1 -- x",
    "SELECT 1 /* x */ FROM orders",
    "SELECT 1 /*! INTO OUTFILE '/tmp/x' */",
    "SELECT /*+ hint */ 1",
    "/* x */ SELECT 1",
    "SELECT 1 --",
    "SELECT 1 /*",
    "SELECT 'a' /* '/* */ , pg_sleep(1) -- */",
    # what is not in the catalogue
    "SELECT * FROM secrets",
    "SELECT password FROM customers",
    "SELECT c.password FROM customers c",
    "SELECT x.id FROM orders o",
    "SELECT id FROM orders WHERE total > (SELECT MAX(salary) FROM customers)",
    "SELECT id FROM orders ORDER BY hidden",
    "SELECT id FROM orders GROUP BY hidden",
    "SELECT o.id FROM orders o JOIN customers c ON c.hidden = o.id",
    "SELECT o.id FROM orders o JOIN customers c USING (hidden)",
    "SELECT 1 AS hidden FROM customers WHERE hidden > 1",
    "WITH a AS (SELECT id FROM orders) SELECT total FROM a",
    "WITH a AS (SELECT id FROM b), b AS (SELECT id FROM orders) SELECT id FROM a",
    "WITH hidden AS (SELECT * FROM hidden) SELECT * FROM hidden",
    "WITH RECURSIVE n AS (SELECT id FROM orders UNION ALL SELECT total FROM n) SELECT id FROM n",
    "SELECT (WITH hidden AS (SELECT 1 AS id) SELECT id FROM hidden), id FROM hidden",
    "SELECT t.total FROM (SELECT id FROM orders) t",
    "SELECT id FROM orders UNION SELECT id FROM secrets",
    "SELECT id FROM orders UNION SELECT password FROM customers",
    "SELECT (orders).id FROM orders",
    "SELECT orders FROM orders",
    "SELECT id FROM other.orders",
    "SELECT id FROM a.main.orders",
    "SELECT main.orders.id FROM orders",
    "SELECT * FROM information_schema.tables",
    "SELECT 1 IN secrets",
    "SELECT 1 WHERE 1 IN (SELECT id FROM secrets)",
    "SELECT *, secrets.* FROM orders",
    # functions
    "SELECT load_extension('x')",
    "SELECT sleep(10)",
    "SELECT \"load_extension\"('x')",
    "SELECT x.lower('a') FROM orders x",
    "SELECT main.lower('a')",
    "SELECT random()",
    "SELECT repeat('x', 1000000000)",
    "SELECT COUNT(*) FROM orders WHERE sleep(10) = 0",
    "WITH sleep(x) AS (SELECT 1) SELECT sleep(10) FROM sleep",
    "SELECT sleep(10) AS sleep",
    "SELECT sleep (10)",
    "SELECT SLEEP\n\t(10)",
    "SELECT NEXT VALUE FOR orders",
    'SELECT next value for orders AS "next", 1 AS "value", 2 AS "for"',
    # parameters, and text that is not plain
    "SELECT ?",
    "SELECT :id",
    "SELECT @x",
    "SELECT $1",
    "SELECT 'a\\' OR 1=1",
    "SELECT x'00'",
    "SELECT 0x41",
    "SELECT 1\x00; DROP TABLE orders",
    "SELECT '\x1b[31m'",
    "SELECT 1\u00a0FROM orders",
    "SELECT '\ud800'",
    "SELECT id FROM 'orders'",
    # no SQL at all
    "",
    "   ",
    "How many orders are there?",
    "SELECT",
    "SELECT FROM WHERE",
    "SELECT (((",
    "SELECT id FROM orders WHERE",
    "SELECT " + "(" * 3000 + "1" + ")" * 3000,
    "SELECT '" + "x" * MAX_LENGTH + "'",
]
DANGEROUS_IN_ONE = [
    ("sqlite", "SELECT * FROM sqlite_master"),
    ("sqlite", "SELECT * FROM main.sqlite_schema"),
    ("sqlite", "SELECT * FROM temp.sqlite_temp_master"),
    ("sqlite", "SELECT * FROM pragma_table_info('orders')"),
    ("sqlite", "SELECT * FROM pragma_database_list"),
    ("sqlite", "SELECT * FROM dbstat"),
    ("sqlite", "SELECT * FROM json_each('[1]')"),
    ("sqlite", "SELECT * FROM generate_series(1, 1000000000)"),
    ("sqlite", "SELECT [load_extension]('x')"),
    ("sqlite", "SELECT `writefile`('x', 'y')"),
    ("sqlite", "SELECT readfile('/etc/passwd')"),
    ("sqlite", "SELECT edit('x')"),
    ("sqlite", "SELECT fts3_tokenizer('x')"),
    ("sqlite", "SELECT zeroblob(1000000000), randomblob(9)"),
    ("sqlite", "SELECT printf('%1000000000d', 1)"),
    ("sqlite", "SELECT rowid FROM orders"),
    ("sqlite", 'SELECT "not a column" FROM orders'),
    ("sqlite", "SELECT id FROM orders INDEXED BY secret"),
    ("sqlite", "SELECT id FROM orders WHERE status MATCH 'x'"),
    ("sqlite", "SELECT $c FROM orders"),
    ("sqlite", "REPLACE INTO orders VALUES (1)"),
    ("sqlite", "SELECT id IN secrets FROM orders"),
    ("duckdb", "SELECT * FROM read_csv('/etc/passwd')"),
    ("duckdb", "SELECT * FROM read_csv_auto('/etc/passwd')"),
    ("duckdb", "SELECT * FROM read_text('/etc/passwd')"),
    ("duckdb", "SELECT * FROM read_parquet('s3://x/y')"),
    ("duckdb", "SELECT * FROM glob('/*')"),
    ("duckdb", "SELECT * FROM '/etc/passwd'"),
    ("duckdb", "SELECT * FROM 'orders'"),
    ("duckdb", 'SELECT * FROM "/etc/passwd"'),
    ("duckdb", "SELECT * FROM orders, 'x.csv'"),
    ("duckdb", "FROM orders"),
    ("duckdb", "FROM 'x.csv' SELECT *"),
    ("duckdb", "SELECT * FROM duckdb_settings()"),
    ("duckdb", "SELECT * FROM duckdb_secrets()"),
    ("duckdb", "SELECT * FROM query('DROP TABLE orders')"),
    ("duckdb", "SELECT * FROM query_table('orders')"),
    ("duckdb", "SELECT getenv('HOME')"),
    ("duckdb", "SELECT getvariable('x')"),
    ("duckdb", "SELECT current_setting('access_mode')"),
    ("duckdb", "SELECT current_user"),
    ("duckdb", "SELECT nextval('s')"),
    ("duckdb", "SELECT 'x'.read_text()"),
    ("duckdb", "SELECT status.upper() FROM orders"),
    ("duckdb", "SELECT COLUMNS('.*') FROM orders"),
    ("duckdb", "SELECT COLUMNS(*) FROM orders"),
    ("duckdb", "SELECT * FROM (DESCRIBE orders)"),
    ("duckdb", "SELECT * FROM (SHOW ALL TABLES)"),
    ("duckdb", "SELECT * FROM (SUMMARIZE orders)"),
    ("duckdb", "PIVOT orders ON status"),
    ("duckdb", "SELECT * FROM (PIVOT orders ON status USING sum(total))"),
    ("duckdb", "SELECT * FROM orders AT (VERSION => 1)"),
    ("duckdb", "SELECT * FROM range(1000000000)"),
    ("duckdb", "SELECT unnest([1, 2])"),
    ("duckdb", "SELECT list_transform([1], x -> x)"),
    ("duckdb", "INSTALL httpfs"),
    ("duckdb", "LOAD httpfs"),
    ("duckdb", "EXPORT DATABASE 'x'"),
    ("duckdb", "CALL pragma_version()"),
    ("postgresql", "SELECT CAST(status AS CHAR(10485760)) FROM orders"),
    ("postgresql", "SELECT pg_sleep(10)"),
    ("postgresql", "SELECT pg_catalog.pg_sleep(10)"),
    ("postgresql", 'SELECT "pg_sleep"(10)'),
    ("postgresql", "SELECT pg_read_file('/etc/passwd')"),
    ("postgresql", "SELECT pg_ls_dir('/')"),
    ("postgresql", "SELECT lo_import('/etc/passwd')"),
    ("postgresql", "SELECT lo_export(1, '/tmp/x')"),
    ("postgresql", "SELECT * FROM dblink('host=x', 'SELECT 1') AS t(a int)"),
    ("postgresql", "SELECT query_to_xml('SELECT 1', true, true, '')"),
    ("postgresql", "SELECT table_to_xml('pg_shadow', true, true, '')"),
    ("postgresql", "SELECT nextval('s')"),
    ("postgresql", "SELECT setval('s', 1)"),
    ("postgresql", "SELECT set_config('x', 'y', false)"),
    ("postgresql", "SELECT current_setting('data_directory')"),
    ("postgresql", "SELECT pg_terminate_backend(1)"),
    ("postgresql", "SELECT pg_notify('x', 'y')"),
    ("postgresql", "SELECT pg_advisory_lock(1)"),
    ("postgresql", "SELECT txid_current()"),
    ("postgresql", "SELECT * FROM pg_shadow"),
    ("postgresql", "SELECT * FROM pg_catalog.pg_authid"),
    ("postgresql", "SELECT 'orders'::regclass"),
    ("postgresql", "SELECT CAST('pg_sleep' AS regproc)"),
    ("postgresql", "SELECT current_user"),
    ("postgresql", "SELECT user"),
    ("postgresql", "SELECT session_user FROM orders"),
    ("postgresql", "SELECT current_catalog"),
    ("postgresql", "SELECT ctid FROM orders"),
    ("postgresql", "SELECT tableoid FROM orders"),
    ("postgresql", 'SELECT id FROM "ORDERS"'),
    ("postgresql", 'SELECT "ID" FROM orders'),
    ("postgresql", "SELECT id FROM public.orders"),
    ("postgresql", "SELECT E'a\\'b'"),
    ("postgresql", "SELECT $$a$$"),
    ("postgresql", "SELECT U&'\\0041'"),
    ("postgresql", "SELECT 1 OPERATOR(pg_catalog.+) 2"),
    ("postgresql", "SELECT * FROM orders, LATERAL (SELECT 1) x"),
    ("postgresql", "SELECT * FROM ROWS FROM (generate_series(1, 2))"),
    ("postgresql", "SELECT * FROM ONLY orders"),
    ("postgresql", "SELECT * FROM XMLTABLE('/a' PASSING '<a/>' COLUMNS x int)"),
    ("postgresql", "SELECT row_to_json(o) FROM orders o"),
    ("postgresql", "SELECT ARRAY(SELECT id FROM orders)"),
    ("postgresql", "DO 'x'"),
    ("mysql", "SELECT LOAD_FILE('/etc/passwd')"),
    ("mysql", "SELECT BENCHMARK(1000000000, 1)"),
    ("mysql", "SELECT GET_LOCK('x', 10)"),
    ("mysql", "SELECT SLEEP(10)"),
    ("mysql", "SELECT @@datadir"),
    ("mysql", "SELECT @x := 1"),
    ("mysql", "SELECT 1 INTO @x"),
    ("mysql", "SELECT 1 # x"),
    ("mysql", "SELECT 1 /*!50000 , SLEEP(10) */"),
    ("mysql", "SELECT CURRENT_USER"),
    ("mysql", "SELECT USER(), VERSION(), DATABASE()"),
    ("mysql", "SELECT * FROM mysql.user"),
    ("mysql", "SELECT SQL_CALC_FOUND_ROWS id FROM orders"),
    ("mysql", "SELECT id FROM orders FORCE INDEX (x)"),
    ("mysql", "SELECT id FROM ORDERS"),
    ("mysql", 'SELECT "x"'),
    ("mysql", "HANDLER orders OPEN"),
]
BAD = [(dialect, sql) for sql in DANGEROUS_EVERYWHERE for dialect in DIALECTS] + DANGEROUS_IN_ONE


@pytest.mark.parametrize(("dialect", "sql"), BAD)
def test_everything_else_is_refused_with_a_reason_in_one_line(dialect: str, sql: str) -> None:
    with pytest.raises(UnsafeSql) as refusal:
        check_select(sql, dialect=dialect, tables=TABLES)
    assert refusal.value.code == "unsafe_sql"
    assert 0 < len(refusal.value.detail) < 400
    assert refusal.value.detail.isprintable()


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("SELECT password FROM customers", "'password'"),
        ("SELECT id FROM secrets", "'secrets'"),
        ("SELECT o.x FROM orders o", "'x' is no column of 'o'"),
        ("SELECT load_extension('x')", "'load_extension'"),
        ("DELETE FROM orders", "'DELETE'"),
        ("SELECT 1; DELETE FROM orders", "';'"),
        ("SELECT 1 -- why", "comment"),
        ("SELECT id INTO x FROM orders", "'INTO'"),
    ],
)
def test_a_refusal_says_what_and_which(sql: str, what: str) -> None:
    with pytest.raises(UnsafeSql) as refusal:
        check_select(sql, dialect="sqlite", tables=TABLES)
    assert what in refusal.value.detail


def test_another_engine_is_refused_rather_than_guessed_at() -> None:
    with pytest.raises(UnsafeSql, match="oracle"):
        check_select("SELECT 1", dialect="oracle", tables=TABLES)


def test_a_long_but_harmless_condition_is_read() -> None:
    sql = "SELECT count(*) FROM orders WHERE " + " OR ".join(f"id = {number}" for number in range(300))
    assert check_select(sql, dialect="sqlite", tables=TABLES) == sql


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("(", ")"),
        ("lower(", ")"),
        ("CASE WHEN 1 = 1 THEN ", " END"),
        ("(SELECT ", ")"),
        ("(WITH RECURSIVE a AS (SELECT 1 AS x UNION ALL SELECT x FROM a) SELECT ", " FROM a)"),
        ("CAST(", " AS TEXT)"),
        ("- ", ""),
        ("NOT ", ""),
        ("1 IN (SELECT ", " FROM orders)"),
    ],
)
def test_deep_nesting_is_decided_soon(opening: str, closing: str) -> None:
    began = time.monotonic()
    for depth in (10, 40, 100, 400):
        sql = "SELECT " + opening * depth + "1" + closing * depth
        with suppress(UnsafeSql):
            check_select(sql, dialect="sqlite", tables=TABLES)
    assert time.monotonic() - began < 5


def test_the_tables_read_are_told_as_the_catalogue_knows_them() -> None:
    sql = 'WITH c AS (SELECT id FROM CUSTOMERS) SELECT 1 FROM c, "order details", sales.invoices, orders'
    read = tables_read(sql, dialect="sqlite", tables=TABLES)
    assert read == ("Order Details", "customers", "orders", "sales.invoices")
    assert tables_read("WITH orders AS (SELECT 1 AS id) SELECT id FROM orders", dialect="sqlite", tables=TABLES) == ()


def verdict(sql: str, dialect: str) -> str | None:
    """The reason for which *sql* is refused, or None."""
    try:
        check_select(sql, dialect=dialect, tables=TABLES)
    except UnsafeSql as refusal:
        return refusal.detail
    return None


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60) | st.text("SELECTFROM orders()',\"*;-/\\\n", max_size=60), st.sampled_from(DIALECTS))
def test_any_text_is_either_passed_or_refused_in_printable_words(text: str, dialect: str) -> None:
    for sql in (text, f"SELECT {text}", f"SELECT id FROM orders WHERE {text}"):
        assert (verdict(sql, dialect) or "passed").isprintable()


@pytest.mark.parametrize("sql", [sql for dialect, sql in GOOD if dialect == "sqlite"])
def test_what_passes_for_sqlite_is_what_sqlite_runs(sql: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(
            """
            CREATE TABLE orders (id, customer_id, total, ordered_at, status);
            CREATE TABLE customers (id, name, email, country);
            CREATE TABLE "Order Details" ("order id", Qty, "from");
            ATTACH ':memory:' AS sales;
            CREATE TABLE sales.invoices (id, amount);
            """
        )
        connection.execute(sql).fetchall()


@pytest.mark.parametrize("sql", [sql for dialect, sql in GOOD if dialect == "duckdb"])
def test_what_passes_for_duckdb_is_what_duckdb_runs(sql: str) -> None:
    with duckdb.connect(config={"enable_external_access": "false"}) as connection:
        connection.execute("CREATE TABLE orders (id INT, customer_id INT, total INT, ordered_at DATE, status TEXT)")
        connection.execute("CREATE TABLE customers (id INT, name TEXT, email TEXT, country TEXT)")
        connection.execute('CREATE TABLE "Order Details" ("order id" INT, Qty INT, "from" INT)')
        connection.execute("CREATE SCHEMA sales; CREATE TABLE sales.invoices (id INT, amount INT)")
        connection.execute(sql).fetchall()
