"""Enrichment that is tried again, or done again: what is done stays done, what people said and left out stays too."""

from collections.abc import Sequence
from pathlib import Path

from enriching_house import TABLES, ModelHouse, modelled_house
from scripted_mind import KPIS, answer, described, subject, well
from scripted_model import Act, Request, Stage, complains, says

from catalogctl.domain.catalogue import Datasource, Table
from catalogctl.domain.meaning import InferredKey
from catalogctl.domain.ports.enriching import RULES
from catalogctl.domain.runs import JobType, Run, RunKind, Status
from catalogctl.pipeline.enrichment import Enrichment


def asked(stage: Stage) -> list[str]:
    """The tables that were asked for, in order."""
    return [name for request in stage.requests for name in described(request)]


def stopped_at(shop: ModelHouse, stage: Stage, wanted: str) -> Run:
    """An enrichment that was cancelled while the model was asked for *wanted*, a table or a subject."""
    lead = stage.director
    assert lead is not None

    def silent(request: Request) -> Act:
        return stage.silence if wanted in {subject(request), *described(request)} else lead(request)

    stage.is_led_by(silent)
    run = shop.start("shop", kind=RunKind.ENRICHMENT)
    with shop.working(concurrency=1):
        assert stage.arrived.wait(30)
        shop.catalogue.cancel_run(run.run_id)
    stage.is_led_by(lead)
    return run


def test_another_attempt_asks_for_nothing_that_was_answered(shop: ModelHouse, stage: Stage) -> None:
    run = stopped_at(shop, stage, "visits")
    assert shop.done(shop.catalogue.retry_run(run.run_id)).status is Status.COMPLETED
    assert asked(stage) == [*TABLES, "visits"]
    assert shop.described() == list(TABLES)


def test_another_attempt_carries_each_warning_of_what_stays_done_once(shop: ModelHouse, stage: Stage) -> None:
    elsewhere = {"elsewhere": {"description": "Nothing."}}
    stage.is_led_by(
        lambda request: says({"tables": answer(request)["tables"] | elsewhere}) if described(request) else well(request)
    )
    run = stopped_at(shop, stage, KPIS)
    shop.done(shop.catalogue.retry_run(run.run_id))
    assert shop.warnings(run) == [
        (None, f"1 entry of the model's answer on {name!r} named nothing known") for name in TABLES
    ]
    assert shop.job(run).warnings_total == len(TABLES)


def test_another_attempt_at_a_batch_is_followed_by_all_that_comes_after_it(shop: ModelHouse, stage: Stage) -> None:
    stage.is_led_by(lambda request: complains(401) if "orders" in described(request) else well(request))
    run = stopped_at(shop, stage, KPIS)
    assert shop.described() == ["customers", "visits"]
    stage.is_led_by(well)
    assert shop.done(shop.catalogue.retry_run(run.run_id)).status is Status.COMPLETED
    assert asked(stage) == [*TABLES, "orders"]
    assert shop.described() == list(TABLES)
    assert shop.warnings(run) == []


def test_a_batch_that_failed_for_good_is_described_by_the_next_run(shop: ModelHouse, stage: Stage) -> None:
    stage.is_led_by(lambda request: complains(401) if "orders" in described(request) else well(request))
    run = shop.enrich("shop")
    assert run.status is Status.COMPLETED
    assert [table for table, _ in shop.warnings(run)] == ["orders"]
    assert shop.described() == ["customers", "visits"]
    stage.is_led_by(well)
    again = shop.enrich("shop", tables=("orders",))
    assert shop.warnings(again) == []
    assert shop.described() == list(TABLES)
    assert shop.result(again)["tables"] == 1


def test_a_second_enrichment_changes_nothing_and_doubles_nothing(shop: ModelHouse) -> None:
    def known() -> object:
        source = shop.catalogue.catalogue(source="shop")[0]
        return _without_times(source), shop.figures(), shop.questions(), [kpi.id for kpi in shop.catalogue.kpis()]

    shop.enrich("shop")
    before = known()
    assert shop.enrich("shop").status is Status.COMPLETED
    assert known() == before


def test_what_a_model_was_paid_for_outlives_an_enrichment_by_the_rules(shop: ModelHouse, stage: Stage) -> None:
    shop.enrich("shop")
    before, calls = _without_times(shop.catalogue.catalogue(source="shop")[0]), len(stage.requests)
    assert shop.enrich("shop", model=RULES).status is Status.COMPLETED
    assert _without_times(shop.catalogue.catalogue(source="shop")[0]) == before
    assert len(stage.requests) == calls


def _without_times(source: Datasource) -> Sequence[object]:
    return [
        (table.name, table.description, table.synonyms, table.role, table.inferred_keys, _columns_without_times(table))
        for table in source.tables
    ]


def _columns_without_times(table: Table) -> Sequence[object]:
    return [(one.name, one.description, one.synonyms, one.semantic_type, one.is_personal) for one in table.columns]


CUSTOMER = InferredKey(
    table="orders", column="customer_id", referred_table="customers", referred_column="id", share=1.0
)


def test_a_table_that_is_left_out_is_neither_sent_nor_touched(shop: ModelHouse, stage: Stage) -> None:
    shop.enrich("shop")
    shop.catalogue.describe_column(shop.column("orders.amount").id, "What was paid.")
    shop.catalogue.toggle_table(shop.table("customers").id)
    before = shop.table("customers")
    assert shop.table("orders").inferred_keys == (CUSTOMER,)
    stage.requests.clear()
    run = shop.enrich("shop")
    assert run.status is Status.COMPLETED
    assert asked(stage) == ["orders", "visits"]
    sent = [message["content"] for request in stage.requests for message in request.body["messages"]]
    assert not any("city" in text or "email" in text for text in sent)
    assert shop.table("customers") == before
    assert shop.table("orders").inferred_keys == (CUSTOMER,)
    amount = shop.column("orders.amount")
    assert (amount.description, amount.is_described_by_person) == ("What was paid.", True)
    assert set(shop.figures()) == {"Rows of orders", "Rows of visits"}


def test_a_table_that_is_chosen_by_name_is_taken_in_again(shop: ModelHouse, stage: Stage) -> None:
    shop.catalogue.toggle_table(shop.table("visits").id)
    shop.enrich("shop", tables=("visits",))
    assert asked(stage) == ["visits"]
    assert shop.table("visits").is_enabled


def test_that_a_table_was_taken_in_again_is_told_of_even_if_nothing_comes_of_it(shop: ModelHouse, stage: Stage) -> None:
    shop.catalogue.toggle_table(shop.table("visits").id)
    stage.is_led_by(lambda _: complains(401))
    run = shop.enrich("shop", tables=("visits", "orders"))
    assert run.status is Status.FAILED
    assert shop.table("visits").is_enabled
    [told] = [
        event for event in shop.store.page_since(0, limit=1000, run_id=run.run_id).events if event.topic == "catalog"
    ]
    assert told.decoded() == {"source": "shop", "tables": 1, "columns": len(shop.table("visits").columns)}


def test_when_every_table_is_left_out_the_run_fails_and_says_so(shop: ModelHouse, stage: Stage) -> None:
    for name in TABLES:
        shop.catalogue.toggle_table(shop.table(name).id)
    run = shop.enrich("shop")
    assert run.status is Status.FAILED
    assert "has no table to enrich" in str(shop.job(run).error_message)
    assert stage.requests == []


def test_keys_that_take_too_long_to_test_are_told_of_and_the_run_goes_on(tmp_path: Path, stage: Stage) -> None:
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT"
    with modelled_house(tmp_path, stage) as shop:
        shop.database(
            "CREATE TABLE parts (id INTEGER PRIMARY KEY, label TEXT)",
            "CREATE TABLE part_uses (part_id INTEGER, note TEXT)",
            f"INSERT INTO parts {numbers} i, 'x' FROM n",
            f"INSERT INTO part_uses {numbers} i, 'y' FROM n",
        )
        shop.extract("shop")
        shop.pipelines[JobType.ENRICHMENT] = Enrichment(models=shop.models, deadline=0.005)
        run = shop.enrich("shop")
        assert run.status is Status.COMPLETED
        assert "possible keys were not tested: took longer than 0.005 s" in shop.warnings(run)[0][1]
        assert shop.described() == ["customers", "orders", "part_uses", "parts", "visits"]
