"""Sockets and their TLS: bound or refused with the reason, before anything is announced."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from certificates import certificate, encrypted
from served_house import Serve

from catalogctl.domain.errors import Conflict, InvalidInput
from catalogctl.server.listener import bind, local_url, tls_context
from catalogctl.server.options import ServerOptions


@contextmanager
def bound(options: ServerOptions) -> Iterator[list[socket.socket]]:
    listeners = bind(options)
    try:
        yield listeners
    finally:
        for listener in listeners:
            listener.close()


def test_a_name_with_two_addresses_listens_on_both_with_one_port() -> None:
    with bound(ServerOptions(host="localhost", port=0)) as listeners:
        ports = {listener.getsockname()[1] for listener in listeners}
        assert len(ports) == 1
        assert {listener.getsockname()[0] for listener in listeners} <= {"127.0.0.1", "::1"}


def test_a_bound_socket_listens_already() -> None:
    with bound(ServerOptions(port=0)) as (listener,):
        socket.create_connection(listener.getsockname(), timeout=5).close()


def test_a_port_in_use_names_the_catalogctl_that_has_it(shared: Serve) -> None:
    served = shared()
    with pytest.raises(Conflict) as caught:
        bind(ServerOptions(port=served.port))
    assert f"port {served.port} on 127.0.0.1 is in use by another catalogctl server" in caught.value.detail
    assert f"--server {served.url}" in str(caught.value.hint)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", b"\x00\xff"])
def test_a_port_in_use_by_somebody_else(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def serve() -> None:
            connection, _ = other.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(Conflict) as caught:
            bind(ServerOptions(port=other.getsockname()[1]))
        thread.join()
    assert "in use by another program" in caught.value.detail
    assert "--port" in str(caught.value.hint)


def test_a_port_in_use_by_somebody_who_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalogctl.server.listener._PROBE_TIMEOUT", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(Conflict):
        bind(ServerOptions(port=other.getsockname()[1]))


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-name.invalid", "a..b", "x" * 300])
def test_an_address_that_is_not_of_this_machine(host: str) -> None:
    with pytest.raises(InvalidInput, match="cannot listen"):
        bind(ServerOptions(host=host, token="t", port=0))


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
        ("::1", "http://[::1]:80"),
        ("data.example.org", "http://data.example.org:80"),
    ],
)
def test_the_url_leads_there_from_this_machine(host: str, url: str) -> None:
    assert local_url(ServerOptions(host=host, token="t"), 80) == url


def test_ipv6_is_served(serve: Serve) -> None:
    served = serve(host="::1")
    served.connect_to = "::1"
    assert served.get("/health", headers={"Host": f"[::1]:{served.port}"}).status == 200
    assert served.url == f"http://[::1]:{served.port}"


def test_what_a_reader_that_never_reads_can_hold_is_bounded() -> None:
    with bound(ServerOptions(port=0)) as (listener,):
        client = socket.create_connection(listener.getsockname(), timeout=5)
        accepted, _ = listener.accept()
        accepted.setblocking(False)
        sent = 0
        with client, accepted, suppress(BlockingIOError):
            while sent < 10_000_000:
                sent += accepted.send(b"x" * 1000)
    assert sent < 500_000


def test_tls_serves_calls_and_streams(serve: Serve, tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    served = serve(tls_cert=cert, tls_key=key, token="t")
    served.trust = ssl.create_default_context(cafile=cert)
    assert served.url.startswith("https://127.0.0.1:")
    assert served.get("/health").status == 200
    given = {"Authorization": "Bearer t"}
    assert served.get("/catalog/status-stream", headers=given).status == 200
    (cookie,) = served.post("/session", {"token": "t"}).cookies
    assert "Secure" in cookie
    own = {"Cookie": cookie.partition(";")[0], "Origin": f"https://127.0.0.1:{served.port}"}
    assert served.get("/catalog", headers=own).status == 200
    plain = {"Cookie": cookie.partition(";")[0], "Origin": f"http://127.0.0.1:{served.port}"}
    assert served.get("/catalog", headers=plain).status == 403


def test_plain_http_gets_nothing_out_of_tls(serve: Serve, tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    served = serve(tls_cert=cert, tls_key=key)
    with socket.create_connection(("127.0.0.1", served.port), timeout=5) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"catalogctl" not in connection.recv(1000)


def test_certificates_that_cannot_serve(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    _, other_key = certificate(tmp_path, "other")
    text = tmp_path / "text.pem"
    text.write_text("no certificate")
    for chosen_cert, chosen_key in [(text, key), (cert, text), (cert, other_key), (tmp_path / "none", key)]:
        with pytest.raises(InvalidInput):
            tls_context(ServerOptions(tls_cert=chosen_cert, tls_key=chosen_key))


def test_an_encrypted_key_is_refused_and_nobody_is_asked_for_its_password(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    cert, key = certificate(tmp_path)
    with pytest.raises(InvalidInput, match="cannot be used"):
        tls_context(ServerOptions(tls_cert=cert, tls_key=encrypted(key)))
    assert capfd.readouterr() == ("", "")
