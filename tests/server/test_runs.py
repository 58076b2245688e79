"""The calls about runs and jobs, over a real socket."""

import uuid
from typing import Any

import pytest
from served_house import House, Serve, Served, wait_until

from catalogctl.domain.run_records import job_record
from catalogctl.domain.runs import RunOptions

JOB_FIELDS = {
    "id",
    "run_id",
    "job_type",
    "status",
    "progress",
    "current_step",
    "step_index",
    "total_steps",
    "details",
    "result",
    "error_message",
    "started_at",
    "completed_at",
}
ROW_FIELDS = {
    "id",
    "run_id",
    "job_type",
    "status",
    "started_at",
    "completed_at",
    "current_step",
    "progress",
    "result",
    "error_message",
}


@pytest.fixture
def served(serve: Serve) -> Served:
    return serve()


def runs_of(house: House, count: int) -> list[str]:
    """So many runs, each but the last cancelled; the newest first."""
    ids: list[str] = []
    for number in range(count):
        run = house.start("stock" if number % 3 == 2 else "shop")
        ids.insert(0, run.run_id)
        if number < count - 1:
            house.service.cancel_run(run.run_id)
    return ids


def test_an_extraction_is_accepted_at_once(served: Served, house: House) -> None:
    reply = served.post("/catalog/extract", {"source": "shop"})
    assert reply.status == 202
    run = house.service.latest_run()
    assert run is not None
    assert reply.headers["location"] == f"/catalog/run/{run.run_id}"
    answer = reply.json
    assert answer["status"] == "pending"
    assert answer["async"] is True
    assert (answer["run_id"], answer["job_id"]) == (run.run_id, run.jobs[0].id)
    assert "shop" in answer["message"]


def test_the_location_leads_to_the_run(served: Served) -> None:
    reply = served.post("/catalog/extract", {"source": "shop"})
    found = served.get(reply.headers["location"])
    assert found.json["run_id"] == reply.json["run_id"]


def test_a_second_run_on_a_source_is_a_conflict_that_names_the_first(served: Served) -> None:
    first = served.post("/catalog/extract", {"source": "shop"}).json
    reply = served.post("/catalog/extract", {"source": "shop"})
    assert reply.status == 409
    assert (reply.json["code"], reply.json["run_id"]) == ("run_active", first["run_id"])
    assert reply.json["detail"]


def test_without_a_source_there_must_be_only_one(served: Served, house: House) -> None:
    reply = served.post("/catalog/extract")
    assert (reply.status, reply.json["code"]) == (400, "source_not_chosen")
    assert "shop" in reply.json["detail"] + reply.json.get("hint", "")
    house.service.remove_source("stock")
    assert served.post("/catalog/extract").status == 202


@pytest.mark.parametrize("body", [{}, {"source": None, "tables": None, "table_ids": None, "unknown": 1}])
def test_an_empty_body_and_nulls_mean_the_defaults(served: Served, house: House, body: Any) -> None:
    house.service.remove_source("stock")
    assert served.post("/catalog/extract", body).status == 202
    run = house.service.latest_run()
    assert run is not None
    assert run.options == RunOptions()


def test_options_reach_the_run(served: Served, house: House) -> None:
    body = {"source": "shop", "tables": ["customer"], "sample": 10, "deadline": 1.5}
    reply = served.post("/catalog/extract", body)
    assert reply.json["options"] == {"tables": ["customer"], "sample": 10, "deadline": 1.5}
    assert house.service.run(reply.json["run_id"]).options == RunOptions(tables=("customer",), sample=10, deadline=1.5)


def test_estimates_reach_the_run_and_are_not_mixed_with_a_sample(served: Served, house: House) -> None:
    reply = served.post("/catalog/extract", {"source": "shop", "sample": 10, "estimate": True})
    assert reply.status == 400
    assert "either samples rows or reads none" in reply.json["detail"]
    reply = served.post("/catalog/extract", {"source": "shop", "estimate": True})
    assert (reply.status, reply.json["options"]) == (202, {"estimate": True})
    assert house.service.run(reply.json["run_id"]).options == RunOptions(estimates=True)


@pytest.mark.parametrize("body", [{"tables": []}, {"table_ids": []}, {"tables": [], "table_ids": []}])
def test_an_empty_selection_is_told(served: Served, body: dict[str, Any]) -> None:
    reply = served.post("/catalog/extract", {"source": "shop", **body})
    assert (reply.status, reply.json["code"]) == (400, "nothing_selected")


def test_tables_are_chosen_by_their_ids(served: Served, house: House) -> None:
    house.extract("shop")
    (source,) = house.service.catalogue(source="shop")
    reply = served.post("/catalog/extract", {"source": "shop", "table_ids": [source.tables[0].id]})
    assert reply.json["options"] == {"tables": [source.tables[0].name]}


def test_an_id_that_no_table_has_is_told(served: Served) -> None:
    reply = served.post("/catalog/extract", {"source": "shop", "table_ids": [4711]})
    assert (reply.status, reply.json["code"]) == (400, "nothing_selected")
    assert "4711" in reply.json["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"source": 7},
        {"source": ""},
        {"source": "a\0b"},
        {"source": "\ud800"},
        {"tables": "customer"},
        {"tables": [1]},
        {"table_ids": ["1"]},
        {"table_ids": [True]},
        {"table_ids": 1},
        {"sample": "many"},
        {"sample": 0},
        {"sample": 1.5},
        {"sample": True},
        {"estimate": "yes"},
        {"deadline": "soon"},
        {"deadline": 0},
        {"deadline": -1},
        {"model": 1},
        [],
        "text",
        1,
    ],
    ids=str,
)
def test_a_body_of_the_wrong_type_is_unprocessable(shared: Serve, body: Any) -> None:
    reply = shared().post("/catalog/extract", body)
    assert (reply.status, reply.json["code"]) == (422, "wrong_type")


@pytest.mark.parametrize(
    "raw", [b"{", b"nonsense", b'{"sample": NaN}', b"\xff\xfe", b"[" * 100_000, b'{"a":' + b"1" * 5000]
)
def test_a_body_that_is_no_json_is_a_bad_request(shared: Serve, raw: bytes) -> None:
    reply = shared().request("POST", "/catalog/extract", raw=raw)
    assert (reply.status, reply.json["code"]) == (400, "invalid_input")


def test_a_run_is_shown_with_its_jobs_and_all_that_is_known(served: Served, house: House) -> None:
    run = house.start()
    answer = served.get(f"/catalog/run/{run.run_id}").json
    assert answer["run"] == [job_record(job) for job in run.jobs]
    assert set(answer["run"][0]) >= JOB_FIELDS
    assert (answer["number"], answer["source"], answer["kind"]) == (1, "shop", "extraction")
    assert answer["has_worker"] is False


@pytest.mark.parametrize("reference", ["latest", "1", "%231", "{id}", "{prefix}"])
def test_a_run_is_found_by_every_reference(served: Served, house: House, reference: str) -> None:
    run = house.start()
    path = reference.format(id=run.run_id, prefix=run.run_id[:8])
    assert served.get(f"/catalog/run/{path}").json["run_id"] == run.run_id


@pytest.mark.parametrize("reference", ["99", "zz", "ffffffff", str(uuid.UUID(int=0)), "%00", "%20", ".."])
def test_an_unknown_run_is_not_found(shared: Serve, reference: str) -> None:
    reply = shared().get(f"/catalog/run/{reference}")
    assert reply.status == 404
    assert reply.headers["content-type"] == "application/problem+json"


def test_the_latest_run_of_none_is_empty(shared: Serve) -> None:
    assert shared(token="t").get("/catalog/latest-run", headers={"Authorization": "Bearer t"}).json == {"run": []}


def test_the_latest_run(served: Served, house: House) -> None:
    newest = runs_of(house, 3)[0]
    answer = served.get("/catalog/latest-run").json
    assert answer["run_id"] == newest
    assert [job["run_id"] for job in answer["run"]] == [newest]


def test_rows_are_one_a_job_newest_first(served: Served, house: House) -> None:
    ids = runs_of(house, 5)
    rows = served.get("/catalog/runs").json["runs"]
    assert [row["run_id"] for row in rows] == ids
    assert set(rows[0]) >= ROW_FIELDS
    assert [row["number"] for row in rows] == [5, 4, 3, 2, 1]
    assert {row["kind"] for row in rows} == {"extraction"}
    assert [row["source"] for row in rows] == ["shop", "shop", "stock", "shop", "shop"]


def test_rows_come_in_pages(served: Served, house: House) -> None:
    ids = runs_of(house, 5)
    first = served.get("/catalog/runs?limit=2").json["runs"]
    second = served.get(f"/catalog/runs?limit=2&before={first[-1]['id']}").json["runs"]
    assert [row["run_id"] for row in first + second] == ids[:4]


def test_rows_are_filtered_even_where_runs_between_do_not_match(served: Served, house: House) -> None:
    ids = runs_of(house, 9)
    rows = served.get("/catalog/runs?source=stock&limit=2").json["runs"]
    assert [row["run_id"] for row in rows] == [ids[0], ids[3]]
    assert [row["number"] for row in rows] == [9, 6]
    rows = served.get("/catalog/runs?status=cancelled&limit=3").json["runs"]
    assert [row["run_id"] for row in rows] == ids[1:4]


def test_grouped_rows_are_whole_runs(served: Served, house: House) -> None:
    ids = runs_of(house, 3)
    runs = served.get("/catalog/runs?group=run&limit=2").json["runs"]
    assert [run["run_id"] for run in runs] == ids[:2]
    assert [job["run_id"] for job in runs[0]["jobs"]] == ids[:1]
    rest = served.get(f"/catalog/runs?group=run&before={runs[-1]['number']}").json["runs"]
    assert [run["run_id"] for run in rest] == ids[2:]
    assert len(served.get("/catalog/runs?group=run&kind=extraction").json["runs"]) == 3
    assert served.get("/catalog/runs?group=run&kind=refresh").json["runs"] == []


def test_jobs_are_listed_filtered_and_shown(served: Served, house: House) -> None:
    ids = runs_of(house, 4)
    jobs = served.get("/catalog/jobs").json["jobs"]
    assert [job["run_id"] for job in jobs] == ids
    assert served.get(f"/catalog/jobs/{jobs[0]['id']}").json == jobs[0]
    assert len(served.get("/catalog/jobs?status=cancelled").json["jobs"]) == 3
    assert served.get("/catalog/jobs?job_type=enrichment").json["jobs"] == []
    assert [job["run_id"] for job in served.get("/catalog/jobs?source=stock").json["jobs"]] == [ids[1]]
    assert len(served.get(f"/catalog/jobs?limit=1&before={jobs[1]['id']}").json["jobs"]) == 1


def test_a_job_that_is_not_there(shared: Serve) -> None:
    for path in ("/catalog/jobs/4711", "/catalog/jobs/4711/tasks"):
        reply = shared().get(path)
        assert (reply.status, reply.json["code"]) == (404, "job_not_found")


def test_tasks_of_a_job(served: Served, house: House) -> None:
    run = house.extract("shop")
    answer = served.get(f"/catalog/jobs/{run.jobs[0].id}/tasks").json
    assert answer["run_id"] == run.run_id
    assert {"id", "key", "step", "status", "attempt", "worker", "started_at", "completed_at", "error"} == set(
        answer["tasks"][0]
    )
    assert {task["status"] for task in answer["tasks"]} == {"completed"}
    last = answer["tasks"][-2]["id"]
    rest = served.get(f"/catalog/jobs/{run.jobs[0].id}/tasks?after={last}").json["tasks"]
    assert rest == answer["tasks"][-1:]
    assert served.get(f"/catalog/jobs/{run.jobs[0].id}/tasks?status=failed").json["tasks"] == []


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1001",
        "limit=x",
        "limit=-1",
        "limit=1e3",
        "limit=%D9%A3",
        "before=x",
        "status=done",
        f"before={2**63}",
    ],
)
@pytest.mark.parametrize("path", ["/catalog/jobs", "/catalog/runs", "/catalog/runs?group=run"])
def test_a_parameter_of_the_wrong_type_is_unprocessable(shared: Serve, path: str, query: str) -> None:
    separator = "&" if "?" in path else "?"
    reply = shared().get(f"{path}{separator}{query}")
    assert (reply.status, reply.json["code"]) == (422, "wrong_type")
    assert query.partition("=")[0] in reply.json["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/catalog/runs?group=x",
        "/catalog/runs?group=run&kind=x",
        "/catalog/runs?kind=refresh",
        "/catalog/jobs?job_type=x",
        "/catalog/jobs/x",
        "/catalog/jobs/0",
        "/catalog/jobs/1/tasks?after=x",
    ],
)
def test_words_that_are_none_of_ours_are_unprocessable(shared: Serve, path: str) -> None:
    assert shared().get(path).status == 422


def test_empty_parameters_count_as_not_given(shared: Serve) -> None:
    assert shared().get("/catalog/runs?limit=&before=&status=&source=&group=&kind=").status == 200


def test_running_status(served: Served, house: House) -> None:
    idle = served.get("/catalog/running-status").json
    assert (idle["is_running"], idle["current_run_id"], idle["active_run_ids"]) == (False, None, [])
    first, second = house.start("shop"), house.start("stock")
    busy = served.get("/catalog/running-status").json
    assert (busy["is_running"], busy["current_run_id"]) == (True, first.run_id)
    assert busy["active_run_ids"] == [first.run_id, second.run_id]
    assert busy["seq"] > idle["seq"]


def test_cancel_and_retry(served: Served, house: House) -> None:
    run = house.start()
    reply = served.post(f"/catalog/run/{run.run_id}/cancel")
    assert (reply.status, reply.json["status"]) == (202, "cancelled")
    assert reply.headers["location"] == f"/catalog/run/{run.run_id}"
    again = served.post(f"/catalog/run/{run.run_id}/cancel")
    assert (again.status, again.json["code"]) == (409, "illegal_transition")
    reply = served.post(f"/catalog/run/{run.run_id}/retry")
    assert (reply.status, reply.json["status"]) == (202, "pending")
    assert served.post(f"/catalog/run/{run.run_id}/retry").status == 409
    house.service.cancel_run(run.run_id)
    reply = served.post(f"/catalog/jobs/{run.jobs[0].id}/retry")
    assert (reply.status, reply.json["run_id"], reply.json["run"][0]["attempt"]) == (202, run.run_id, 3)


@pytest.mark.parametrize(
    "path", ["/catalog/run/unknown/cancel", "/catalog/run/latest/retry", "/catalog/jobs/4711/retry"]
)
def test_what_is_not_there_cannot_be_changed(shared: Serve, path: str) -> None:
    assert shared().post(path).status == 404


def test_a_run_that_a_worker_does_is_shown_so_and_ends(served: Served, house: House) -> None:
    with house.working():
        run_id = served.post("/catalog/extract", {"source": "shop"}).json["run_id"]
        assert served.get(f"/catalog/run/{run_id}").json["has_worker"] is True
        wait_until(lambda: served.get(f"/catalog/run/{run_id}").json["status"] == "completed")
    answer = served.get(f"/catalog/run/{run_id}").json
    assert answer["run"][0]["result"]["tables"] == 1
    assert answer["run"][0]["progress"] == 100


def test_every_path_also_answers_under_the_prefix(served: Served, house: House) -> None:
    run = house.start()
    for path in ("/catalog/latest-run", f"/catalog/run/{run.run_id}", "/catalog/jobs", "/health", "/sources"):
        assert served.get(f"/api/v1{path}").json == served.get(path).json
    assert served.get("/api/v1/events").headers["content-type"].startswith("text/event-stream")
    assert served.get("/api/v1").status == 404
    assert served.get("/api/v1/api/v1/health").status == 404
