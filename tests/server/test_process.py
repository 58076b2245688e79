"""The server as a process: signals, a clean drain, and a worker that it keeps alive."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from served_house import wait_until

PROGRAM = Path(__file__).parents[1] / "serve_program.py"
# Ends at the end of its input, as a worker must; writes its number where the test finds it.
WORKER = "import os, sys; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); sys.stdin.read()"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WORKER}"


@dataclass
class Program:
    """A server process and the file in which it says what it does, a JSON object a line."""

    process: subprocess.Popen[str]
    file: Path

    @property
    def said(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.file.read_text().splitlines(keepends=True) if line.endswith("\n")]

    @property
    def url(self) -> str:
        return next(str(what["url"]) for what in self.said if "url" in what)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def send(self, number: signal.Signals) -> float:
        """Send a signal; the moment at which it was sent."""
        self.process.send_signal(number)
        return time.monotonic()

    def end(self, *, within: float) -> str:
        """Wait for the end, and return what went to standard error."""
        return self.process.communicate(timeout=within)[1]

    def connect(self, path: str) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n\r\n".encode())
        return connection

    def status(self, path: str) -> int | None:
        """The status of an answer, None when nobody answers."""
        with suppress(OSError), self.connect(path) as connection:
            # A listener that closes takes the connection and says nothing.
            if head := connection.recv(100):
                return int(head.split()[1])
        return None


Run = Callable[..., Program]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with ExitStack() as stack:

        def start(*, open_files: str = "", **options: Any) -> Program:
            file = tmp_path / f"said-{len(list(tmp_path.iterdir()))}"
            limited = ["bash", "-c", f'ulimit {open_files}; exec "$@"', "bash"] if open_files else []
            process = stack.enter_context(
                subprocess.Popen(
                    [*limited, sys.executable, str(PROGRAM), json.dumps(options)],
                    stdin=subprocess.DEVNULL,
                    stdout=stack.enter_context(file.open("w")),
                    stderr=subprocess.PIPE,
                    text=True,
                    env={**os.environ, "PYTHONWARNINGS": "error"},
                )
            )
            stack.callback(process.kill)
            program = Program(process=process, file=file)
            wait_until(lambda: any("talk" in what for what in program.said))
            return program

        yield start


def opened(program: Program, path: str, count: int) -> list[socket.socket]:
    """So many streams, each of which has begun."""
    streams = [program.connect(path) for _ in range(count)]
    for stream in streams:
        received = b""
        while b"\r\n\r\n" not in received:
            received += stream.recv(4096)
    return streams


def rest_of(stream: socket.socket) -> bytes:
    """All that comes until the end, which must be a clean one."""
    received = b""
    while chunk := stream.recv(65536):
        received += chunk
    stream.close()
    return received


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_it_cleanly_and_is_told_by_the_status(run: Run, number: signal.Signals, status: int) -> None:
    program = run()
    assert program.status("/health") == 200
    program.send(number)
    assert program.end(within=5) == ""
    assert program.process.returncode == status
    assert [what for what in program.said if "stopping" in what] == [{"stopping": True}]
    assert program.status("/health") is None


@pytest.mark.parametrize("portable", [False, True])
def test_a_thousand_streams_end_cleanly_and_soon(run: Run, *, portable: bool) -> None:
    def seconds() -> float:
        program = run(max_streams_per_client=0, portable_streams=portable)
        streams = opened(program, "/catalog/status-stream", 500) + opened(program, "/events", 500)
        began = program.send(signal.SIGTERM)
        ends = [rest_of(stream) for stream in streams]
        assert program.end(within=10) == ""
        took = time.monotonic() - began
        assert program.process.returncode == 143
        delays = [int(match[1]) for end in ends if (match := re.search(rb"retry: (\d+)\n\n\r\n0\r\n\r\n$", end))]
        assert len(delays) == 1000
        assert len(set(delays)) > 100, "they must not all come back at once"
        return took

    # More than once where other programs want the processor too.
    assert any(seconds() < 2.0 for _ in range(3))


@pytest.mark.parametrize("portable", [False, True])
def test_it_says_that_it_is_not_ready_before_it_ends_a_stream(run: Run, *, portable: bool) -> None:
    program = run(portable_streams=portable)
    (stream,) = opened(program, "/catalog/status-stream", 1)
    stream.setblocking(False)
    program.send(signal.SIGTERM)
    wait_until(lambda: program.status("/ready") == 503)
    with suppress(BlockingIOError):
        assert b"0\r\n\r\n" not in stream.recv(65536), "the stream has ended already"
    stream.setblocking(True)
    assert rest_of(stream).endswith(b"0\r\n\r\n")
    assert program.end(within=5) == ""


def test_a_reader_that_never_reads_holds_nothing_up(run: Run) -> None:
    program = run(copies=20_000)
    with program.connect("/sources") as stalled:
        assert stalled.recv(10), "the answer, of several megabytes, has begun"
        began = program.send(signal.SIGTERM)
        assert program.end(within=10) == ""
        assert time.monotonic() - began < 4.0


def test_an_answer_that_is_on_its_way_arrives_whole(run: Run) -> None:
    program = run(copies=20_000)
    with program.connect("/sources") as reader:
        received = reader.recv(10)
        program.send(signal.SIGTERM)
        wait_until(lambda: program.status("/health") is None)
        received += rest_of(reader)
    assert len(json.loads(received.partition(b"\r\n\r\n")[2])["sources"]) == 40_000
    assert program.end(within=5) == ""


def test_a_call_that_hangs_is_answered_503_and_leaves_no_traceback(run: Run) -> None:
    program = run(hangs=True)
    hanging = program.connect("/catalog/latest-run")
    assert program.status("/health") == 200
    began = program.send(signal.SIGTERM)
    answer = rest_of(hanging)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"shutting down" in answer
    assert "Traceback" not in program.end(within=10)
    assert time.monotonic() - began < 3.0
    assert program.process.returncode == 143


def test_a_second_signal_ends_it_at_once_and_its_worker_with_it(run: Run, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    program = run(worker=worker(STUBBORN, pids))
    (pid,) = wait_for_pids(pids, 1)
    (stream,) = opened(program, "/events", 1)
    program.send(signal.SIGTERM)
    rest_of(stream)
    began = program.send(signal.SIGTERM)
    assert program.end(within=5) == ""
    assert time.monotonic() - began < 0.5
    assert program.process.returncode == 143
    wait_until(lambda: not psutil.pid_exists(pid))
    assert {"stopping": True} in program.said


def test_streams_beyond_the_usual_limit_of_open_files(run: Run) -> None:
    program = run(open_files="-Sn 128", max_streams_per_client=0)
    for stream in opened(program, "/events", 300):
        stream.close()


def test_there_are_no_more_streams_than_open_files(run: Run) -> None:
    program = run(open_files="-n 300", max_streams_per_client=0)
    streams = opened(program, "/events", 100)
    assert program.status("/events") == 503
    assert program.status("/health") == 200
    wait_until(lambda: any("at most 100 streams" in str(what.get("talk")) for what in program.said))
    for stream in streams:
        stream.close()


def test_plain_http_for_everybody_earns_a_warning(run: Run) -> None:
    for options, expected in (({}, 0), ({"host": "0.0.0.0", "token": "t"}, 1)):
        program = run(**options)
        program.send(signal.SIGTERM)
        program.end(within=5)
        lines = [str(what["talk"]) for what in program.said if "talk" in what]
        assert program.url in lines[0]
        assert len([line for line in lines if "plain HTTP" in line]) == expected


def test_what_it_says_never_holds_a_secret(run: Run) -> None:
    program = run(host="0.0.0.0", token="hunter2-token", secret="hunter2-secret")
    for header in ("Bearer hunter2-token", "Bearer wrong-hunter2", "Basic hunter2"):
        with socket.create_connection(("127.0.0.1", program.port), timeout=5) as connection:
            head = f"GET /catalog HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {header}\r\nConnection: close\r\n\r\n"
            connection.sendall(head.encode())
            assert b"hunter2" not in rest_of(connection)
    program.send(signal.SIGTERM)
    assert "hunter2" not in program.end(within=5)
    assert "hunter2" not in json.dumps(program.said)


def worker(code: str, pids: Path) -> dict[str, Any]:
    return {"argv": [sys.executable, "-c", code, str(pids)], "env": dict(os.environ)}


def wait_for_pids(path: Path, count: int) -> list[int]:
    def pids() -> list[int]:
        return [int(line) for line in path.read_text().splitlines()] if path.exists() else []

    wait_until(lambda: len(pids()) >= count)
    return pids()


def test_the_worker_is_started_again_when_it_dies(run: Run, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    program = run(worker=worker(WORKER, pids))
    (first,) = wait_for_pids(pids, 1)
    os.kill(first, signal.SIGKILL)
    _, second = wait_for_pids(pids, 2)
    assert psutil.pid_exists(second)
    program.send(signal.SIGTERM)
    err = program.end(within=5)
    assert "signal 9" in err
    assert not psutil.pid_exists(second)


def test_a_worker_that_cannot_even_start_does_not_take_the_server_down(run: Run) -> None:
    program = run(worker={"argv": ["/no/such/program"], "env": {}})
    assert program.status("/health") == 200
    program.send(signal.SIGTERM)
    assert "could not be started" in program.end(within=5)
    assert program.process.returncode == 143


def test_a_worker_that_does_not_listen_is_ended_by_force(run: Run, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    program = run(worker=worker(STUBBORN, pids))
    (pid,) = wait_for_pids(pids, 1)
    began = program.send(signal.SIGTERM)
    assert program.end(within=5) == ""
    assert time.monotonic() - began < 2.0
    assert not psutil.pid_exists(pid)


def test_the_worker_does_not_outlive_a_server_that_was_killed(run: Run, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    program = run(worker=worker(STUBBORN, pids))
    (pid,) = wait_for_pids(pids, 1)
    program.send(signal.SIGKILL)
    program.end(within=5)
    wait_until(lambda: not psutil.pid_exists(pid))


def test_a_ctrl_c_at_the_terminal_reaches_the_server_alone(run: Run, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    program = run(worker=worker(WORKER, pids))
    (pid,) = wait_for_pids(pids, 1)
    assert os.getpgid(pid) != os.getpgid(program.process.pid)


def test_secrets_of_the_worker_are_not_among_its_arguments(run: Run, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    command = worker(WORKER, pids)
    command["env"]["CATALOGCTL_TOKEN"] = "hunter2"
    run(worker=command)
    (pid,) = wait_for_pids(pids, 1)
    process = psutil.Process(pid)
    assert "hunter2" not in " ".join(process.cmdline())
    assert process.environ()["CATALOGCTL_TOKEN"] == "hunter2"
