"""Enrichment by a model: what it says is written, what it does not is left to the rules, and every call is told of."""

import json
from pathlib import Path

import pytest
from enriching_house import A_CALL, TABLES, ModelHouse
from scripted_mind import KPIS, described, kpi, subject, well
from scripted_model import Act, Request, Stage, complains, says
from working_house import until

from catalogctl.domain.runs import RunKind, Status


def test_each_batch_is_asked_for_once_and_written(shop: ModelHouse, stage: Stage) -> None:
    run = shop.enrich("shop")
    assert run.status is Status.COMPLETED
    assert [described(request) for request in stage.requests] == [(name,) for name in TABLES] + [(), ()]
    assert shop.described() == list(TABLES)
    assert shop.column("orders.amount").description == "The model on amount of orders."
    assert shop.column("orders.amount").semantic_type == "money"
    assert shop.figures() == {"Rows of customers": "2", "Rows of orders": "3", "Rows of visits": "2"}
    assert shop.questions() == [f"How many rows has {name}?" for name in TABLES]
    assert shop.warnings(run) == []


def test_every_call_is_told_of_and_the_job_adds_them_up(shop: ModelHouse) -> None:
    run = shop.enrich("shop")
    told = [json.loads(event.data) for event in shop.store.page_since(0, limit=1000).events if event.type == "llm.used"]
    assert [call["purpose"] for call in told] == ["describe tables"] * 3 + ["propose key figures", "propose questions"]
    result = shop.result(run)
    assert (result["tokens_input"], result["tokens_output"], result["cost"]) == (500, 100, 5 * A_CALL)
    assert [use.call.record() for use in shop.catalogue.llm_uses(days=1)] == told
    assert sum(call["cost"] for call in told) == result["cost"]


def test_the_steps_are_those_of_the_contract(shop: ModelHouse) -> None:
    job = shop.job(shop.enrich("shop"))
    batches = [f"llm_batch_{number}" for number in (1, 2, 3)]
    ending = ["save_descriptions", "generate_kpis", "generate_questions"]
    assert [step.key for step in job.steps] == ["update_enabled", "fetch_tables", *batches, *ending]
    assert {step.status for step in job.steps} == {Status.COMPLETED}
    assert (job.progress, job.current_step) == (100, "generate_questions")


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT amount FROM orders", "it answered more than one row"),
        ("SELECT amount FROM orders WHERE amount > 1000", "it answered no row"),
        ("SELECT amount, id FROM orders WHERE id = 1", "it answered 2 columns"),
        ("SELECT city FROM customers WHERE id = 1", "it answered no number"),
        ("SELECT avg(amount) FROM orders WHERE amount > 1000", "it answered no number"),
        ("SELECT date(1, 2, 3) FROM nowhere", "is no table"),
    ],
)
def test_when_no_figure_of_the_model_comes_to_a_number_those_of_the_rules_stand_in(
    shop: ModelHouse, stage: Stage, sql: str, said: str
) -> None:
    stage.is_led_by(lambda request: says({"kpis": [kpi("Wrong", sql)]}) if subject(request) == KPIS else well(request))
    run = shop.enrich("shop")
    assert run.status is Status.COMPLETED
    figures = shop.figures()
    assert (figures["Orders"], figures["Total order amount"]) == ("3", "60")
    assert "Wrong" not in figures
    assert shop.result(run)["kpis"] == len(figures)
    [(table, message)] = shop.warnings(run)
    assert table is None
    assert message.startswith("key figure 'Wrong'")
    assert said in message


def test_a_batch_that_nobody_works_on_yet_is_pending(shop: ModelHouse, stage: Stage) -> None:
    stage.is_led_by(lambda _: stage.silence)
    run = shop.start("shop", kind=RunKind.ENRICHMENT)
    with shop.working(concurrency=1):
        assert stage.arrived.wait(30)
        until(lambda: shop.job(run).current_step == "llm_batch_1", seconds=30)
        job = shop.job(run)
        shop.catalogue.cancel_run(run.run_id)
    standing = {step.key: step.status.value for step in job.steps if step.key.startswith("llm_batch")}
    assert standing == {"llm_batch_1": "running", "llm_batch_2": "pending", "llm_batch_3": "pending"}
    assert [step.started_at is None for step in job.steps[2:5]] == [False, True, True]


def test_one_figure_of_the_model_that_comes_to_a_number_is_enough(shop: ModelHouse, stage: Stage) -> None:
    drafts = [kpi("Wrong", "SELECT amount FROM orders"), kpi("Sales", "SELECT sum(amount) FROM orders", unit="EUR")]
    stage.is_led_by(lambda request: says({"kpis": drafts}) if subject(request) == KPIS else well(request))
    run = shop.enrich("shop")
    assert shop.figures() == {"Sales": "60 EUR"}
    assert [message for _, message in shop.warnings(run)] == [
        "key figure 'Wrong' is left out: it answered more than one row where one number is wanted"
    ]


def test_figures_of_the_rules_that_fail_are_not_tried_twice(shop: ModelHouse, stage: Stage) -> None:
    shop.database(*(f"DROP TABLE {name}" for name in TABLES))
    stage.is_led_by(lambda request: complains(401) if subject(request) == KPIS else well(request))
    run = shop.enrich("shop")
    assert run.status is Status.COMPLETED
    assert shop.figures() == {}
    messages = [message for _, message in shop.warnings(run)]
    assert any("the model proposed no key figures" in message for message in messages)
    assert any("is left out: source 'shop' refused" in message for message in messages)
    assert len(messages) == len(set(messages))


def test_the_figures_of_a_source_that_cannot_be_asked_stay_as_they_were(shop: ModelHouse, stage: Stage) -> None:
    path = Path(shop.database())
    before = shop.figures() if shop.enrich("shop").status is Status.COMPLETED else {}
    assert before

    def leave(request: Request) -> Act:
        if subject(request) == KPIS:
            path.rename(path.with_name("away.db"))
        return well(request)

    stage.is_led_by(leave)
    told = shop.event_types().count("kpis.changed")
    run = shop.enrich("shop")
    assert run.status is Status.COMPLETED
    assert shop.figures() == before
    assert shop.event_types().count("kpis.changed") == told
    [message] = [message for _, message in shop.warnings(run) if "key figure" in message]
    assert message.startswith("the key figures stay as they were: ")
