import pytest
from catalogued import column, datasource, table
from known_databases import Known

from catalogctl.domain.meaning import KpiDraft
from catalogctl.enrich.rules.foreign_keys import accepted, key_candidates
from catalogctl.enrich.rules.questions import propose_questions


def test_there_are_eight_of_many_kinds(known: Known) -> None:
    questions = known.questions()
    assert len(questions) == len({draft.question for draft in questions}) == 8
    assert len({draft.category for draft in questions}) >= 4


@pytest.mark.parametrize("known", ["chinook", "northwind", "shop", "rentals", "clinic", "subscriptions"], indirect=True)
def test_every_kind_is_asked_where_the_data_bear_it(known: Known) -> None:
    assert {"trend", "ranking", "comparison", "breakdown", "quality", "relation"} <= {
        draft.category for draft in known.questions()
    }


def test_each_names_tables_that_are_there_and_has_an_icon(known: Known) -> None:
    names = {table.name for table in known.source.tables}
    for draft in known.questions():
        assert draft.question.endswith("?")
        assert set(draft.tables) <= names
        assert draft.tables
        assert draft.icon.isalpha()


@pytest.mark.parametrize(
    ("question", "by_hand"),
    [
        ("Which 10 customers have the highest total order freight?",
         "SELECT count(*) FROM (SELECT CustomerID FROM Orders GROUP BY 1 HAVING sum(Freight) > 0)"),
        ("Which customers have no orders?",
         "SELECT count(*) FROM Customers WHERE CustomerID NOT IN (SELECT CustomerID FROM Orders)"),
        ("How many customers have no fax number?", "SELECT count(*) FROM Customers WHERE Fax IS NULL"),
        ("How does the average order freight differ by shipping country?",
         "SELECT count(DISTINCT ShipCountry) - 1 FROM Orders"),
    ],
)  # fmt: skip
def test_the_data_can_answer_them(northwind: Known, question: str, by_hand: str) -> None:
    assert question in {draft.question for draft in northwind.questions()}
    assert northwind.number(by_hand) > 0


def test_what_has_no_answer_is_not_asked() -> None:
    customers = table(
        "customers", column("id", "INTEGER", [1, 2], is_key=True), column("email", "TEXT", ["a@b.c", "d@e.f"])
    )
    asked = [draft.question for draft in propose_questions(datasource(customers), [], [], [])]
    assert not [question for question in asked if "no e-mail" in question]
    assert not [question for question in asked if "month" in question]


def test_a_small_source_gives_fewer() -> None:
    tiny = datasource(table("t", column("x", "TEXT", ["a", "b"])))
    assert [draft.question for draft in propose_questions(tiny, [], [], [])] == ["How many rows of t are there?"]
    assert propose_questions(datasource(), [], [], []) == []
    assert propose_questions(datasource(table("t", column("x", "TEXT", []))), [], [], []) == []


def test_dangling_values_are_asked_for() -> None:
    planes = table(
        "planes", column("tailnum", "TEXT", [f"N{n}" for n in range(100, 180)]), column("seats", "INTEGER", [2] * 80)
    )
    flights = table("flights", column("tailnum", "TEXT", [f"N{n}" for n in range(100, 200)] * 2))
    source = datasource(planes, flights)
    keys = [key for found in key_candidates(source) if (key := accepted(found, 100, 80))]
    assert "Which values of flights.tailnum are not found in planes.tailnum?" in {
        draft.question for draft in propose_questions(source, [], keys, [])
    }


def test_a_key_figure_with_a_trend_gives_a_question() -> None:
    source = datasource(table("orders", column("id", "INTEGER", [1, 2, 3], is_key=True)))
    kpi = KpiDraft(title="Average basket", sql="SELECT 1", tables=("orders",), trend_sql="SELECT 1, 2")
    assert "How has the average basket changed over time?" in {
        draft.question for draft in propose_questions(source, [], [], [kpi])
    }
