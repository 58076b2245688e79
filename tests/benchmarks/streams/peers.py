"""The servers that are compared, each started here, and how a message is put into it."""

import http.client
import importlib.util
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import psutil

FOLDER = Path(__file__).parent
NCHAN = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
FRAME = 600
"""Bytes of a message with its frame."""


class Peer(ABC):
    """A server in processes of its own."""

    name: str
    path = "/events"
    takes_bursts = True
    """False for a design that shows the newest message only now and then."""

    def __init__(self) -> None:
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    @abstractmethod
    def missing(self) -> str | None:
        """What would have to be installed; None when all is there."""

    @abstractmethod
    def start(self) -> None:
        """Start, and return when it listens."""

    @abstractmethod
    def publish(self, mark: str) -> None:
        """Send a message of FRAME bytes that holds *mark* to all readers."""

    def stop(self) -> None:
        """End all its processes."""
        for process in self._processes():
            process.terminate()
        if self._process is not None:
            self._process.wait(20)

    def memory(self) -> int:
        """Bytes, shared ones in proportion."""
        return sum(process.memory_full_info().pss for process in self._processes())

    def seconds(self) -> float:
        """Processor time since the start."""
        return sum(sum(process.cpu_times()[:2]) for process in self._processes())

    def _run(self, *words: str | Path, **options: Any) -> subprocess.Popen[str]:
        self._process = subprocess.Popen([str(word) for word in words], text=True, **options)
        return self._process

    def _processes(self) -> list[psutil.Process]:
        if self._process is None:
            return []
        parent = psutil.Process(self._process.pid)
        return [parent, *parent.children(recursive=True)]


class Told(Peer):
    """A process that is sent its messages through its standard input."""

    def publish(self, mark: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{mark}\n")

    def commit(self, mark: str) -> int:
        """Publish, and answer from when on readers could have it, by the clock that all processes share."""
        self.publish(f"?{mark}")
        return int(self._answer()["committed"])

    def _start(self, script: str, *words: str) -> dict[str, str]:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "bufsize": 1}
        self._run(sys.executable, FOLDER / script, *words, **pipes)
        return self._answer()

    def _answer(self) -> dict[str, str]:
        assert self._process is not None
        assert self._process.stdout is not None
        answer: dict[str, str] = json.loads(self._process.stdout.readline())
        return answer


class Ours(Told):
    """catalogctl itself: store, events, security and heartbeats included. Its store is SQLite, or at *location*."""

    def __init__(self, way: str, *location: str) -> None:
        super().__init__()
        self.name = f"catalogctl, {way}"
        self._words = (way, *location)

    def missing(self) -> str | None:
        return None

    def start(self) -> None:
        said = self._start("our_server.py", *self._words)
        self.port = int(said["url"].rpartition(":")[2])
        self.run_id, self.store = said["run_id"], Path(said["store"])
        self.path = f"/catalog/job-stream/{self.run_id}"


class Bare(Told):
    """A loop of write(), and nothing else: what the kernel takes for itself, and no server can do without."""

    name = "write() in a loop"

    def missing(self) -> str | None:
        return None

    def start(self) -> None:
        self.port = int(self._start("bare_loop.py")["port"])


class Posting(Peer):
    """A server that is sent its messages by POST."""

    def __init__(self) -> None:
        super().__init__()
        self._published = 0.0

    def publish(self, mark: str) -> None:
        if time.monotonic() > self._published + 1:
            # Servers close what was idle for some seconds.
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        self._connection.request("POST", "/publish", body=mark.ljust(FRAME - len("data: \n\n"), "x"))
        self._connection.getresponse().read()
        self._published = time.monotonic()

    def _await_listening(self) -> None:
        give_up = time.monotonic() + 20
        while time.monotonic() < give_up:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise TimeoutError(f"{self.name} does not listen")


class Python(Posting):
    """One of python_servers.py."""

    def __init__(self, name: str, package: str = "starlette") -> None:
        super().__init__()
        self.name = name
        self.takes_bursts = name != "polling"
        self._package = package

    def missing(self) -> str | None:
        is_there = importlib.util.find_spec(self._package.replace("-", "_"))
        return None if is_there else f"pip install {self._package}"

    def start(self) -> None:
        self.port = free_port()
        self._run(sys.executable, FOLDER / "python_servers.py", self.name, str(self.port))
        self._await_listening()


class Node(Posting):
    """Node's own http server."""

    name = "Node http"

    def missing(self) -> str | None:
        return None if shutil.which("node") else "node"

    def start(self) -> None:
        self.port = free_port()
        self._run("node", FOLDER / "node_server.mjs", str(self.port))
        self._await_listening()


class Nchan(Posting):
    """nginx with nchan, one worker process, as Debian packages it."""

    name = "nginx + nchan"

    def missing(self) -> str | None:
        is_there = shutil.which("nginx") and NCHAN.exists()
        return None if is_there else "apt-get install nginx libnginx-mod-nchan"

    def start(self) -> None:
        self.port = free_port()
        self._folder = tempfile.mkdtemp(prefix="nchan-")
        config = Path(self._folder) / "nginx.conf"
        config.write_text(NGINX.format(module=NCHAN, folder=self._folder, port=self.port))
        self._run("nginx", "-c", config, "-p", self._folder)
        self._await_listening()

    def stop(self) -> None:
        super().stop()
        shutil.rmtree(self._folder, ignore_errors=True)


NGINX = """
load_module {module};
user root;
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
worker_processes 1;
worker_rlimit_nofile 20000;
events {{ worker_connections 15000; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    nchan_shared_memory_size 256m;
    keepalive_requests 1000000;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location = /publish {{ nchan_publisher; nchan_channel_id all; nchan_message_buffer_length 16; }}
        location = /events {{ nchan_subscriber eventsource; nchan_channel_id all;
                              nchan_subscriber_first_message newest; }}
    }}
}}
"""


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def every_peer() -> list[Peer]:
    """All that are compared, ours first."""
    return [
        Ours("takeover"),
        Ours("portable"),
        Nchan(),
        Node(),
        Python("StreamingResponse"),
        Python("sse-starlette", "sse-starlette"),
        Python("polling"),
        Bare(),
    ]
