from typing import Any

import pytest
from catalogued import column, datasource, table

from catalogctl.domain.catalogue import Column
from catalogctl.enrich.rules.reading.facts import Family, declared_family
from catalogctl.enrich.rules.understanding import understand

IBANS = ["FR7630006000011234567890189", "DE89370400440532013000", "GB29 NWBK 6016 1331 9268 19", "NL91ABNA0417164300"]
SIRENS = ["732829320", "552100554", "542065479", "552032534", "380129866", "775670417", "542051180", "552081317"]
VATS = ["FR40303265045", "DE136695976", "BE0428759497", "NL004495445B01"]
CARDS = ["4111111111111111", "5500005555555559", "4012888888881881", "371449635398431", "5105105105105100"]
ISBNS = ["9780306406157", "9783161484100", "9781861972712", "9780131103627", "9780201633610"]


def meant(subject: Column, *others: Column, name: str = "things") -> str | None:
    [told] = understand(datasource(table(name, subject, *others)), [])
    return told.columns[subject.name].semantic_type


def many(values: list[Any], times: int = 30) -> list[Any]:
    return values * times


@pytest.mark.parametrize(
    ("values", "expected"),
    [(IBANS, "iban"), (SIRENS, "company_number"), (VATS, "vat_number"), (CARDS, "card_number"), (ISBNS, "isbn")],
)
def test_numbers_with_check_digits_are_told_by_their_values_alone(values: list[str], expected: str) -> None:
    assert meant(column("xq", "TEXT", many(values))) == expected


def test_one_wrong_digit_in_each_number_and_nothing_is_claimed() -> None:
    broken = [siren[:-1] + str((int(siren[-1]) + 1) % 10) for siren in SIRENS]
    assert meant(column("xq", "TEXT", many(broken))) != "company_number"
    assert meant(column("xq", "TEXT", many([card[:-1] + "0" for card in CARDS[:4]]))) != "card_number"


@pytest.mark.parametrize(
    ("name", "data_type", "values", "expected"),
    [
        ("email", "TEXT", ["ada@mail.example", "bo@mail.example"], "email"),
        ("mobile", "VARCHAR(20)", ["+33 6 12 34 56 78", "+49 151 23456789"], "phone"),
        ("msisdn", "BIGINT", many([33612345678, 4915123456789]), "phone"),
        ("website", "TEXT", ["https://a.example", "https://b.example"], "url"),
        ("lat", "DOUBLE", [48.85, -33.9], "latitude"),
        ("lng", "DOUBLE", [2.35, 151.2], "longitude"),
        ("unit_price", "REAL", [9.99, 12.5], "money"),
        ("amt_usd", "DECIMAL(10,2)", [9.99, 12.5], "money"),
        ("qty", "INTEGER", [1, 5, 7], "quantity"),
        ("seats", "INTEGER", [120, 180], "quantity"),
        ("discount", "REAL", [0.05, 0.25], "percentage"),
        ("vat_pct", "REAL", [5.5, 20.0], "percentage"),
        ("weight_kg", "REAL", [0.5, 12.25], "measurement"),
        ("runtime", "INTEGER", [90, 135], "duration"),
        ("release_year", "INTEGER", [1999, 2024], "year"),
        ("dep_time", "INTEGER", [517, 830, 1255, 1740, 2359, 1], "time_of_day"),
        ("created_at", "TIMESTAMP", ["2024-01-01T10:00:00", "2024-02-01T11:30:00"], "created_time"),
        ("lastUpdated", "TEXT", ["2024-01-01", "2024-02-03"], "updated_time"),
        ("order_date", "DATE", ["2024-01-01", "2024-02-03"], "date"),
        ("updated_ts", "BIGINT", [1_700_000_000, 1_700_500_000], "updated_time"),
        ("currency", "CHAR(3)", many(["EUR", "USD"]), "currency"),
        ("ccy", "CHAR(3)", many(["EUR", "USD", "GBP"]), "currency"),
        ("country_code", "CHAR(2)", many(["FR", "DE"]), "country"),
        ("state", "TEXT", many(["open", "closed"]), "status"),
        ("state", "CHAR(2)", many(["CA", "TX", "NY"]), "region"),
        ("status", "TEXT", many(["open", "closed"]), "status"),
        ("is_active", "INTEGER", many([0, 1]), "flag"),
        ("paid", "CHAR(1)", many(["Y", "N"]), "flag"),
        ("gender", "CHAR(1)", many(["F", "M"]), "gender"),
        ("sku", "TEXT", many(["A-1", "B-2"]), "code"),
        ("description", "TEXT", ["A long text that says what the thing is good for."] * 2, "free_text"),
        ("metadata", "TEXT", ['{"a": 1}', '{"b": 2}'], "json"),
        ("photo", "BLOB", None, "binary"),
        ("payload", "JSONB", None, "json"),
        ("ean", "TEXT", ["5901234123457", "4006381333931"], "barcode"),
        ("password_hash", "TEXT", ["$2b$12$abc", "$2b$12$def"], "secret"),
    ],
)
def test_names_and_values_together(name: str, data_type: str, values: list[Any] | None, expected: str) -> None:
    assert meant(column(name, data_type, values)) == expected


@pytest.mark.parametrize(
    ("name", "data_type", "values", "never"),
    [
        ("email_count", "INTEGER", [1, 2], "email"),
        ("email", "TEXT", ["yes", "no", "unknown"], "email"),
        ("lat", "DOUBLE", [1200.0, 5400.5], "latitude"),
        ("year", "INTEGER", [1, 2, 3], "year"),
        ("price_level", "INTEGER", [1, 2, 3], "money"),
        ("phone", "TEXT", ["iPhone", "Pixel", "Nokia"], "phone"),
        ("rate", "REAL", [3.5, 250.0], "percentage"),
        ("air_time", "INTEGER", [99, 160, 275, 480, 695], "time_of_day"),
        ("director", "TEXT", ["Department of Works", "N/A", "42"], "person_name"),
        ("number_of_orders", "INTEGER", [1, 2], "identifier"),
        ("memory_address", "TEXT", ["0xffee", "0xffef"], "address"),
    ],
)
def test_a_name_is_not_believed_against_its_values(name: str, data_type: str, values: list[Any], never: str) -> None:
    assert meant(column(name, data_type, values)) != never


def test_a_column_of_which_nothing_is_known_has_no_type() -> None:
    assert meant(column("xq", "REAL", [1.5, 2.5])) is None
    assert meant(column("zz", "")) is None


def test_a_declared_key_is_a_surrogate_one_or_a_code_of_the_world() -> None:
    assert meant(column("id", "INTEGER", [1, 2, 3], is_key=True)) == "surrogate_key"
    assert meant(column("iata", "CHAR(3)", ["CDG", "JFK"], is_key=True)) == "natural_key"
    assert meant(column("uuid", "UUID", ["0"], is_key=True, pattern="uuid")) == "surrogate_key"


def test_a_unique_column_called_like_the_table_is_its_key_where_none_is_declared() -> None:
    told = meant(column("thing_id", "BIGINT", [5, 9, 12]), column("name", "TEXT", ["a", "b", "c"]))
    assert told == "surrogate_key"


def test_patterns_of_the_profiler_are_known_however_they_are_written() -> None:
    for name in ("ipv4", "IPv4", "ip_v4"):
        assert meant(column("xq", "TEXT", ["10.0.0.1", "10.0.0.2"], pattern=name)) == "ip_address"


@pytest.mark.parametrize(
    "data_type",
    [
        "enum('json','csv','xml')",
        "ENUM('datetime', 'interval')",
        "set('blob','text[]')",
        "Enum8('json' = 1, 'csv' = 2)",
        "boolean_answer",
        "time_unit",
        "date_part",
        "timestamp_kind",
        "raw_status",
        "json_format",
        "binary_answer",
        "price_range",
        "billing_interval",
        "box_size",
    ],
)
def test_an_enumeration_is_not_what_its_values_or_its_name_begin_with(data_type: str) -> None:
    assert meant(column("format", data_type, many(["json", "csv", "xml"]))) == "category"


@pytest.mark.parametrize(
    ("data_type", "family"),
    [
        ("Nullable(DateTime64(3))", Family.DATETIME),
        ("datetimeoffset(7)", Family.DATETIME),
        ("smalldatetime", Family.DATETIME),
        ("TIMESTAMP_NS", Family.DATETIME),
        ("timestamp(6) with time zone", Family.DATETIME),
        ("timestamptz", Family.DATETIME),
        ("Date32", Family.DATE),
        ("timetz", Family.TIME),
        ("time(6) without time zone", Family.TIME),
        ("boolean", Family.BOOLEAN),
        ("tinyint(1)", Family.BOOLEAN),
        ("jsonb", Family.JSON),
        ("longblob", Family.BINARY),
        ("binary varying", Family.BINARY),
        ("RAW(16)", Family.BINARY),
        ("BINARY_DOUBLE", Family.DECIMAL),
        ("ENUM('json')[]", Family.OTHER),
        ("nummultirange", Family.OTHER),
        ("GEOMETRYCOLLECTION", Family.OTHER),
        ("BOX2D", Family.OTHER),
        ("INTERVAL DAY(2) TO SECOND(6)", Family.OTHER),
    ],
)
def test_a_type_is_known_whatever_stands_about_its_word(data_type: str, family: Family) -> None:
    assert declared_family(data_type) is family


def test_a_declared_date_of_sqlite_that_is_kept_as_seconds_is_a_moment_all_the_same() -> None:
    assert meant(column("shipped", "DATETIME", [1_700_000_000, 1_700_500_000])) == "timestamp"
