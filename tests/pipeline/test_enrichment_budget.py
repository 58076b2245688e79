"""A budget of a run: nothing more is sent once it is spent, that is said, and what was done is kept."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from enriching_house import A_CALL, TABLES, ModelHouse, modelled_house
from scripted_mind import KPIS, QUESTIONS, answer, described, subject, well
from scripted_mind import TABLES as MEANING
from scripted_model import Act, Request, Stage, says

from catalogctl.domain.errors import InvalidInput, StoreUnavailable
from catalogctl.domain.meaning import LlmUse
from catalogctl.domain.runs import RunKind, Status


def test_the_batches_after_a_spent_budget_are_not_sent_and_their_tables_are_named(
    shop: ModelHouse, stage: Stage
) -> None:
    run = shop.enrich("shop", max_cost=1.5 * A_CALL)
    assert run.status is Status.COMPLETED
    assert [described(request) for request in stage.requests] == [("customers",), ("orders",)]
    assert shop.described() == ["customers", "orders"]
    assert shop.result(run)["cost"] == 2 * A_CALL
    spent = "the budget of 180 USD is spent (240 USD)"
    assert shop.warnings(run) == [
        ("visits", f"not described: {spent}"),
        (None, f"key figures are those of the rules: {spent}"),
        (None, f"questions are those of the rules: {spent}"),
    ]
    assert shop.result(run)["warnings"] == 3
    assert shop.figures()["Orders"] == "3"
    assert len(shop.questions()) > 1


def test_the_parts_of_a_batch_that_was_too_long_are_not_sent_either(tmp_path: Path, stage: Stage) -> None:
    stage.is_led_by(lambda request: says("{", finish="length") if len(described(request)) == 3 else well(request))
    with modelled_house(tmp_path, stage, max_tables=3) as shop:
        run = shop.enrich("shop", max_cost=1.5 * A_CALL)
        assert [described(request) for request in stage.requests] == [TABLES, ("customers",)]
        assert shop.described() == ["customers"]
        spent = "not described: the budget of 180 USD is spent (240 USD)"
        assert shop.warnings(run)[:2] == [("orders", spent), ("visits", spent)]
        assert run.status is Status.COMPLETED


@pytest.mark.parametrize(
    ("calls", "asked", "left"),
    [
        (3, [MEANING] * 3, ["key figures", "questions"]),
        (4, [*[MEANING] * 3, KPIS], ["questions"]),
        (5, [*[MEANING] * 3, KPIS, QUESTIONS], []),
    ],
)
def test_the_rules_do_what_the_budget_has_nothing_left_for(
    shop: ModelHouse, stage: Stage, calls: int, asked: list[str], left: list[str]
) -> None:
    run = shop.enrich("shop", max_cost=calls * A_CALL)
    assert [subject(request) for request in stage.requests] == asked
    assert [message.split(" are ")[0] for _, message in shop.warnings(run)] == left
    assert run.status is Status.COMPLETED
    assert shop.described() == list(TABLES)
    assert shop.figures()
    assert shop.questions()


def test_another_attempt_has_what_the_first_has_left(shop: ModelHouse, stage: Stage) -> None:
    stage.is_led_by(lambda _: says("I would rather tell you a story."))
    run = shop.enrich("shop", max_cost=10.5 * A_CALL)
    assert run.status is Status.FAILED
    wasted = len(stage.requests)
    assert wasted == 9  # Three batches, each asked for in two ways and repaired once.
    stage.is_led_by(well)
    assert shop.done(shop.catalogue.retry_run(run.run_id)).status is Status.COMPLETED
    assert len(stage.requests) == wasted + 2
    assert shop.described() == ["customers", "orders"]
    assert "is spent (1320 USD)" in shop.warnings(run)[0][1]


def test_a_budget_for_a_model_of_unknown_price_is_refused_at_once(tmp_path: Path, stage: Stage) -> None:
    with modelled_house(tmp_path, stage, prices={}) as shop:
        for kind in (RunKind.ENRICHMENT, RunKind.REFRESH):
            with pytest.raises(InvalidInput, match="what 'tiny' costs is not known") as refusal:
                shop.start("shop", kind=kind, max_cost=1.0)
            assert "CATALOGCTL_LLM_PRICES" in (refusal.value.hint or "")
        assert stage.requests == []
        assert shop.enrich("shop", max_cost=1.0, model="rules").status is Status.COMPLETED


def test_a_call_of_which_the_endpoint_does_not_tell_the_tokens_ends_what_a_budget_bounds(
    shop: ModelHouse, stage: Stage
) -> None:
    stage.is_led_by(lambda request: says(answer(request), usage={}))
    run = shop.enrich("shop", max_cost=1e6)
    assert [described(request) for request in stage.requests] == [("customers",)]
    table, message = shop.warnings(run)[0]
    assert (table, message) == (
        "orders",
        "not described: the budget of 1000000 USD cannot be kept: what a call of 'tiny' has cost is not known",
    )
    assert shop.result(run)["cost"] is None


def parted(request: Request) -> Act:
    """Too long for one answer, so that a batch takes three requests."""
    return says("{", finish="length") if len(described(request)) == 3 else well(request)


def away_after(stage: Stage, house: ModelHouse, *, requests: int, times: int) -> Callable[..., list[LlmUse]]:
    """What the calls so far are read with: so many *times* in vain once so many *requests* were sent."""
    read = house.store.llm_uses
    left = [StoreUnavailable("the store is away")] * times

    def llm_uses(*, since: datetime) -> list[LlmUse]:
        if len(stage.requests) == requests and left:
            raise left.pop()
        return read(since=since)

    return llm_uses


def test_a_store_that_is_away_between_two_requests_costs_time_and_no_money(
    tmp_path: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalogctl.pipeline.worker.LOOK", 0.02)
    stage.is_led_by(parted)
    with modelled_house(tmp_path, stage, max_tables=3) as shop:
        monkeypatch.setattr(shop.store, "llm_uses", away_after(stage, shop, requests=2, times=3))
        run = shop.enrich("shop", max_cost=100 * A_CALL)
        assert [described(request) for request in stage.requests[:3]] == [TABLES, ("customers",), ("orders", "visits")]
        assert len(stage.requests) == 5
        assert shop.described() == list(TABLES)
        assert shop.warnings(run) == []
        assert shop.result(run)["cost"] == 5 * A_CALL


def test_what_was_paid_until_the_budget_could_not_be_read_any_more_is_told_of(
    tmp_path: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalogctl.pipeline.worker.LOOK", 0.02)
    monkeypatch.setattr("catalogctl.pipeline.worker.STORE_PATIENCE", 0.1)
    stage.is_led_by(parted)
    with modelled_house(tmp_path, stage, max_tables=3) as shop:
        monkeypatch.setattr(shop.store, "llm_uses", away_after(stage, shop, requests=2, times=1000))
        run = shop.enrich("shop", max_cost=100 * A_CALL)
        monkeypatch.undo()
        assert run.status is Status.FAILED
        # Each was asked for once more by the second try, and the budget knew of the first.
        assert [use.call.cost for use in shop.catalogue.llm_uses(days=1)] == [A_CALL] * len(stage.requests)
