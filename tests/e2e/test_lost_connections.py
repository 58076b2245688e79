"""The program on a bad network, and with servers that die: what it prints, when it gives up, and with which status."""

import fcntl
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from bad_network import CuttingProxy
from command_line import PROGRAM, CommandLine, Running, wait_until
from live_streams import Hand, now
from runs_at_work import RUN_ID, run_of, running_job
from scripted_server import HEAD, scripted

from catalogctl.domain.events import Event, Reset, compact_json
from catalogctl.domain.run_records import run_record, status_record
from catalogctl.domain.runs import RunningStatus
from catalogctl.notify.sqlite import SqliteNotifier
from catalogctl.sse import frames
from catalogctl.store.sqlite import SqliteStore

EPOCH = "0a1b2c3d"


@pytest.fixture
def hand(cli: CommandLine) -> Iterator[Hand]:
    """Writes events into the store of the program."""
    file = cli.folder / "store.db"
    with (
        closing(SqliteNotifier(file)) as notifier,
        closing(SqliteStore.open(file, on_commit=notifier.ring)) as store,
    ):
        yield Hand(store)


def serve(cli: CommandLine, *options: str, port: int = 0) -> tuple[Running, str]:
    server = cli.start("serve", "--port", str(port), *options)
    return server, server.talk(lambda line: "serves" in line).split("serves ")[1].split()[0]


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


@pytest.mark.timeout(300)
@pytest.mark.parametrize("way", ["--max-streams=0", "--portable-streams"], ids=["takeover", "portable"])
def test_through_a_proxy_that_cuts_again_and_again_what_is_printed_is_the_log(
    cli: CommandLine, hand: Hand, way: str
) -> None:
    count = 30_000 if way == "--max-streams=0" else 10_000
    for _ in range(count // 2 // 500):
        hand.append(500, data={"text": "é🗂️\u2028" * 5})

    def write() -> None:
        for number in range(count // 2 // 50):
            hand.append(50, type_="kpis.changed", data={"n": number, "text": "ß€🗂️" * (number % 31)})
            time.sleep(0.002)

    writer = threading.Thread(target=write)
    writer.start()
    cli.patience = 240
    _, url = serve(cli, "--no-worker", way)
    with closing(CuttingProxy(port_of(url), longest=0.15 if count == 30_000 else 0.08)) as proxy:
        tail = ("events", "tail", "--since", "earliest", "--json", "--limit", str(count), "--server", proxy.url)
        done = cli(*tail)
        writer.join()
        assert proxy.cuts > 2
        assert proxy.cuts_in_characters > 0
    assert done.code == 0
    # The text as a whole, but a difference is told by its first line.
    lines, expected = done.out.split("\n"), [event.encoded() for event in hand.events()]
    assert next((pair for pair in zip(lines, expected, strict=False) if pair[0] != pair[1]), None) is None
    assert done.out == "\n".join([*expected, ""])
    assert "connection lost" in done.err


def test_servers_that_are_killed_one_after_the_other_cost_no_event(cli: CommandLine, hand: Hand) -> None:
    server, url = serve(cli)
    cli("extract", cli.endless(), "--detach")
    watch = cli.start("runs", "watch", "1", "--json", "--server", url)
    watch_lines = read_up_to(watch, '"active":["forever"]')
    tail = cli.start("events", "tail", "--since", "earliest", "--json", "--server", url)
    printed = read_up_to(tail, "run.created")
    for _ in range(4):
        last = hand.append(300)
        server.process.kill()
        server.process.wait()
        hand.append(300)
        server, _ = serve(cli, port=port_of(url))
        printed += read_up_to(tail, f'"seq":{last},')
    # A table at which workers die again and again is given up, and then there is nothing left to cancel.
    cli("runs", "cancel", "1")
    outcome = cli("runs", "show", "1", "--json").records[0]["status"]
    seen = watch.end()
    last = hand.append()
    printed += read_up_to(tail, f'"seq":{last},')
    tail.interrupt()
    assert tail.end().code == 130
    log = hand.events()
    assert printed == [event.encoded() for event in log]
    assert seen.code == {"completed": 0, "failed": 1, "cancelled": 3}[outcome]
    assert json.loads(seen.lines[-1])["status"] == outcome
    *whole, end = watch_lines + seen.lines
    last = json.loads(end)["last_seq"]
    assert [json.loads(line)["seq"] for line in whole] == [
        event.seq for event in log if event.run_id is not None and event.seq <= last
    ]
    assert set(whole) <= set(printed)


def read_up_to(call: Running, text: str) -> list[str]:
    """The lines up to the one with *text* in it."""
    lines = [call.line()]
    while text not in lines[-1]:
        lines.append(call.line())
    return [line.rstrip("\n") for line in lines]


def record(status: str, body: dict[str, Any], *, kind: str = "application/json") -> bytes:
    text = compact_json(body).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n"
    return head.encode() + text


def status_answer(seq: int, *active: str) -> bytes:
    status = status_record(RunningStatus(active_run_ids=active))
    return record("200 OK", {**status, "seq": seq})


STATUS_PATH = "/catalog/running-status"
STATUS = status_answer(0)


def problem(status: str, code: str) -> bytes:
    body = {"status": int(status[:3]), "code": code, "detail": "the reason of the server", "hint": "do this"}
    return record(status, body, kind="application/problem+json")


def event(seq: int, **more: Any) -> bytes:
    one = Event(**{"seq": seq, "type": "llm.used", "at": now(), "data": "{}"} | more)
    return frames.message(one.encoded(), id_=f"{EPOCH}-{one.seq}", event=one.type)


REFUSALS = {
    "401": (problem("401 Unauthorized", "unauthorized"), 4, "the reason of the server"),
    "403": (problem("403 Forbidden", "forbidden"), 4, "the reason of the server"),
    "404": (problem("404 Not Found", "not_found"), 5, "the reason of the server"),
    "400": (problem("400 Bad Request", "invalid_cursor"), 2, "the reason of the server"),
    "another type": (record("200 OK", {}, kind="text/html"), 69, "not a catalogctl server: it answers with text/html"),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", 75, "the stream has ended"),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_in_the_middle_ends_a_tail_with_the_reason(cli: CommandLine, refusal: str) -> None:
    answer, code, reason = REFUSALS[refusal]
    begin = [HEAD, frames.retry(1) + event(1)]
    with scripted(begin, [answer], answers={STATUS_PATH: STATUS}) as server:
        done = cli("events", "tail", "--server", server.url, "--since", "0", "--json")
    assert done.code == code
    assert reason in done.error["detail"]
    assert done.error["exit_code"] == code
    assert [record["seq"] for record in done.records] == [1]


@pytest.mark.parametrize("status", ["408 Request Timeout", "429 Too Many Requests", "500 Oh", "503 Busy"])
def test_a_tail_outlives_what_may_pass(cli: CommandLine, status: str) -> None:
    refusal = f"HTTP/1.1 {status}\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
    start = time.monotonic()
    with scripted([refusal], [HEAD, event(1)], answers={STATUS_PATH: STATUS}) as server:
        done = cli("events", "tail", "--server", server.url, "--since", "0", "--limit", "1", "--json")
    assert (done.code, [record["seq"] for record in done.records]) == (0, [1])
    assert f"status {status[:3]}" in json.loads(done.err)["note"]
    assert time.monotonic() - start > 0.9


ACTIVE = run_of(running_job())
ENDED = run_of(running_job().failed(error="it broke", at=now()))


def run_answer(run: Any) -> bytes:
    whole = run_record(run)
    return record("200 OK", {**whole, "run": whole["jobs"], "has_worker": True})


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_watch_that_can_see_no_more_asks_how_the_run_stands(cli: CommandLine, refusal: str) -> None:
    """Status 75 is for an outcome that is unknown, and for nothing else."""
    answer, _, reason = REFUSALS[refusal]
    begin = [HEAD, frames.retry(1) + event(41, run_id=RUN_ID)]
    path = f"/catalog/run/{RUN_ID}"
    known = {f"/catalog/run/{number}": run_answer(ACTIVE) for number in (12, RUN_ID)}
    with scripted(begin, [answer], answers=known) as server:
        done = cli("runs", "watch", "12", "--server", server.url, "--json")
    assert done.code == done.error["exit_code"] == 75
    assert reason in done.error["detail"]
    assert "run 12 was still active" in done.error["detail"]
    assert "catalogctl runs watch 12" in done.error["hint"]
    with scripted(begin, [answer], answers={**known, path: run_answer(ENDED)}) as server:
        done = cli("runs", "watch", "12", "--server", server.url, "--json")
    assert (done.code, json.loads(done.lines[-1])["status"]) == (1, "failed")
    with scripted(begin, [answer], answers={**known, path: problem("401 Unauthorized", "unauthorized")}) as server:
        done = cli("runs", "watch", "12", "--server", server.url, "--json")
    assert done.code == 75
    assert "how run 12 stands could not be learnt either" in done.error["detail"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("words", [("events", "tail", "--since", "0"), ("runs", "watch", "12")])
def test_leaving_while_it_waits_for_the_next_attempt_is_immediate(
    cli: CommandLine, words: tuple[str, ...], number: signal.Signals
) -> None:
    answers = {
        STATUS_PATH: STATUS,
        "/catalog/run/12": run_answer(ACTIVE),
        f"/catalog/run/{RUN_ID}": problem("503 Service Unavailable", "unavailable"),
    }
    with scripted([HEAD, frames.retry(25_000) + b"\n"], answers=answers) as server:
        call = cli.start(*words, "--server", server.url)
        assert "trying again in 2" in call.talk(lambda line: "connection lost" in line)
        start = time.monotonic()
        call.process.send_signal(number)
        assert call.end().code == 128 + number
        assert time.monotonic() - start < 5


def changed(seq: int, *active: str) -> bytes:
    return event(seq, type="status.changed", data=compact_json(status_record(RunningStatus(active_run_ids=active))))


def states(cli: CommandLine, url: str, count: int) -> list[list[str]]:
    """What a follower of the status shows until it is interrupted after *count* states."""
    follower = cli.start("status", "--follow", "--json", "--server", url)
    shown = [json.loads(follower.line()) for _ in range(count)]
    follower.interrupt()
    return [status["active_run_ids"] for status in shown + follower.end().records]


def test_a_status_that_was_asked_for_after_a_cut_is_not_followed_by_older_ones(cli: CommandLine) -> None:
    answers = {STATUS_PATH: STATUS}

    def cut() -> Iterator[bytes]:
        yield HEAD + frames.retry(1)
        answers[STATUS_PATH] = status_answer(95, "a", "b")

    later = changed(90, "a") + changed(95, "a", "b") + changed(96, "b")
    with scripted(cut(), [HEAD, later, None], answers=answers) as server:
        assert states(cli, server.url, 3) == [[], ["a", "b"], ["b"]]


def test_in_another_log_a_status_is_no_older_for_its_smaller_number(cli: CommandLine) -> None:
    answers = {STATUS_PATH: status_answer(50, "a")}

    def another() -> Iterator[bytes | None]:
        yield HEAD
        answers[STATUS_PATH] = problem("503 Service Unavailable", "unavailable")
        reset = Reset(requested="50", earliest=0, latest=3)
        yield frames.message(compact_json(reset.record()), id_=f"{EPOCH}-3", event="reset") + changed(4)
        yield None

    with scripted(another(), answers=answers) as server:
        assert states(cli, server.url, 2) == [["a"], []]


@pytest.mark.parametrize("is_learnt", [True, False])
def test_who_waits_until_nothing_runs_does_not_wait_for_an_end_that_is_missing(
    cli: CommandLine, *, is_learnt: bool
) -> None:
    answers = {STATUS_PATH: status_answer(50, "a")}

    def missing() -> Iterator[bytes | None]:
        yield HEAD
        answers[STATUS_PATH] = problem("503 Service Unavailable", "unavailable")
        reset = Reset(requested="50", earliest=60, latest=70)
        yield frames.message(compact_json(reset.record()), id_=f"{EPOCH}-70", event="reset")
        time.sleep(1)
        if is_learnt:
            answers[STATUS_PATH] = STATUS
        yield None

    with scripted(missing(), answers=answers) as server:
        done = cli("status", "--wait-idle", "--json", "--server", server.url)
    assert done.code == (0 if is_learnt else 75)
    assert is_learnt or "whether anything runs could not be learnt" in done.error["detail"]


@contextmanager
def nobody_reads(cli: CommandLine, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A call that waits for the reader of its pipe, who takes nothing."""
    ours, theirs = os.pipe()
    fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, 4096)
    call = [*PROGRAM, *words]
    with subprocess.Popen(call, cwd=cli.folder, env=cli.environ, stdout=theirs, stderr=subprocess.DEVNULL) as process:
        os.close(theirs)
        try:
            wait_until(lambda: "pipe_write" in Path(f"/proc/{process.pid}/wchan").read_text())
            yield process
        finally:
            process.kill()
            os.close(ours)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_leaving_a_reader_that_takes_nothing_is_possible_and_nothing_counts_as_read(
    cli: CommandLine, hand: Hand, number: signal.Signals
) -> None:
    hand.append(1000, data={"text": "x" * 300})
    with nobody_reads(cli, "events", "tail", "--since", "earliest", "--json", "--cursor-file", "cursor") as tail:
        tail.send_signal(number)
        assert tail.wait(5) == 128 + number
    again = cli("events", "tail", "--since", "earliest", "--json", "--cursor-file", "cursor", "--limit", "1000")
    assert again.lines == [event.encoded() for event in hand.events()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_leaving_the_work_for_a_reader_that_takes_nothing_cancels_it(cli: CommandLine, number: signal.Signals) -> None:
    with nobody_reads(cli, "extract", cli.endless(), "--json") as work:
        work.send_signal(number)
        assert work.wait(10) == 128 + number
    assert cli("runs", "show", "--json").records[0]["status"] == "cancelled"


def test_what_is_missing_is_told_where_it_is_missing(cli: CommandLine, hand: Hand) -> None:
    hand.append(3)
    server, url = serve(cli, "--no-worker")
    tail = cli.start("events", "tail", "--json", "--server", url, "--since", "0")
    for _ in range(3):
        tail.line()
    server.process.kill()
    server.process.wait()
    # Another log at the same address.
    Path(cli.folder / "store.db").rename(cli.folder / "former.db")
    for file in cli.folder.glob("store.db-*"):
        file.unlink()
    server, _ = serve(cli, "--no-worker", port=port_of(url))
    reset = json.loads(tail.line())
    assert (reset["type"], reset["latest"]) == ("events.reset", 0)
    assert "are not kept; going on after 0" in tail.talk(lambda line: "kept" in line)
    with (
        closing(SqliteNotifier(cli.folder / "store.db")) as notifier,
        closing(SqliteStore.open(cli.folder / "store.db", on_commit=notifier.ring)) as store,
    ):
        Hand(store).append()
        assert json.loads(tail.line())["seq"] == 1
    tail.interrupt()
    wait_until(lambda: tail.process.poll() is not None)
