import socket
import threading
from contextlib import closing
from datetime import UTC, datetime

import psycopg
import pytest
from real_sources import Open, profile_of, source_at, table_of
from sqlalchemy import make_url

from catalogctl.domain.catalogue import ForeignKey
from catalogctl.domain.errors import SourceFailed
from catalogctl.domain.sources import Source
from catalogctl.sources.drivers import SourceDrivers

_SCHEMA = """
CREATE TYPE mood AS ENUM ('sad', 'fine');
CREATE DOMAIN price AS numeric(10, 2);
CREATE TABLE customers (id serial PRIMARY KEY, email varchar(80) NOT NULL DEFAULT 'none', m mood, extra jsonb,
    tags text[], photo bytea, ip inet, key uuid, born date, seen timestamptz, ok boolean, paid price, r real);
COMMENT ON TABLE customers IS 'who buys';
COMMENT ON COLUMN customers.email IS 'where to write';
CREATE SCHEMA sales;
CREATE TABLE sales.orders (id bigint PRIMARY KEY, customer integer REFERENCES customers (id));
CREATE VIEW emails AS SELECT email FROM customers;
CREATE MATERIALIZED VIEW counts AS SELECT count(*) AS n FROM sales.orders;
CREATE TABLE parted (a integer) PARTITION BY RANGE (a);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE VIEW failing AS SELECT 1 / (id - id) AS x FROM customers;
INSERT INTO customers (email, m, extra, tags, photo, ip, key, born, seen, ok, paid, r) VALUES
    ('ann@example.org', 'sad', '{"a": 1}', '{x,y}', '\\x00ff', '192.0.2.1', '6f7b3f0e-5b1c-4e0a-8a4b-0d8f3f2c9e11',
     '2001-02-03', '2024-02-29 12:00:00+02', true, 2.50, 'NaN'),
    ('bob@example.org', 'fine', NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, 3, 1.5);
INSERT INTO sales.orders VALUES (9223372036854775807, 1);
INSERT INTO parted VALUES (1), (2);
"""


@pytest.fixture
def shop(postgresql_database: str) -> str:
    with psycopg.connect(postgresql_database) as connection:
        connection.execute(_SCHEMA.encode())
    return postgresql_database


def test_declared_tables_of_every_kind(shop: str, open_source: Open) -> None:
    metadata = open_source(shop).metadata()
    assert [(t.name, t.is_view) for t in metadata.tables] == [
        ("counts", True),
        ("customers", False),
        ("emails", True),
        ("failing", True),
        ("parted", False),
        ("sales.orders", False),
    ]


def test_declared_columns_keys_and_comments(shop: str, open_source: Open) -> None:
    metadata = open_source(shop).metadata()
    customers = table_of(metadata, "customers")
    columns = {column.name: column for column in customers.columns}
    assert customers.comment == "who buys"
    assert (columns["email"].data_type, columns["email"].is_nullable) == ("character varying(80)", False)
    assert columns["email"].comment == "where to write"
    assert "none" in (columns["email"].default or "")
    assert [name for name, column in columns.items() if column.is_primary_key] == ["id"]
    assert [columns[name].data_type for name in ("m", "tags", "paid")] == ["mood", "text[]", "price"]
    assert table_of(metadata, "sales.orders").foreign_keys == (
        ForeignKey(columns=("customer",), referred_table="customers", referred_columns=("id",)),
    )


def test_every_type_is_profiled_and_fit_for_json(shop: str, open_source: Open) -> None:
    reader = open_source(shop)
    found = profile_of(reader, "customers")
    columns = found.columns
    assert len(columns) == 13
    assert columns["email"].pattern is not None
    assert columns["m"].samples == ("fine", "sad")
    assert columns["photo"].samples == ("<2 bytes>",)
    assert columns["seen"].samples == ("2024-02-29T10:00:00+00:00",)
    assert columns["born"].min == "2001-02-03"
    assert (columns["paid"].min, columns["paid"].mean) == (2.5, 2.75)
    assert (columns["r"].mean, columns["r"].max) == (1.5, 1.5)
    assert columns["ok"].samples == (False, True)
    assert profile_of(reader, "sales.orders").columns["id"].max == 2**63 - 1
    assert profile_of(reader, "parted").row_count == 2


def test_means_of_floats_have_all_their_digits(postgresql_database: str, open_source: Open) -> None:
    with psycopg.connect(postgresql_database) as connection:
        connection.execute(
            "CREATE TABLE readings AS SELECT 1234567::real AS whole, 0.1::real AS tenth, "
            "1234567.0123456789::double precision AS long, 1e300::double precision AS large FROM generate_series(1, 4)"
        )
    columns = profile_of(open_source(postgresql_database), "readings").columns
    for name, value in {"whole": 1234567.0, "tenth": 0.1, "long": 1234567.0123456789, "large": 1e300}.items():
        assert (columns[name].min, columns[name].mean, columns[name].median) == (value, value, value), name


@pytest.mark.parametrize(
    ("data_type", "values"),
    [
        ("int4range", ["[1,5)", "[2,9)"]),
        ("int8multirange", ["{[1,3),[5,8)}", "{[1,5)}"]),
        ("daterange", ["[2024-01-01,2024-02-01)"]),
        ("oid", ["16384", "4294967295"]),
        ("int2vector", ["1 2", "3"]),
    ],
)
def test_what_is_called_like_numbers_and_is_none_is_looked_at_as_text(
    postgresql_database: str, open_source: Open, data_type: str, values: list[str]
) -> None:
    with psycopg.connect(postgresql_database) as connection:
        connection.execute(f"CREATE TABLE odd (x {data_type})".encode())
        for value in values:
            connection.execute(f"INSERT INTO odd VALUES ('{value}'), (NULL)".encode())
    found = profile_of(open_source(postgresql_database), "odd")
    assert found.notes == ()
    assert (found.columns["x"].samples, found.columns["x"].null_count) == (tuple(values), len(values))


def test_view_that_fails_leaves_the_reader_usable(shop: str, open_source: Open) -> None:
    reader = open_source(shop)
    try:
        failing = profile_of(reader, "failing")
    except SourceFailed:
        pass
    else:
        assert failing.notes
    assert profile_of(reader, "emails").row_count == 2


def test_nothing_is_written(shop: str, open_source: Open) -> None:
    with psycopg.connect(shop, autocommit=True) as connection:
        everything_there = "SELECT oid, relname FROM pg_class ORDER BY oid"
        before = connection.execute(everything_there).fetchall()
        reader = open_source(shop)
        for table in reader.metadata().tables:
            if table.name != "failing":
                reader.profile(table, sample=None)
        reader.close()
        after = connection.execute(everything_there).fetchall()
    assert [row for row in after if row not in before] == []


def test_reader_that_was_closed_leaves_no_connection(shop: str, open_source: Open) -> None:
    open_source(shop).close()
    with psycopg.connect(shop, autocommit=True) as connection:
        others = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
    assert others == (0,)


def test_sample_is_bounded(shop: str, open_source: Open) -> None:
    with psycopg.connect(shop) as connection:
        connection.execute("CREATE TABLE many AS SELECT x, x % 7 AS y FROM generate_series(1, 20000) AS x")
        connection.execute("CREATE VIEW seen AS SELECT * FROM many")
    reader = open_source(shop)
    for table in ("many", "seen"):
        found = profile_of(reader, table, sample=500)
        assert (found.row_count, found.is_exact) == (20_000, False)
        assert 100 <= found.rows_profiled <= 500
        assert found == profile_of(reader, table, sample=500)


def test_missing_database_is_told_without_the_password(postgresql_server: str, drivers: SourceDrivers) -> None:
    url = (
        make_url(postgresql_server)
        .set(database="nosuchdatabase", password="hunter2")
        .render_as_string(hide_password=False)
    )
    error = _failure(drivers, url)
    assert "database" in str(error)
    assert "hunter2" not in f"{error} {error.hint} {error.data}"


def test_unreachable_server_is_told_in_bounded_time_without_the_password(drivers: SourceDrivers) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        error = _failure(drivers, f"postgresql://u:hunter2@127.0.0.1:{taken.getsockname()[1]}/db")
    assert error.hint
    assert "hunter2" not in f"{error} {error.hint}"


def test_wrong_user_is_told_without_the_password(postgresql_server: str, drivers: SourceDrivers) -> None:
    url = (
        make_url(postgresql_server)
        .set(username="nobody_here", password="hunter2")
        .render_as_string(hide_password=False)
    )
    error = _failure(drivers, url)
    assert "hunter2" not in f"{error} {error.hint}"


def _failure(drivers: SourceDrivers, url: str) -> SourceFailed:
    with pytest.raises(SourceFailed) as caught, closing(drivers.open(source_at(drivers, url))) as reader:
        reader.metadata()
    return caught.value


def test_password_comes_from_the_environment_when_the_url_has_none() -> None:
    """A socket stands for the server: what the driver sends says which password it was given."""
    drivers = SourceDrivers({"CATALOGCTL_SOURCE_MY_SHOP_PASSWORD": "from-outside"})
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(30)
        url = f"postgresql://reader@127.0.0.1:{server.getsockname()[1]}/db?sslmode=disable&gssencmode=disable"
        sent = _password_sent(drivers, server, url)
    assert sent == b"from-outside"


def test_password_in_the_url_wins() -> None:
    drivers = SourceDrivers({"CATALOGCTL_SOURCE_MY_SHOP_PASSWORD": "from-outside"})
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(30)
        port = server.getsockname()[1]
        url = f"postgresql://reader:in%40side@127.0.0.1:{port}/db?sslmode=disable&gssencmode=disable"
        sent = _password_sent(drivers, server, url)
    assert sent == b"in@side"


def _password_sent(drivers: SourceDrivers, server: socket.socket, url: str) -> bytes:
    identity = drivers.identify(url)
    source = Source(id=1, name="my shop", kind=identity.kind, location=identity.location, created_at=datetime.now(UTC))
    errors: list[Exception] = []

    def use() -> None:
        try:
            with closing(drivers.open(source)) as reader:
                reader.metadata()
        except SourceFailed as error:
            errors.append(error)

    thread = threading.Thread(target=use)
    thread.start()
    connection, _ = server.accept()
    with connection:
        connection.recv(4096)
        # AuthenticationCleartextPassword, from the frontend/backend protocol of PostgreSQL.
        connection.sendall(b"R\x00\x00\x00\x08\x00\x00\x00\x03")
        message = connection.recv(4096)
    thread.join(30)
    assert errors, "there is no database behind the socket"
    return message[5:].rstrip(b"\0")
