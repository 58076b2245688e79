"""What the client sends, and where."""

import ssl
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from certificates import certificate
from served_house import House, serving
from strangers import Stranger, answer

from catalogctl.client.http import HttpCatalogue
from catalogctl.client.trust import trusting
from catalogctl.domain.errors import ColumnNotFound, InvalidInput, NothingSelected, RunActive, ServerUnreachable
from catalogctl.domain.runs import RunKind, RunOptions


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8787",
        "ftp://host",
        "http://",
        "http:///path",
        "http://host:0",
        "http://host:99999",
        "http://host:x",
        "http://host?x=1",
        "http://host#x",
        "http://[::1",
        "shop.db",
    ],
)
def test_what_is_no_address_of_a_server(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        HttpCatalogue(url)
    assert caught.value.hint


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None) -> None:
    path = tmp_path / "trusted.pem"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(InvalidInput, match=r"trusted\.pem"):
        HttpCatalogue("https://localhost")
    with pytest.raises(InvalidInput, match=r"trusted\.pem"):
        trusting(str(path))


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    for url in ("http://user:hunter2@host", "http://user:hunter2@host?x", "http://user:hunter2@host:0"):
        with pytest.raises(InvalidInput) as caught:
            HttpCatalogue(url)
        assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("prefix", "path"), [("", "/sources"), ("/", "/sources"), ("/data/cat", "/data/cat/sources"), ("/x/", "/x/sources")]
)
def test_a_path_in_the_address_is_a_prefix(stranger: Stranger, prefix: str, path: str) -> None:
    stranger.reply = answer(body={"sources": []})
    with closing(HttpCatalogue(stranger.url + prefix)) as client:
        assert client.sources() == []
    assert stranger.paths == [path]


def test_the_token_goes_into_the_header_and_nowhere_else(client: HttpCatalogue, stranger: Stranger) -> None:
    stranger.reply = answer(body={"sources": []})
    client.sources()
    (asked,) = stranger.asked
    assert "\r\nAuthorization: Bearer hunter2\r\n" in asked
    assert "hunter2" not in asked.partition("\r\n")[0]
    assert "\r\nUser-Agent: catalogctl/" in asked


def test_without_a_token_none_is_sent(stranger: Stranger) -> None:
    stranger.reply = answer(body={"sources": []})
    with closing(HttpCatalogue(stranger.url)) as client:
        client.sources()
    assert "Authorization" not in stranger.asked[0]


def test_a_proxy_of_the_environment_sees_nothing_of_this_machine(
    stranger: Stranger, make_stranger: Callable[[], Stranger], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = make_stranger()
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    stranger.reply = answer(body={"sources": []})
    with closing(HttpCatalogue(stranger.url, token="hunter2")) as client:
        assert client.sources() == []
    assert proxy.asked == []


def test_names_are_escaped(client: HttpCatalogue, stranger: Stranger) -> None:
    stranger.reply = answer(body={"status": "ok", "message": "ok", "tables": 1, "seconds": 0.1})
    for name in ("a b", "..", "?x=1", "é"):
        client.test_source(name)
    assert stranger.paths == [
        "/sources/a%20b/test",
        "/sources/%2E%2E/test",
        "/sources/%3Fx%3D1/test",
        "/sources/%C3%A9/test",
    ]


def test_only_what_was_given_is_sent(client: HttpCatalogue, stranger: Stranger) -> None:
    stranger.reply = answer(body={"runs": []})
    client.runs()
    client.runs(limit=3, before=7, source="a&b")
    assert stranger.paths == [
        "/catalog/runs?group=run&limit=50",
        "/catalog/runs?group=run&limit=3&before=7&source=a%26b",
    ]


def test_a_run_is_asked_for_with_its_options(client: HttpCatalogue, stranger: Stranger) -> None:
    stranger.reply = answer(409, {"detail": "no", "code": "run_active"})
    for kind, path in ((RunKind.EXTRACTION, "extract"), (RunKind.ENRICHMENT, "enrich"), (RunKind.REFRESH, "refresh")):
        with pytest.raises(RunActive):
            client.start_run(kind, source=None, options=RunOptions(sample=3, model="m"))
        assert stranger.paths[-1] == f"/catalog/{path}"
        assert stranger.asked[-1].endswith('{"sample":3,"model":"m"}')


def test_an_estimate_is_never_asked_for_as_a_run(client: HttpCatalogue, stranger: Stranger) -> None:
    stranger.reply = answer(400, {"detail": "no", "code": "nothing_selected"})
    with pytest.raises(NothingSelected):
        client.estimate(source="shop", options=RunOptions(tables=("a",), max_cost=0.5))
    assert stranger.paths == ["/catalog/enrich"]
    assert '"dry_run":true' in stranger.asked[0]


def test_what_a_person_says_is_sent_as_it_is(client: HttpCatalogue, stranger: Stranger) -> None:
    stranger.reply = answer(404, {"detail": "no", "code": "column_not_found"})
    with pytest.raises(ColumnNotFound):
        client.describe_column(7, "")
    assert stranger.asked[-1].startswith("PATCH /catalog/columns/7/description ")
    assert stranger.asked[-1].endswith('{"description":""}')


def test_a_search_is_escaped_and_whether_it_asks_for_too_much_is_for_the_server_to_say(
    client: HttpCatalogue, stranger: Stranger
) -> None:
    stranger.reply = answer(body={"hits": []})
    client.search("a&b=c #d", limit=5000)
    assert stranger.paths == ["/catalog/search?q=a%26b%3Dc+%23d&limit=5000"]


@pytest.mark.parametrize("ask", [HttpCatalogue.llm_status, HttpCatalogue.llm_models])
def test_what_the_server_has_to_ask_a_model_may_take_longer(
    stranger: Stranger, ask: Callable[[HttpCatalogue], object]
) -> None:
    stranger.reply = lambda _: None
    taken: list[float] = []
    for question in (HttpCatalogue.sources, ask):
        with closing(HttpCatalogue(stranger.url, timeout=0.3)) as client:
            began = time.monotonic()
            with pytest.raises(ServerUnreachable, match="in time"):
                question(client)
            taken.append(time.monotonic() - began)
    assert taken[0] >= 0.3
    assert taken[1] >= 1.2


def test_the_environment_names_a_certificate_to_trust_on_loopback_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cert, key = certificate(tmp_path)
    with serving(House(tmp_path), tls_cert=cert, tls_key=key) as served:
        with closing(HttpCatalogue(served.url)) as client, pytest.raises(ServerUnreachable) as refused:
            client.running_status()
        assert "not trusted" in refused.value.detail
        assert "SSL_CERT_FILE" in (refused.value.hint or "")
        monkeypatch.setenv("SSL_CERT_FILE", str(cert))
        with closing(HttpCatalogue(served.url)) as client:
            assert not client.running_status().is_running


def test_a_certificate_must_be_one_that_is_trusted(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    with serving(House(tmp_path), tls_cert=cert, tls_key=key) as served:
        with closing(HttpCatalogue(served.url)) as client, pytest.raises(ServerUnreachable, match="certificate"):
            client.sources()
        trusting = ssl.create_default_context(cafile=cert)
        with closing(HttpCatalogue(served.url, verify=trusting)) as client:
            assert [source.name for source in client.sources()] == ["shop", "stock"]
