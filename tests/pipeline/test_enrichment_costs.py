"""What a run's calls of a model cost: all of them are told of, once each, whatever became of what they were for."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from enriching_house import A_CALL, TABLES, ModelHouse, modelled_house
from scripted_mind import described, well
from scripted_model import Act, Request, Stage, complains, http, says
from working_house import until

from catalogctl.domain.costs import costs_record
from catalogctl.domain.runs import RunKind, Status

CUT = says("{", finish="length")


def told(house: ModelHouse) -> list[dict[str, Any]]:
    """The calls that the log tells of."""
    events = house.store.events_since(0, limit=10_000)
    return [json.loads(event.data) for event in events if event.type == "llm.used"]


def known(house: ModelHouse) -> dict[str, Any]:
    """All sums of the calls that are kept, which are those that the log tells of."""
    uses = house.catalogue.llm_uses(days=1)
    assert [use.call.record() for use in uses] == told(house)
    return dict(costs_record(uses, days=1)["total"])


def once(first: Act) -> Callable[[Request], Act]:
    """*first* in place of the first answer; from then on all goes well."""
    left = [first]
    return lambda request: left.pop() if left else well(request)


@pytest.mark.parametrize("first", [complains(429), http(503, "busy"), complains(529)])
def test_what_was_turned_away_is_told_of_and_costs_nothing(shop: ModelHouse, stage: Stage, first: Act) -> None:
    stage.is_led_by(once(first))
    result = shop.result(shop.enrich("shop"))
    assert [call["ok"] for call in told(shop)] == [False, True, True, True, True, True]
    total = known(shop)
    assert total["total_calls"] == len(stage.requests) == 6
    assert result["cost"] == total["total_cost"] == 5 * A_CALL
    assert result["tokens_input"] == total["total_tokens_input"] == 500


def test_an_answer_that_was_of_no_use_is_paid_all_the_same(shop: ModelHouse, stage: Stage) -> None:
    stage.is_led_by(once(says("I would rather tell you a story.")))
    result = shop.result(shop.enrich("shop"))
    assert len(stage.requests) == 6
    assert result["cost"] == known(shop)["total_cost"] == 6 * A_CALL


def test_calls_of_a_price_that_nobody_knows_cost_what_nobody_knows(tmp_path: Path, stage: Stage) -> None:
    with modelled_house(tmp_path, stage, prices={}) as shop:
        result = shop.result(shop.enrich("shop"))
        assert (result["tokens_input"], result["cost"]) == (500, None)
        assert known(shop) == {
            "total_calls": 5,
            "total_tokens_input": 500,
            "total_tokens_output": 100,
            "total_cost": None,
        }


def test_another_attempt_adds_to_what_the_first_has_cost(shop: ModelHouse, stage: Stage) -> None:
    stage.is_led_by(lambda _: CUT)
    run = shop.enrich("shop")
    assert run.status is Status.FAILED
    wasted = len(stage.requests)
    assert known(shop)["total_cost"] == wasted * A_CALL
    stage.is_led_by(well)
    assert shop.done(shop.catalogue.retry_run(run.run_id)).status is Status.COMPLETED
    assert len(stage.requests) == wasted + 5
    assert shop.result(run)["cost"] == known(shop)["total_cost"] == (wasted + 5) * A_CALL


def test_the_calls_of_a_batch_that_was_cancelled_are_told_of(tmp_path: Path, stage: Stage) -> None:
    with modelled_house(tmp_path, stage, max_tables=3) as shop:
        # Too long for one answer, so that it is parted; the second part is never answered.
        acts = {TABLES: CUT, TABLES[1:]: stage.silence}
        stage.is_led_by(lambda request: acts.get(described(request)) or well(request))
        run = shop.start("shop", kind=RunKind.ENRICHMENT)
        with shop.working(concurrency=1):
            assert stage.arrived.wait(30)
            shop.catalogue.cancel_run(run.run_id)
            until(lambda: len(told(shop)) == len(stage.requests), seconds=30)
        assert [call["ok"] for call in told(shop)] == [False, True, False]
        assert known(shop)["total_cost"] == 2 * A_CALL


def test_the_calls_of_a_batch_that_a_worker_left_are_told_of_and_those_after_it_too(
    tmp_path: Path, stage: Stage
) -> None:
    with modelled_house(tmp_path, stage, max_tables=3) as shop:
        stage.is_led_by(once(stage.silence))
        run = shop.start("shop", kind=RunKind.ENRICHMENT)
        with shop.working(concurrency=1):
            assert stage.arrived.wait(30)
        assert [call["ok"] for call in told(shop)] == [False]
        assert shop.done(run).status is Status.COMPLETED
        assert shop.described() == list(TABLES)
        assert [call["ok"] for call in told(shop)] == [False, True, True, True]
        assert shop.result(run)["cost"] == known(shop)["total_cost"] == 3 * A_CALL
