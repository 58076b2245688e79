"""The pages as files: who may have them, what they allow themselves, and what is sent again."""

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


def test_all_pages_together_are_small() -> None:
    folder = Path(str(resources.files("catalogctl.server"))) / "web"
    sizes = {file.name: file.stat().st_size for file in folder.iterdir()}
    assert sum(sizes.values()) < 60_000, sizes


def test_no_page_holds_scripts_styles_or_addresses_of_others() -> None:
    folder = Path(str(resources.files("catalogctl.server"))) / "web"
    for file in folder.iterdir():
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/", "")
        assert not re.search(r"https?://|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text), (
            file.name
        )
        if file.suffix == ".html":
            assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*src=)", text)
