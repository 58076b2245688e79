"""Who gets in: every call of the API, under every bind, by every kind of caller."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from served_house import SECRET, House, Reply, Serve, Served, serving

from catalogctl.server.openapi.calls import Call
from catalogctl.server.openapi.document import CALLS

Doors = dict[str, Served]
Headers = dict[str, str]

TOKEN = "the-token-of-this-test"
BINDS = {
    "loopback": {},
    "loopback with a token": {"token": TOKEN},
    "every address": {"host": "0.0.0.0", "token": TOKEN},
}
BODIES = {
    "/catalog/extract": {"source": "shop"},
    "/catalog/enrich": {"source": "shop"},
    "/catalog/refresh": {"source": "shop"},
    "/sources": {"location": "/nowhere/at/all.db"},
    "/session": {"token": TOKEN},
}
QUERIES = {("delete", "/sources"): "?name=unknown", ("delete", "/catalog"): "?source=unknown"}
CALLERS = ("token", "secret", "session")
NO_TOKEN = ("loopback", "token")
OPEN = {("get", "/health"), ("get", "/ready"), ("post", "/session")}
ALL_CALLS = [pytest.param(call, id=f"{call.method.upper()} {call.path}") for call in CALLS]


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(serving(House(tmp_path_factory.mktemp("house")), **options))
            for name, options in BINDS.items()
        }


def sample(call: Call, served: Served) -> tuple[str, str]:
    run = served.house.service.latest_run() or served.house.start("stock")
    path = call.path.format(run_id=run.run_id, job_id=run.jobs[0].id, name="unknown", table_id=4711, column_id=4711)
    return call.method.upper(), path + QUERIES.get((call.method, call.path), "")


def send(served: Served, call: Call, headers: Headers, *, prefix: str = "") -> Reply:
    method, path = sample(call, served)
    return served.request(method, prefix + path, body=BODIES.get(call.path), headers=headers)


def session_of(served: Served) -> str:
    reply = served.post("/session", {"token": SECRET})
    assert reply.status == 200
    return reply.cookies[0].partition(";")[0]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("bind", ["loopback with a token", "every address"])
@pytest.mark.parametrize("headers", [{}, bearer("wrong"), {"Cookie": "catalogctl_x=wrong"}, {"Authorization": TOKEN}])
@pytest.mark.parametrize("call", ALL_CALLS)
def test_where_a_token_is_needed_nobody_without_it_gets_in(
    doors: Doors, bind: str, headers: Headers, call: Call
) -> None:
    reply = send(doors[bind], call, headers)
    if (call.method, call.path) in OPEN:
        assert reply.status not in {401, 403} or call.path == "/session"
    else:
        assert reply.status == 401
        assert reply.headers["www-authenticate"].startswith("Bearer")
        assert reply.headers["content-type"] == "application/problem+json"
        assert reply.json["code"] == "unauthorized"
        assert TOKEN not in reply.body.decode()


@pytest.mark.parametrize(
    ("bind", "caller"), [(bind, caller) for bind in BINDS for caller in CALLERS if (bind, caller) != NO_TOKEN]
)
@pytest.mark.parametrize("call", ALL_CALLS)
def test_token_secret_and_session_open_every_call(doors: Doors, bind: str, caller: str, call: Call) -> None:
    served = doors[bind]
    headers = {"token": bearer(TOKEN), "secret": bearer(SECRET)}.get(caller) or {"Cookie": session_of(served)}
    reply = send(served, call, headers)
    if (call.method, call.path, bind) == ("post", "/session", "loopback"):
        assert reply.status in {401, 429}  # the body holds a token, and this server has none
    else:
        assert reply.status not in {401, 403}


@pytest.mark.parametrize("headers", [{}, bearer("wrong")], ids=["nobody", "a wrong token"])
@pytest.mark.parametrize("call", ALL_CALLS)
def test_on_loopback_without_a_token_only_registering_is_refused(doors: Doors, headers: Headers, call: Call) -> None:
    reply = send(doors["loopback"], call, headers)
    if (call.method, call.path) == ("post", "/sources"):
        assert (reply.status, reply.json["code"]) == (403, "source_not_registered")
    elif call.path == "/session":
        assert reply.status in {200, 401, 429}
    else:
        assert reply.status not in {401, 403}


@pytest.mark.parametrize(
    ("call", "more"), [("extract", {}), ("enrich", {}), ("refresh", {}), ("enrich", {"dry_run": True})], ids=str
)
@pytest.mark.parametrize("source", ["/etc/passwd", "elsewhere", "postgresql://u:p@host/db"])
def test_on_loopback_without_a_token_an_unregistered_source_is_not_even_looked_at(
    doors: Doors, source: str, call: str, more: dict[str, bool]
) -> None:
    served = doors["loopback"]
    before = served.house.service.sources()
    reply = served.post(f"/catalog/{call}", {"source": source, **more})
    assert (reply.status, reply.json["code"]) == (403, "source_not_registered")
    assert ":p@" not in reply.body.decode()
    assert served.house.service.sources() == before


def test_on_loopback_without_a_token_a_registered_source_goes_by_its_path_too(doors: Doors) -> None:
    served = doors["loopback"]
    path = str(served.house.folder / "shop.db")
    assert served.post("/catalog/extract", {"source": path}).status in {202, 409}


def test_the_secret_registers_what_it_names(serve: Serve, house: House) -> None:
    served = serve()
    path = str(house.database("another"))
    reply = served.post("/catalog/extract", {"source": path}, headers=bearer(SECRET))
    assert reply.status == 202
    assert "another" in [source.name for source in house.service.sources()]


def test_a_wrong_token_is_told_apart_from_none(serve: Serve) -> None:
    served = serve()
    reply = served.post("/sources", {"location": "/x"}, headers=bearer("wrong"))
    assert "not this server's" in reply.json["hint"]
    assert "not this server's" not in served.post("/sources", {"location": "/x"}).json["hint"]


@pytest.mark.parametrize("bind", BINDS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"},
        {"Host": "evil.example"},
    ],
    ids=str,
)
@pytest.mark.parametrize("call", ALL_CALLS)
def test_other_sites_and_other_names_are_refused_whatever_they_show(
    doors: Doors, bind: str, headers: Headers, call: Call
) -> None:
    reply = send(doors[bind], call, {**bearer(SECRET), **headers})
    assert (reply.status, reply.json["code"]) == (403, "forbidden")
    assert reply.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("call", ALL_CALLS)
def test_the_prefix_opens_nothing(doors: Doors, call: Call) -> None:
    served = doors["every address"]
    if (call.method, call.path) in OPEN:
        return
    assert send(served, call, {}, prefix="/api/v1").status == 401
    assert send(served, call, bearer(TOKEN), prefix="/api/v1").status not in {401, 403, 405}


def test_head_needs_what_get_needs(doors: Doors) -> None:
    for call in CALLS:
        if call.method != "get":
            continue
        _, path = sample(call, doors["every address"])
        status = doors["every address"].request("HEAD", path).status
        assert status == (200 if ("get", call.path) in OPEN else 401), path


def test_two_tokens_are_none(doors: Doors) -> None:
    for other in ("wrong", TOKEN):
        headers = [("Authorization", f"Bearer {TOKEN}"), ("Authorization", f"Bearer {other}")]
        assert doors["every address"].get("/catalog", headers=headers).status == 401


def test_refusals_come_before_the_path_is_even_looked_up(doors: Doors) -> None:
    served = doors["every address"]
    assert served.get("/no/such/path").status == 401
    assert served.request("PUT", "/catalog").status == 401
    assert served.request("OPTIONS", "/catalog").status == 401


def test_the_token_is_in_no_representation_of_the_options(doors: Doors) -> None:
    for served in doors.values():
        assert TOKEN not in repr(served.options)
        assert SECRET not in repr(served.options)
