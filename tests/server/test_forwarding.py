"""X-Forwarded headers: believed from trusted proxies, and from nobody else."""

import pytest
from served_house import Serve

from catalogctl.server.forwarding import Caller, TrustedProxies

PROXY = "127.0.0.1"


def caller(trusted: tuple[str, ...], address: str, **headers: str) -> Caller:
    encoded = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    return TrustedProxies(trusted).caller(address=address, scheme="http", headers={b"host": b"inner", **encoded})


def test_nobody_is_believed_by_default() -> None:
    found = caller((), PROXY, x_forwarded_for="1.2.3.4", x_forwarded_proto="https", x_forwarded_host="outer")
    assert (found.address, found.scheme, found.host) == (PROXY, "http", "inner")


def test_a_trusted_proxy_is_believed() -> None:
    found = caller((PROXY,), PROXY, x_forwarded_for="1.2.3.4", x_forwarded_proto="https", x_forwarded_host="outer")
    assert (found.address, found.scheme, found.host) == ("1.2.3.4", "https", "outer")


@pytest.mark.parametrize(
    ("chain", "address"),
    [
        ("6.6.6.6, 1.2.3.4", "1.2.3.4"),  # what a client claims stands before what the proxy saw
        ("6.6.6.6, 1.2.3.4, 10.0.0.9", "1.2.3.4"),
        ("10.0.0.8, 10.0.0.9", "10.0.0.8"),
        ("", PROXY),
        ("nonsense", "nonsense"),
    ],
)
def test_the_caller_is_the_last_that_is_no_proxy_of_ours(chain: str, address: str) -> None:
    assert caller((PROXY, "10.0.0.0/8"), PROXY, x_forwarded_for=chain).address == address


def test_only_http_schemes_are_believed() -> None:
    assert caller((PROXY,), PROXY, x_forwarded_proto="javascript").scheme == "http"


def test_a_proxy_that_ends_tls_makes_its_pages_ours(shared: Serve) -> None:
    served = shared(allow_hosts=("data.example.org",), trusted_proxies=(PROXY,))
    headers = {
        "Host": "data.example.org",
        "Origin": "https://data.example.org",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "1.2.3.4",
    }
    assert served.get("/catalog", headers=headers).status == 200
    del headers["X-Forwarded-Proto"]
    assert served.get("/catalog", headers=headers).status == 403


@pytest.mark.parametrize(
    ("trusted", "proto", "is_secure"),
    [((PROXY,), "https", True), ((PROXY,), "http", False), ((), "https", False)],
)
def test_the_session_of_a_browser_that_came_by_tls_stays_there(
    shared: Serve, *, trusted: tuple[str, ...], proto: str, is_secure: bool
) -> None:
    served = shared(trusted_proxies=trusted, token="t")
    headers = {"X-Forwarded-Proto": proto}
    for reply in (
        served.post("/session", {"token": "t"}, headers=headers),
        served.delete("/session", headers=headers | {"Authorization": "Bearer t"}),
    ):
        assert reply.status == 200
        assert ("; Secure" in reply.cookies[0]) is is_secure


def test_without_trust_the_header_changes_nothing(shared: Serve) -> None:
    served = shared(allow_hosts=("data.example.org",))
    headers = {"Host": "data.example.org", "Origin": "https://data.example.org", "X-Forwarded-Proto": "https"}
    assert served.get("/catalog", headers=headers).status == 403


def test_a_forwarded_host_must_be_allowed_like_any_other(shared: Serve) -> None:
    served = shared(trusted_proxies=(PROXY,))
    assert served.get("/health", headers={"X-Forwarded-Host": "evil.example"}).status == 403


def test_attempts_are_counted_by_the_client_behind_the_proxy(shared: Serve) -> None:
    served = shared(trusted_proxies=(PROXY,), token="t")
    for _ in range(10):
        served.post("/session", {"token": "wrong"}, headers={"X-Forwarded-For": "1.2.3.4"})
    assert served.post("/session", {"token": "wrong"}, headers={"X-Forwarded-For": "1.2.3.4"}).status == 429
    assert served.post("/session", {"token": "wrong"}, headers={"X-Forwarded-For": "1.2.3.5"}).status == 401
