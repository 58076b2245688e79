import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from store_engines import Speaker

from catalogctl.domain.errors import StoreUnavailable
from catalogctl.store.sqlite import SqliteStore


def open_store(path: Path) -> SqliteStore:
    return SqliteStore.open(path, on_commit=lambda: None)


@pytest.mark.parametrize("acknowledged", [1, 50, 400, 1500])
def test_every_acknowledged_event_is_there_after_kill_9_in_mid_batch(
    path: Path, start: object, acknowledged: int
) -> None:
    process = start("writing", path, 8, 100_000)
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("go\n")
    process.stdin.flush()
    told = [int(process.stdout.readline()) for _ in range(acknowledged)]
    process.kill()
    told += [int(line) for line in process.communicate()[0].split()]
    with closing(open_store(path)) as store:
        kept = [event.seq for event in store.page_since(0, limit=1_000_000).events]
        assert set(told) <= set(kept)
        assert kept == list(range(1, len(kept) + 1))
        assert store.position().latest == kept[-1]
        assert Speaker(store).event() == kept[-1] + 1


def test_a_file_that_may_not_grow_fails_the_write_and_the_store_goes_on_when_it_may(path: Path, start: object) -> None:
    process = start("filling", path, 2_000_000)
    output, errors = process.communicate(timeout=60)
    assert errors == ""
    detail, is_whole_while_full, is_whole_afterwards = output.splitlines()
    assert "disk" in detail
    assert str(path) in detail
    assert (is_whole_while_full, is_whole_afterwards) == ("True", "True")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    try:
        subprocess.run(mounting, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting a small file system takes rights that are not given here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_fails_the_write_and_the_store_goes_on_when_there_is_room(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 600_000)
    with closing(open_store(small_disk / "store.db")) as store:
        say = Speaker(store)
        kept = [say.event()]
        error = None
        while error is None:
            try:
                kept.append(say.event(data="x" * 20_000))
            except StoreUnavailable as full:
                error = full
        assert "disk is full" in error.detail
        assert error.hint
        assert [event.seq for event in store.page_since(0, limit=1000).events] == kept
        with pytest.raises(StoreUnavailable):
            say.event(data="x" * 1_000_000)
        ballast.unlink()
        kept += [say.event(data="x" * 1000) for _ in range(10)]
        assert [event.seq for event in store.page_since(0, limit=1000).events] == kept
        position = store.position()
    with closing(open_store(small_disk / "store.db")) as store:
        assert store.position() == position


def test_a_disk_without_any_room_is_refused_at_opening(small_disk: Path) -> None:
    try:
        with (small_disk / "ballast").open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
    except OSError:
        pass
    with pytest.raises(StoreUnavailable):
        open_store(small_disk / "store.db")
    (small_disk / "ballast").unlink()
    with closing(open_store(small_disk / "store.db")) as store:
        assert Speaker(store).event() == 1


def test_a_read_only_file_system_is_refused(small_disk: Path) -> None:
    path = small_disk / "store.db"
    open_store(path).close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for one in (path, small_disk / "new.db"):
        with pytest.raises(StoreUnavailable) as raised:
            open_store(one)
        assert raised.value.hint
