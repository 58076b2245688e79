"""A MariaDB of the tests' own, one for each process that runs tests; any MySQL, where a variable names one."""

import atexit
import getpass
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, create_engine, make_url

NEEDS_MYSQL = "no MySQL: install mariadb-server, or set CATALOGCTL_TEST_MYSQL_URL to mysql://USER:PASSWORD@HOST"
_SYSTEM_FOLDERS = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))
_READY = b"ready for connections"


@cache
def server_url() -> URL:
    """The URL of a MySQL whose user may create databases and users; skips the test where there is none."""
    if location := os.environ.get("CATALOGCTL_TEST_MYSQL_URL"):
        return make_url(location).set(drivername="mysql+pymysql")
    server = shutil.which("mariadbd", path=_SYSTEM_FOLDERS)
    install = shutil.which("mariadb-install-db", path=_SYSTEM_FOLDERS)
    if server is None or install is None:
        pytest.skip(NEEDS_MYSQL)
    return URL.create(
        "mysql+pymysql", username="root", host="localhost", query={"unix_socket": str(_started(server, install))}
    )


@contextmanager
def mysql_database() -> Iterator[tuple[str, Connection]]:
    """The location of a database of one's own, and a connection of its owner's, which commits by itself."""
    server, name = server_url(), f"test_{uuid.uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT", execution_options={"no_parameters": True})
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        connection.exec_driver_sql(f"USE {name}")
        yield server.set(database=name, drivername="mysql").render_as_string(hide_password=False), connection
        connection.exec_driver_sql(f"DROP DATABASE {name}")
    engine.dispose()


def _started(server: str, install: str) -> Path:
    """The socket of a new server, which ends with this process."""
    folder = Path(tempfile.mkdtemp(prefix="catalogctl-my-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    place = (f"--datadir={folder / 'data'}", f"--user={getpass.getuser()}")
    subprocess.run(
        [install, "--no-defaults", *place, "--auth-root-authentication-method=normal", "--skip-test-db"],
        check=True,
        capture_output=True,
    )
    socket = folder / "socket"
    # What the tests kill is never the machine; nobody but this process reaches it.
    options = ("--skip-networking", "--innodb-flush-log-at-trx-commit=0", "--log-warnings=0")
    process = subprocess.Popen(
        [server, "--no-defaults", *place, f"--socket={socket}", f"--pid-file={folder / 'pid'}", *options],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    atexit.register(_stop, process)
    assert process.stderr is not None
    said = []
    while not said or _READY not in said[-1]:
        said.append(process.stderr.readline())
        assert said[-1], b"".join(said).decode()
    return socket


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait()
    if process.stderr is not None:
        process.stderr.close()
