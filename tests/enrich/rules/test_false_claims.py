"""What the rules must not say: sentences that read well and are wrong."""

from dataclasses import replace

import pytest
from catalogued import column, datasource, table

from catalogctl.domain.catalogue import Column, ForeignKey, Table
from catalogctl.domain.meaning import ColumnMeaning, TableMeaning, TableRole
from catalogctl.enrich.rules.kpis import propose_kpis
from catalogctl.enrich.rules.questions import propose_questions
from catalogctl.enrich.rules.understanding import understand

DAYS = [f"2024-{month:02d}-{day:02d}" for month in range(1, 7) for day in range(1, 26)]
MOMENTS = [f"{day} 10:11:12" for day in DAYS]
PEOPLE = ["Ada Lovelace", "Grace Hopper", "Alan Turing", "Edsger Dijkstra", "Barbara Liskov"] * 30


def told(*tables: Table) -> dict[str, TableMeaning]:
    return {meaning.name: meaning for meaning in understand(datasource(*tables), [])}


def meant(name: str, *columns: Column, at: int = 0) -> ColumnMeaning:
    return told(table(name, *columns))[name].columns[columns[at].name]


def key(name: str, rows: int = 150) -> Column:
    return column(name, "INTEGER", list(range(1, rows + 1)), is_key=True)


def test_the_card_of_a_library_is_no_payment_card() -> None:
    cards = column("card_no", "TEXT", [f"LB{number}" for number in range(100_000, 100_150)])
    assert meant("borrowers", cards).semantic_type != "card_number"
    numbers = column("card_number", "TEXT", ["4111111111111111", "5500005555555559", "4012888888881881"] * 50)
    assert meant("payments", numbers).semantic_type == "card_number"


@pytest.mark.parametrize(
    ("name", "subject", "sentence"),
    [
        ("borrowers", "joined_on", "When the borrower joined."),
        ("applicants", "applied_on", "When the applicant applied."),
        ("patients", "deceased_at", "When the patient died."),
        ("zzz", "expires_on", "When it expires, "),
        ("loans", "checked_out_at", "When the loan was checked out, "),
        ("lab_results", "collected_at", "When it was collected, "),
        ("zzz", "fulfilled_at", "When it was fulfilled, "),
    ],
)
def test_what_happened_at_a_moment_is_said_as_people_say_it(name: str, subject: str, sentence: str) -> None:
    found = meant(name, column(subject, "TIMESTAMP", MOMENTS)).description
    assert found is not None
    assert found.startswith(sentence)


def test_a_rate_to_a_currency_is_no_amount_in_it() -> None:
    rate = column("rate_to_eur", "REAL", [0.91, 1.02, 1.15] * 50)
    found = meant("fx_rates", rate)
    assert found.semantic_type != "money"
    assert found.description == "Rate to EUR, from 0.91 to 1.15 (average 1.03)."


def test_rows_of_what_lasts_that_have_a_date_of_their_own_are_not_counted_as_such() -> None:
    stocks = table("stocks", column("price", "REAL", [1.5, 2.5] * 75), column("Date", "DATE", DAYS))
    teams = table(
        "Teams", column("teamID", "TEXT", ["A", "B"] * 75), column("yearID", "INTEGER", [2001, 2002, 2003] * 50)
    )
    assert told(stocks)["stocks"].description == "Stocks (150 rows): price; from 2024-01-01 to 2024-06-25."
    # How many rows there are stands beside it already.
    assert told(teams)["Teams"].description is None
    sales = table("sales", column("amount", "REAL", [1.5, 2.5, 3.5] * 50), column("Date", "DATE", DAYS))
    assert (told(sales)["sales"].description or "").startswith("150 sales")


@pytest.mark.parametrize(
    ("name", "first", "what"),
    [
        ("antibiotics", column("bacteria", "TEXT", [f"Proteus {n}" for n in range(150)]), "Antibiotics (150 rows)"),
        ("antibiotics", column("antibiotic", "TEXT", [f"Mycin {n}" for n in range(150)]), "150 antibiotics"),
        ("antibiotics", column("name", "TEXT", [f"Mycin {n}" for n in range(150)]), "150 antibiotics"),
        ("customers", column("email", "TEXT", [f"a{n}@b.example" for n in range(150)]), "150 customers"),
        ("Album", column("AlbumId", "INTEGER", list(range(150))), "150 albums"),
    ],
)
def test_rows_that_another_thing_tells_apart_are_not_counted_by_the_name_of_their_table(
    name: str, first: Column, what: str
) -> None:
    dose = column("price", "REAL", [1.5, 2.5, 3.5] * 50)
    city = column("city", "TEXT", ["Bonn", "Lyon", "Graz"] * 50)
    assert (told(table(name, first, dose, city))[name].description or "").startswith(what)


def test_a_row_that_holds_several_of_them_is_not_one_of_them() -> None:
    games = table(
        "HomeGames",
        key("id"),
        column("games", "INTEGER", [70, 81, 77] * 50),
        column("attendance", "INTEGER", [900, 800, 700] * 50),
    )
    assert (told(games)["HomeGames"].description or "").startswith("Home games (150 rows)")


def test_names_of_nobody_knows_what_have_no_weight() -> None:
    name = column("name", "TEXT", [f"buick {number}" for number in range(75)] * 2)
    weight = column("weight", "REAL", [1613.5, 2970.5, 5140.5] * 50)
    assert not [question for question in asked(table("auto-mpg", weight, name)) if "names" in question]
    assert "Which 10 cars have the highest weight?" in asked(table("cars", key("id"), weight, name))


def test_a_table_that_goes_on_where_another_ends_is_not_counted_by_its_name() -> None:
    films = table("films", key("id"), column("title", "TEXT", [f"Film {number}" for number in range(150)]))
    more = table(
        "tomatoes",
        key("id"),
        column("rating", "REAL", [1.5, 2.5, 3.5] * 50),
        keys=[ForeignKey(columns=("id",), referred_table="films", referred_columns=("id",))],
    )
    assert (told(films, more)["tomatoes"].description or "").startswith("Tomatoes (150 rows), linked to films")


def test_whoever_has_a_name_a_sex_and_an_age_is_a_person() -> None:
    aboard = table(
        "titanic_all",
        column("name", "TEXT", PEOPLE),
        column("sex", "TEXT", ["male", "female"] * 75),
        column("age", "REAL", [1.5, 30.0, 71.0] * 50),
    )
    found = told(aboard)["titanic_all"].columns
    assert found["name"].semantic_type == "person_name"
    assert [found[name].is_personal for name in ("name", "sex", "age")] == [True, True, True]


def test_people_are_no_facts() -> None:
    teams = table("teams", key("team_id"), column("name", "TEXT", [f"Team {number}" for number in range(150)]))
    players = table(
        "players",
        key("player_id"),
        column("first_name", "TEXT", ["Ada", "Grace", "Alan"] * 50),
        column("contract_date", "DATE", DAYS),
        column("salary", "REAL", [1000.5, 2000.5, 3000.5] * 50),
        column("team_id", "INTEGER", list(range(1, 151))),
        keys=[ForeignKey(columns=("team_id",), referred_table="teams", referred_columns=("team_id",))],
    )
    assert told(teams, players)["players"].role is TableRole.DIMENSION


def test_requests_of_people_are_no_log_and_those_of_programs_are() -> None:
    columns = [key("id"), column("created_at", "TIMESTAMP", MOMENTS), column("status", "TEXT", ["open", "done"] * 75)]
    assert told(table("leave_requests", *columns))["leave_requests"].role is not TableRole.LOG
    assert told(table("http_requests", *columns))["http_requests"].role is TableRole.LOG


def test_in_which_order_authors_stand_is_no_purchase() -> None:
    found = meant("book_authors", column("author_order", "INTEGER", [1, 2, 1] * 50))
    assert found.semantic_type == "position"
    assert found.synonyms == ()


def test_who_did_something_may_be_personal() -> None:
    found = meant("alarms", column("ack_by", "TEXT", ["jdoe", "asmith"] * 75), key("id"))
    assert found.is_personal is not False


def test_a_temperature_of_who_knows_whom_is_not_said_to_be_impersonal() -> None:
    stays = table("admissions", key("id"))
    signs = table(
        "vital_signs",
        key("id"),
        column("admission_id", "INTEGER", list(range(1, 151))),
        column("temperature", "REAL", [36.5, 37.5, 38.5] * 50),
        keys=[ForeignKey(columns=("admission_id",), referred_table="admissions", referred_columns=("id",))],
    )
    assert told(stays, signs)["vital_signs"].columns["temperature"].is_personal is None


def test_a_contact_person_is_a_person() -> None:
    found = meant("vendors", column("contact_person", "TEXT", PEOPLE))
    assert (found.semantic_type, found.is_personal) == ("person_name", True)


def test_a_subtitle_is_one_word() -> None:
    subtitle = column("subtitle", "TEXT", [f"A story of {number} nights" for number in range(150)])
    found = meant("books", key("id"), subtitle, at=1)
    assert found.description == "Subtitle of the book; different in every row."
    assert found.synonyms == ()


def asked(*tables: Table) -> list[str]:
    source = datasource(*tables)
    meanings = understand(source, [])
    kpis = propose_kpis(source, meanings, [], dialect="sqlite")
    return [draft.question for draft in propose_questions(source, meanings, [], kpis)]


def measured(*tables: Table) -> list[str]:
    source = datasource(*tables)
    return [draft.title for draft in propose_kpis(source, understand(source, []), [], dialect="sqlite")]


def test_no_question_ends_in_a_preposition_or_compares_by_yes_and_no() -> None:
    orders = table(
        "orders",
        key("id"),
        column("total", "REAL", [1.5, 2.5, 3.5] * 50),
        column("paid", "INTEGER", [0, 1, 1] * 50),
        column("ship_to", "TEXT", ["North", "South", "West"] * 50),
    )
    questions = asked(orders)
    assert not [question for question in questions if question.endswith((" to?", " by?", " paid?"))]


def test_a_total_in_a_question_says_of_which_table() -> None:
    pupils = table("pupils", key("id"), column("name", "TEXT", PEOPLE))
    canteen = table(
        "zcanteenz",
        column("pupil_id", "INTEGER", list(range(1, 151))),
        column("amount", "REAL", [1.5, 2.5, 3.5] * 50),
        keys=[ForeignKey(columns=("pupil_id",), referred_table="pupils", referred_columns=("id",))],
    )
    assert "Which 10 pupils have the highest total amount in zcanteenz?" in asked(pupils, canteen)


@pytest.mark.parametrize(
    ("flag", "title"),
    [
        ("withdrawn", "Share of withdrawn copies"),
        ("billable", "Share of billable copies"),
        ("damaged", "Share of damaged copies"),
        ("wifi", "Share of copies with wifi"),
    ],
)
def test_a_share_of_yes_is_said_as_people_say_it(flag: str, title: str) -> None:
    copies = table("copies", key("id"), column(flag, "INTEGER", [0, 1, 1] * 50))
    assert next(found.lower() for found in measured(copies) if found.startswith("Share")) == title.lower()


@pytest.mark.parametrize(
    ("name", "values", "sentence"),
    [
        ("sex", [0, 1, 1], "Sex: 1 (67%) or 0 (33%)."),
        ("gender", [1, 2, 1], "Gender: 1 (67%) or 2 (33%)."),
        ("patient_sex", [0, 1, 1], "Patient sex: 1 (67%) or 0 (33%)."),
    ],
)
def test_a_sex_written_as_a_number_is_neither_yes_or_no_nor_measured(
    name: str, values: list[int], sentence: str
) -> None:
    hearts = table("heart", column(name, "INTEGER", values * 50))
    found = told(hearts)["heart"].columns[name]
    assert (found.semantic_type, found.is_personal, found.description) == ("gender", None, sentence)
    assert not [title for title in measured(hearts) if title.startswith(("Share of rows", "Average", "Total"))]
    assert not [question for question in asked(hearts) if "lowest" in question]


def test_nobody_is_counted_by_a_date_that_is_not_understood() -> None:
    people = table("employees", key("id"), column("xqdat", "DATE", DAYS), column("salary", "REAL", [1.5, 2.5] * 75))
    source = datasource(people)
    assert all(draft.trend_sql is None for draft in propose_kpis(source, understand(source, []), [], dialect="sqlite"))


def test_half_a_translation_is_none() -> None:
    staff = table(
        "tblMitarbeiter",
        key("PersNr"),
        column("Vorname", "TEXT", ["Ada", "Grace", "Alan"] * 50),
        column("Nachname", "TEXT", ["Lovelace", "Hopper", "Turing"] * 50),
        column("WumpelDatum", "DATE", DAYS),
    )
    # Nothing is known of it, and what it holds of people is not quoted.
    assert told(staff)["tblMitarbeiter"].columns["WumpelDatum"].description is None
    things = table("tblGeraet", key("GeraetNr"), column("WumpelDatum", "DATE", DAYS))
    found = told(staff, things)["tblGeraet"].columns["WumpelDatum"].description
    assert found == "Wumpel datum, from 2024-01-01 to 2024-06-25."
    cours = table(
        "cours",
        column("id_cours", "INTEGER", list(range(150)), is_key=True),
        column("date_wumpel", "DATE", DAYS),
        column("montant", "REAL", [1.5, 2.5, 3.5] * 50),
        column("prenom", "TEXT", ["Ada", "Grace", "Alan"] * 50),
    )
    assert told(cours)["cours"].columns["date_wumpel"].description == "Date wumpel, from 2024-01-01 to 2024-06-25."


def test_a_german_system_with_short_names_is_read() -> None:
    heads = table(
        "AUFKOPF",
        column("AUFNR", "INTEGER", list(range(500_000, 500_150))),
        column("KNDNR", "TEXT", [f"K{number % 50}" for number in range(150)]),
        column("AUFDAT", "INTEGER", [int(day.replace("-", "")) for day in DAYS]),
        column("NETTO", "DECIMAL(12,2)", [1.5, 2.5, 3.5] * 50),
        column("STRASSE", "TEXT", ["Hauptstrasse 1", "Am Wall 2", "Markt 3"] * 50),
        column("MENGE", "INTEGER", [1, 2, 3] * 50),
    )
    found = told(heads)["AUFKOPF"]
    assert found.description == (
        "150 orders, with net amount, street and quantity; order date from 2024-01-01 to 2024-06-25."
    )
    assert found.columns["AUFNR"].description == "Unique number of the order, from 500000 to 500149 without gaps."
    assert found.columns["KNDNR"].description == "Customer number of the order; 50 different values."


def test_what_came_in_is_not_added_to_what_went_out() -> None:
    columns = [key("id"), column("amount", "REAL", [10.5, 20.5, 30.5] * 50)]
    ways = column("direction", "TEXT", ["CREDIT", "DEBIT"] * 75)
    assert "Total transaction amount" in measured(table("transactions", *columns))
    assert "Total transaction amount" not in measured(table("transactions", *columns, ways))


def test_amounts_on_accounts_in_several_currencies_are_not_added_up() -> None:
    accounts = table("accounts", key("id"), column("currency", "TEXT", ["EUR", "USD", "CHF"] * 50))
    bookings = table(
        "transactions",
        key("id"),
        column("amount", "REAL", [10.5, 20.5, 30.5] * 50),
        column("account_id", "INTEGER", list(range(1, 151))),
        keys=[ForeignKey(columns=("account_id",), referred_table="accounts", referred_columns=("id",))],
    )
    assert not [title for title in measured(accounts, bookings) if title.startswith(("Total", "Average"))]


def test_amounts_beside_several_currencies_are_not_added_up() -> None:
    trade = [key("id"), column("amount", "REAL", [10.5, 20.5, 30.5] * 50)]
    bought, sold = (column(f"{side}_currency", "TEXT", ["EUR", "USD", "CHF"] * 50) for side in ("bought", "sold"))
    always = column("quoted_currency", "TEXT", ["EUR"] * 150)
    assert "Total trade amount in EUR" in measured(table("trades", *trade, bought))
    assert not [title for title in measured(table("trades", *trade, bought, sold)) if title.startswith("Total")]
    assert not [title for title in measured(table("trades", *trade, bought, always)) if title.startswith("Total")]


@pytest.mark.parametrize(
    ("subject", "sentence"),
    [
        (column("region", "TEXT", [""] * 150), "Region of the ticket, always blank."),
        (column("region", "TEXT", ["  "] * 150), "Region of the ticket, always blank."),
        (column("region", "TEXT", ["North, East"] * 150), "Region of the ticket, always “North, East”."),
        (column("region", "TEXT", ["North"] * 150), "Region of the ticket, always North."),
        (
            column("cost_usd", "REAL", [0.0004, 0.0028] * 75),
            "Cost of the ticket in USD, from 0.0004 to 0.0028 (average 0.0016).",
        ),
        (
            column("cost_usd", "REAL", [-0.004, 12.5] * 75),
            "Cost of the ticket in USD, from -0.004 to 12.50 (average 6.25).",
        ),
    ],
)
def test_what_is_blank_is_said_to_be_and_what_is_tiny_is_not_nothing(subject: Column, sentence: str) -> None:
    assert meant("tickets", key("id"), subject, at=1).description == sentence


def test_energy_is_told_by_its_unit() -> None:
    found = meant("energy_hourly", column("kwh", "REAL", [10.5, 20.5, 30.5] * 50))
    assert (found.description, found.synonyms) == ("Energy in kWh, from 10.5 to 30.5 (average 20.5).", ("energy",))


def test_who_ordered_has_no_average() -> None:
    found = meant("medication_orders", key("id"), column("ordered_by", "INTEGER", [3, 5, 9] * 50), at=1)
    assert found.description == "Ordered by; 3 different values."


def test_a_word_behind_the_name_of_another_table_is_not_what_a_row_is() -> None:
    hits = column("hits", "INTEGER", [1, 2, 3] * 50)
    found = told(table("Batting", hits), table("BattingPost", hits), table("SeriesPost", hits))
    assert (found["BattingPost"].description or "").startswith("Batting post (150 rows)")
    assert (found["SeriesPost"].description or "").startswith("Series post (150 rows)")
    assert (told(table("posts", hits))["posts"].description or "").startswith("150 posts")


def test_people_are_dated_by_their_first_day_and_not_by_their_last() -> None:
    people = table("players", key("id"), column("finalGame", "DATE", DAYS), column("debut", "DATE", DAYS))
    source = datasource(people)
    [first, *_] = propose_kpis(source, understand(source, []), [], dialect="sqlite")
    assert first.trend_sql is not None
    assert "debut" in first.trend_sql


@pytest.mark.parametrize("name", ["allergies", "blood_type", "insurance_policy_no"])
def test_health_and_numbers_of_their_own_are_personal_where_the_rows_are_people(name: str) -> None:
    values = [f"POL{number}" for number in range(150)] if name.endswith("no") else ["A", "B", "C"] * 50
    assert meant("patients", key("id"), column(name, "TEXT", values), at=1).is_personal is True


@pytest.mark.parametrize("name", ["duration_min", "DauerMin"])
def test_what_lasts_some_minutes_is_no_minimum(name: str) -> None:
    lasting = column(name, "INTEGER", [15, 30, 45] * 50)
    beside = [column("Betrag", "REAL", [1.5] * 150), column("Waehrung", "TEXT", ["EUR"] * 150)]
    found = meant("appointments", lasting, *beside)
    assert found.description == "Duration of the appointment in minutes, from 15 to 45 (average 30)."
    people = column("max_people", "INTEGER", [5] * 150)
    assert meant("appointments", lasting, people, *beside).description == found.description
    longest = column(f"{name[:-3].strip('_')}_max", "INTEGER", [50, 60, 70] * 50)
    assert (meant("appointments", lasting, longest, *beside).description or "").startswith(
        "Minimum duration of the appoint"
    )


def test_a_population_is_not_one_of_several() -> None:
    census = table("population", column("year", "INTEGER", list(range(1950, 2000))))
    assert told(census)["population"].description == "Population (50 rows); years 1950 to 1999."


def test_a_column_without_a_name_of_its_own_has_no_other_name() -> None:
    assert meant("measurements", column("column0", "TEXT", ["a", "b"] * 75)).synonyms == ()


def test_what_french_pupils_get_in_a_subject_is_a_grade() -> None:
    subjects = table("matieres", key("id_matiere", 3), column("libelle", "TEXT", ["Maths", "Latin", "Sport"]))
    pupils = table("eleves", key("id_eleve", 3), column("nom", "TEXT", ["Martin", "Petit", "Roux"]))
    given = table(
        "notes", key("id"), column("id_eleve", "INTEGER", [1, 2, 3] * 50), column("note", "REAL", [9.5] * 150)
    )
    assert (told(subjects, pupils, given)["notes"].description or "").startswith("150 grades")
    written = table("notes", key("id"), column("body", "TEXT", ["Call back on Monday, please."] * 150))
    assert (told(written)["notes"].description or "").endswith("150 notes.")


def test_a_payment_is_made_and_a_class_starts() -> None:
    paid = meant("payments", column("paid_on", "DATE", DAYS))
    assert (paid.description or "").startswith("When the payment was made, ")
    starts = meant("classes", key("id"), column("starts", "TIME", ["08:00", "10:00", "19:00"] * 50), at=1)
    assert (starts.description or "").startswith("When the class starts")


@pytest.mark.parametrize("name", ["inventory_snapshots", "daily_stock"])
def test_what_lies_there_each_day_is_not_added_up_over_the_days(name: str) -> None:
    days = [day for day in DAYS for _ in range(2)]
    stock = table(
        name,
        replace(column("counted_on", "DATE", days), is_primary_key=True),
        replace(column("sku", "TEXT", ["A-1", "B-2"] * 150), is_primary_key=True),
        column("on_hand", "INTEGER", list(range(300))),
    )
    drafts = propose_kpis(datasource(stock), understand(datasource(stock), []), [], dialect="sqlite")
    assert [draft.title for draft in drafts if "on hand" in draft.title]
    assert not [draft for draft in drafts if 'SUM(f."on_hand")' in draft.sql]


def test_what_there_is_one_row_for_is_not_said_twice() -> None:
    stock = table(
        "inventory_snapshots",
        replace(column("counted_on", "DATE", DAYS), is_primary_key=True),
        replace(column("sku", "TEXT", ["A-1", "B-2"] * 75), is_primary_key=True),
        column("on_hand", "INTEGER", list(range(150))),
    )
    said = told(stock)["inventory_snapshots"].description or ""
    assert said.startswith("150 inventory snapshots, one for each ")
    assert said.count("SKU") == 1


def test_moments_of_one_day_are_not_always_the_same() -> None:
    hours = [f"2024-05-06 {hour:02}:30:00" for hour in range(24)]
    same = column("closed_at", "TIMESTAMP", ["2024-05-06 12:00:00"] * 24)
    found = told(table("orders", key("id"), column("placed_at", "TIMESTAMP", hours), same))["orders"].columns
    assert found["placed_at"].description == "When the order was placed, all on 2024-05-06."
    assert found["closed_at"].description == "When the order was closed, always 2024-05-06 12:00:00."


def test_years_by_any_name_are_written_as_such_and_not_averaged() -> None:
    books = table(
        "books",
        key("id"),
        column("published", "INTEGER", [1813, 1869, 1999] * 50),
        column("built", "INTEGER", [18, 1869, 1999] * 50),
    )
    found = told(books)["books"].columns
    assert found["published"].semantic_type == "year"
    assert found["published"].description == "Published, from 1813 to 1999."
    assert found["built"].semantic_type is None
