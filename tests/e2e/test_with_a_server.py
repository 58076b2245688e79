"""With a server, given or found, and without one: the same words and the same results."""

import http.client
import http.server
import json
import os
import re
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from command_line import CommandLine, Running, free_port, wait_until

from catalogctl.settings.resolve import resolve
from catalogctl.wiring.engine import open_engine
from catalogctl.wiring.serving import _extract_if_new


@contextmanager
def _serving(cli: CommandLine, *arguments: str, port: int = 0) -> Iterator[tuple[Running, str]]:
    server = cli.start("serve", "--port", str(port), *arguments)
    try:
        url = server.talk(lambda line: "serves" in line).split("serves ")[1].split()[0]
        wait_until(lambda: bool(cli.workers()))
        yield server, url
    finally:
        if server.process.poll() is None:
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(20)


@pytest.fixture
def extracted(cli: CommandLine) -> CommandLine:
    cli.database(
        "CREATE TABLE customer (id INTEGER PRIMARY KEY, email TEXT)", "INSERT INTO customer(email) VALUES ('a')"
    )
    assert cli("extract", "shop.db").code == 0
    cli.endless()
    return cli


WORDS = (
    ("runs", "list", "--json"),
    ("runs", "show", "latest"),
    ("runs", "watch", "1", "--json"),
    ("runs", "cancel", "1", "--json"),
    ("jobs", "list", "--type", "extraction", "--status", "completed", "--source", "shop", "--json"),
    ("jobs", "show", "1", "--tasks"),
    ("sources", "add", "shop", "endless.db", "--json"),
    ("events", "tail", "--since", "earliest", "--limit", "5", "--json"),
    ("events", "tail", "--since", "nonsense", "--json"),
)


def test_the_same_words_have_the_same_results(extracted: CommandLine) -> None:
    without = {words: extracted(*words) for words in WORDS}
    with _serving(extracted) as (_, url):
        assert extracted("status", "--verbose").err.strip() == f"server {url}"
        found = {words: extracted(*words) for words in WORDS}
        given = {words: extracted(*words, "--server", url) for words in WORDS[:1]}
    for words, done in without.items():
        assert (words, found[words].code, found[words].out) == (words, done.code, done.out)
        if done.code and "--json" in words:
            assert found[words].error["code"] == done.error["code"]
    for words, done in given.items():
        assert (words, done) == (words, without[words])


def test_a_run_through_a_server_goes_on_when_its_watcher_leaves(cli: CommandLine) -> None:
    with _serving(cli):
        running = cli.start("extract", cli.endless())
        running.line(lambda line: "started" in line)
        running.interrupt()
        done = running.end()
        assert done.code == 130
        assert "Run 1 goes on" in done.err
        assert cli("runs", "show", "1", "--json").records[0]["status"] == "running"
        late = cli("runs", "watch", "1", "--timeout", "1", "--json")
        assert late.code == 124
        watcher = cli.start("runs", "watch", "1", "--json")
        watcher.line(lambda line: '"status":"running"' in line)
        assert cli("runs", "cancel", "1").code == 0
        done = watcher.end()
        assert done.code == 3
        assert json.loads(done.lines[-1])["status"] == "cancelled"


def test_a_watch_says_that_nobody_does_the_work_until_somebody_does(cli: CommandLine) -> None:
    server = cli.start("serve", "--port", "0", "--no-worker")
    server.talk(lambda line: "serves" in line)
    cli("extract", cli.database("CREATE TABLE t(a)"), "--detach")
    watcher = cli.start("runs", "watch", "1")
    assert "no live worker works on run 1" in watcher.talk()
    assert cli("worker", "--until-idle").code == 0
    assert watcher.end().code == 0


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_a_watch_survives_a_restart_of_its_server(cli: CommandLine, end: signal.Signals) -> None:
    port = free_port()
    with _serving(cli, port=port) as (first, _):
        cli("extract", cli.endless(), "--detach")
        watchers = [cli.start("runs", "watch", "--json"), cli.start("runs", "watch", "1", "--json")]
        for watcher in watchers:
            watcher.line(lambda line: '"active":["forever"]' in line)
        first.process.send_signal(end)
        first.process.wait(20)
    for watcher in watchers:
        assert "connection lost" in watcher.talk()
    with _serving(cli, port=port):
        wait_until(lambda: cli("runs", "show", "1", "--json").records[0]["status"] == "running")
        cli("runs", "cancel", "1")
        ends = [watcher.end() for watcher in watchers]
        assert [done.code for done in ends] == [3, 3]
        assert ends[0].lines[-1] == ends[1].lines[-1]
        replayed = cli("runs", "watch", "1", "--json").lines
    for done in ends:
        # Nothing is missing and nothing is there twice.
        assert done.lines == replayed[-len(done.lines) :]


def test_a_server_that_goes_for_good_leaves_the_watch_with_the_store(cli: CommandLine) -> None:
    with _serving(cli) as (server, _):
        cli("extract", cli.endless(), "--detach")
        watcher = cli.start("runs", "watch", "--json")
        watcher.line(lambda line: '"active":["forever"]' in line)
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(20)
        done = watcher.end()
    # Nobody is left to do the work, and the watch is the first to notice.
    assert done.code == 1
    assert json.loads(done.lines[-1])["status"] == "failed"


def test_serving_a_source_extracts_it_if_it_never_was(cli: CommandLine) -> None:
    with _serving(cli, cli.database("CREATE TABLE t(a)")):
        done = cli("runs", "watch", "latest")
        assert done.code == 0, done.err
        assert cli("catalog", "show").lines[0].startswith("shop\tt\t")
    with _serving(cli, "shop"):
        assert len(cli("runs", "list").lines) == 1


def test_of_two_servers_that_start_at_once_one_extracts_the_source(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = resolve({"store": cli.environ["CATALOGCTL_STORE"]}, environ={}, cwd=cli.folder)
    with open_engine(settings) as one, open_engine(settings) as other:
        source = one.catalogue.add_source(str(cli.folder / cli.database("CREATE TABLE t(a)")))
        # Neither has seen what the other is about to do.
        monkeypatch.setattr(other.store, "active_runs", list)
        _extract_if_new(one, source)
        _extract_if_new(other, source)
    assert len(cli("runs", "list").lines) == 1


def test_to_serve_a_registered_name_wins_over_a_file_of_the_same_name(cli: CommandLine) -> None:
    cli("sources", "add", "shop", cli.database("CREATE TABLE registered(a)", name="elsewhere.db"))
    cli.database("CREATE TABLE lying_here(a)", name="shop")
    with _serving(cli, "shop"):
        assert cli("runs", "watch", "latest").code == 0
    assert [line.split("\t")[1] for line in cli("catalog", "show").lines] == ["registered"]
    with _serving(cli, "./shop"):
        assert cli("runs", "watch", "latest").code == 0
    assert [line.split("\t")[1] for line in cli("catalog", "show", "shop-2").lines] == ["lying_here"]


def test_a_server_ends_in_good_order(cli: CommandLine) -> None:
    for number, status in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
        with _serving(cli) as (server, _):
            server.process.send_signal(number)
            done = server.end()
            assert done.code == status
            assert "Traceback" not in done.err
        wait_until(lambda: not cli.workers())


def test_a_worker_by_itself_ends_in_good_order(cli: CommandLine) -> None:
    for number, status in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
        worker = cli.start("worker", "--concurrency", "1")
        worker.talk(lambda line: "working on" in line)
        worker.process.send_signal(number)
        assert worker.end().code == status
    assert cli("worker", "--until-idle").code == 0


@pytest.mark.parametrize("is_portable", [False, True])
def test_the_limits_of_streams_are_those_that_were_asked_for(cli: CommandLine, *, is_portable: bool) -> None:
    options = ["--max-streams-per-client", "1", "--max-stream-age", "3600", "--portable-streams"][: 4 + is_portable]
    with _serving(cli, *options) as (_, url):
        port = int(url.rpartition(":")[2])
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as one:
            one.request("GET", "/events")
            answer = one.getresponse()
            assert answer.status == 200
            # Only a stream that has its connection to itself says that nothing follows.
            assert answer.headers["connection"] == (None if is_portable else "close")
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as other:
                other.request("GET", "/events")
                refused = other.getresponse()
                assert (refused.status, refused.read()[:1]) == (429, b"{")
                other.request("GET", "/metrics")
                numbers = dict(re.findall(r"^(\S+) (\d+)$", other.getresponse().read().decode(), re.MULTILINE))
            assert numbers['catalogctl_streams{kind="log"}'] == "1"
            assert numbers["catalogctl_workers"] == "1"
            assert int(numbers["catalogctl_store_bytes"]) > 4096


def test_a_port_in_use_is_a_conflict(cli: CommandLine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = cli("serve", "--port", str(taken.getsockname()[1]), "--json")
    assert done.code == 6
    assert done.error["code"] == "conflict"


def test_a_server_that_is_not_there_is_unreachable(cli: CommandLine) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    for words in (("runs", "watch"), ("extract", "./shop.db"), ("events", "tail")):
        done = cli(*words, "--server", url, "--json")
        assert (words, done.code) == (words, 69)
        assert done.error["code"] == "server_unreachable"


def test_what_answers_but_is_no_catalogctl_is_told_apart(cli: CommandLine) -> None:
    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<h1>hello</h1>")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Other) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        done = cli("runs", "list", "--server", f"http://127.0.0.1:{other.server_port}", "--json")
        other.shutdown()
    assert done.code == 69
    assert "not a catalogctl server" in done.error["detail"]


def test_a_wrong_token_is_not_allowed(cli: CommandLine) -> None:
    (cli.folder / "token").write_text("right-token\n")
    with _serving(cli, "--token-file", "token") as (_, url):
        for token, code in (("wrong", 4), ("right-token", 0)):
            done = cli("runs", "list", "--server", url, "--token", token, "--json")
            assert done.code == code, done.err
        assert cli("runs", "list", "--server", url, "--json").error["code"] == "unauthorized"
        assert cli("events", "tail", "--server", url).code == 4
        assert cli("runs", "list", CATALOGCTL_SERVER=url, CATALOGCTL_TOKEN="right-token").code == 0
        # The server of this very store needs no token from its own user.
        assert cli("runs", "list").code == 0


def test_a_stream_that_is_lost_for_good_leaves_the_outcome_unknown(cli: CommandLine) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    (cli.folder / "token").write_text("the-first-token")
    with _serving(cli, "--token-file", "token", port=port):
        cli("extract", cli.endless(), "--detach")
        watcher = cli.start("runs", "watch", "1", "--server", url, "--token", "the-first-token", "--json")
        watcher.line(lambda line: '"active":["forever"]' in line)
    (cli.folder / "token").write_text("another-token")
    with _serving(cli, "--token-file", "token", port=port):
        done = watcher.end()
    assert done.code == 75
    assert done.error["code"] == "stream_lost"
    assert "catalogctl runs watch 1" in done.error["hint"]


def test_a_path_means_nothing_to_a_server_on_another_machine(cli: CommandLine) -> None:
    done = cli("extract", "./" + cli.database("CREATE TABLE t(a)"), "--server", "http://192.0.2.1:8787", "--json")
    assert done.code == 2
    assert "another machine" in done.error["detail"]
    assert cli("sources", "add", "shop", "shop.db", "--server", "http://192.0.2.1:8787").code == 2


def test_a_token_that_cannot_be_read_is_a_mistake(cli: CommandLine) -> None:
    assert cli("serve", "--token-file", "nowhere").code == 2
    (cli.folder / "empty").write_text("\n")
    assert cli("serve", "--token-file", "empty").code == 2


def test_serve_opens_the_pages_in_the_browser_of_the_machine(cli: CommandLine) -> None:
    seen = cli.folder / "seen"
    browser = cli.folder / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}.new && mv {seen}.new {seen}\n')
    browser.chmod(0o755)
    server = cli.start("serve", "--port", "0", "--open", BROWSER=f"{browser} %s")
    url = server.talk(lambda line: "serves http" in line).split()[3]
    wait_until(seen.exists)
    assert seen.read_text().strip() == url


def test_serve_says_so_where_there_is_no_browser_to_open(cli: CommandLine) -> None:
    server = cli.start("serve", "--port", "0", "--open", BROWSER="false", PATH="/nowhere")
    url = server.talk(lambda line: "serves http" in line).split()[3]
    assert server.talk().strip() == f"no browser was found here: open {url} yourself"
