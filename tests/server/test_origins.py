"""Hosts, origins and fetch metadata: DNS rebinding and calls from other sites."""

from typing import Any

import pytest
from served_house import Reply, Serve, Served

from catalogctl.domain.errors import InvalidInput
from catalogctl.server.options import ServerOptions
from catalogctl.server.origins import Authority, Origin, parse_allowed_host, parse_authority, parse_origin

FRONT_END = "http://localhost:3000"


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("Example.ORG", "example.org", None),
        ("example.org:80", "example.org", 80),
        ("[::1]:8787", "::1", 8787),
        ("[0:0:0:0:0:0:0:1]", "::1", None),
        ("10.0.0.7", "10.0.0.7", None),
    ],
)
def test_authorities_have_one_form(text: str, host: str, port: int | None) -> None:
    assert parse_authority(text) == Authority(host=host, port=port)


@pytest.mark.parametrize(
    "text", ["", "a b", "user@host", "host/path", "host:", "host:x", "host:99999", "[zz]", "::1", "a,b", "hôst", "a\n"]
)
def test_what_is_no_authority_is_none(text: str) -> None:
    assert parse_authority(text) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://a.org", "http://a.org:80", True),
        ("https://a.org:443", "https://a.org", True),
        ("HTTP://A.org", "http://a.ORG", True),
        ("http://a.org", "https://a.org", False),
        ("http://a.org", "http://b.org", False),
        ("http://a.org:1", "http://a.org:2", False),
    ],
)
def test_origins_are_the_same_by_scheme_host_and_port(one: Any, other: Any, same: Any) -> None:
    assert (parse_origin(one) == parse_origin(other)) is same


@pytest.mark.parametrize("text", ["null", "", "a.org", "http://", "http://a.org/", "http://a.org/x", "http://u@a.org"])
def test_what_is_no_origin_is_none(text: str) -> None:
    assert parse_origin(text) is None


def test_allowed_hosts_may_be_bare_ipv6() -> None:
    assert parse_allowed_host("fe80::1") == Authority(host="fe80::1")


@pytest.mark.parametrize(
    "options",
    [
        {"allow_hosts": ("a b",)},
        {"allow_origins": ("*",)},
        {"allow_origins": ("localhost:3000",)},
        {"trusted_proxies": ("proxy.example",)},
        {"port": 70000},
        {"tls_key": "key.pem"},
        {"token": ""},
        {"token": "with space"},
        {"token": "with\nnewline"},
        {"token": "tökén"},
        {"host": "0.0.0.0"},
        {"host": "::"},
        {"host": "192.0.2.1"},
        {"host": "example.org"},
    ],
    ids=str,
)
def test_options_that_cannot_be_meant_are_refused_before_anything_listens(options: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        ServerOptions(**options)
    assert "tökén" not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "LOCALHOST", "127.0.0.2"])
def test_loopback_needs_no_token(host: str) -> None:
    assert ServerOptions(host=host).is_loopback


def test_an_allowed_origin_may_end_in_a_slash() -> None:
    assert ServerOptions(allow_origins=("http://localhost:3000/",)).is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST:1", "[::1]", "localhost:99"])
def test_loopback_answers_to_its_own_names(shared: Serve, host: str) -> None:
    served = shared()
    assert served.get("/catalog/latest-run", headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "localhost."]
)
@pytest.mark.parametrize("path", ["/health", "/catalog", "/catalog/status-stream"])
def test_loopback_answers_to_no_other_name(shared: Serve, host: str, path: str) -> None:
    reply = shared().get(path, headers={"Host": host})
    assert (reply.status, reply.json["code"]) == (403, "forbidden")


@pytest.mark.parametrize("host", ["", "a b", "user@localhost", "localhost/", "localhost:1:2"])
def test_a_host_header_that_is_none_is_a_bad_request(shared: Serve, host: str) -> None:
    assert shared().get("/health", headers={"Host": host}).status == 400


def test_two_host_headers_are_a_bad_request(shared: Serve) -> None:
    served = shared()
    headers = [("Host", f"127.0.0.1:{served.port}"), ("Host", "evil.example")]
    assert served.get("/health", headers=headers).status == 400


def test_a_server_on_every_address_answers_to_addresses_and_to_no_name(shared: Serve) -> None:
    served = shared(host="0.0.0.0", token="t")
    for host in ("127.0.0.1", "192.0.2.7:80", "[2001:db8::1]", "localhost"):
        assert served.get("/health", headers={"Host": host}).status == 200, host
    for host in ("evil.example", "192.0.2.7.evil.example"):
        assert served.get("/health", headers={"Host": host}).status == 403, host


def test_allowed_hosts_are_answered_and_a_port_counts_when_it_was_given(shared: Serve) -> None:
    served = shared(allow_hosts=("Data.Example.ORG", "other.example:8443"))
    for host, status in {
        "data.example.org": 200,
        "data.example.org:1234": 200,
        "other.example:8443": 200,
        "other.example:80": 403,
        "other.example": 403,
        "sub.data.example.org": 403,
    }.items():
        assert served.get("/health", headers={"Host": host}).status == status, host


@pytest.mark.parametrize(
    ("proto", "host", "status"),
    [
        ("http", "data.example.org", 200),
        ("http", "data.example.org:80", 200),
        ("http", "data.example.org:443", 403),
        ("https", "data.example.org", 403),
        ("https", "tls.example.org", 200),
        ("https", "tls.example.org:443", 200),
        ("http", "tls.example.org", 403),
    ],
)
def test_a_port_that_browsers_leave_out_is_that_of_the_scheme(
    shared: Serve, proto: str, host: str, status: int
) -> None:
    served = shared(allow_hosts=("data.example.org:80", "tls.example.org:443"), trusted_proxies=("127.0.0.1",))
    assert served.get("/health", headers={"Host": host, "X-Forwarded-Proto": proto}).status == status


def test_pages_of_this_server_may_call_it(shared: Serve) -> None:
    served = shared()
    same = {"Origin": f"http://127.0.0.1:{served.port}", "Sec-Fetch-Site": "same-origin"}
    assert served.get("/catalog", headers=same).status == 200
    assert served.post("/catalog/extract", {"source": "shop"}, headers=same).status == 202


@pytest.mark.parametrize(
    "origin", ["https://127.0.0.1:{port}", "http://localhost:{port}", "http://127.0.0.1:1", "null"]
)
@pytest.mark.parametrize("path", ["/catalog", "/catalog/status-stream", "/events", "/health"])
def test_an_origin_that_differs_in_scheme_host_or_port_is_foreign(shared: Serve, origin: str, path: str) -> None:
    served = shared()
    reply = served.get(path, headers={"Origin": origin.format(port=served.port)})
    assert (reply.status, reply.json["code"]) == (403, "forbidden")
    assert "access-control-allow-origin" not in reply.headers


def test_two_origins_are_none_of_ours(shared: Serve) -> None:
    served = shared(allow_origins=(FRONT_END,))
    headers = [("Origin", FRONT_END), ("Origin", "http://evil.example")]
    assert served.get("/catalog", headers=headers).status == 403


@pytest.mark.parametrize(
    ("metadata", "status"),
    [
        ({"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
    ids=str,
)
def test_fetch_metadata_tells_links_from_scripts(shared: Serve, metadata: Any, status: int) -> None:
    assert shared().get("/catalog", headers=metadata).status == status


def test_a_form_of_another_site_is_no_link(shared: Serve) -> None:
    metadata = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert shared().post("/catalog/extract", {"source": "shop"}, headers=metadata).status == 403


@pytest.mark.parametrize("path", ["/catalog", "/catalog/status-stream", "/catalog/run/unknown", "/nowhere"])
def test_an_allowed_origin_may_read_every_answer_errors_included(shared: Serve, path: str) -> None:
    served = shared(allow_origins=(FRONT_END,))
    reply = served.get(path, headers={"Origin": FRONT_END, "Sec-Fetch-Site": "same-site"})
    assert reply.status in {200, 404}
    assert reply.headers["access-control-allow-origin"] == FRONT_END
    assert reply.headers["access-control-allow-credentials"] == "true"
    assert "Location" in reply.headers["access-control-expose-headers"]
    assert "Origin" in reply.headers["vary"]


def test_an_allowed_origin_without_the_token_may_read_that_it_needs_one(shared: Serve) -> None:
    served = shared(allow_origins=(FRONT_END,), token="t")
    reply = served.get("/catalog", headers={"Origin": FRONT_END})
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (401, FRONT_END)


def test_an_allowed_origin_may_read_of_an_unexpected_error(serve: Serve) -> None:
    class Broken:
        def latest_run(self) -> None:
            raise ZeroDivisionError("a secret of the inside")

    served = serve(allow_origins=(FRONT_END,), catalogue=Broken())
    reply = served.get("/catalog/latest-run", headers={"Origin": FRONT_END})
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (500, FRONT_END)


def preflight(
    served: Served, origin: str, path: str = "/events", method: str = "GET", wanted: str = "last-event-id"
) -> Reply:
    headers = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": wanted}
    return served.request("OPTIONS", path, headers=headers)


def test_a_preflight_of_an_allowed_origin_needs_no_token_and_allows_what_streams_and_calls_send(
    shared: Serve,
) -> None:
    served = shared(allow_origins=(FRONT_END,), token="t")
    reply = preflight(served, FRONT_END, wanted="authorization,last-event-id,content-type,x-own")
    assert reply.status == 204
    assert reply.headers["access-control-allow-origin"] == FRONT_END
    allowed = {name.strip().lower() for name in reply.headers["access-control-allow-headers"].split(",")}
    assert {"authorization", "last-event-id", "content-type", "x-own"} <= allowed
    for method in ("GET", "POST", "DELETE"):
        assert method in reply.headers["access-control-allow-methods"]


def test_a_preflight_of_any_other_origin_is_refused(shared: Serve) -> None:
    reply = preflight(shared(allow_origins=(FRONT_END,)), "http://localhost:3001")
    assert reply.status == 403
    assert "access-control-allow-origin" not in reply.headers


def test_a_preflight_of_no_page_opens_nothing(shared: Serve) -> None:
    served = shared(allow_origins=(FRONT_END,), token="t")
    assert served.request("OPTIONS", "/catalog", headers={"Access-Control-Request-Method": "GET"}).status == 401


def test_a_preflight_cannot_put_other_headers_into_the_answer(shared: Serve) -> None:
    reply = preflight(shared(allow_origins=(FRONT_END,)), FRONT_END, wanted="x;y=<z>")
    assert reply.status == 204
    assert "<z>" not in reply.headers["access-control-allow-headers"]


def test_parsed_origins_keep_unknown_schemes() -> None:
    assert parse_origin("tauri://localhost") == Origin(scheme="tauri", host="localhost", port=None)
