"""The document says what the server does: no call more, none less, and every field of every answer."""

import re
from datetime import timedelta
from typing import Any

import pytest
from served_house import SECRET, House, Serve, Served, now
from starlette.applications import Starlette
from starlette.routing import Route

from catalogctl.domain.tasks import Worker
from catalogctl.server.openapi.document import CALLS, SCHEMAS, document
from catalogctl.server.pages import is_page
from catalogctl.server.routes.parameters import MAX_BODY

Schema = dict[str, Any]


def checked(value: Any, schema: Schema, at: str = "$") -> None:
    """Hold *value* against the part of JSON Schema that the document uses; a field that is not named fails too."""
    if "$ref" in schema:
        checked(value, SCHEMAS[schema["$ref"].rpartition("/")[2]], at)
    elif "anyOf" in schema:
        assert any(fits(value, choice) for choice in schema["anyOf"]), f"{at}: {value!r} fits none"
    elif schema:
        kinds: dict[str, Any] = {"string": str, "integer": int, "number": int | float, "boolean": bool, "null": None}
        kinds |= {"object": dict, "array": list}
        kind = kinds[schema["type"]]
        assert value is None if kind is None else isinstance(value, kind), f"{at}: {value!r} is no {schema['type']}"
        assert isinstance(value, bool) == (kind is bool), f"{at}: {value!r} is no {schema['type']}"
        assert value in schema.get("enum", [value]), f"{at}: {value!r} is none of {schema['enum']}"
        checked_inside(value, schema, at)


def checked_inside(value: Any, schema: Schema, at: str) -> None:
    if isinstance(value, list):
        for index, item in enumerate(value):
            checked(item, schema["items"], f"{at}[{index}]")
    elif isinstance(value, dict) and not schema.get("additionalProperties"):
        assert set(schema["required"]) <= set(value), f"{at}: {set(schema['required']) - set(value)} missing"
        assert set(value) <= set(schema["properties"]), f"{at}: {set(value) - set(schema['properties'])} not named"
        for key, item in value.items():
            checked(item, schema["properties"][key], f"{at}.{key}")


def fits(value: Any, schema: Schema) -> bool:
    try:
        checked(value, schema)
    except AssertionError:
        return False
    return True


def answer_schema(path: str, method: str, status: int) -> Schema:
    response = document()["paths"][path][method]["responses"][str(status)]
    if "$ref" in response:
        response = document()["components"]["responses"][response["$ref"].rpartition("/")[2]]
    (content,) = response["content"].values()
    schema: Schema = content["schema"]
    return schema


@pytest.fixture
def served(serve: Serve) -> Served:
    served = serve()
    served.headers["Authorization"] = f"Bearer {SECRET}"
    return served


def test_every_route_is_in_the_document_and_nothing_else(monkeypatch: pytest.MonkeyPatch, serve: Serve) -> None:
    built: list[Route] = []
    build = Starlette.__init__

    def noted(self: Starlette, *args: Any, **more: Any) -> None:
        built.extend(more["routes"])
        build(self, *args, **more)

    monkeypatch.setattr(Starlette, "__init__", noted)
    serve()
    calls = [route for route in built if not is_page(route.path)]
    routes = {(method, route.path) for route in calls for method in (route.methods or set()) - {"HEAD"}}
    assert routes == {(call.method.upper(), call.path) for call in CALLS}


def test_the_document_is_served_and_whole(served: Served) -> None:
    answer = served.get("/openapi.json").json
    assert answer == document()
    names = set(re.findall(r"#/components/schemas/(\w+)", served.get("/openapi.json").body.decode()))
    assert names <= set(answer["components"]["schemas"])
    for path, methods in answer["paths"].items():
        wanted = set(re.findall(r"\{(\w+)\}", path))
        for method, operation in methods.items():
            given = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
            assert given == wanted, f"{method} {path}"


def test_every_answer_is_as_documented(served: Served, house: House) -> None:
    run = house.refresh("shop")
    job = run.jobs[0].id
    table = house.service.catalogue(source="shop")[0].tables[0]
    house.refresh("stock")
    pending = house.start("stock")
    worker = Worker(id="w1", host="elsewhere", pid=7, started_at=now())
    house.store.enlist(worker, lease_until=now() + timedelta(minutes=1))
    house.claim(worker)
    asked = [
        ("get", "/catalog", "/catalog"),
        ("get", "/catalog", "/catalog?profile=false"),
        ("get", "/catalog/run/{run_id}", f"/catalog/run/{run.run_id}"),
        ("get", "/catalog/latest-run", "/catalog/latest-run"),
        ("get", "/catalog/runs", "/catalog/runs"),
        ("get", "/catalog/runs", "/catalog/runs?group=run"),
        ("get", "/catalog/running-status", "/catalog/running-status"),
        ("get", "/catalog/jobs", "/catalog/jobs"),
        ("get", "/catalog/jobs/{job_id}", f"/catalog/jobs/{job}"),
        ("get", "/catalog/jobs/{job_id}/tasks", f"/catalog/jobs/{job}/tasks"),
        ("patch", "/catalog/tables/{table_id}/toggle", f"/catalog/tables/{table.id}/toggle"),
        ("patch", "/catalog/tables/{table_id}/toggle", f"/catalog/tables/{table.id}/toggle?again"),
        ("patch", "/catalog/tables/{table_id}/description", f"/catalog/tables/{table.id}/description"),
        ("patch", "/catalog/columns/{column_id}/description", f"/catalog/columns/{table.columns[0].id}/description"),
        ("get", "/catalog/search", "/catalog/search?q=customer"),
        ("get", "/kpis", "/kpis"),
        ("get", "/suggested-questions", "/suggested-questions"),
        ("get", "/workers", "/workers"),
        ("get", "/llm/status", "/llm/status"),
        ("get", "/llm/models", "/llm/models"),
        ("get", "/llm/costs", "/llm/costs"),
        ("get", "/llm/calls", "/llm/calls"),
        ("get", "/sources", "/sources"),
        ("get", "/health", "/health"),
        ("get", "/ready", "/ready"),
        ("post", "/sources/{name}/test", "/sources/shop/test"),
        ("post", "/catalog/extract", "/catalog/extract"),
        ("post", "/catalog/enrich", "/catalog/enrich?dry"),
        ("post", "/catalog/enrich", "/catalog/enrich"),
        ("post", "/catalog/refresh", "/catalog/refresh"),
        ("post", "/catalog/run/{run_id}/cancel", f"/catalog/run/{pending.run_id}/cancel"),
        ("post", "/catalog/run/{run_id}/retry", f"/catalog/run/{pending.run_id}/retry"),
        ("post", "/catalog/jobs/{job_id}/retry", f"/catalog/jobs/{job}/retry"),
        ("post", "/sources", "/sources"),
        ("delete", "/catalog", "/catalog?source=shop"),
        ("delete", "/sources", "/sources?name=shop"),
        ("delete", "/sources/{name}", "/sources/nowhere"),
        ("post", "/session", "/session"),
        ("delete", "/session", "/session"),
    ]
    bodies = {
        "/catalog/extract": {"source": "shop"},
        "/catalog/enrich?dry": {"source": "shop", "dry_run": True},
        "/catalog/enrich": {"source": "third"},
        "/catalog/refresh": {"source": "fourth"},
        f"/catalog/tables/{table.id}/description": {"description": "x"},
        f"/catalog/columns/{table.columns[0].id}/description": {"description": "x"},
        "/sources": {"location": str(house.database("fifth"))},
        "/session": {"token": SECRET},
    }
    for name in ("third", "fourth"):
        house.service.add_source(str(house.database(name)), name=name)
    for method, path, url in asked:
        reply = served.request(method.upper(), url, body=bodies.get(url))
        assert reply.status == 200 or method not in {"get", "patch"}, f"{method} {url}"
        checked(reply.json, answer_schema(path, method, reply.status), f"{method} {url}")
    answered = {(method, path) for method, path, _ in asked}
    silent = {
        (call.method, call.path) for call in CALLS if call.is_stream or call.is_text or call.path == "/openapi.json"
    }
    assert answered | silent == {(call.method, call.path) for call in CALLS}


def test_a_body_must_be_there_where_one_of_its_fields_must(served: Served) -> None:
    for call in CALLS:
        if call.body is not None:
            operation = document()["paths"][call.path][call.method]
            path = re.sub("{.*}", "1", call.path)
            reply = served.request(call.method.upper(), path)
            assert operation["requestBody"]["required"] == (reply.status == 422), f"{call.method} {call.path}"


@pytest.mark.parametrize("path", [call.path for call in CALLS if call.is_stream])
def test_a_stream_that_is_one_too_many_is_as_documented(serve: Serve, house: House, path: str) -> None:
    url = path.format(run_id=house.start("shop").run_id)
    served = serve(max_streams_per_client=1)
    with served.connection() as connection:
        connection.sendall(f"GET {url} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n\r\n".encode())
        connection.recv(10)
        reply = served.get(url)
    assert reply.status == 429
    checked(reply.json, answer_schema(path, "get", reply.status))


def test_the_end_of_a_run_that_was_told_already_is_as_documented(served: Served, house: House) -> None:
    run = house.refresh("shop")
    last = {"Last-Event-ID": f"{house.store.position().epoch}-{run.last_seq}"}
    reply = served.get(f"/catalog/job-stream/{run.run_id}", headers=last)
    assert reply.status == 204
    assert "content" not in document()["paths"]["/catalog/job-stream/{run_id}"]["get"]["responses"]["204"]


def test_every_problem_is_as_documented(served: Served, house: House) -> None:
    house.start("shop")
    problems = [
        ("get", "/catalog/run/{run_id}", served.get("/catalog/run/zzzz")),
        ("get", "/catalog/jobs", served.get("/catalog/jobs?limit=x")),
        ("post", "/catalog/extract", served.post("/catalog/extract", {"source": "shop"})),
        ("get", "/events", served.get("/events?topics=x")),
        ("post", "/session", served.post("/session", {"token": "wrong"})),
        ("post", "/catalog/enrich", served.post("/catalog/enrich", {"source": "stock", "dry_run": True})),
        ("get", "/catalog/search", served.get("/catalog/search")),
        ("get", "/kpis", served.get("/kpis?source=nowhere")),
        ("get", "/health", served.get("/health", headers={"Host": "a b"})),
        ("post", "/session", served.post("/session", {"token": "x" * MAX_BODY})),
        ("post", "/catalog/extract", served.request("POST", "/catalog/extract", raw=b"{")),
    ]
    for method, path, reply in problems:
        checked(reply.json, answer_schema(path, method, reply.status), f"{method} {path}")
