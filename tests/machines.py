"""Several machines on this one: each has a home of its own, and all have one store and one balancer before them."""

import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from certificates import certificate
from command_line import CommandLine, Running, free_port, wait_until

README = Path(__file__).parents[1] / "README.md"
NGINX = """
daemon off;
pid {folder}/pid;
{user}
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 2000; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {published}
}}
"""


@dataclass(frozen=True, kw_only=True)
class Node:
    """A `catalogctl serve` of one machine."""

    machine: CommandLine
    process: Running
    url: str

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])


class Machines:
    """Machines that share a store; *direct* leads to it without a pooler, and *token* opens every node."""

    token = "t0p-s3cret"

    def __init__(self, folder: Path, store: str, stack: ExitStack, *, direct: str | None = None) -> None:
        self._folder = folder
        self._store = store
        self._direct = direct
        self._stack = stack
        self._count = 0

    def machine(self) -> CommandLine:
        """One more machine."""
        self._count += 1
        folder = self._folder / f"machine{self._count}"
        folder.mkdir()
        line = CommandLine(folder, patience=60.0)
        line.environ |= {"CATALOGCTL_STORE": self._store, "CATALOGCTL_TOKEN": self.token}
        if self._direct is not None:
            line.environ["CATALOGCTL_STORE_DIRECT"] = self._direct
        self._stack.callback(line.close)
        return line

    def node(self, *options: str, machine: CommandLine | None = None, port: int = 0) -> Node:
        """A server on one more machine; the work is left to workers."""
        machine = machine or self.machine()
        process = machine.start("serve", "--no-worker", "--port", str(port), "--trusted-proxy", "127.0.0.1", *options)
        url = process.talk(lambda line: "serves" in line).split("serves ")[1].split()[0]
        drained(process)
        return Node(machine=machine, process=process, url=url)

    def worker(self, *options: str) -> Running:
        """A worker on one more machine."""
        process = self.machine().start("worker", *options)
        process.talk(lambda line: "working on" in line)
        drained(process)
        return process

    def balancer(self, *nodes: Node) -> tuple[str, str]:
        """nginx before *nodes*, set up as the README says: its URL by HTTPS and the same by HTTP."""
        program = shutil.which("nginx")
        if program is None:
            pytest.skip("no nginx: apt-get install nginx-light")
        folder = Path(tempfile.mkdtemp(prefix="catalogctl-nginx-"))
        self._stack.callback(shutil.rmtree, folder, ignore_errors=True)
        cert, key = certificate(folder)
        secure, plain = free_port(), free_port()
        [published] = re.findall(r"```nginx\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
        for pattern, replacement in (
            (r"listen 443 ssl http2;", f"listen 127.0.0.1:{secure} ssl http2; listen 127.0.0.1:{plain};"),
            (r"(ssl_certificate) .*?;", rf"\1 {cert};"),
            (r"(ssl_certificate_key) .*?;", rf"\1 {key};"),
            (r"server_name .*?;", "server_name localhost;"),
            (r"(    server 10\.[^;]*;\n)+", "".join(f"    {_upstream(node)}\n" for node in nodes)),
        ):
            published, found = re.subn(pattern, replacement, published)
            assert found == 1, pattern
        user = "user root;" if os.getuid() == 0 else ""
        config = folder / "nginx.conf"
        config.write_text(NGINX.format(folder=folder, user=user, published=published))
        process = subprocess.Popen([program, "-c", config, "-p", folder])
        self._stack.callback(process.wait)
        self._stack.callback(process.terminate)
        wait_until((folder / "pid").exists)
        return f"https://localhost:{secure}", f"http://127.0.0.1:{plain}"


def _upstream(node: Node) -> str:
    return f"server 127.0.0.1:{node.port} max_fails=1 fail_timeout=1s;"


def drained(process: Running) -> None:
    """Let a process talk without anybody listening."""
    assert process.process.stderr is not None
    threading.Thread(target=process.process.stderr.read, daemon=True).start()


@contextmanager
def sharing(folder: Path, store: str, *, direct: str | None = None) -> Iterator[Machines]:
    """Machines that share *store*, until the end of the block."""
    with ExitStack() as stack:
        yield Machines(folder, store, stack, direct=direct)
