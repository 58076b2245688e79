"""One connection for all tabs of a browser, and what becomes of it when things break."""

import signal

import psutil
import pytest
from browsing import Site, Visit, Visitor
from command_line import CommandLine, wait_until
from playwright.sync_api import Browser, Page, expect


def connections(site: Site) -> int:
    """How many connections the server holds open."""
    held = psutil.Process(site.program.process.pid).net_connections("tcp")
    return sum(connection.status == psutil.CONN_ESTABLISHED for connection in held)


def running(page: Page) -> object:
    """The link in the bar to the run that is under way."""
    return page.get_by_role("banner").get_by_role("link", name="#")


def end_the_shared_worker(browser: Browser) -> None:
    session = browser.new_browser_cdp_session()
    everything = [{"type": "shared_worker"}]
    [worker] = session.send("Target.getTargets", {"filter": everything})["targetInfos"]
    attached = session.send("Target.attachToTarget", {"targetId": worker["targetId"], "flatten": False})
    message = '{"id": 1, "method": "Runtime.evaluate", "params": {"expression": "self.close()"}}'
    session.send("Target.sendMessageToTarget", {"sessionId": attached["sessionId"], "message": message})

    def is_gone() -> bool:
        targets = session.send("Target.getTargets", {"filter": everything})["targetInfos"]
        return worker["targetId"] not in {target["targetId"] for target in targets}

    wait_until(is_gone)


def test_ten_tabs_hold_one_connection_and_all_follow(site: Site, visit: Visit, cli: CommandLine) -> None:
    visitor = visit()
    tabs = [visitor.open("/") for _ in range(10)]
    # What the pages were loaded with is let go of when it has been idle for a while.
    wait_until(lambda: connections(site) == 1)
    assert cli("extract", cli.endless(), "--detach").code == 0
    for tab in tabs:
        expect(running(tab)).to_have_count(1)
    tabs[0].close()
    assert cli("runs", "cancel", "latest").code == 0
    for tab in tabs[1:]:
        expect(running(tab)).to_have_count(0)


def test_a_worker_that_has_vanished_is_replaced_and_nothing_is_missing(
    browser: Browser, visit: Visit, cli: CommandLine
) -> None:
    visitor = visit()
    tabs = [visitor.open("/"), visitor.open("/runs")]
    end_the_shared_worker(browser)
    assert cli("extract", cli.endless(), "--detach").code == 0
    for tab in tabs:
        expect(running(tab)).to_have_count(1)
        expect(tab.get_by_role("banner").get_by_role("status")).to_have_text("live")


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_a_page_says_that_the_server_is_gone_and_catches_up_when_it_is_back(
    site: Site, visit: Visit, cli: CommandLine, end: signal.Signals
) -> None:
    page = visit().open("/")
    expect(page.get_by_role("banner").get_by_role("status")).to_have_text("live")
    site.program.process.send_signal(end)
    site.program.process.wait(30)
    expect(page.get_by_role("banner").get_by_role("status")).to_have_text("reconnecting…")
    assert cli("extract", cli.endless(), "--detach").code == 0
    site.start()
    expect(page.get_by_role("banner").get_by_role("status")).to_have_text("live")
    expect(running(page)).to_have_count(1)
    cli("runs", "cancel", "latest")
    expect(running(page)).to_have_count(0)


def test_a_browser_without_shared_workers_follows_by_itself(visit: Visit, cli: CommandLine) -> None:
    visitor: Visitor = visit()
    visitor.context.add_init_script("delete globalThis.SharedWorker")
    page = visitor.open("/")
    assert cli("extract", cli.endless(), "--detach").code == 0
    expect(running(page)).to_have_count(1)
