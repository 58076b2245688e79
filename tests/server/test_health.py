"""Is it there, is it ready, what is it."""

import threading
from typing import Any

import pytest
from served_house import House, Serve

import catalogctl


def test_health_says_who_answers(serve: Serve, house: House) -> None:
    assert serve().get("/health").json == {
        "status": "ok",
        "name": "catalogctl",
        "version": catalogctl.__version__,
        "epoch": house.store.position().epoch,
    }


def test_ready_when_the_store_answers(serve: Serve) -> None:
    reply = serve().get("/ready")
    assert (reply.status, reply.json["status"]) == (200, "ready")


def test_not_ready_but_alive_when_the_store_is_gone(serve: Serve, house: House) -> None:
    served = serve()
    house.store.close()
    reply = served.get("/ready")
    assert (reply.status, reply.json["code"]) == (503, "store_unavailable")
    assert reply.headers["retry-after"]
    assert served.get("/health").status == 200


def test_not_ready_when_the_store_hangs(serve: Serve, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalogctl.server.routes.server._STORE_PATIENCE", 0.05)
    served = serve()
    release = threading.Event()
    position = house.service.position

    def hang() -> Any:
        assert release.wait(30)
        return position()

    monkeypatch.setattr(house.service, "position", hang)
    try:
        reply = served.get("/ready")
        assert (reply.status, reply.json["code"]) == (503, "unavailable")
    finally:
        release.set()
