"""The pages as files: who may have them, what they allow themselves, and what is sent again."""

import gzip
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from served_house import House, Served, serving

SCREENS = ("/", "/runs", "/runs/7", "/llm")
FILES = [file.name for file in (resources.files("catalogctl.server") / "web").iterdir()]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(House(tmp_path_factory.mktemp("house")), token="the-token") as served:
        yield served


@pytest.mark.parametrize("path", [*SCREENS, *(f"/web/{name}" for name in FILES)])
def test_pages_are_open_and_allow_nothing_from_elsewhere(served: Served, path: str) -> None:
    reply = served.get(path)
    policy = reply.headers["content-security-policy"]
    assert reply.status == 200
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"https?:|\*|data:", policy)
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert served.request("HEAD", path).headers["content-length"] == str(len(reply.body))


@pytest.mark.parametrize("path", ["/", "/web/app.js"])
def test_what_the_browser_has_is_not_sent_again(served: Served, path: str) -> None:
    etag = served.get(path).headers["etag"]
    for condition in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = served.get(path, headers={"If-None-Match": condition})
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", etag)
    assert served.get(path, headers={"If-None-Match": '"other"'}).status == 200


@pytest.mark.parametrize("path", ["/web/", "/web/none.js", "/web/..%2fpages.py", "/web/%2e%2e/app.py", "/web/a/b.js"])
def test_nothing_but_the_pages_is_given_out(served: Served, path: str) -> None:
    assert served.get(path).status in {401, 404}


def test_all_pages_together_are_small(served: Served) -> None:
    sent = {name: served.get(f"/web/{name}", headers={"Accept-Encoding": "br, gzip"}) for name in FILES}
    assert sum(len(reply.body) for reply in sent.values()) < 42_000
    for name, reply in sent.items():
        assert reply.headers["content-encoding"] == "gzip"
        assert gzip.decompress(reply.body) == (resources.files("catalogctl.server") / "web" / name).read_bytes()


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "br, gzip; q=0.0", "xgzip"])
def test_nothing_is_packed_for_whoever_does_not_ask_for_it(served: Served, accepted: str) -> None:
    packed = served.get("/web/app.js", headers={"Accept-Encoding": "gzip;q=0.5"})
    plain = served.get("/web/app.js", headers={"Accept-Encoding": accepted})
    assert "content-encoding" not in plain.headers
    assert plain.headers["etag"] != packed.headers["etag"]
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"


def test_no_page_holds_scripts_styles_or_addresses_of_others() -> None:
    folder = Path(str(resources.files("catalogctl.server"))) / "web"
    for file in folder.iterdir():
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/", "")
        assert not re.search(r"https?://|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text), (
            file.name
        )
        if file.suffix == ".html":
            assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*src=)", text)
