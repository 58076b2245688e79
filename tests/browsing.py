"""A real browser before a real server: what people see, and what the browser complains of."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from command_line import CommandLine, Running
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 30_000.0

expect.set_options(timeout=PATIENCE)


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Chromium, without a window; skips where there is none."""
    path = os.environ.get("CATALOGCTL_TEST_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no browser: apt-get install chromium, or set CATALOGCTL_TEST_BROWSER to the path of one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


class Site:
    """`catalogctl serve` as a process of its own; it can be ended and started again at the same address."""

    def __init__(self, cli: CommandLine, *arguments: str, **environ: str) -> None:
        self.cli = cli
        self._arguments = arguments
        self._environ = environ
        self.url = ""
        self.start()

    def start(self) -> None:
        port = self.url.rpartition(":")[2] or "0"
        self.program: Running = self.cli.start("serve", "--port", port, *self._arguments, **self._environ)
        said = self.program.talk(lambda line: "serves http" in line)
        self.url = next(word for word in said.split() if word.startswith("http"))

    def kill(self) -> None:
        """End it without a word."""
        self.program.process.kill()
        self.program.process.wait()


@dataclass
class Visitor:
    """One browser profile: its tabs share cookies and connections. *complaints* is what its consoles said."""

    context: BrowserContext
    url: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> Page:
        """Open a page in a tab of its own, and wait until it is live."""
        page = self.tab(path)
        expect(page.get_by_role("banner").get_by_role("status")).to_have_text("live")
        return page

    def tab(self, path: str = "/") -> Page:
        """Open a page in a tab of its own."""
        page = self.watch(self.context.new_page())
        page.goto(self.url + path)
        return page

    def watch(self, page: Page) -> Page:
        """Hear what the console of a tab says."""
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self._note("error", str(error)))
        return page

    def _note(self, kind: str, text: str) -> None:
        # A server that is away, and a call that is refused, are reported by the browser itself.
        if kind in {"error", "warning"} and "net::ERR_" not in text and "Failed to load resource" not in text:
            self.complaints.append(f"{kind}: {text}")


Visit = Callable[..., Visitor]


@contextmanager
def visiting(browser: Browser, url: str, **options: Any) -> Iterator[Visitor]:
    """A fresh profile. At the end no console may have complained: the policies of the pages speak there."""
    context = browser.new_context(**{"locale": "en-GB", "timezone_id": "Europe/Paris", **options})
    visitor = Visitor(context, url)
    try:
        yield visitor
        assert visitor.complaints == []
    finally:
        context.close()
