import os
import stat
import subprocess
import sys
from pathlib import Path

from catalogctl.settings.announcement import Announcement, announce, find, new_secret, withdraw


def an_announcement(*, epoch: str = "0123abcd", pid: int | None = None) -> Announcement:
    return Announcement(url="http://127.0.0.1:8787", pid=pid or os.getpid(), epoch=epoch, secret=new_secret())


def a_dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_running_server_is_found_by_its_store_and_its_file_is_the_owners_alone(tmp_path: Path) -> None:
    here = an_announcement()
    path = announce(tmp_path / "c.db", here)
    assert path == tmp_path / "server.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert find(tmp_path / "c.db", epoch="0123abcd") == here
    assert find(tmp_path / "c.db", epoch="ffffffff") is None


def test_a_dead_servers_file_is_no_server(tmp_path: Path) -> None:
    announce(tmp_path / "c.db", an_announcement(pid=a_dead_pid()))
    assert find(tmp_path / "c.db") is None


def test_two_stores_in_one_folder_do_not_hide_each_other(tmp_path: Path) -> None:
    first, second = an_announcement(epoch="aaaaaaaa"), an_announcement(epoch="bbbbbbbb")
    announce(tmp_path / "a.db", first)
    path = announce(tmp_path / "b.db", second)
    assert path == tmp_path / "b.db.server.json"
    assert find(tmp_path / "a.db", epoch="aaaaaaaa") == first
    assert find(tmp_path / "b.db", epoch="bbbbbbbb") == second


def test_a_server_withdraws_only_its_own_word(tmp_path: Path) -> None:
    first = an_announcement()
    path = announce(tmp_path / "c.db", first)
    second = an_announcement()
    announce(tmp_path / "c.db", second)
    withdraw(path, first)
    assert find(tmp_path / "c.db") == second
    withdraw(path, second)
    assert not path.exists()


def test_a_mangled_file_is_no_server(tmp_path: Path) -> None:
    for text in ("", "{", "[]", '{"url": 1}', "null"):
        (tmp_path / "server.json").write_text(text)
        assert find(tmp_path / "c.db") is None
