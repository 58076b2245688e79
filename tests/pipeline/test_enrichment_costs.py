"""What a run's calls of a model cost: all of them are told of, once each, whatever became of what they were for."""

import json
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from enriching_house import A_CALL, TABLES, ModelHouse, modelled_house
from scripted_mind import KPIS, described, subject, well
from scripted_model import Act, Request, Stage, complains, http, says
from working_house import until

from catalogctl.domain.costs import costs_record
from catalogctl.domain.errors import SourceNotFound, StoreUnavailable
from catalogctl.domain.meaning import KpiDraft
from catalogctl.domain.ports.store import Transaction
from catalogctl.domain.runs import RunKind, Status
from catalogctl.pipeline.key_figures import Ran, run_drafts
from catalogctl.pipeline.plan import Desk
from catalogctl.store.memory_transaction import MemoryTransaction

CUT = says("{", finish="length")
T = TypeVar("T")


def told(house: ModelHouse) -> list[dict[str, Any]]:
    """The calls that the log tells of."""
    events = house.store.page_since(0, limit=10_000).events
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


def test_the_call_that_proposed_key_figures_is_told_of_though_the_worker_left_while_they_ran(
    shop: ModelHouse, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = shop.pool(concurrency=1)

    def leave_and_run(drafts: Iterable[KpiDraft], desk: Desk, *, deadline: float) -> Ran:
        pool.stop()
        return run_drafts(drafts, desk, deadline=deadline)

    run = shop.start("shop", kind=RunKind.ENRICHMENT)
    with monkeypatch.context() as patched:
        patched.setattr("catalogctl.pipeline.enrichment_steps.run_drafts", leave_and_run)
        pool.enlist()
        pool.run(is_done=lambda: False)
    assert [subject(request) for request in stage.requests].count(KPIS) == 1
    assert len(told(shop)) == len(stage.requests) == 4
    assert shop.done(run).status is Status.COMPLETED
    assert len(stage.requests) == 6
    assert shop.result(run)["cost"] == known(shop)["total_cost"] == 6 * A_CALL


def test_the_calls_for_what_could_not_be_written_are_told_of(
    shop: ModelHouse, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise SourceNotFound("no source has the id 1")

    monkeypatch.setattr(MemoryTransaction, "save_kpis", refuse)
    assert shop.enrich("shop").status is Status.FAILED
    assert known(shop)["total_cost"] == len(stage.requests) * A_CALL == 4 * A_CALL


@pytest.mark.parametrize("act", [says("I would rather tell you a story."), None])
def test_calls_that_cannot_be_written_fail_their_task_alone(
    shop: ModelHouse, stage: Stage, monkeypatch: pytest.MonkeyPatch, act: Act | None
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ValueError("NaN is no number of tokens")

    stage.is_led_by(lambda request: act or well(request))
    monkeypatch.setattr(MemoryTransaction, "add_llm_use", refuse)
    run = shop.enrich("shop")
    assert run.status is Status.FAILED
    assert [table for table, _ in shop.warnings(run)] == list(TABLES)


@pytest.mark.parametrize("lost", range(3, 7))
def test_the_calls_of_a_batch_that_was_cancelled_while_the_store_was_away_are_told_of_once(
    shop: ModelHouse, stage: Stage, monkeypatch: pytest.MonkeyPatch, lost: int
) -> None:
    run = shop.start("shop", kind=RunKind.ENRICHMENT)
    transact = shop.store.transact
    changes: list[None] = []

    def far(change: Callable[[Transaction], T]) -> T:
        """Away when a batch is to be written, while the run is cancelled; later on the answer to a change is lost."""
        if not stage.requests or not threading.current_thread().name.startswith("task-"):
            return transact(change)
        changes.append(None)
        if len(changes) == 1:
            shop.catalogue.cancel_run(run.run_id)
            raise StoreUnavailable("the store is away")
        answer = transact(change)
        if len(changes) == lost:
            raise StoreUnavailable("the connection was lost")
        return answer

    monkeypatch.setattr("catalogctl.pipeline.worker.LOOK", 0.02)
    monkeypatch.setattr(shop.store, "transact", far)
    assert shop.done(run).status is Status.CANCELLED
    assert len(told(shop)) == len(stage.requests) == 1
    assert known(shop)["total_cost"] == A_CALL
