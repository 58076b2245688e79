"""The calls about the catalogue and its sources, over a real socket."""

import json
from typing import Any

import pytest
from served_house import SECRET, House, Serve, Served

from catalogctl.domain.catalogue_records import datasource_record
from catalogctl.domain.events import compact_json
from catalogctl.server.backend import encoded_in_chunks


@pytest.fixture
def served(serve: Serve) -> Served:
    """A server that takes this test for its own command line."""
    served = serve()
    served.headers["Authorization"] = f"Bearer {SECRET}"
    return served


def test_the_tree_is_the_catalogue(served: Served, house: House) -> None:
    house.extract("shop")
    house.extract("stock")
    answer = served.get("/catalog").json
    assert answer == {"catalog": [datasource_record(found) for found in house.service.catalogue()]}
    assert [source["name"] for source in answer["catalog"]] == ["shop", "stock"]
    table = answer["catalog"][0]["tables"][0]
    assert table["is_enabled"] is True
    assert [column["name"] for column in table["columns"]] == ["email", "id"]
    assert {column["name"]: column["is_primary_key"] for column in table["columns"]} == {"id": True, "email": False}


def test_the_tree_is_narrowed(served: Served, house: House) -> None:
    house.extract("shop")
    house.extract("stock")
    assert [source["name"] for source in served.get("/catalog?source=stock").json["catalog"]] == ["stock"]
    (source,) = served.get("/catalog?source=shop&table=customer&profile=false").json["catalog"]
    assert "profile" not in source["tables"][0]["columns"][0]
    (source,) = served.get("/catalog?source=shop&profile=1").json["catalog"]
    assert source["tables"][0]["columns"][0]["profile"] is not None


@pytest.mark.parametrize(
    ("query", "code"), [("source=nowhere", "source_not_found"), ("source=shop&table=nowhere", "table_not_found")]
)
def test_a_name_that_is_not_there(shared: Serve, query: str, code: str) -> None:
    reply = shared().get(f"/catalog?{query}")
    assert (reply.status, reply.json["code"]) == (404, code)


@pytest.mark.parametrize("query", ["profile=maybe", "source=%00", "table=a%00b"])
def test_a_parameter_that_nothing_can_be_called(shared: Serve, query: str) -> None:
    assert shared().get(f"/catalog?{query}").status == 422


def test_a_large_tree_is_encoded_as_any_other() -> None:
    column = {"name": 'a"b\n', "profile": {"top": [1, None, 1.5, True], "nested": {"deep": []}}, "synonyms": []}
    tree = {"catalog": [{"name": "é", "tables": [{"columns": [column] * 3, "keys": {}}, {"columns": []}]}, {}]}
    for depth in range(9):
        assert b"".join(encoded_in_chunks(tree, depth=depth)).decode() == compact_json(tree)


def test_emptying_names_the_source(served: Served, house: House) -> None:
    house.extract("shop")
    reply = served.delete("/catalog?source=shop")
    assert (reply.status, reply.json["status"]) == (200, "ok")
    assert "shop" in reply.json["message"]
    assert reply.json["source"]["name"] == "shop"
    assert [source.tables for source in house.service.catalogue(source="shop")] in ([], [()])


def test_emptying_without_a_source_needs_an_only_one(served: Served, house: House) -> None:
    reply = served.delete("/catalog")
    assert (reply.status, reply.json["code"]) == (400, "source_not_chosen")
    house.service.remove_source("stock")
    assert served.delete("/catalog").status == 200


def test_emptying_waits_for_no_run(served: Served, house: House) -> None:
    run = house.start("shop")
    reply = served.delete("/catalog?source=shop")
    assert (reply.status, reply.json["code"], reply.json["run_id"]) == (409, "run_active", run.run_id)


def test_sources_are_listed_registered_tried_and_forgotten(served: Served, house: House) -> None:
    path = str(house.database("third"))
    reply = served.post("/sources", {"location": path, "name": "number three"})
    assert reply.status == 201
    assert (reply.json["name"], reply.json["location"], reply.json["type"]) == ("number three", path, "sqlite")
    assert [source["name"] for source in served.get("/sources").json["sources"]] == ["number three", "shop", "stock"]
    check = served.post("/sources/number%20three/test").json
    assert (check["status"], check["tables"]) == ("ok", 1)
    assert served.delete("/sources/number%20three").json["status"] == "ok"
    assert served.delete("/sources?name=stock").json["status"] == "ok"
    assert [source["name"] for source in served.get("/sources").json["sources"]] == ["shop"]


def test_the_same_location_again_is_the_same_source(served: Served, house: House) -> None:
    path = str(house.folder / "shop.db")
    before = house.store.position().latest
    assert served.post("/sources", {"location": path}).json["name"] == "shop"
    assert len(house.service.sources()) == 2
    assert house.store.position().latest == before


def test_a_source_that_is_registered_is_told_of(served: Served, house: House) -> None:
    (house.folder / "new.csv").write_text("a,b\n1,2\n")
    before = house.store.position().latest
    served.post("/sources", {"location": str(house.folder / "new.csv"), "name": "new"})
    (event,) = house.store.page_since(before, limit=10).events
    assert (event.type, event.data) == ("catalog.changed", '{"source":"new","tables":0,"columns":0}')


def test_a_broken_source_is_told_as_an_outcome(served: Served, house: House) -> None:
    (house.folder / "shop.db").unlink()
    check = served.post("/sources/shop/test")
    assert check.status == 200
    assert (check.json["status"], check.json["tables"]) == ("error", None)
    assert check.json["message"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"location": "/nowhere/at/all.db"}, 404, "source_not_found"),
        ({"location": "{text}"}, 400, "source_unusable"),
        ({"location": "{shop}", "name": "a/b"}, 400, "invalid_input"),
        ({"location": "{shop}", "name": "other"}, 409, "source_exists"),
        ({"location": "{third}", "name": "shop"}, 409, "source_exists"),
        ({}, 422, "wrong_type"),
        ({"location": 1}, 422, "wrong_type"),
        ({"location": "{shop}", "name": 1}, 422, "wrong_type"),
    ],
    ids=str,
)
def test_what_cannot_be_registered(served: Served, house: House, body: Any, status: int, code: str) -> None:
    text = house.folder / "text.db"
    text.write_text("this is no database")
    paths = {"{text}": text, "{shop}": house.folder / "shop.db", "{third}": house.database("third")}
    given = json.loads(json.dumps(body))
    if given.get("location") in paths:
        given["location"] = str(paths[given["location"]])
    reply = served.post("/sources", given)
    assert (reply.status, reply.json["code"]) == (status, code)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("DELETE", "/sources/nowhere", 404),
        ("DELETE", "/sources?name=nowhere", 404),
        ("DELETE", "/sources", 422),
        ("POST", "/sources/nowhere/test", 404),
    ],
)
def test_a_source_that_is_not_there(shared: Serve, method: str, path: str, status: int) -> None:
    assert shared().request(method, path).status == status


def test_a_source_with_an_active_run_stays(served: Served, house: House) -> None:
    house.start("shop")
    assert served.delete("/sources/shop").status == 409


def test_a_password_never_comes_out(served: Served, house: House) -> None:
    reply = served.post("/sources", {"location": "postgresql://user:hunter2@127.0.0.1:1/db", "name": "far"})
    for answer in (reply, served.get("/sources"), served.post("/sources/far/test"), served.get("/catalog")):
        assert "hunter2" not in answer.body.decode()
