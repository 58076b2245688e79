"""`events tail --cursor-file`: what one process has printed, the next does not print again, however the first ended."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from command_line import PROGRAM, CommandLine, Done, wait_until
from live_streams import Hand, now

from catalogctl.notify.sqlite import SqliteNotifier
from catalogctl.store.sqlite import SqliteStore

README = Path(__file__).parents[2] / "README.md"
TAIL = ("events", "tail", "--cursor-file", "place", "--json")


@pytest.fixture
def hand(cli: CommandLine) -> Iterator[Hand]:
    """Writes events into the store of the program."""
    file = cli.folder / "store.db"
    with (
        closing(SqliteNotifier(file)) as notifier,
        closing(SqliteStore.open(file, on_commit=notifier.ring)) as store,
    ):
        yield Hand(store)


@pytest.fixture(params=["store", "server"])
def way(request: pytest.FixtureRequest, cli: CommandLine) -> str:
    """Straight from the store, or by way of a server that is found."""
    if request.param == "server":
        server = cli.start("serve", "--port", "0", "--no-worker")
        server.talk(lambda line: "serves" in line)
    return str(request.param)


def seqs(done: Done) -> list[int]:
    return [record["seq"] for record in done.records]


def place(cli: CommandLine) -> str:
    return (cli.folder / "place").read_text()


def test_the_next_call_goes_on_where_the_last_one_ended(cli: CommandLine, hand: Hand, way: str) -> None:
    hand.append(10)
    epoch = hand.store.position().epoch
    assert seqs(cli(*TAIL, "--since", "earliest", "--limit", "3")) == [1, 2, 3]
    assert place(cli) == f"{epoch}-3\n"
    assert seqs(cli(*TAIL, "--limit", "3")) == [4, 5, 6]
    # Once there is a file, it is the file that counts.
    assert seqs(cli(*TAIL, "--since", "earliest", "--limit", "3")) == [7, 8, 9]
    assert place(cli) == f"{epoch}-9\n"
    assert {file.name for file in cli.folder.iterdir() if "place" in file.name} <= {"place", "place.lock"}


def test_from_now_on_is_remembered_before_anything_has_happened(cli: CommandLine, hand: Hand, way: str) -> None:
    hand.append(5)
    tail = cli.start(*TAIL)
    wait_until((cli.folder / "place").exists)
    assert place(cli).endswith("-5\n")
    tail.process.kill()
    tail.end()
    hand.append(2)
    assert seqs(cli(*TAIL, "--limit", "2")) == [6, 7]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_who_is_asked_to_leave_remembers_all_that_was_printed(
    cli: CommandLine, hand: Hand, way: str, number: signal.Signals, code: int
) -> None:
    tail = cli.start(*TAIL, "--since", "earliest")
    wait_until((cli.folder / "place").exists)
    hand.append(700)
    tail.line(lambda line: '"seq":700,' in line)
    tail.process.send_signal(number)
    assert tail.end().code == code
    assert place(cli).endswith("-700\n")


def test_what_was_not_wanted_is_not_looked_through_again(cli: CommandLine, hand: Hand, way: str) -> None:
    tail = cli.start(*TAIL, "--topic", "kpis")
    wait_until((cli.folder / "place").exists)
    hand.append(900)
    wait_until(lambda: place(cli).endswith("-900\n"))
    hand.append(type_="kpis.changed")
    assert '"seq":901,' in tail.line()
    tail.interrupt()
    assert tail.end().code == 130
    assert place(cli).endswith("-901\n")


def test_killed_again_and_again_it_misses_nothing_and_repeats_only_what_was_not_yet_remembered(
    cli: CommandLine, hand: Hand, way: str
) -> None:
    chance = random.Random(3)
    is_over = threading.Event()

    def write() -> None:
        while not is_over.wait(0.01):
            hand.append(20, data={"text": "é" * chance.randrange(50)})

    writer = threading.Thread(target=write)
    writer.start()
    out = cli.folder / "out"
    try:
        for _ in range(8):
            with appending(cli, "--since", "earliest") as tail:
                size = out.stat().st_size
                wait_until(lambda size=size: out.stat().st_size > size)  # type: ignore[misc]
                # Whatever it does just then: print, flush, write or rename.
                time.sleep(chance.uniform(0, 0.3))
                tail.kill()
    finally:
        is_over.set()
        writer.join()
    last = hand.append()
    with appending(cli, "--limit", str(last - int(place(cli).rpartition("-")[2]))) as tail:
        assert tail.wait(60) == 0
    assert deduplicated(out) == [event.encoded() for event in hand.events()]


def test_a_line_that_was_cut_off_does_not_spoil_the_next(cli: CommandLine, hand: Hand) -> None:
    hand.append(3)
    (cli.folder / "out").write_text('{"v":1,"seq":1,"ty')
    with appending(cli, "--since", "earliest", "--limit", "3") as tail:
        assert tail.wait(60) == 0
    assert (cli.folder / "out").read_text().startswith('{"v":1,"seq":1,"ty\n{"v":1,"seq":1,"type":')
    log = [event.encoded() for event in hand.events()]
    assert deduplicated(cli.folder / "out") == log
    if shutil.which("jq") is None:
        pytest.skip("no jq: apt-get install jq")
    # As the README has it.
    words = "jq -R 'fromjson?' out | jq -sc 'unique_by(.seq)[]'"
    assert words.replace("out", "events.ndjson") in README.read_text(encoding="utf-8")
    assert subprocess.check_output(words, shell=True, cwd=cli.folder, text=True).splitlines() == log


@contextmanager
def appending(cli: CommandLine, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """As `>> out` does."""
    with (cli.folder / "out").open("ab") as file:
        tail = subprocess.Popen([*PROGRAM, *TAIL, *options], cwd=cli.folder, env=cli.environ, stdout=file)
    try:
        yield tail
    finally:
        tail.kill()
        tail.wait()


def deduplicated(out: Path) -> list[str]:
    """What a consumer makes of the file: a line that is cut off is none, and what it has already it drops."""
    known: dict[int, str] = {}
    for line in out.read_text(errors="replace").splitlines():
        with suppress(json.JSONDecodeError):
            assert known.setdefault(json.loads(line)["seq"], line) == line
    return list(known.values())


def test_two_readers_may_not_share_a_file(cli: CommandLine, hand: Hand) -> None:
    tail = cli.start(*TAIL)
    wait_until((cli.folder / "place").exists)
    (cli.folder / "other").symlink_to("place")
    for name in ("place", "./place", "other"):
        second = cli("events", "tail", "--cursor-file", name, "--json")
        assert second.code == 6
        assert second.error["code"] == "conflict"
        assert "another process" in second.error["detail"]
    tail.process.kill()
    tail.end()
    hand.append()
    # The lock went with the process. And a link stays one.
    assert seqs(cli("events", "tail", "--cursor-file", "other", "--limit", "1", "--json")) == [1]
    assert (cli.folder / "other").is_symlink()


@pytest.mark.parametrize(
    "content", ["", "\n", "yesterday", "4711", "0123abcd-", "0123abcd-1 2", "\x00" * 13, "é" * 200]
)
def test_a_file_that_holds_no_cursor_is_told_of_and_left_alone(cli: CommandLine, content: str) -> None:
    (cli.folder / "place").write_text(content)
    done = cli(*TAIL, "--since", "earliest", "--limit", "1")
    assert done.code == 2
    assert done.error["code"] == "invalid_cursor"
    assert "no cursor of the form epoch-seq" in done.error["detail"]
    assert "Remove it" in done.error["hint"]
    assert place(cli) == content


def test_a_cursor_of_another_log_is_told_of_and_left_alone(cli: CommandLine, hand: Hand, way: str) -> None:
    hand.append(3)
    (cli.folder / "place").write_text("ffffffff-2\n")
    done = cli(*TAIL, "--since", "earliest", "--limit", "1")
    assert (done.code, done.out) == (2, "")
    assert done.error["code"] == "invalid_cursor"
    assert "another log" in done.error["detail"]
    assert place(cli) == "ffffffff-2\n"


def test_after_a_cursor_that_is_no_longer_kept_the_rest_is_told(cli: CommandLine, hand: Hand, way: str) -> None:
    hand.append(10)
    epoch = hand.store.position().epoch
    yesterday = now() - timedelta(days=1)
    hand.store.transact(lambda transaction: transaction.prune_events(keep=4, older_than=yesterday))
    (cli.folder / "place").write_text(f"{epoch}-2")
    done = cli(*TAIL, "--limit", "4")
    assert done.code == 0
    reset, *events = done.records
    assert reset == {"type": "events.reset", "requested": f"{epoch}-2", "earliest": 6, "latest": 10}
    assert f"events after {epoch}-2 are not kept; going on after 6" in done.err
    assert [event["seq"] for event in events] == [7, 8, 9, 10]
    assert place(cli) == f"{epoch}-10\n"


def test_what_cannot_be_a_cursor_file_is_a_mistake(cli: CommandLine) -> None:
    (cli.folder / "loop").symlink_to("loop")
    for name, words in {
        "data": "is a folder",
        "/dev/null": "no regular file",
        "nowhere/place": "there is no folder",
        "store.db/place": "cannot be a cursor file",
        "loop": "cannot be a cursor file",
        "x" * 300: "cannot be a cursor file",
    }.items():
        done = cli("events", "tail", "--cursor-file", name, "--json")
        assert (done.code, done.out) == (2, ""), name
        assert words in done.error["detail"]


@pytest.mark.skipif(os.geteuid() == 0 and shutil.which("setpriv") is None, reason="root may write anywhere: setpriv")
def test_a_file_that_may_not_be_written_is_a_mistake(cli: CommandLine) -> None:
    folder = cli.folder / "sealed"
    folder.mkdir()
    (folder / "place").write_text("0123abcd-1\n")
    folder.chmod(0o555)
    tail = [*PROGRAM, "events", "tail", "--cursor-file", "sealed/place", "--json"]
    as_nobody = ["setpriv", "--reuid=65534", "--clear-groups", "--inh-caps=-all"] if os.geteuid() == 0 else []
    done = subprocess.run([*as_nobody, *tail], cwd=cli.folder, env=cli.environ, capture_output=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "Permission denied" in json.loads(done.stderr.splitlines()[-1])["detail"]


def test_a_cursor_that_can_no_longer_be_written_ends_the_tail_and_the_lines_are_out(
    cli: CommandLine, hand: Hand, way: str
) -> None:
    folder = cli.folder / "volume"
    folder.mkdir()
    tail = cli.start("events", "tail", "--cursor-file", "volume/place", "--json")
    wait_until((folder / "place").exists)
    shutil.rmtree(folder)
    hand.append()
    done = tail.end()
    assert (done.code, [record["seq"] for record in done.records]) == (69, [1])
    assert done.error["code"] == "unavailable"
    assert "volume/place" in done.error["detail"]


@pytest.mark.parametrize("length", [10, 1000])  # less than fits the buffer of standard output, and more
def test_what_could_not_be_printed_is_not_remembered(cli: CommandLine, hand: Hand, way: str, length: int) -> None:
    hand.append(30, data={"text": "x" * length})
    assert seqs(cli(*TAIL, "--since", "earliest", "--limit", "1")) == [1]
    with Path("/dev/full").open("wb") as full:
        tail = subprocess.Popen(
            [*PROGRAM, *TAIL], cwd=cli.folder, env=cli.environ, stdout=full, stderr=subprocess.PIPE, text=True
        )
    _, err = tail.communicate(timeout=60)
    assert tail.returncode == 69
    assert json.loads(err)["detail"] == "standard output cannot be written: No space left on device"
    unread = cli.start(*TAIL)
    assert unread.process.stdout is not None
    unread.process.stdout.close()
    assert unread.process.wait(60) == 141
    # That nobody reads a socket any more is found out by writing only.
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours:
        unheard = subprocess.Popen([*PROGRAM, *TAIL], cwd=cli.folder, env=cli.environ, stdout=ours)
    assert unheard.wait(60) == 141
    assert seqs(cli(*TAIL, "--limit", "2")) == [2, 3]
