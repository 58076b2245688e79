from dataclasses import replace

import pytest
from catalogued import column, datasource, table
from known_databases import Known

from catalogctl.domain.catalogue import ForeignKey
from catalogctl.domain.meaning import ColumnMeaning, TableMeaning
from catalogctl.enrich.rules.kpis import propose_kpis
from catalogctl.enrich.rules.understanding import understand


def told(known: Known, table_name: str) -> dict[str, ColumnMeaning]:
    [found] = [meaning for meaning in understand(known.source, known.keys) if meaning.name == table_name]
    return dict(found.columns)


@pytest.mark.parametrize("name", ["FirstName", "LastName", "Address", "Phone", "Email", "PostalCode", "BirthDate"])
def test_what_identifies_a_person_is_personal_and_surely_so(chinook: Known, name: str) -> None:
    found = told(chinook, "Employee")[name]
    assert found.is_personal is True
    assert (found.personal_confidence or 0) >= 0.8


def test_companies_are_not_people_but_their_contacts_are(northwind: Known) -> None:
    customers = told(northwind, "Customers")
    assert customers["CompanyName"].is_personal is False
    assert customers["Country"].is_personal is False
    assert customers["ContactName"].is_personal is True
    assert (customers["Address"].personal_confidence or 0) < 0.7


def test_figures_of_a_shop_are_not_personal(shop: Known) -> None:
    products, items = told(shop, "products"), told(shop, "order_items")
    assert products["price"].is_personal is False
    assert products["name"].is_personal is False
    assert items["quantity"].is_personal is False


def test_of_keys_nothing_is_claimed(shop: Known) -> None:
    customer = told(shop, "orders")["customer_id"]
    assert (customer.is_personal, customer.personal_confidence) == (None, None)


def test_where_a_person_lives_is_personal_also_in_a_table_of_its_own() -> None:
    people = table(
        "customers", column("id", "INTEGER", [1, 2], is_key=True), column("first_name", "TEXT", ["Ada", "Bo"])
    )
    keys = [ForeignKey(columns=("customer_id",), referred_table="customers", referred_columns=("id",))]
    addresses = table(
        "addresses",
        column("customer_id", "INTEGER", [1, 2]),
        column("street", "TEXT", ["1 Mill Lane", "2 Mill Lane"]),
        keys=keys,
    )
    alone = table("depots", column("street", "TEXT", ["1 Mill Lane", "2 Mill Lane"]))
    sure = {
        meaning.name: meaning.columns["street"].personal_confidence or 0
        for meaning in understand(datasource(people, addresses, alone), [])
        if "street" in meaning.columns
    }
    assert sure["addresses"] > 0.8 > sure["depots"]


def test_values_of_personal_columns_are_never_quoted(known: Known) -> None:
    for meaning in understand(known.source, known.keys):
        columns = {
            column.name: column
            for table in known.source.tables
            if table.name == meaning.name
            for column in table.columns
        }
        for name, told_of in meaning.columns.items():
            if told_of.semantic_type in ("email", "phone", "person_name", "address", "iban", "birth_date", "free_text"):
                samples = [str(value) for value in (columns[name].profile or {}).get("samples", ())]
                assert not [value for value in samples if len(value) > 3 and value in (told_of.description or "")]


def test_a_key_that_is_personal_is_so_where_others_use_it() -> None:
    mails = ["ada@example.org", "bo@example.org", "cy@example.org"]
    users = table("users", column("email", "TEXT", mails, is_key=True), column("first_name", "TEXT", ["A", "B", "C"]))
    comments = table(
        "comments",
        column("id", "INTEGER", [1, 2, 3], is_key=True),
        column("user_email", "TEXT", mails),
        keys=[ForeignKey(columns=("user_email",), referred_table="users", referred_columns=("email",))],
    )
    [found] = [meaning for meaning in understand(datasource(users, comments), []) if meaning.name == "comments"]
    assert (found.columns["user_email"].semantic_type, found.columns["user_email"].is_personal) == ("foreign_key", True)


def test_who_did_it_is_a_user_name_however_few_they_are() -> None:
    log = table(
        "audit_log",
        column("id", "INTEGER", list(range(1, 31)), is_key=True),
        column("usr", "TEXT", ["admin", "mlang", "awolf"] * 10),
    )
    [found] = understand(datasource(log), [])
    assert (found.columns["usr"].semantic_type, found.columns["usr"].is_personal) == ("username", True)
    assert "mlang" not in (found.columns["usr"].description or "")


def test_a_description_quotes_no_value_of_a_personal_column(chinook: Known) -> None:
    found = told(chinook, "Employee")
    assert found["City"].is_personal is True
    [employees] = [one for one in chinook.source.tables if one.name == "Employee"]
    for one in employees.columns:
        meaning, profile = found[one.name], one.profile or {}
        values = [str(entry["value"])[:10] for entry in profile.get("top_values", ())] + [str(profile.get("min"))[:10]]
        if meaning.is_personal:
            assert not [value for value in values if value in (meaning.description or "")], one.name
    assert " different values" in (told(chinook, "Customer")["Country"].description or "")


def test_what_is_written_about_people_and_who_they_are_is_not_quoted() -> None:
    members = table(
        "members",
        column("id", "INTEGER", list(range(1, 61)), is_key=True),
        column("full_name", "TEXT", ["Ada Ash", "Bo Birch", "Cy Cedar"] * 20),
        column("notes", "TEXT", ["knee surgery 2021", "prefers mornings"] * 30),
    )
    classes = table(
        "classes",
        column("id", "INTEGER", list(range(1, 61)), is_key=True),
        column("coach", "TEXT", ["Cem", "Dee", "Ann"] * 20),
    )
    of_classes, of_members = understand(datasource(members, classes), [])
    assert of_members.columns["notes"].is_personal is True
    assert "knee" not in (of_members.columns["notes"].description or "")
    assert of_classes.columns["coach"].description == "Coach of the class; 3 different values."


def answers(name: str, *asked: str) -> TableMeaning:
    """What is said of a table with these columns of two values each, and with a few others."""
    values = {"sex": ["F", "M"], "name": ["Jane Smith", "John Doe"], "birth_date": ["1990-01-02", "1991-02-03"]}
    columns = [column(one, "TEXT", values.get(one, ["red", "blue"]) * 30) for one in (*asked, "city")]
    amount = column("income", "REAL", [1000.5, 2000.5, 3000.5] * 20)
    [found] = understand(datasource(table(name, *columns, amount)), [])
    return found


@pytest.mark.parametrize("name", ["heart", "orders", "responses"])
def test_what_is_said_of_people_is_never_called_not_personal(name: str) -> None:
    found = answers(name, "race", "religion", "marital_status", "education")
    said = [found.columns[one].is_personal for one in ("race", "religion", "marital_status", "education", "income")]
    assert said == [None] * 5
    assert found.columns["city"].is_personal is False


@pytest.mark.parametrize(
    ("name", "its_own", "is_personal"),
    [
        ("customers", "name", None),
        ("responses", "sex", None),
        ("bookings", "birth_date", None),
        ("bookings", "colour", False),
        ("albums", "artist", False),
    ],
)
def test_nothing_is_called_not_personal_beside_the_name_the_sex_or_the_birth_date_of_a_person(
    name: str,
    its_own: str,
    is_personal: bool | None,  # noqa: FBT001 - what is expected
) -> None:
    assert answers(name, its_own).columns["city"].is_personal is is_personal


def test_birds_have_a_sex_too() -> None:
    assert answers("penguins", "species", "sex").columns["city"].is_personal is False


PHONES = ["+33 6 12 34 56 78", "+49 151 23456789", "+44 20 7946 0958", "+33 1 23 45 67 89"]


@pytest.mark.parametrize(
    ("values", "pattern", "expected"),
    [
        (["Ann Clark", "Bob Lee", "Cy Moss", "Dee Park", "Eve Hart"], None, "person_name"),
        (["Adam Clark"] * 5 + ["Betty Lee", "Carl Moss"], None, "person_name"),
        (PHONES, "phone", "phone"),
        (["4111 1111 1111 1111", "5500 0000 0000 0004", "3400 0000 0000 009"], "credit_card", "card_number"),
    ],
)
def test_people_and_their_numbers_are_personal_however_few_and_under_any_name(
    values: list[str], pattern: str | None, expected: str
) -> None:
    calls = table(
        "tickets",
        column("id", "INTEGER", list(range(len(values) * 20)), is_key=True),
        column("xq", "TEXT", values * 20, pattern=pattern),
    )
    [found] = understand(datasource(calls), [])
    assert (found.columns["xq"].semantic_type, found.columns["xq"].is_personal) == (expected, True)
    assert not [value for value in values if value in (found.columns["xq"].description or "")]


@pytest.mark.parametrize(
    ("values", "pattern"),
    [
        (["0012345678", "0012345679", "0023456789"], "phone"),
        (["Mary Poppins", "Blade Runner", "Taxi Driver", "Star Wars", "High Noon"], None),
        (["Very High", "Fairly Low", "Not Known"], None),
        (["New York", "San Diego", "Santa Ana", "Saint Paul"], None),
    ],
)
def test_what_only_looks_like_people_and_their_numbers_is_not_taken_for_them(
    values: list[str], pattern: str | None
) -> None:
    [found] = understand(datasource(table("tickets", column("xq", "TEXT", values * 20, pattern=pattern))), [])
    assert found.columns["xq"].is_personal is not True


@pytest.mark.parametrize("name", ["assignee", "approver", "requester_name"])
def test_who_has_a_part_in_it_needs_no_name_that_is_known(name: str) -> None:
    tickets = table("tickets", column(name, "TEXT", ["Wei Zhang", "Yuki Sato", "Aylin Demir"] * 20))
    [found] = understand(datasource(tickets), [])
    assert found.columns[name].is_personal is True


SPRINTERS = (
    "Usain Bolt,Yohan Blake,Justin Gatlin,Tyson Gay,Carl Lewis,Ben Johnson,Allan Wells,Armin Hary,Bob Hayes,"
    "Thomas Burke,Archie Hahn,Jesse Owens,Ralph Metcalfe,Linford Christie,Maurice Greene,Francis Obikwelu"
)
FILMS = (
    "Annie Hall,Citizen Kane,Blade Runner,Taxi Driver,Mary Poppins,Forrest Gump,Raging Bull,Modern Times,"
    "City Lights,Star Wars,Easy Rider,Rio Bravo,Jules Jim,High Noon,Doctor Zhivago,Peter Pan"
)
CITIES = (
    "New York,San Diego,Los Angeles,Fort Worth,San Antonio,El Paso,Las Vegas,Santa Ana,Long Beach,Saint Paul,"
    "Corpus Christi,Baton Rouge,Des Moines,Grand Rapids,Salt Lake City,Saint Louis"
)
FIRMS = (
    "Ernst Handel,Paul Hartmann,Robert Bosch,Morgan Stanley,Hewlett Packard,Goldman Sachs,Procter Gamble,"
    "Rolls Royce,Johnson Controls,Texas Instruments,General Motors,Deutsche Bank,Credit Agricole,Saint Gobain,"
    "Air Liquide,Marks Spencer"
)


@pytest.mark.parametrize(
    ("name", "values", "is_personal"),
    [
        ("sprint", SPRINTERS, True),
        ("sprint", SPRINTERS.upper(), True),
        ("omdb", FILMS, None),
        ("zzz", CITIES, None),
        ("zzz", FIRMS, None),
        ("artists", SPRINTERS, False),
    ],
)
def test_people_are_known_by_their_given_names_where_the_table_does_not_say_what_it_holds(
    name: str,
    values: str,
    is_personal: bool | None,  # noqa: FBT001 - what is expected
) -> None:
    given = table(name, column("Name", "TEXT", values.split(",")), column("Year", "INTEGER", [1990, 1994] * 8))
    [found] = understand(datasource(given), [])
    assert found.columns["Name"].is_personal is is_personal


@pytest.mark.parametrize("name", ["ethnic_group", "political_opinion", "sexual_orientation", "criminal_record", "race"])
def test_what_the_law_protects_most_is_not_quoted_of_people(name: str) -> None:
    people = table(
        "employees",
        column("id", "INTEGER", list(range(1, 61)), is_key=True),
        column(name, "TEXT", ["grey", "pale"] * 30),
    )
    [found] = understand(datasource(people), [])
    assert found.columns[name].is_personal is True
    assert "grey" not in (found.columns[name].description or "")


@pytest.mark.parametrize("name", ["pregnant", "is_smoker", "union_member"])
def test_what_the_law_protects_most_is_personal_as_yes_and_no_too(name: str) -> None:
    people = table("employees", column(name, "INTEGER", [0, 1] * 30))
    [found] = understand(datasource(people), [])
    assert found.columns[name].is_personal is True


def test_a_number_of_a_race_that_a_driver_ran_is_not_her_race() -> None:
    races = table("races", column("id", "INTEGER", [1, 2], is_key=True))
    drivers = table("drivers", column("race_id", "INTEGER", [1, 2] * 30))
    key = ForeignKey(columns=("race_id",), referred_table="races", referred_columns=("id",))
    found = {one.name: one for one in understand(datasource(races, replace(drivers, foreign_keys=(key,))), [])}
    assert found["drivers"].columns.get("race_id", ColumnMeaning()).is_personal is None


@pytest.mark.parametrize(
    "name", ["nachname", "Vorname", "prenom", "apellidos", "cognome", "achternaam", "voornaam", "sobrenome"]
)
def test_the_name_of_a_person_needs_no_second_word_of_its_language(name: str) -> None:
    [found] = understand(datasource(table("xq", column(name, "TEXT", ["Meyer", "Schulz", "Weber"] * 20))), [])
    assert found.columns[name].is_personal is True
    assert "Meyer" not in (found.columns[name].description or "")


@pytest.mark.parametrize("name", ["geburtsdatum", "date_naissance", "data_di_nascita", "geboortedatum", "birthday"])
def test_the_day_of_a_birth_needs_no_second_word_of_its_language(name: str) -> None:
    days = column(name, "TEXT", ["1970-01-02", "1980-05-06", "1990-03-04"] * 20, pattern="iso_date")
    [found] = understand(datasource(table("birthdays", days)), [])
    assert found.columns[name].is_personal is True
    assert "1970" not in (found.columns[name].description or "")


@pytest.mark.parametrize(
    "values",
    [["ann@example.org", "+49 30 123456", "bob@example.org"], ["ann@example.org", "nobody", "bot"]],
)
def test_addresses_and_numbers_of_people_are_personal_also_where_they_are_mixed(values: list[str]) -> None:
    tickets = table("tickets", column("reach_by", "TEXT", values * 20))
    [found] = understand(datasource(tickets), [])
    assert found.columns["reach_by"].is_personal is True
    assert not [value for value in values if value in (found.columns["reach_by"].description or "")]


@pytest.mark.parametrize(
    ("name", "values", "is_personal"),
    [
        ("agent", ["Wei Zhang", "Yuki Sato", "Aylin Demir"], True),
        ("seller", ["Wei Zhang", "Yuki Sato", "Aylin Demir"], True),
        ("assignee", ["wei", "yuki", "aylin"], True),
        ("agent", ["bot", "desk"], False),
        ("user_agent", ["Mobile Safari", "Internet Explorer"], False),
    ],
)
def test_who_may_be_a_person_is_one_by_the_look_of_the_names_or_by_what_is_done(
    name: str,
    values: list[str],
    is_personal: bool,  # noqa: FBT001 - what is expected
) -> None:
    listings = table("listings", column(name, "TEXT", values * 20), column("price", "REAL", [1.5, 2.5, 3.5] * 20))
    [found] = understand(datasource(listings), [])
    assert found.columns[name].is_personal is is_personal
    assert (values[0] in (found.columns[name].description or "")) is not is_personal


@pytest.mark.parametrize(
    ("name", "value"),
    [("security_answer", "Rex"), ("private_key", "-----BEGIN"), ("api_token", "sk-12"), ("cvv", 123), ("cvv2", "123")],
)
def test_what_opens_doors_is_a_secret_and_not_quoted_though_it_is_always_the_same(name: str, value: object) -> None:
    kept = column(name, "INTEGER" if isinstance(value, int) else "TEXT", [value] * 60)
    [found] = understand(datasource(table("payments", kept)), [])
    assert (found.columns[name].semantic_type, found.columns[name].is_personal) == ("secret", True)
    assert str(value) not in (found.columns[name].description or "")


@pytest.mark.parametrize(
    ("table_name", "name", "value"),
    [("patients", "diagnosis", "flu"), ("listings", "agent", "Wei Zhang"), ("patients", "hiv_status", "ok")],
)
def test_a_key_figure_quotes_no_value_of_a_personal_column(table_name: str, name: str, value: str) -> None:
    kept = table(table_name, column(name, "TEXT", [value, value, "Yuki Sato", "Aylin Demir"] * 20))
    drafts = propose_kpis(datasource(kept), (), (), dialect="sqlite")
    assert not [draft for draft in drafts if value in draft.title or value in draft.sql]


@pytest.mark.parametrize(
    ("table_name", "data_type", "value"),
    [
        ("customers", "JSON", '{"street": "Hauptstr. 1"}'),
        ("customers", "STRUCT(street VARCHAR)", "{'street': Hauptstr. 1}"),
        ("orders", "JSON", '{"to": "ann@example.org"}'),
        ("orders", "VARCHAR[]", "[ann@example.org, bob@example.org]"),
    ],
)
def test_records_about_people_or_in_which_they_are_reached_are_personal(
    table_name: str, data_type: str, value: str
) -> None:
    kept = table(
        table_name,
        column("details", data_type, [value, value.replace("1", "2"), value + " "] * 20),
        *([column("name", "TEXT", ["Ada Ash", "Bo Birch"] * 30)] if table_name == "customers" else []),
    )
    [found] = understand(datasource(kept), [])
    assert found.columns["details"].is_personal is True
    assert value not in (found.columns["details"].description or "")


def test_what_the_law_protects_most_is_not_quoted_beside_the_name_of_a_person() -> None:
    found = answers("customers", "name", "religion").columns["religion"]
    assert found.is_personal is True
    assert "red" not in (found.description or "")
    assert answers("customers", "religion").columns["religion"].is_personal is None
