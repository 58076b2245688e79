import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from store_engines import Speaker

from catalogctl.domain.errors import StoreUnavailable
from catalogctl.store.sqlite import SqliteStore, preparing, read_epoch, schema


def open_store(path: Path) -> SqliteStore:
    return SqliteStore.open(path, on_commit=lambda: None)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def refusal(path: Path) -> StoreUnavailable:
    with pytest.raises(StoreUnavailable) as raised:
        open_store(path)
    error = raised.value
    # What, which, and what next.
    assert str(path) in error.detail
    assert error.hint
    return error


def test_missing_folders_are_made_and_only_the_owner_may_enter_and_read(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "store.db"
    old = os.umask(0o022)
    try:
        with closing(open_store(path)) as store:
            Speaker(store).event()
            assert mode(tmp_path / "a") == mode(tmp_path / "a" / "b") == 0o700
            files = {file.name: mode(file) for file in path.parent.iterdir()}
    finally:
        os.umask(old)
    assert files == dict.fromkeys(("store.db", "store.db-wal", "store.db-shm", "store.db.lock"), 0o600)


def test_a_file_that_others_could_read_is_closed_to_them(path: Path) -> None:
    open_store(path).close()
    path.chmod(0o644)
    with closing(open_store(path)) as store:
        Speaker(store).event()
        assert mode(path) == mode(path.with_name("store.db-wal")) == 0o600


def test_everything_is_there_after_opening_again(path: Path) -> None:
    with closing(open_store(path)) as store:
        say = Speaker(store)
        run = say.run()
        seq = say.event("run.created", run_id=run.run_id)
        position = store.position()
    with closing(open_store(path)) as store:
        found = store.run(run.run_id)
        assert found is not None
        assert found.last_seq == seq
        assert store.position() == position
        assert read_epoch(path) == position.epoch


def test_seq_is_not_given_again_when_the_newest_rows_were_removed_and_the_store_reopened(path: Path) -> None:
    with closing(open_store(path)) as store:
        last = [Speaker(store).event() for _ in range(5)][-1]
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM events WHERE seq > 2")
        connection.commit()
    with closing(open_store(path)) as store:
        assert store.position().latest == last
        assert Speaker(store).event() == last + 1
        assert [event.seq for event in store.page_since(0, limit=9).events] == [1, 2, last + 1]


def test_an_empty_file_becomes_a_store(path: Path) -> None:
    path.touch()
    with closing(open_store(path)) as store:
        assert Speaker(store).event() == 1


def test_names_of_any_kind_will_do(tmp_path: Path) -> None:
    path = tmp_path / "what? 100%#;'\" é \U0001f4be" / "a b&c=d.db"
    with closing(open_store(path)) as store:
        assert Speaker(store).event() == 1
    assert read_epoch(path) is not None


def test_a_link_to_a_store_is_followed(path: Path, tmp_path: Path) -> None:
    open_store(path).close()
    link = tmp_path / "link.db"
    link.symlink_to(path)
    with closing(open_store(link)) as through, closing(open_store(path)) as store:
        assert Speaker(through).event() == 1
        assert Speaker(store).event() == 2
        assert through.position() == store.position()


@pytest.mark.parametrize("content", [b"x", b"id,name\n1,a\n", b"not a database at all\n" * 1000])
def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    error = refusal(path)
    assert "not a SQLite database" in error.detail
    assert path.read_bytes() == content
    # Also while somebody keeps the error, and what led to it.
    assert str(path) not in map(os.readlink, filter(os.path.lexists, map(str, Path("/proc/self/fd").iterdir())))


def test_the_database_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")
        connection.commit()
    path.chmod(0o644)
    before = path.read_bytes()
    assert "another program" in refusal(path).detail
    assert (path.read_bytes(), mode(path)) == (before, 0o644)
    assert {file.name for file in path.parent.iterdir()} == {"store.db"}


def test_a_folder_is_refused(path: Path) -> None:
    path.mkdir()
    assert "folder" in refusal(path).detail


def test_what_is_no_regular_file_is_refused(path: Path) -> None:
    os.mkfifo(path)
    assert "not a regular file" in refusal(path).detail


def test_a_file_in_place_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    assert "Not a directory" in refusal(tmp_path / "a" / "store.db").detail


def test_a_place_where_nothing_can_be_made_is_refused() -> None:
    refusal(Path("/proc/catalogctl/store.db"))


def test_the_store_of_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    open_store(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('catalogctl', 'to come', '')"
        )
        connection.commit()
    error = refusal(path)
    assert "newer version" in error.detail
    assert "Upgrade" in (error.hint or "")


def test_a_store_from_before_the_newest_migration_is_brought_up_to_date(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_store(path)) as store:
        epoch = store.position().epoch
        Speaker(store).event()
    longer = {**schema.MIGRATIONS, "more": "CREATE TABLE more (x INTEGER) STRICT; -- and; a comment\n"}
    monkeypatch.setattr(preparing, "MIGRATIONS", longer)
    with closing(open_store(path)) as store:
        assert store.position().epoch == epoch
        assert Speaker(store).event() == 2
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM more").fetchone() == (0,)


def test_a_migration_that_fails_leaves_the_store_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_store(path).close()
    with monkeypatch.context() as patch:
        broken = {**schema.MIGRATIONS, "more": "CREATE TABLE more (x INTEGER); SELECT wrong FROM nowhere;"}
        patch.setattr(preparing, "MIGRATIONS", broken)
        with pytest.raises(sqlite3.OperationalError):
            open_store(path)
    with closing(open_store(path)) as store:
        assert Speaker(store).event() == 1


def read_and_write(path: Path) -> None:
    with closing(open_store(path)) as store:
        store.page_since(0, limit=100)
        store.catalogue()
        Speaker(store).run()


def test_a_damaged_store_says_so(path: Path) -> None:
    with closing(open_store(path)) as store:
        say = Speaker(store)
        for _ in range(50):
            say.event(data="x" * 4000)
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + os.urandom(len(whole) - 8192))
    with pytest.raises(StoreUnavailable) as raised:
        read_and_write(path)
    assert "damaged" in raised.value.detail
    assert "backup" in (raised.value.hint or "")


def test_a_store_cut_short_says_so(path: Path) -> None:
    with closing(open_store(path)) as store:
        Speaker(store).event()
    path.write_bytes(path.read_bytes()[:10_000])
    with pytest.raises(StoreUnavailable):
        read_and_write(path)


def test_a_store_that_may_not_be_written_is_refused(path: Path, start: object) -> None:
    open_store(path).close()
    path.chmod(0o444)
    process = start("opening_as_nobody", path)
    assert "unavailable" in process.communicate(timeout=20)[0]


def test_a_folder_that_may_not_be_written_is_refused(tmp_path: Path, start: object) -> None:
    tmp_path.chmod(0o755)
    folder = tmp_path / "shut"
    folder.mkdir(mode=0o555)
    process = start("opening_as_nobody", folder / "store.db")
    output = process.communicate(timeout=20)[0]
    assert "Permission denied" in output
    assert str(folder) in output


@pytest.mark.parametrize("are_links", [False, True])
def test_several_processes_opening_a_new_path_at_once_all_succeed(
    path: Path, start: object, *, are_links: bool
) -> None:
    places = [path] * 4
    if are_links:
        path.touch()
        places = [path.with_name(f"link-{number}.db") for number in range(4)]
        for place in places:
            place.symlink_to(path)
    processes = [start("opening", place) for place in places]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=60) for process in processes]
    assert [errors for _, errors in outputs] == [""] * 4
    epochs = {output.strip() for output, _ in outputs}
    assert len(epochs) == 1
    with closing(open_store(path)) as store:
        assert {store.position().epoch} == epochs
        assert store.position().latest == 4


def test_a_process_killed_while_it_makes_a_store_leaves_nothing_that_cannot_be_opened(
    tmp_path: Path, start: object
) -> None:
    for round_ in range(3):
        folder = tmp_path / str(round_)
        folder.mkdir()
        process = start("opening_many", folder)
        for _ in range(round_ + 1):
            process.stdout.readline()
        process.kill()
        process.wait()
        for file in folder.glob("*.db"):
            with closing(open_store(file)) as store:
                assert Speaker(store).event() == 1


def test_a_store_that_disappears_says_so_instead_of_writing_into_the_void(path: Path) -> None:
    with closing(open_store(path)) as store:
        say = Speaker(store)
        say.event()
        path.rename(path.with_name("elsewhere.db"))
        for call in (say.event, store.position):
            with pytest.raises(StoreUnavailable, match="removed"):
                call()
        path.with_name("elsewhere.db").rename(path)
        assert say.event() == 2


def test_a_store_that_was_replaced_says_so(path: Path, tmp_path: Path) -> None:
    with closing(open_store(path)) as store:
        say = Speaker(store)
        say.event()
        copy = tmp_path / "copy.db"
        shutil.copy(path, copy)
        copy.replace(path)
        for call in (say.event, store.position):
            with pytest.raises(StoreUnavailable, match="replaced"):
                call()


def test_a_store_that_is_ready_is_opened_and_read_without_the_libraries_that_make_one(path: Path) -> None:
    open_store(path).close()
    program = (
        "import sys; from pathlib import Path; from catalogctl.store.sqlite import SqliteStore;"
        "store = SqliteStore.open(Path(sys.argv[1]), on_commit=lambda: None); store.position(); store.close();"
        "print({'sqlite_utils', 'pandas', 'numpy', 'filelock', 'asyncio'} & set(sys.modules))"
    )
    output = subprocess.run([sys.executable, "-c", program, path], check=True, capture_output=True, text=True).stdout
    assert output == "set()\n"


def test_looking_for_an_epoch_makes_nothing(tmp_path: Path) -> None:
    assert read_epoch(tmp_path / "none.db") is None
    (tmp_path / "text.db").write_text("x" * 2000)
    assert read_epoch(tmp_path / "text.db") is None
    assert read_epoch(tmp_path) is None
    assert {file.name for file in tmp_path.iterdir()} == {"text.db"}


def test_a_file_that_does_not_tell_its_epoch_is_not_taken_for_none(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalogctl.store.sqlite.files.BUSY_TIMEOUT", 0.05)
    open_store(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreUnavailable, match="lock"):
            read_epoch(path)
    assert read_epoch(path) is not None
