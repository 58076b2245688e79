"""A model that misbehaves, seen from the run: some tables are missing and named, or all of them and the run fails."""

from pathlib import Path

import pytest
from enriching_house import TABLES, ModelHouse, modelled_house
from scripted_mind import KPIS, QUESTIONS, answer, described, subject, well
from scripted_model import KEY, Act, Request, Stage, complains, http, raw, says

from catalogctl.domain.runs import RunKind, Status

PROSE = says("Certainly! Let me tell you a story about orders, which are numbered from 1.")
CUT = says('{"tables": {"orders": {"descr', finish="length")
ELSEWHERE = says({"tables": {"elsewhere": {"description": "Nobody asked."}}})

FOR_GOOD: dict[str, tuple[Act, str]] = {
    "turned away for an hour": (http(429, "", retry_after="3600"), "takes no more requests for now (429)"),
    "turned away again and again": (complains(429), "takes no more requests for now (429)"),
    "a fault that stays": (http(500, "oops"), "has a fault (500)"),
    "a gateway's page": (http(200, "<html>Log in</html>", kind="text/html"), "answers with a web page"),
    "cut off": (CUT, "was cut off at its greatest length"),
    "prose": (PROSE, "gave no usable answer, nor when it was asked to repair it: it holds no complete JSON object"),
    "a refusal": (says(None, refusal="I will not."), "refuses to answer: I will not."),
    "held back": (says("", finish="content_filter"), "was held back by a content filter"),
    "a wrong key": (complains(401, f"Incorrect API key provided: {KEY}"), "does not accept the key (401)"),
    "no credit": (complains(429, code="insufficient_quota"), "wants to be paid first (429)"),
    "no such model": (complains(404, code="model_not_found"), "List them: catalogctl llm models"),
    "noise": (raw(b"\x00\xff\x13 this is no HTTP\r\n\r\n"), "broke off"),
    "broken JSON": (http(200, '{"choices": ['), "no chat completion"),
    "tables that nobody asked for": (ELSEWHERE, "gave no usable answer"),
}
LATE = 5.0
"""Seconds that a call gets where one is never answered: so many that each of the others is."""


@pytest.mark.parametrize("fault", FOR_GOOD)
def test_a_batch_that_fails_for_good_is_a_warning_that_names_its_tables(
    shop: ModelHouse, stage: Stage, fault: str
) -> None:
    act, said = FOR_GOOD[fault]
    stage.is_led_by(lambda request: act if "orders" in described(request) else well(request))
    run = shop.enrich("shop")
    assert run.status is Status.COMPLETED
    [(table, message)] = shop.warnings(run)
    assert table == "orders"
    assert message.startswith("not described: ")
    assert said in message
    assert KEY not in message
    assert shop.described() == ["customers", "visits"]
    assert shop.table("orders").description is None
    result = shop.result(run)
    assert (result["tables"], result["warnings"]) == (2, 1)
    assert [step.key for step in shop.job(run).steps if step.status is not Status.COMPLETED] == ["llm_batch_2"]
    assert len(shop.catalogue.llm_uses(days=1)) == len(stage.requests)


@pytest.mark.parametrize("fault", FOR_GOOD)
def test_when_no_batch_comes_to_anything_the_run_fails_and_nothing_is_written(
    shop: ModelHouse, stage: Stage, fault: str
) -> None:
    act, said = FOR_GOOD[fault]
    stage.is_led_by(lambda _: act)
    run = shop.enrich("shop")
    assert run.status is Status.FAILED
    assert said in (shop.job(run).error_message or "")
    assert [table for table, _ in shop.warnings(run)] == list(TABLES)
    assert (shop.job(run).current_step, shop.job(run).result) == ("llm_batch_3", None)
    assert [shop.table(name).description for name in TABLES] == [None, None, None]
    assert (shop.figures(), shop.questions()) == ({}, [])
    assert {subject(request) for request in stage.requests} == {"tables"}


PASSING: dict[str, Act] = {
    "turned away for a moment": http(429, "", retry_after="0.05"),
    "busy": http(503, "busy"),
    "a gateway's fault": http(502, "<html>Bad gateway", kind="text/html"),
    "a connection that breaks": raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"),
    "prose": PROSE,
    "cut off": CUT,
    "tables that nobody asked for": ELSEWHERE,
}


@pytest.mark.parametrize("fault", PASSING)
def test_what_passes_leaves_no_trace_but_its_calls(shop: ModelHouse, stage: Stage, fault: str) -> None:
    left = {(name,): PASSING[fault] for name in TABLES}
    stage.is_led_by(lambda request: left.pop(described(request), None) or well(request))
    run = shop.enrich("shop")
    assert run.status is Status.COMPLETED
    assert shop.described() == list(TABLES)
    assert shop.warnings(run) == []
    assert len(shop.catalogue.llm_uses(days=1)) == len(stage.requests) > 5


def test_a_call_that_is_never_answered_is_left_and_not_made_again(tmp_path: Path, stage: Stage) -> None:
    with modelled_house(tmp_path, stage, timeout=LATE) as shop:
        stage.is_led_by(lambda request: stage.drip if "orders" in described(request) else well(request))
        run = shop.enrich("shop")
        assert run.status is Status.COMPLETED
        [(table, message)] = shop.warnings(run)
        assert table == "orders"
        assert f"no complete answer within {LATE:g} s" in message
        assert "CATALOGCTL_LLM_TIMEOUT" in message
        assert [described(request) for request in stage.requests].count(("orders",)) == 1


def test_an_endpoint_that_is_not_there_fails_the_run(tmp_path: Path, stage: Stage) -> None:
    with modelled_house(tmp_path, Stage(url="http://127.0.0.1:9/v1")) as shop:
        run = shop.enrich("shop")
        assert run.status is Status.FAILED
        assert "cannot be reached" in (shop.job(run).error_message or "")
        assert "Is it running" in (shop.job(run).error_message or "")


def test_columns_and_kinds_that_do_not_exist_are_dropped_and_counted(shop: ModelHouse, stage: Stage) -> None:
    def inventive(request: Request) -> Act:
        told = answer(request)
        if "orders" in described(request):
            told["tables"]["orders"]["columns"] |= {"password": {"description": "Secret."}, "amount": "a lot"}
            told["tables"]["orders"]["role"] = "king"
        return says(told)

    stage.is_led_by(inventive)
    run = shop.enrich("shop")
    assert shop.warnings(run) == [(None, "2 entries of the model's answer on 'orders' named nothing known")]
    assert shop.described() == list(TABLES)
    assert {column.name for column in shop.table("orders").columns} == {"id", "customer_id", "ordered_at", "amount"}
    assert shop.column("orders.amount").description != "a lot"


@pytest.mark.parametrize("fault", ["a wrong key", "prose", "cut off", "a fault that stays"])
@pytest.mark.parametrize("wanted", [KPIS, QUESTIONS])
def test_key_figures_and_questions_that_a_model_owes_are_those_of_the_rules(
    shop: ModelHouse, stage: Stage, fault: str, wanted: str
) -> None:
    act, said = FOR_GOOD[fault]
    stage.is_led_by(lambda request: act if subject(request) == wanted else well(request))
    run = shop.enrich("shop")
    assert run.status is Status.COMPLETED
    [(table, message)] = shop.warnings(run)
    assert table is None
    what = {KPIS: "key figures", QUESTIONS: "questions"}[wanted]
    assert message.startswith(f"the model proposed no {what}: ")
    assert (said in message) is (not said.startswith("List"))
    assert "Orders" in shop.figures() if wanted == KPIS else len(shop.questions()) > len(TABLES)


def test_a_run_that_is_cancelled_leaves_its_call_at_once(shop: ModelHouse, stage: Stage) -> None:
    stage.is_led_by(lambda _: stage.silence)
    run = shop.start("shop", kind=RunKind.ENRICHMENT)
    with shop.working(concurrency=1):
        assert stage.arrived.wait(30)
        shop.catalogue.cancel_run(run.run_id)
        assert stage.left.wait(30)
    assert shop.catalogue.run(run.run_id).status is Status.CANCELLED
    assert len(stage.requests) == 1
