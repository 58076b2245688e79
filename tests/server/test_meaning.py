"""The calls about meaning and about the language model, over a real socket."""

from datetime import timedelta
from typing import Any

import pytest
from served_house import SECRET, House, Serve, Served, now

from catalogctl.domain.catalogue import Table
from catalogctl.domain.catalogue_records import column_record, table_record
from catalogctl.domain.costs import costs_record
from catalogctl.domain.meaning import KpiResult, KpiTrend, LlmCall
from catalogctl.domain.meaning_records import kpi_record, question_record
from catalogctl.domain.runs import RunKind


@pytest.fixture
def served(serve: Serve) -> Served:
    """A server that takes this test for its own command line."""
    served = serve()
    served.headers["Authorization"] = f"Bearer {SECRET}"
    return served


def customer(house: House) -> Table:
    return house.service.catalogue(source="shop")[0].tables[0]


@pytest.mark.parametrize(
    ("path", "kind", "jobs"), [("enrich", "enrichment", 1), ("refresh", "refresh", 2)], ids=["enrich", "refresh"]
)
def test_a_run_is_queued_and_answered_at_once(served: Served, house: House, path: str, kind: str, jobs: int) -> None:
    house.extract("shop")
    reply = served.post(f"/catalog/{path}", {"source": "shop", "model": "plain", "max_cost": 1})
    run = house.service.latest_run()
    assert run is not None
    assert reply.status == 202
    assert reply.headers["location"] == f"/catalog/run/{run.run_id}"
    answer = reply.json
    assert (answer["status"], answer["async"], answer["run_id"]) == ("pending", True, run.run_id)
    assert answer["message"] == f"{kind} of shop is queued"
    assert (answer["kind"], len(answer["run"]), answer["job_id"]) == (kind, jobs, run.jobs[0].id)
    assert answer["options"] == {"model": "plain", "max_cost": 1.0}
    again = served.post(f"/catalog/{path}", {"source": "shop"})
    assert (again.status, again.json["code"], again.json["run_id"]) == (409, "run_active", run.run_id)


def test_tables_are_chosen_by_name_or_by_id(served: Served, house: House) -> None:
    house.extract("shop")
    table = customer(house)
    reply = served.post("/catalog/enrich", {"source": "shop", "table_ids": [table.id]})
    assert reply.json["options"]["tables"] == ["customer"]
    for body in ({"table_ids": [4711]}, {"tables": []}, {"table_ids": []}):
        reply = served.post("/catalog/refresh", {"source": "shop", **body})
        assert (reply.status, reply.json["code"]) == (400, "nothing_selected"), body


def test_an_estimate_is_answered_and_nothing_is_started(served: Served, house: House) -> None:
    house.extract("shop")
    before = house.store.position()
    reply = served.post("/catalog/enrich", {"source": "shop", "dry_run": True})
    assert reply.status == 200
    assert "location" not in reply.headers
    assert reply.json == {
        "source": "shop",
        "tables": ["customer"],
        "batches": 1,
        "tokens_input": 100,
        "tokens_output": 40,
        "cost": 0.01,
        "model": "plain",
        "provider": "plain",
        "shares_samples": False,
        "withheld": ["customer.email"],
        "shares_comments": False,
    }
    by_id = {"source": "shop", "dry_run": True, "table_ids": [customer(house).id], "model": "priceless"}
    assert served.post("/catalog/enrich", by_id).json["cost"] is None
    assert house.store.position() == before


@pytest.mark.parametrize("path", ["extract", "refresh"])
def test_what_cannot_be_estimated_is_not_started_instead(served: Served, house: House, path: str) -> None:
    reply = served.post(f"/catalog/{path}", {"source": "shop", "dry_run": True})
    assert (reply.status, reply.json["code"]) == (400, "invalid_input")
    assert house.service.latest_run() is None


@pytest.mark.parametrize(
    "body", [{"dry_run": "yes"}, {"dry_run": 1}, {"max_cost": 0}, {"max_cost": -1}, {"max_cost": "1"}, {"model": 3}]
)
def test_options_of_the_wrong_type(served: Served, house: House, body: dict[str, Any]) -> None:
    reply = served.post("/catalog/enrich", {"source": "shop", **body})
    assert (reply.status, reply.json["code"]) == (422, "wrong_type")
    assert house.service.latest_run() is None


def test_a_table_is_toggled(served: Served, house: House) -> None:
    house.refresh("shop")
    table = customer(house)
    for is_enabled, said in ((False, "left out of"), (True, "included in")):
        reply = served.request("PATCH", f"/catalog/tables/{table.id}/toggle")
        assert reply.status == 200
        assert reply.json == {
            "status": "ok",
            "table_id": table.id,
            "is_enabled": is_enabled,
            "message": f"customer is {said} enrichment",
            "table": table_record(customer(house)),
        }


def test_a_table_is_described(served: Served, house: House) -> None:
    house.refresh("shop")
    table = customer(house)
    path = f"/catalog/tables/{table.id}/description"
    reply = served.request("PATCH", path, body={"description": " Who buys. "})
    assert reply.json == {
        "status": "ok",
        "table_id": table.id,
        "table_name": "customer",
        "description": "Who buys.",
        "table": table_record(customer(house)),
    }
    assert reply.json["table"]["is_described_by_person"] is True


def test_a_column_is_described(served: Served, house: House) -> None:
    house.refresh("shop")
    column = customer(house).columns[0]
    path = f"/catalog/columns/{column.id}/description"
    reply = served.request("PATCH", path, body={"description": "Où écrire."})
    assert reply.json == {
        "status": "ok",
        "column_id": column.id,
        "column_name": "email",
        "description": "Où écrire.",
        "column": column_record(customer(house).columns[0]),
    }


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"description": ""}, 400, "invalid_input"),
        ({"description": " \n"}, 400, "invalid_input"),
        ({"description": "x" * 10_001}, 400, "invalid_input"),
        ({}, 422, "wrong_type"),
        ({"description": None}, 422, "wrong_type"),
        ({"description": 7}, 422, "wrong_type"),
        ({"description": "a\0b"}, 422, "wrong_type"),
        ([], 422, "wrong_type"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_description_that_is_none(served: Served, house: House, body: Any, status: int, code: str) -> None:
    house.extract("shop")
    before = customer(house)
    for path in (f"tables/{before.id}", f"columns/{before.columns[0].id}"):
        reply = served.request("PATCH", f"/catalog/{path}/description", body=body)
        assert (reply.status, reply.json["code"]) == (status, code)
    assert customer(house) == before


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("tables/4711/toggle", 404, "table_not_found"),
        ("tables/4711/description", 404, "table_not_found"),
        ("columns/4711/description", 404, "column_not_found"),
        ("tables/x/toggle", 422, "wrong_type"),
        ("columns/0/description", 422, "wrong_type"),
    ],
)
def test_a_table_or_column_that_is_not_there(shared: Serve, path: str, status: int, code: str) -> None:
    reply = shared().request("PATCH", f"/catalog/{path}", body={"description": "x"})
    assert (reply.status, reply.json["code"]) == (status, code)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_editing_has_its_own_method(shared: Serve, method: str) -> None:
    reply = shared().request(method, "/catalog/tables/1/toggle")
    assert (reply.status, reply.headers["allow"]) == (405, "PATCH")


def test_an_edit_is_told_of(served: Served, house: House) -> None:
    house.extract("shop")
    before = house.store.position().latest
    served.request("PATCH", f"/catalog/tables/{customer(house).id}/toggle")
    assert [event.type for event in house.store.page_since(before, limit=10).events] == ["catalog.changed"]


def test_a_search_is_answered_best_first(served: Served, house: House) -> None:
    house.refresh("shop")
    hits = served.get("/catalog/search?q=CUSTOMER").json["hits"]
    assert (hits[0]["source"], hits[0]["table"], hits[0]["column"]) == ("shop", "customer", None)
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    assert len(served.get("/catalog/search?q=customer&limit=1").json["hits"]) == 1


@pytest.mark.parametrize(
    ("query", "status"), [("", 400), ("?q=", 400), ("?q=%20", 400), ("?q=x&limit=0", 422), ("?q=x%00", 422)]
)
def test_a_search_that_is_none(shared: Serve, query: str, status: int) -> None:
    assert shared().get(f"/catalog/search{query}").status == status


def test_key_figures_are_answered_as_cards_take_them(served: Served, house: House) -> None:
    assert served.get("/kpis").json == {"kpis": []}
    house.refresh("shop")
    assert served.get("/kpis").json == {"kpis": [kpi_record(kpi) for kpi in house.service.kpis()]}
    figure = KpiResult(
        title="Orders",
        value="12",
        sql="SELECT 12",
        trend=KpiTrend(value=4.2, direction="up", label="May vs April"),
        sparkline=(1.0, 2.0),
        footer="of shop",
    )
    source_id = customer(house).datasource_id
    house.store.transact(lambda transaction: transaction.save_kpis(source_id, [figure], at=now()))
    (card,) = served.get("/kpis?source=shop").json["kpis"]
    assert (card["title"], card["value"], card["footer"]) == ("Orders", "12", "of shop")
    assert card["trend"] == {"value": 4.2, "direction": "up", "invert": False, "label": "May vs April"}
    assert card["sparkline"] == {"data": [1.0, 2.0], "type": "line"}


def test_questions_are_answered(served: Served, house: House) -> None:
    assert served.get("/suggested-questions").json == {"questions": []}
    house.refresh("shop")
    house.refresh("stock")
    wanted = [question_record(question) for question in house.service.questions()]
    assert served.get("/suggested-questions").json == {"questions": wanted}
    assert served.get("/suggested-questions?source=stock").json == {"questions": wanted[1:]}


@pytest.mark.parametrize("path", ["/kpis", "/suggested-questions"])
def test_a_source_that_is_not_there(shared: Serve, path: str) -> None:
    reply = shared().get(f"{path}?source=nowhere")
    assert (reply.status, reply.json["code"]) == (404, "source_not_found")


def test_a_model_that_does_not_answer_is_told_as_an_outcome(served: Served, house: House) -> None:
    wanted = {"status": "ok", "message": "it answers", "model": "plain", "provider": "plain", "seconds": 0.25}
    assert served.get("/llm/status").json == wanted
    house.models.is_down = True
    reply = served.get("/llm/status")
    assert (reply.status, reply.json["status"], reply.json["message"]) == (
        200,
        "error",
        "nobody answers at the endpoint",
    )


def test_models_that_cannot_be_listed_are_a_problem(served: Served, house: House) -> None:
    assert served.get("/llm/models").json == {"models": ["plain", "priceless"]}
    house.models.is_down = True
    reply = served.get("/llm/models")
    assert (reply.status, reply.json["code"], reply.headers["retry-after"]) == (503, "llm_unavailable", "7")


def record_call(house: House, *, days_ago: float, cost: float | None, model: str = "m") -> None:
    call = LlmCall(
        model=model, provider="p", purpose="x", is_ok=True, seconds=1, tokens_input=10, tokens_output=5, cost=cost
    )
    at = now() - timedelta(days=days_ago)
    house.store.transact(lambda transaction: transaction.add_llm_use(call, run_id=None, at=at))


def test_costs_are_those_of_the_days_that_were_asked_for(served: Served, house: House) -> None:
    record_call(house, days_ago=40, cost=None)
    record_call(house, days_ago=20, cost=0.5)
    record_call(house, days_ago=0, cost=0.25, model="n")
    month = served.get("/llm/costs").json
    assert month == costs_record(house.service.llm_uses(days=30), days=30)
    assert set(month) == {"period_days", "total", "by_hour", "by_model"}
    assert month["total"] == {
        "total_calls": 2,
        "total_tokens_input": 20,
        "total_tokens_output": 10,
        "total_cost": 0.75,
    }
    assert served.get("/llm/costs?days=1").json["total"]["total_cost"] == 0.25
    assert served.get("/llm/costs?days=90").json["total"]["total_cost"] is None
    assert [call["model"] for call in served.get("/llm/calls?days=30").json["calls"]] == ["m", "n"]


@pytest.mark.parametrize("path", ["/llm/costs", "/llm/calls"])
@pytest.mark.parametrize("days", ["0", "-1", "x", "1.5", "3651", "9" * 30])
def test_days_that_nobody_can_have_meant(shared: Serve, path: str, days: str) -> None:
    assert shared().get(f"{path}?days={days}").status == 422


def test_a_page_of_an_allowed_origin_may_edit(serve: Serve) -> None:
    served = serve(allow_origins=("http://front.example",))
    asked = {"Origin": "http://front.example", "Access-Control-Request-Method": "PATCH"}
    reply = served.request("OPTIONS", "/catalog/tables/1/toggle", headers=asked)
    assert "PATCH" in reply.headers["access-control-allow-methods"]
    reply = served.request("PATCH", "/catalog/tables/4711/toggle", headers={"Origin": "http://front.example"})
    assert reply.status == 404
    assert (
        served.request("PATCH", "/catalog/tables/4711/toggle", headers={"Origin": "http://evil.example"}).status == 403
    )


def test_a_whole_refresh_shows_in_what_is_answered(served: Served, house: House) -> None:
    run = house.refresh("shop")
    assert run.kind is RunKind.REFRESH
    jobs = served.get(f"/catalog/run/{run.run_id}").json["run"]
    assert [job["job_type"] for job in jobs] == ["extraction", "enrichment"]
    (call,) = served.get("/llm/calls").json["calls"]
    assert (call["run_id"], call["ok"], call["cost"]) == (run.run_id, True, 0.01)
    assert served.get(f"/llm/calls?run_id={run.run_id}").json["calls"] == [call]
    assert served.get("/llm/calls?run_id=another").json["calls"] == []
    (table,) = served.get("/catalog?source=shop").json["catalog"][0]["tables"]
    assert (table["description"], table["role"]) == ("All that is known of each customer.", "dimension")
