"""A real PgBouncer before the tests' PostgreSQL, in transaction mode: each transaction may get another connection."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import psycopg
import pytest

NEEDS_PGBOUNCER = "no PgBouncer: apt-get install pgbouncer"

CONFIGURATION = """
[databases]
* = host={host} port={port} user={user} {password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {size}
server_reset_query =
logfile = {folder}/log
"""


@contextmanager
def pgbouncer(url: str, *, size: int) -> Iterator[str]:
    """The URL by which *url* is reached through a pool of *size* connections; skips the test where there is none."""
    program = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
    if program is None:
        pytest.skip(NEEDS_PGBOUNCER)
    parts, options = urlsplit(url), dict(parse_qsl(urlsplit(url).query))
    folder = Path(tempfile.mkdtemp(prefix="catalogctl-pool-"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = free.getsockname()[1]
    configuration = folder / "pgbouncer.ini"
    configuration.write_text(
        CONFIGURATION.format(
            host=options.get("host") or parts.hostname or "127.0.0.1",
            port=parts.port or 5432,
            user=parts.username or "postgres",
            password=f"password={parts.password}" if parts.password else "",
            listen=listen,
            size=size,
            folder=folder,
        )
    )
    for path in (folder, configuration):
        path.chmod(0o777)
    # It refuses to be root, and only their owner may enter the folders of sockets.
    host = Path(options.get("host", ""))
    owner = host.owner() if host.is_absolute() else "nobody"
    user = ["-u", owner] if os.getuid() == 0 else []
    with subprocess.Popen([program, "-q", *user, str(configuration)]) as process:
        pooled = f"postgresql://someone@127.0.0.1:{listen}{parts.path}"
        try:
            _wait_for(pooled)
            yield pooled
        finally:
            process.terminate()
            process.wait()
            shutil.rmtree(folder, ignore_errors=True)


def _wait_for(url: str) -> None:
    give_up = time.monotonic() + 10
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.02)
        else:
            return
