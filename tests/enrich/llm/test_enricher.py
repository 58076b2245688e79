"""The enricher of a model, on a scripted endpoint: what is asked, what is kept, and what is left of a failure."""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import scripted_mind
from scripted_model import Act, Stage, complains, says
from shop_catalogue import column, customers, orders, source, table

from catalogctl.domain.catalogue import Datasource
from catalogctl.domain.errors import LlmInterrupted, LlmTooLong, LlmUnauthorized, LlmUnavailable
from catalogctl.domain.meaning import (
    ColumnMeaning,
    InferredKey,
    KpiDraft,
    QuestionDraft,
    TableMeaning,
    TableRole,
)
from catalogctl.domain.ports.enriching import Described, Enricher, KeyCandidate, ProposedKpis, ProposedQuestions
from catalogctl.enrich.llm.endpoint import LlmEndpoint
from catalogctl.enrich.llm.enricher import LlmEnricher
from catalogctl.enrich.prices import Price, Prices

KPI = KpiDraft(title="Rows", sql="SELECT count(*) FROM orders", tables=("orders",))
QUESTION = QuestionDraft(question="How many?", category="overview", icon="?", tables=("orders",))
PRICES = Prices({"tiny": Price(input=1, output=1)})


class PlainRules:
    """Rules that know little: names and salaries are personal, and a rule's word on everything quotes a value."""

    def key_candidates(self, _source: Datasource) -> list[KeyCandidate]:
        return [KeyCandidate(table="a", column="b", referred_table="c", referred_column="d", sql="SELECT 1")]

    def describe(self, source: Datasource, *, tables: Sequence[str], **_: object) -> Described:
        return Described(
            meanings=tuple(
                TableMeaning(
                    name=one.name,
                    description=f"The rules on {one.name}: Paris",
                    role=TableRole.LOG,
                    columns={
                        part.name: ColumnMeaning(
                            description=f"The rules on {part.name}: Paris",
                            semantic_type="thing",
                            is_personal=part.name in {"name", "salary"},
                        )
                        for part in one.columns
                    },
                )
                for one in source.tables
                if one.name in tables
            )
        )

    def propose_kpis(self, *_: object, **__: object) -> ProposedKpis:
        return ProposedKpis(drafts=(KPI,))

    def propose_questions(self, *_: object, **__: object) -> ProposedQuestions:
        return ProposedQuestions(drafts=(QUESTION,))


@pytest.fixture
def enricher(endpoint: LlmEndpoint) -> LlmEnricher:
    return LlmEnricher(endpoint=endpoint, rules=PlainRules(), prices=PRICES)


SHOP = source(customers(), orders())


def test_it_is_an_enricher(enricher: LlmEnricher) -> None:
    port: Enricher = enricher
    assert port.model == "tiny"
    assert port.provider.startswith("127.0.0.1:")
    assert [candidate.table for candidate in port.key_candidates(SHOP)] == ["a"]


def described(stage: Stage) -> dict[str, Any]:
    """The facts in the last request, by table."""
    lines = stage.bodies()[-1]["messages"][1]["content"].splitlines()[1:-1]
    return {fact["table"]: fact for fact in map(json.loads, lines)}


def answer_for(stage: Stage, words: Callable[[str], object]) -> Act:
    """Describe whatever tables were asked for."""

    def act(connection: Any) -> None:
        says({"tables": {name: words(name) for name in described(stage)}})(connection)

    return act


def test_the_model_writes_the_words_and_the_rules_keep_the_rest(stage: Stage, enricher: LlmEnricher) -> None:
    told = {
        "orders": {
            "description": "Purchases.",
            "synonyms": ["sales"],
            "role": "fact",
            "columns": {"total": {"description": "Paid."}},
        }
    }
    stage.plays(says({"tables": told | {"elsewhere": {}}}))
    found = enricher.describe(SHOP, tables=["orders", "customers"], keys=())
    meanings = {meaning.name: meaning for meaning in found.meanings}
    assert set(meanings) == {"customers", "orders"}
    assert (meanings["orders"].description, meanings["orders"].role) == ("Purchases.", TableRole.FACT)
    assert meanings["orders"].from_model == ("description", "synonyms", "role")
    assert meanings["orders"].columns["total"] == ColumnMeaning(
        description="Paid.", semantic_type="thing", is_personal=False, from_model=("description",)
    )
    assert meanings["orders"].columns["status"].description == "The rules on status: Paris"
    assert meanings["customers"].description == "The rules on customers: Paris"
    assert len(found.calls) == 1
    assert [note.message for note in found.notes] == [
        "1 entry of the model's answer on 'customers' and 1 more named nothing known"
    ]


def test_personal_columns_of_the_rules_and_inferred_keys_shape_what_is_asked(
    stage: Stage, endpoint: LlmEndpoint
) -> None:
    stage.plays(answer_for(stage, lambda name: {"description": f"All {name}."}))
    shares = LlmEnricher(endpoint=endpoint, rules=PlainRules(), prices=PRICES, shares_samples=True)
    key = InferredKey(table="orders", column="status", referred_table="states", referred_column="code", share=1.0)
    shares.describe(SHOP, tables=["orders", "customers"], keys=[key])
    text = stage.bodies()[0]["messages"][1]["content"]
    assert "Paris" in text
    assert "Ada" not in text
    assert "77123" not in text
    assert described(stage)["orders"]["columns"][-1]["references"] == "states.code"


def test_only_the_tables_of_the_batch_are_asked_for(stage: Stage, enricher: LlmEnricher) -> None:
    stage.plays(answer_for(stage, lambda _: {"role": "fact"}))
    found = enricher.describe(SHOP, tables=["orders"], keys=())
    assert set(described(stage)) == {"orders"}
    assert [meaning.name for meaning in found.meanings] == ["orders"]


def test_a_batch_that_is_too_long_is_parted_and_every_call_is_counted(stage: Stage, enricher: LlmEnricher) -> None:
    good = answer_for(stage, lambda name: {"description": f"All {name}."})
    stage.plays(says("{", finish="length"), good)
    found = enricher.describe(SHOP, tables=["orders", "customers"], keys=())
    assert {meaning.name: meaning.description for meaning in found.meanings} == {
        "customers": "All customers.",
        "orders": "All orders.",
    }
    assert [call.is_ok for call in found.calls] == [False, True, True]
    assert found.notes == ()


def test_a_table_that_stays_too_long_is_named_and_the_others_are_kept(stage: Stage, enricher: LlmEnricher) -> None:
    def act(connection: Any) -> None:
        good = "customers" not in described(stage)
        (answer_for(stage, lambda _: {"role": "fact"}) if good else says("{", finish="length"))(connection)

    stage.plays(act)
    found = enricher.describe(SHOP, tables=["orders", "customers"], keys=())
    assert [meaning.name for meaning in found.meanings] == ["orders"]
    assert {note.table for note in found.notes} == {"customers"}
    assert "cut off" in found.notes[0].message
    assert len(found.calls) == len(stage.requests) < 12


def test_a_model_that_never_comes_to_an_end_is_not_asked_for_every_piece(stage: Stage, enricher: LlmEnricher) -> None:
    shop = source(*(table(f"t{number}", [column(f"c{part}") for part in range(4)]) for number in range(8)))
    stage.plays(says("{", finish="length"))
    with pytest.raises(LlmTooLong):
        enricher.describe(shop, tables=[f"t{number}" for number in range(8)], keys=())
    # All, four, two and one of them; then the other one, two and four as they are.
    assert [len(told) for told in map(scripted_mind.described, stage.requests)] == [8, 4, 2, 1, 1, 2, 4]


def test_nothing_more_of_a_batch_is_sent_once_that_is_said(stage: Stage, endpoint: LlmEndpoint) -> None:
    one_by_one = LlmEnricher(endpoint=endpoint, rules=PlainRules(), prices=PRICES, max_tables=1)
    stage.plays(answer_for(stage, lambda _: {"role": "fact"}))
    found = one_by_one.describe(
        SHOP, tables=["orders", "customers"], keys=(), overspent=lambda calls: f"{len(calls)} call was enough"
    )
    assert [meaning.name for meaning in found.meanings] == ["customers"]
    assert [(note.table, note.message) for note in found.notes] == [("orders", "not described: 1 call was enough")]
    assert len(stage.requests) == len(found.calls) == 1


def test_what_befell_one_request_is_not_paid_for_again(stage: Stage, endpoint: LlmEndpoint) -> None:
    one_by_one = LlmEnricher(endpoint=endpoint, rules=PlainRules(), prices=PRICES, max_tables=1)
    shop = source(*(table(f"t{number}", [column("x")]) for number in range(5)))
    good = answer_for(stage, lambda _: {"role": "fact"})
    stage.plays(good, good, complains(401))
    found = one_by_one.describe(shop, tables=[f"t{number}" for number in range(5)], keys=())
    assert [meaning.name for meaning in found.meanings] == ["t0", "t1"]
    assert [note.table for note in found.notes] == ["t2", "t3", "t4"]
    assert len(stage.requests) == len(found.calls) == 3


@pytest.mark.parametrize(
    ("act", "kind"),
    [(complains(401), LlmUnauthorized), (complains(503), LlmUnavailable), (says("{", finish="length"), LlmTooLong)],
)
def test_a_batch_of_which_nothing_came_fails_with_all_calls(
    stage: Stage, enricher: LlmEnricher, act: Act, kind: type[Exception]
) -> None:
    stage.plays(act)
    with pytest.raises(kind) as failure:
        enricher.describe(SHOP, tables=["orders", "customers"], keys=())
    assert len(failure.value.calls) == len(stage.requests) > 0  # type: ignore[attr-defined]


def test_a_cancelled_batch_tells_of_the_calls_before(stage: Stage, endpoint: LlmEndpoint) -> None:
    one_by_one = LlmEnricher(endpoint=endpoint, rules=PlainRules(), prices=PRICES, max_tables=1)
    stage.plays(answer_for(stage, lambda _: {"role": "fact"}), stage.silence)
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(one_by_one.describe, SHOP, tables=["orders", "customers"], keys=())
        assert stage.arrived.wait(10)
        one_by_one.cancel()
        with pytest.raises(LlmInterrupted) as interruption:
            asking.result(5)
    assert [call.is_ok for call in interruption.value.calls] == [True, False]


def test_batches_hold_every_table_once_even_a_very_wide_one(stage: Stage, enricher: LlmEnricher) -> None:
    wide = table("wide", [column(f"column_number_{number}") for number in range(200)])
    shop = source(customers(), orders(), wide)
    assert sorted(name for batch in enricher.batches(shop) for name in batch) == ["customers", "orders", "wide"]
    stage.plays(
        answer_for(
            stage,
            lambda _: {
                "columns": {
                    one["name"]: {"description": f"That of {one['name']}."}
                    for one in described(stage)["wide"]["columns"]
                }
            },
        )
    )
    found = enricher.describe(shop, tables=["wide"], keys=())
    assert all(said.description == f"That of {name}." for name, said in found.meanings[0].columns.items())
    assert len(found.meanings[0].columns) == 200
    assert len(found.calls) > 1


DRAFT = {
    "title": "Sales",
    "sql": "SELECT sum(total) FROM orders",
    "trend_sql": None,
    "unit": "EUR",
    "invert": False,
    "footer": None,
}


def test_key_figures_of_the_model_are_checked_and_those_kept_out_are_told(stage: Stage, enricher: LlmEnricher) -> None:
    stage.plays(says({"kpis": [DRAFT, DRAFT | {"title": "Evil", "sql": "SELECT load_extension('x')"}]}))
    found = enricher.propose_kpis(SHOP, (), keys=())
    assert [draft.title for draft in found.drafts] == ["Sales"]
    assert [note.message for note in found.notes] == [
        "key figure 'Evil' of the model is kept out: the function 'load_extension' is not allowed"
    ]
    assert len(found.calls) == 1


@pytest.mark.parametrize(
    "act", [says({"kpis": []}), says({"kpis": [DRAFT | {"sql": "DROP TABLE orders"}]}), complains(401)]
)
def test_without_key_figures_of_the_model_those_of_the_rules_stand_in(
    stage: Stage, enricher: LlmEnricher, act: Act
) -> None:
    stage.plays(act)
    found = enricher.propose_kpis(SHOP, (), keys=())
    assert found.drafts == (KPI,)
    assert len(found.calls) == 1
    stage.plays(says({"questions": []}) if act is not None else act)
    assert enricher.propose_questions(SHOP, (), keys=(), kpis=()).drafts == (QUESTION,)


def test_an_engine_whose_sql_cannot_be_checked_is_left_to_the_rules(stage: Stage, enricher: LlmEnricher) -> None:
    stage.plays(says({"kpis": [DRAFT]}))
    found = enricher.propose_kpis(source(orders(), kind="mssql"), (), keys=())
    assert found.drafts == (KPI,)
    assert "mssql" in found.notes[0].message
    assert stage.requests == []


def test_questions_of_the_model_are_about_tables_that_exist(stage: Stage, enricher: LlmEnricher) -> None:
    asked = {"question": "What sells?", "category": "ranking", "tables": ["orders", "secrets"]}
    stage.plays(says({"questions": [asked]}))
    [question] = enricher.propose_questions(SHOP, (), keys=(), kpis=()).drafts
    assert (question.question, question.category, question.tables) == ("What sells?", "ranking", ("orders",))


def test_a_cancellation_is_no_reason_to_fall_back_on_the_rules(enricher: LlmEnricher) -> None:
    enricher.cancel()
    with pytest.raises(LlmInterrupted):
        enricher.propose_kpis(SHOP, (), keys=())
    with pytest.raises(LlmInterrupted):
        enricher.propose_questions(SHOP, (), keys=(), kpis=())


@pytest.fixture
def drafting(stage: Stage, endpoint: LlmEndpoint) -> Callable[..., str]:
    """What is sent to draft key figures from, with descriptions of all three authors in the catalogue."""

    def sent(**allowed: bool) -> str:
        person = table(
            "people",
            [column("city", description="A person on city", is_described_by_person=True), column("name"), column("x")],
            description="A person on people",
            is_described_by_person=True,
        )
        told = TableMeaning(
            name="orders",
            description="The model on orders",
            columns={"total": ColumnMeaning(description="The model on total")},
        )
        rules = PlainRules().describe(source(person), tables=["people"], keys=()).meanings
        stage.plays(says({"kpis": [DRAFT]}))
        LlmEnricher(endpoint=endpoint, rules=PlainRules(), prices=PRICES, **allowed).propose_kpis(
            source(orders(), person), [told, *rules], keys=()
        )
        return str(stage.bodies()[-1]["messages"][1]["content"])

    return sent


def test_what_the_model_wrote_goes_back_to_it_and_what_quotes_values_or_a_person_does_not(
    drafting: Callable[..., str],
) -> None:
    text = drafting()
    assert "The model on orders" in text
    assert "The model on total" in text
    assert "Paris" not in text
    assert "A person" not in text


def test_what_the_rules_wrote_goes_where_values_may_but_never_on_personal_columns(drafting: Callable[..., str]) -> None:
    text = drafting(shares_samples=True)
    assert "The rules on x: Paris" in text
    assert "The rules on name" not in text
    assert "A person" not in text
    assert "A person on city" in drafting(shares_comments=True)


def test_an_estimate_sends_nothing_and_tells_what_would_go_out(stage: Stage, enricher: LlmEnricher) -> None:
    estimate = enricher.estimate(SHOP)
    assert stage.requests == []
    assert estimate.tables == ("customers", "orders")
    assert estimate.batches == 1
    assert (estimate.model, estimate.shares_samples) == ("tiny", False)
    assert estimate.withheld == ("customers.contact", "customers.name", "customers.salary")
    assert estimate.cost == pytest.approx((estimate.tokens_input + estimate.tokens_output) / 1_000_000)


def test_an_estimate_is_near_what_is_then_sent(stage: Stage, enricher: LlmEnricher) -> None:
    estimate = enricher.estimate(SHOP)
    stage.plays(
        answer_for(
            stage, lambda name: {"description": f"What one of the {name} stands for in the shop, in a sentence."}
        ),
        says({"kpis": [DRAFT]}),
        says({"questions": []}),
    )
    found = enricher.describe(SHOP, tables=["customers", "orders"], keys=())
    enricher.propose_kpis(SHOP, found.meanings, keys=())
    enricher.propose_questions(SHOP, found.meanings, keys=(), kpis=())
    characters = sum(len(message["content"]) for body in stage.bodies() for message in body["messages"])
    assert characters / 4.5 < estimate.tokens_input < characters / 2
