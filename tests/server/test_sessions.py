"""Sessions: a cookie for the token."""

from collections.abc import Callable
from typing import Any

import pytest
from served_house import Reply, Serve, Served

from catalogctl.server.problems import TooManyAttempts
from catalogctl.server.sessions import AttemptLimit, SessionCookie, Sessions

TOKEN = "the-token-of-this-test"


class Hands:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def begin(served: Served) -> Reply:
    return served.post("/session", {"token": TOKEN})


def test_the_cookie_opens_calls_and_streams_and_is_not_the_token(shared: Serve) -> None:
    served = shared(token=TOKEN)
    reply = begin(served)
    assert reply.status == 200
    (cookie,) = reply.cookies
    assert TOKEN not in cookie
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/"} <= attributes
    assert "secure" not in attributes
    given = {"Cookie": f"other=1; {cookie.partition(';')[0]}; more=2"}
    assert served.get("/catalog", headers=given).status == 200
    assert served.get("/catalog/status-stream", headers=given).status == 200


def test_every_session_has_an_id_of_its_own(shared: Serve) -> None:
    served = shared(token=TOKEN)
    assert begin(served).cookies != begin(served).cookies


def test_a_session_that_was_ended_opens_nothing(shared: Serve) -> None:
    served = shared(token=TOKEN)
    given = {"Cookie": begin(served).cookies[0].partition(";")[0]}
    reply = served.delete("/session", headers=given)
    assert reply.status == 200
    assert "Max-Age=0" in reply.cookies[0]
    assert served.get("/catalog", headers=given).status == 401


def test_a_cookie_does_not_help_a_foreign_page(shared: Serve) -> None:
    served = shared(token=TOKEN)
    given = {"Cookie": begin(served).cookies[0].partition(";")[0], "Origin": "http://evil.example"}
    assert served.get("/catalog", headers=given).status == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [({"token": "wrong"}, 401), ({}, 422), ({"token": 7}, 422), ([], 422), ({"token": ""}, 422)],
)
def test_what_is_not_the_token_begins_nothing(shared: Serve, body: Any, status: int) -> None:
    reply = shared(token=TOKEN).post("/session", body)
    assert reply.status == status
    assert reply.cookies == []


def test_guessing_is_slowed_down_and_knowing_is_not(serve: Serve) -> None:
    served = serve(token=TOKEN)
    for _ in range(15):
        assert begin(served).status == 200
    statuses = [served.post("/session", {"token": "wrong"}).status for _ in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    reply = served.post("/session", {"token": "wrong"})
    assert reply.json["code"] == "too_many_attempts"
    assert 1 <= int(reply.headers["retry-after"]) <= 7


def test_sessions_end_by_themselves() -> None:
    hands = Hands()
    sessions = Sessions(key=b"k", now=hands, lifetime=10)
    session = sessions.begin()
    hands.now = 9.9
    assert sessions.holds(session)
    hands.now = 10.0
    assert not sessions.holds(session)


def test_a_session_is_good_at_every_server_with_the_token_and_at_no_other() -> None:
    first, second, other = (Sessions(key=key, now=Hands()) for key in (b"k", b"k", b"another"))
    session = first.begin()
    assert second.holds(session)
    assert not other.holds(session)


def test_a_browser_that_is_moved_to_another_server_stays_known(serve: Serve) -> None:
    first, second = serve(token=TOKEN), serve(token=TOKEN)
    given = {"Cookie": begin(first).cookies[0].partition(";")[0]}
    assert second.get("/catalog", headers=given).status == 200


def test_of_sessions_that_were_ended_the_newest_are_remembered() -> None:
    sessions = Sessions(key=b"k", now=Hands(), most=2)
    ended = [sessions.begin() for _ in range(3)]
    for session in ended:
        sessions.end(session)
    assert [sessions.holds(session) for session in ended] == [True, False, False]


@pytest.mark.parametrize(
    "change",
    [
        lambda _: "",
        lambda _: "guess",
        lambda session: session[:-1] + "0",
        lambda session: "1" + session,
        lambda session: session.replace(".1", ".2", 1),
        lambda session: "é" + session,
        lambda session: session + "\ud800",
    ],
    ids=["nothing", "a guess", "another signature", "another id", "another end", "not ASCII", "not Unicode"],
)
def test_what_was_never_given_is_no_session(change: Callable[[str], str]) -> None:
    sessions = Sessions(key=b"k", now=lambda: 1000.0, lifetime=100)
    session = sessions.begin()
    while session.endswith("0"):
        session = sessions.begin()
    assert sessions.holds(session)
    assert not sessions.holds(change(session))
    sessions.end(change(session))
    assert sessions.holds(session)


def test_attempts_come_back_with_time() -> None:
    hands = Hands()
    limit = AttemptLimit(monotonic=hands, burst=2, interval=5)
    limit.take("a")
    limit.take("a")
    with pytest.raises(TooManyAttempts) as caught:
        limit.take("a")
    assert caught.value.data["retry_after"] == 5
    limit.take("b")
    hands.now = 5.0
    limit.take("a")
    with pytest.raises(TooManyAttempts):
        limit.take("a")


def test_the_clients_that_are_remembered_are_bounded() -> None:
    limit = AttemptLimit(monotonic=Hands(), burst=1, clients=2)
    for client in ("a", "b", "c"):
        limit.take(client)
    limit.take("a")
    with pytest.raises(TooManyAttempts):
        limit.take("c")


def test_the_addresses_of_one_household_count_as_one() -> None:
    limit = AttemptLimit(monotonic=Hands(), burst=1)
    limit.take("2001:db8::1")
    limit.take("2001:db8:0:1::1")
    limit.take("192.0.2.1")
    limit.take("192.0.2.2")
    with pytest.raises(TooManyAttempts):
        limit.take("2001:db8::ffff:1")


def test_the_cookie_is_found_among_others_and_by_its_whole_name() -> None:
    cookie = SessionCookie(name="catalogctl_1")
    assert cookie.read(b"a=b; catalogctl_1=x; catalogctl_12=y") == "x"
    assert cookie.read(b"catalogctl_12=y") is None
    assert cookie.read(b"catalogctl_1=") is None
    assert cookie.read(cookie.written("x", lifetime=60, is_secure=True).encode()) == "x"
