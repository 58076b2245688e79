"""One connection for all tabs of a browser, and what becomes of it when things break."""

import signal

import psutil
from browsing import Site, Visit, Visitor
from command_line import CommandLine, wait_until
from playwright.sync_api import Browser, Locator, Page, Route, expect

JSON = "application/json"

# A call that is answered before the page goes on.
BEFORE_THE_WORKER = """
  const Shared = SharedWorker;
  globalThis.SharedWorker = function (...all) {
    const ask = new XMLHttpRequest();
    ask.open('GET', '/now', false);
    try { ask.send(); } catch { /* it is gone */ }
    globalThis.SharedWorker = Shared;
    return new Shared(...all);
  };
"""


def connections(site: Site) -> int:
    """How many connections the server holds open."""
    held = psutil.Process(site.program.process.pid).net_connections("tcp")
    return sum(connection.status == psutil.CONN_ESTABLISHED for connection in held)


def running(page: Page) -> Locator:
    """The link in the bar to the run that is under way."""
    return page.get_by_role("banner").get_by_role("link", name="#")


def status(page: Page) -> Locator:
    """What the bar says of the connection."""
    return page.get_by_role("banner").get_by_role("status")


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
        expect(status(tab)).to_have_text("live")


def test_a_page_says_that_the_server_is_gone_and_catches_up_when_it_is_back(
    site: Site, visit: Visit, cli: CommandLine
) -> None:
    page = visit().open("/")
    site.program.process.send_signal(signal.SIGTERM)
    site.program.process.wait(30)
    expect(status(page)).to_have_text("reconnecting…")
    assert cli("extract", cli.endless(), "--detach").code == 0
    site.start()
    expect(status(page)).to_have_text("live")
    expect(running(page)).to_have_count(1)
    cli("runs", "cancel", "latest")
    expect(running(page)).to_have_count(0)


def test_a_server_that_dies_at_any_moment_of_loading_is_caught_up_with(
    site: Site, visit: Visit, cli: CommandLine
) -> None:
    visitor = visit()
    page, other = visitor.context.new_page(), visitor.context.new_page()

    def dies(route: Route) -> None:
        site.kill()
        route.abort()

    # When the modules are there, and the worker that the tabs share is not.
    page.add_init_script(BEFORE_THE_WORKER)
    page.route("**/now", dies)
    with page.expect_event("requestfailed"):
        visitor.watch(page).goto(site.url)
    expect(status(page)).to_have_text("reconnecting…")
    site.start()
    expect(page.get_by_role("main")).to_contain_text("Nothing is catalogued yet")
    # Before it has answered a call, and in the middle of an answer.
    other.route("**/sources", dies, times=1)
    with other.expect_event("requestfailed"):
        visitor.watch(other).goto(site.url)
    expect(status(other)).to_have_text("reconnecting…")
    other.route("**/sources", lambda route: route.fulfill(body='{"sources": [', content_type=JSON), times=1)
    site.start()
    for tab in (page, other):
        expect(status(tab)).to_have_text("live")
        expect(tab.get_by_role("main")).to_contain_text("Nothing is catalogued yet")
    wait_until(lambda: connections(site) == 1)


def test_a_browser_without_shared_workers_follows_by_itself(visit: Visit, cli: CommandLine) -> None:
    visitor: Visitor = visit()
    visitor.context.add_init_script("delete globalThis.SharedWorker")
    page = visitor.open("/")
    assert cli("extract", cli.endless(), "--detach").code == 0
    expect(running(page)).to_have_count(1)


def test_connections_that_lasted_are_no_failures_however_little_they_told(visit: Visit) -> None:
    page = visit().open("/")
    waits: list[float] = page.evaluate(
        """async () => {
          const { follow } = await import('/web/stream.js');
          const [clock, wait] = [Date.now, setTimeout];
          const waits = [];
          let [later, rounds] = [0, 0];
          Date.now = () => clock() + later;
          globalThis.setTimeout = (then, ms) => (ms < 400 ? wait(then, ms) : (waits.push(ms), wait(then)));
          globalThis.fetch = async () => {
            later += 15_000;
            return ++rounds > 6 ? new Promise(() => {}) : new Response(': beat\\n\\n');
          };
          await new Promise((resolve) => follow(({ state }) => state === 'lost' && rounds === 6 && resolve()));
          return waits;
        }"""
    )
    assert len(waits) >= 5
    assert max(waits) <= 1000


def test_a_connection_that_is_not_trusted_is_replaced_at_once(visit: Visit) -> None:
    page = visit().open("/")
    waits: list[float] = page.evaluate(
        """async () => {
          const { follow } = await import('/web/stream.js');
          const [wait, waits] = [setTimeout, []];
          let rounds = 0;
          globalThis.setTimeout = (then, ms) => (ms < 400 ? wait(then, ms) : (waits.push(ms), wait(then)));
          globalThis.fetch = async (_, { signal }) =>
            new Response(new ReadableStream({ start: (body) => { signal.onabort = () => body.error(); } }));
          await new Promise((resolve) => {
            const { look } = follow(({ state }) => {
              if (state === 'live') ++rounds > 4 ? resolve() : wait(() => look(0), 5);
            });
          });
          return waits;
        }"""
    )
    assert waits == []
