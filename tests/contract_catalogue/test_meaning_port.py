"""What the Catalogue port promises about meaning, held against both of its implementations."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from served_house import House, now

from catalogctl.domain.catalogue import Column, Table
from catalogctl.domain.errors import (
    ColumnNotFound,
    InvalidInput,
    LlmUnavailable,
    NothingSelected,
    RunActive,
    SourceNotChosen,
    SourceNotFound,
    TableNotFound,
    WrongType,
)
from catalogctl.domain.events import MAX_SEQ
from catalogctl.domain.meaning import InferredKey, KpiResult, KpiTrend, LlmCall, LlmUse, TableRole
from catalogctl.domain.ports.catalogue import Catalogue
from catalogctl.domain.ports.store import Transaction
from catalogctl.domain.runs import JobType, RunKind, RunOptions, Status


def table_of(house: House, name: str = "customer", source: str = "shop") -> Table:
    (found,) = house.service.catalogue(source=source, table=name)
    return found.tables[0]


def column_of(house: House, name: str) -> Column:
    return next(column for column in table_of(house).columns if column.name == name)


def add_use(house: House, *, days_ago: float = 0.0, **fields: Any) -> LlmUse:
    given = {"model": "m", "provider": "p", "purpose": "describe", "is_ok": True, "seconds": 0.125, **fields}
    use = LlmUse(at=now() - timedelta(days=days_ago), run_id=None, call=LlmCall(**given))
    house.store.transact(lambda transaction: transaction.add_llm_use(use.call, run_id=None, at=use.at))
    return use


@pytest.mark.parametrize("kind", [RunKind.ENRICHMENT, RunKind.REFRESH])
def test_a_run_of_every_kind_is_queued_with_its_options(catalogue: Catalogue, house: House, kind: RunKind) -> None:
    house.extract()
    options = RunOptions(tables=("customer",), model="plain", max_cost=0.25, deadline=2.5)
    run = catalogue.start_run(kind, source="shop", options=options)
    assert run == house.service.run(run.run_id)
    assert (run.kind, run.status, run.options) == (kind, Status.PENDING, options)
    assert tuple(job.job_type for job in run.jobs) == kind.job_types
    with pytest.raises(RunActive) as caught:
        catalogue.start_run(RunKind.ENRICHMENT, source="shop", options=RunOptions())
    assert caught.value.data["run_id"] == run.run_id


@pytest.mark.parametrize("kind", [RunKind.ENRICHMENT, RunKind.REFRESH])
def test_a_budget_is_refused_where_nobody_knows_the_price(catalogue: Catalogue, kind: RunKind) -> None:
    with pytest.raises(InvalidInput, match="what 'priceless' costs is not known") as caught:
        catalogue.start_run(kind, source="shop", options=RunOptions(model="priceless", max_cost=0.25))
    assert "CATALOGCTL_LLM_PRICES" in (caught.value.hint or "")
    assert catalogue.runs() == []


def test_the_jobs_of_an_enrichment_are_found_by_their_type(catalogue: Catalogue, house: House) -> None:
    run = house.refresh()
    (job,) = catalogue.jobs(job_type=JobType.ENRICHMENT)
    assert (job.run_id, job.status) == (run.run_id, Status.COMPLETED)
    assert job.result is not None
    assert (job.result["tables"], job.result["columns"], job.result["kpis"], job.result["questions"]) == (1, 2, 1, 1)


def test_the_tree_shows_what_was_written(catalogue: Catalogue, house: House) -> None:
    house.refresh()
    key = InferredKey(table="customer", column="email", referred_table="customer", referred_column="id", share=0.5)
    house.store.transact(
        lambda transaction: transaction.save_meanings(table_of(house).datasource_id, [], keys=[key], at=now())
    )
    assert catalogue.catalogue() == house.service.catalogue()
    (source,) = catalogue.catalogue(source="shop")
    (table,) = source.tables
    assert (table.description, table.role) == ("All that is known of each customer.", TableRole.DIMENSION)
    assert (table.synonyms, table.inferred_keys) == (("customers",), (key,))
    email = next(column for column in table.columns if column.name == "email")
    assert (email.semantic_type, email.is_personal, email.personal_confidence) == ("email", True, 0.9)
    assert email.synonyms == ("customer email",)


def test_a_table_is_left_out_and_included_again(catalogue: Catalogue, house: House) -> None:
    house.extract()
    table = table_of(house)
    left_out = catalogue.toggle_table(table.id)
    assert not left_out.is_enabled
    assert left_out == table_of(house)
    assert left_out.columns
    assert catalogue.toggle_table(table.id).is_enabled


def test_what_a_person_says_of_a_table(catalogue: Catalogue, house: House) -> None:
    house.refresh()
    text = "  Who buys; “é”, [red]\nand\ta tab  "
    table = catalogue.describe_table(table_of(house).id, text)
    assert (table.description, table.is_described_by_person) == (text.strip(), True)
    assert table == table_of(house)


def test_what_a_person_says_of_a_column(catalogue: Catalogue, house: House) -> None:
    house.refresh()
    column = catalogue.describe_column(column_of(house, "email").id, "Where to write to.")
    assert (column.description, column.is_described_by_person) == ("Where to write to.", True)
    assert column == column_of(house, "email")


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "x" * 10_001])
def test_a_description_says_something_and_not_everything(catalogue: Catalogue, house: House, text: str) -> None:
    house.extract()
    before = table_of(house)
    for ask, id_ in ((catalogue.describe_table, before.id), (catalogue.describe_column, before.columns[0].id)):
        with pytest.raises(InvalidInput):
            ask(id_, text)
    assert table_of(house) == before


def test_tables_and_columns_that_are_not_there(catalogue: Catalogue) -> None:
    with pytest.raises(TableNotFound):
        catalogue.toggle_table(4711)
    with pytest.raises(TableNotFound):
        catalogue.describe_table(4711, "x")
    with pytest.raises(ColumnNotFound):
        catalogue.describe_column(4711, "x")


def test_a_search_finds_by_name_synonym_and_description(catalogue: Catalogue, house: House) -> None:
    house.refresh()
    house.service.describe_column(column_of(house, "email").id, "Où écrire à l'acheteur")
    for words in ("customer", "CUSTOMERS", "ecrire", "Écrire acheteur"):
        hits = catalogue.search(words)
        assert hits == house.service.search(words)
        assert ("shop", "customer") in {(hit.source, hit.table) for hit in hits}, words
    assert catalogue.search("ecrire")[0].column == "email"
    assert len(catalogue.search("customer", limit=1)) == 1
    assert catalogue.search("nothing-is-called-that") == []


@pytest.mark.parametrize("number", [-1, 0, 3651, 10**12, 10**18])
def test_nobody_asks_for_more_than_there_can_be(catalogue: Catalogue, number: int) -> None:
    with pytest.raises(WrongType, match=f"days must be a whole number from 1 to 3650, not {number}$"):
        catalogue.llm_uses(days=number)
    with pytest.raises(WrongType, match=f"limit must be a whole number from 1 to 1000, not {number}$"):
        catalogue.search("customer", limit=number)


@pytest.mark.parametrize("number", [-1, 0, 2**63, 10**30])
def test_nobody_asks_for_what_has_a_number_that_nothing_can_have(catalogue: Catalogue, number: int) -> None:
    calls: list[Callable[[], object]] = [
        lambda: catalogue.job(number),
        lambda: catalogue.tasks(number),
        lambda: catalogue.retry_job(number),
        lambda: catalogue.jobs(before=number),
        lambda: catalogue.runs(before=number),
        lambda: catalogue.tasks(1, after=number),
        lambda: catalogue.toggle_table(number),
        lambda: catalogue.describe_table(number, "What was sold."),
        lambda: catalogue.describe_column(number, "What was paid."),
    ]
    for call in calls:
        with pytest.raises(WrongType, match=f"(_id|before|after) must be a whole number from 1 to {MAX_SEQ}, not "):
            call()


def test_as_much_as_there_can_be_may_be_asked_for(catalogue: Catalogue, house: House) -> None:
    house.extract()
    assert catalogue.llm_uses(days=3650) == []
    assert catalogue.search("customer", limit=1000)


@pytest.mark.parametrize("words", ["", " ", "\t\n"])
def test_a_search_for_nothing(catalogue: Catalogue, words: str) -> None:
    with pytest.raises(InvalidInput):
        catalogue.search(words)


@pytest.mark.parametrize("words", ['"', "a AND", "(", "*", "-x", "NEAR(", "'; DROP TABLE x", "a&b=c#d?e%20", "é+ü"])
def test_words_are_words_and_no_language(catalogue: Catalogue, house: House, words: str) -> None:
    house.extract()
    assert catalogue.search(words) == house.service.search(words)


def test_key_figures_come_whole_and_by_source(catalogue: Catalogue, house: House) -> None:
    assert catalogue.kpis() == []
    with closing(sqlite3.connect(house.folder / "shop.db")) as connection, connection:
        connection.execute("INSERT INTO customer VALUES (1, 'a@example.org'), (2, NULL)")
    house.refresh("shop")
    house.refresh("stock")
    assert [(kpi.source, kpi.result.value) for kpi in catalogue.kpis()] == [("shop", "2"), ("stock", "0")]
    assert [kpi.source for kpi in catalogue.kpis(source="stock")] == ["stock"]
    rich = KpiResult(
        title="Größe [red]",
        value="1,234.50 EUR",
        sql="SELECT 1",
        trend=KpiTrend(value=-3.5, direction="down", invert=True, label="May vs April"),
        sparkline=(1.0, 2.5, -3.0),
    )
    plain = KpiResult(title="Plain", value="7", sql="SELECT 7", trend=KpiTrend(value=0.0, direction="flat"))

    def change(transaction: Transaction) -> None:
        transaction.save_kpis(table_of(house).datasource_id, [rich, plain], at=now())

    house.store.transact(change)
    assert [kpi.result for kpi in catalogue.kpis(source="shop")] == [rich, plain]
    assert catalogue.kpis() == house.service.kpis()


def test_questions_come_whole_and_by_source(catalogue: Catalogue, house: House) -> None:
    assert catalogue.questions() == []
    house.refresh("shop")
    house.refresh("stock")
    assert catalogue.questions() == house.service.questions()
    assert [question.source for question in catalogue.questions()] == ["shop", "stock"]
    (question,) = catalogue.questions(source="stock")
    assert (question.draft.question, question.draft.tables) == ("How many rows has customer?", ("customer",))


def test_a_source_that_is_not_there_has_no_figures_and_no_questions(catalogue: Catalogue) -> None:
    for ask in (catalogue.kpis, catalogue.questions):
        with pytest.raises(SourceNotFound):
            ask(source="nowhere")


def test_whether_the_model_answers(catalogue: Catalogue, house: House) -> None:
    assert catalogue.llm_status() == house.service.llm_status()
    assert catalogue.llm_status().is_ok
    house.models.is_down = True
    status = catalogue.llm_status()
    assert (status.is_ok, status.message) == (False, "nobody answers at the endpoint")


def test_trying_the_model_counts_among_its_calls(catalogue: Catalogue, house: House) -> None:
    before = house.store.position().latest
    assert catalogue.llm_status().calls == ()
    [use] = catalogue.llm_uses(days=1)
    assert (use.run_id, use.call.purpose, use.call.cost) == (None, "probe", 0.0001)
    [event] = house.store.page_since(before, limit=9).events
    assert (event.type, event.run_id, event.decoded()["purpose"]) == ("llm.used", None, "probe")


def test_the_models_on_offer(catalogue: Catalogue, house: House) -> None:
    assert catalogue.llm_models() == ["plain", "priceless"]
    house.models.is_down = True
    with pytest.raises(LlmUnavailable) as caught:
        catalogue.llm_models()
    assert caught.value.detail == "nobody answers at the endpoint"
    assert caught.value.data["retry_after"] == 7


def test_the_calls_of_models_by_age(catalogue: Catalogue, house: House) -> None:
    assert catalogue.llm_uses(days=30) == []
    old = add_use(house, days_ago=40)
    failed = add_use(house, days_ago=2, is_ok=False, error="time is over")
    whole = add_use(house, tokens_input=10, tokens_output=3, tokens_cached=4, cost=0.000123)
    assert catalogue.llm_uses(days=1) == [whole]
    assert catalogue.llm_uses(days=30) == [failed, whole]
    assert catalogue.llm_uses(days=365) == [old, failed, whole] == house.service.llm_uses(days=365)


def test_the_calls_of_a_run_name_it(catalogue: Catalogue, house: House) -> None:
    run = house.refresh()
    (use,) = catalogue.llm_uses(days=1)
    assert (use.run_id, use.call.model, use.call.cost) == (run.run_id, "plain", 0.01)


def test_an_estimate_sends_nothing_and_starts_nothing(catalogue: Catalogue, house: House) -> None:
    house.extract("shop")
    before = house.store.position()
    estimate = catalogue.estimate(source="shop", options=RunOptions())
    assert (estimate.tables, estimate.batches, estimate.cost) == (("customer",), 1, 0.01)
    assert (estimate.model, estimate.withheld) == ("plain", ("customer.email",))
    unknown = catalogue.estimate(source="shop", options=RunOptions(model="priceless", tables=("customer",)))
    assert unknown == replace(estimate, model="priceless", cost=None)
    assert house.store.position() == before
    assert catalogue.llm_uses(days=1) == []


def test_what_cannot_be_estimated(catalogue: Catalogue, house: House) -> None:
    house.extract("shop")
    for error, source, options in (
        (SourceNotChosen, None, {}),
        (SourceNotFound, "nowhere", {}),
        (NothingSelected, "stock", {}),
        (NothingSelected, "shop", {"tables": ("nowhere",)}),
        (InvalidInput, "shop", {"model": "unheard-of"}),
    ):
        with pytest.raises(error):
            catalogue.estimate(source=source, options=RunOptions(**options))
    with pytest.raises(NothingSelected, match="no table 'nowhere', 'there'"):
        catalogue.estimate(source="shop", options=RunOptions(tables=("customer", "nowhere", "there")))
    catalogue.toggle_table(table_of(house).id)
    with pytest.raises(NothingSelected):
        catalogue.estimate(source="shop", options=RunOptions())


@pytest.mark.parametrize("location", ["{path}", "{folder}/./shop.db", "sqlite:///{path}", "file://{path}"])
def test_what_is_estimated_goes_by_its_location_too(catalogue: Catalogue, house: House, location: str) -> None:
    house.extract("shop")
    path = house.database("shop")
    assert catalogue.estimate(
        source=location.format(path=path, folder=house.folder), options=RunOptions()
    ) == catalogue.estimate(source="shop", options=RunOptions())


def test_a_location_is_the_same_however_its_scheme_is_written(catalogue: Catalogue, house: House) -> None:
    house.service.add_source("postgresql://ann:s3cret@db.invalid/warehouse")
    with pytest.raises(NothingSelected, match="the catalogue of 'warehouse' has no table"):
        catalogue.estimate(source="postgres://ann:s3cret@db.invalid/warehouse", options=RunOptions())


@pytest.mark.parametrize("scheme", ["postgresql", "nosuchdb"])
def test_a_location_that_is_not_registered_is_told_without_its_password(catalogue: Catalogue, scheme: str) -> None:
    location = f"{scheme}://ann:s3cret@db.invalid/warehouse"
    told = f"no source is called '{scheme}://ann:***@db.invalid/warehouse'"
    for ask in (
        lambda: catalogue.estimate(source=location, options=RunOptions()),
        lambda: catalogue.catalogue(source=location),
        lambda: catalogue.kpis(source=location),
        lambda: catalogue.questions(source=location),
        lambda: catalogue.clear_catalogue(source=location),
        lambda: catalogue.test_source(location),
        lambda: catalogue.remove_source(location),
    ):
        with pytest.raises(SourceNotFound) as caught:
            ask()
        assert caught.value.detail == told


def test_a_catalogue_that_is_emptied_has_no_figures_and_no_questions(catalogue: Catalogue, house: House) -> None:
    house.refresh("shop")
    catalogue.clear_catalogue(source="shop")
    assert (catalogue.kpis(), catalogue.questions(), catalogue.search("customer")) == ([], [], [])
