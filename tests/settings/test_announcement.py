import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalogctl.settings.announcement import Announcement, announce, find, new_secret, withdraw


@pytest.fixture
def port() -> Iterator[int]:
    """Where somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


def an_announcement(port: int, *, epoch: str = "0123abcd", pid: int | None = None) -> Announcement:
    return Announcement(url=f"http://127.0.0.1:{port}", pid=pid or os.getpid(), epoch=epoch, secret=new_secret())


def a_dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_running_server_is_found_by_its_store_and_its_file_is_the_owners_alone(tmp_path: Path, port: int) -> None:
    here = an_announcement(port)
    path = announce(tmp_path / "c.db", here)
    assert path == tmp_path / "server.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert find(tmp_path / "c.db", epoch="0123abcd") == here
    assert find(tmp_path / "c.db", epoch="ffffffff") is None


def test_a_dead_servers_file_is_no_server(tmp_path: Path, port: int) -> None:
    announce(tmp_path / "c.db", an_announcement(port, pid=a_dead_pid()))
    assert find(tmp_path / "c.db") is None


def test_a_process_of_the_same_number_at_whose_address_nobody_listens_is_no_server(tmp_path: Path, port: int) -> None:
    """As after a power cut, or in another container: the numbers of processes come again."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gone = an_announcement(int(listener.getsockname()[1]))
    announce(tmp_path / "c.db", gone)
    assert find(tmp_path / "c.db") is None
    here = an_announcement(port, epoch="ffffffff")
    assert announce(tmp_path / "c.db", here) == tmp_path / "server.json"
    assert find(tmp_path / "c.db") == here


def test_two_stores_in_one_folder_do_not_hide_each_other(tmp_path: Path, port: int) -> None:
    first, second = an_announcement(port, epoch="aaaaaaaa"), an_announcement(port, epoch="bbbbbbbb")
    announce(tmp_path / "a.db", first)
    path = announce(tmp_path / "b.db", second)
    assert path == tmp_path / "b.db.server.json"
    assert find(tmp_path / "a.db", epoch="aaaaaaaa") == first
    assert find(tmp_path / "b.db", epoch="bbbbbbbb") == second


def test_a_server_withdraws_only_its_own_word(tmp_path: Path, port: int) -> None:
    first = an_announcement(port)
    path = announce(tmp_path / "c.db", first)
    second = an_announcement(port)
    announce(tmp_path / "c.db", second)
    withdraw(path, first)
    assert find(tmp_path / "c.db") == second
    withdraw(path, second)
    assert not path.exists()


def test_a_mangled_file_is_no_server(tmp_path: Path) -> None:
    for text in ("", "{", "[]", '{"url": 1}', "null"):
        (tmp_path / "server.json").write_text(text)
        assert find(tmp_path / "c.db") is None
