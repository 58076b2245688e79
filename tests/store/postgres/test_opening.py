"""A store is opened by any number of nodes at once, and what cannot be one is refused clearly and left alone."""

import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from itertools import takewhile
from typing import Any

import psycopg
import pytest
from postgres_servers import server_url
from psycopg import sql as psql
from store_engines import Speaker

from catalogctl.domain.errors import InvalidInput, StoreUnavailable
from catalogctl.domain.runs import Status
from catalogctl.store.postgres import PostgresStore, preparing, read_epoch
from catalogctl.store.postgres.address import Address
from catalogctl.store.postgres.schema import MIGRATIONS, MIGRATIONS_TABLE

Admin = Callable[..., list[Any]]


@pytest.fixture
def admin() -> Iterator[Admin]:
    """Run a statement as the administrator."""
    with psycopg.connect(server_url(), autocommit=True) as connection:

        def run(statement: Any, *parameters: Any) -> list[Any]:
            cursor = connection.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []

        yield run


def open_store(place: str, **options: Any) -> PostgresStore:
    return PostgresStore.open(place, **{"on_commit": lambda: None, **options})


def refusal(place: str) -> StoreUnavailable:
    with pytest.raises(StoreUnavailable) as raised:
        open_store(place)
    error = raised.value
    # What, which, and what next.
    assert Address.of(place).display in error.detail
    assert error.hint
    return error


def test_everything_is_there_after_opening_again(place: str) -> None:
    with closing(open_store(place)) as store:
        say = Speaker(store)
        run = say.run()
        seq = say.event("run.created", run_id=run.run_id)
        position = store.position()
    with closing(open_store(place)) as store:
        assert store.run(run.run_id) == replace(run, last_seq=seq)
        assert store.position() == position
    assert read_epoch(place) == position.epoch


def test_the_epoch_of_what_is_no_store_is_none(place: str) -> None:
    assert read_epoch(place) is None


def test_the_epoch_of_a_foreign_log_is_none(place: str, admin: Admin) -> None:
    address = Address.of(place)
    admin(psql.SQL("CREATE SCHEMA {}").format(psql.Identifier(address.schema)))
    admin(psql.SQL("CREATE TABLE {} (line text)").format(psql.Identifier(address.schema, "log")))
    assert read_epoch(place) is None


def test_a_server_that_does_not_tell_an_epoch_is_not_taken_for_one_without_a_store(place: str) -> None:
    for url in ("postgresql://127.0.0.1:9/nowhere", place.replace("?", "_that_is_not_there?", 1)):
        with pytest.raises(StoreUnavailable):
            read_epoch(url)


@pytest.mark.parametrize("isolation", ["read%5C%20committed", "serializable"])
def test_several_processes_open_a_new_store_at_once(
    place: str, isolation: str, start: Callable[..., subprocess.Popen[str]]
) -> None:
    usual = f"{place}&options=-c%20default_transaction_isolation%3D{isolation}"
    processes = [start("opening", usual) for _ in range(4)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=60) for process in processes]
    assert [errors for _, errors in outputs] == [""] * 4
    [epoch] = {output.strip() for output, _ in outputs}
    with closing(open_store(place)) as store:
        assert store.position() == replace(store.position(), epoch=epoch, latest=4)


def test_a_migration_that_fails_leaves_nothing_behind(
    place: str, admin: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = {**MIGRATIONS, "broken": "CREATE TABLE half (id int); CREATE TABLE half (id int)"}
    monkeypatch.setattr(preparing, "MIGRATIONS", broken)
    with pytest.raises(psycopg.errors.DuplicateTable):
        open_store(place)
    schema = Address.of(place).schema
    assert admin("SELECT 1 FROM pg_namespace WHERE nspname = %s", schema) == []
    monkeypatch.undo()
    with closing(open_store(place)) as store:
        assert Speaker(store).event() == 1


def test_a_store_of_an_older_version_is_brought_up_to_date(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(open_store(place)) as store:
        epoch = store.position().epoch
        Speaker(store).event()
    later = {**MIGRATIONS, "later": "ALTER TABLE events ADD COLUMN later INTEGER"}
    monkeypatch.setattr(preparing, "MIGRATIONS", later)
    with closing(open_store(place)) as store:
        assert Speaker(store).event() == 2
        assert store.position().epoch == epoch


def test_what_a_node_of_an_older_version_is_just_doing_is_counted(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    older_ones = dict(takewhile(lambda one: one[0] != "counts of tasks", MIGRATIONS.items()))
    monkeypatch.setattr(preparing, "MIGRATIONS", older_ones)
    with closing(open_store(place)) as older, ThreadPoolExecutor(1) as pool:
        run = Speaker(older).run()
        first, _ = Speaker(older).queue(run, "a", "b")
        monkeypatch.undo()
        with psycopg.connect(server_url()) as node:
            tasks = psql.Identifier(Address.of(place).schema, "tasks")
            node.execute(psql.SQL("UPDATE {} SET status = 'completed' WHERE id = %s").format(tasks), (first.id,))
            opening = pool.submit(open_store, place)
            assert wait([opening], timeout=0.5).not_done
        with closing(opening.result()) as store:
            [tally] = store.tallies(run.jobs[0].id)
            assert tally.counts == {Status.PENDING: 1, Status.COMPLETED: 1}


def test_a_store_of_a_newer_version_is_refused_and_left_alone(place: str, admin: Admin) -> None:
    open_store(place).close()
    schema = Address.of(place).schema
    newer = psql.SQL("INSERT INTO {} VALUES ('from the future', now())").format(
        psql.Identifier(schema, MIGRATIONS_TABLE)
    )
    admin(newer)
    error = refusal(place)
    assert "newer version" in error.detail
    assert "Upgrade" in str(error.hint)


def test_the_schema_of_another_program_is_refused_and_left_alone(place: str, admin: Admin) -> None:
    schema = psql.Identifier(Address.of(place).schema)
    admin(psql.SQL("CREATE SCHEMA {}").format(schema))
    admin(psql.SQL("CREATE TABLE {}.runs (id int)").format(schema))
    assert "another program" in refusal(place).detail
    assert admin(psql.SQL("SELECT count(*) FROM {}.runs").format(schema)) == [(0,)]


def test_an_empty_schema_becomes_a_store(place: str, admin: Admin) -> None:
    admin(psql.SQL("CREATE SCHEMA {}").format(psql.Identifier(Address.of(place).schema)))
    with closing(open_store(place)) as store:
        assert Speaker(store).event() == 1


@pytest.mark.parametrize(
    "name", ["Ünder Score", 'a"; DROP SCHEMA public; --', "select", "a%sb:c?d", "x" * 63, "données_" + "é" * 27]
)
def test_schemas_of_any_name_will_do(name: str, admin: Admin) -> None:
    admin(psql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(psql.Identifier(name)))
    with closing(open_store(server_url(), schema=name)) as store:
        say = Speaker(store)
        run = say.run()
        say.queue(run, "a")
        assert say.claimed().key == "a"
        assert say.event() == 1
    assert admin("SELECT count(*) FROM pg_namespace WHERE nspname = %s", name) == [(1,)]
    admin(psql.SQL("DROP SCHEMA {} CASCADE").format(psql.Identifier(name)))


def test_a_schema_in_the_url_is_the_schema_and_nothing_for_the_server() -> None:
    address = Address.of("postgresql://me:secret@db:5433/cat?sslmode=require&schema=my%20own&application_name=x%2By+z")
    assert address.schema == "my own"
    assert address.parameters["application_name"] == "x+y+z"
    assert (address.parameters["host"], address.parameters["port"]) == ("db", "5433")
    assert address.parameters["sslmode"] == "require"
    assert "secret" not in address.display
    assert Address.of("postgresql://db/cat").schema == "catalogctl"
    assert Address.of("postgresql://db/cat?schema=a", schema="b").schema == "b"


@pytest.mark.parametrize("password", ["p#ss", "p?ss", "p?schema=ss", "p:ss"])
def test_a_password_reaches_the_server_though_nothing_in_it_is_escaped(password: str) -> None:
    address = Address.of(f"postgresql://me:{password}@a:5432,b:5433/cat?schema=own&sslmode=require")
    assert address.schema == "own"
    wanted = {"user": "me", "password": password, "host": "a,b", "port": "5432,5433", "dbname": "cat"}
    assert wanted.items() <= address.parameters.items()
    assert address.parameters["sslmode"] == "require"
    assert address.display == "postgresql://me:***@a:5432,b:5433/cat?schema=own&sslmode=require"


def test_a_slash_that_the_server_would_take_for_the_end_of_a_port_is_refused_without_telling_the_password() -> None:
    with pytest.raises(InvalidInput, match="its port is no number") as caught:
        Address.of("postgresql://me:secr/et@db/cat")
    assert "secr" not in caught.value.detail


def test_of_several_servers_the_one_is_taken_that_can_be_written() -> None:
    assert Address.of("postgresql://a,b/cat").parameters["target_session_attrs"] == "read-write"
    assert "target_session_attrs" not in Address.of("postgresql://a/cat").parameters
    assert Address.of("postgresql://a,b/cat?target_session_attrs=any").parameters["target_session_attrs"] == "any"


@pytest.mark.parametrize("url", ["mysql://a/b", "postgresql://db/cat?no_such_option=1", "postgresql://[::1/cat", "x"])
def test_what_is_no_url_of_postgresql_is_refused_as_input(url: str) -> None:
    with pytest.raises(InvalidInput):
        open_store(url)


def test_a_name_that_is_too_long_for_a_schema_is_refused_as_input() -> None:
    with pytest.raises(InvalidInput, match="schema"):
        open_store(server_url(), schema="x" * 64)


def test_a_server_that_is_not_there_is_told_with_its_address_and_without_its_password() -> None:
    error = refusal("postgresql://me:hunter2@127.0.0.1:9/cat")
    assert "127.0.0.1" in error.detail
    assert "hunter2" not in f"{error.detail} {error.hint}"


def test_a_database_that_is_not_there_is_told() -> None:
    # The server's own words: what it says while a connection is made comes without an SQLSTATE.
    assert 'database "nowhere"' in refusal(server_url().replace("/postgres?", "/nowhere?")).detail


def test_a_user_without_rights_is_told_what_is_lacking(place: str, admin: Admin) -> None:
    with lesser_user(admin, place) as lesser:
        assert "right" in refusal(lesser).detail
        admin(psql.SQL("CREATE SCHEMA {} AUTHORIZATION lesser").format(psql.Identifier(Address.of(place).schema)))
        # The right to make schemas is not needed where there is one.
        with closing(open_store(lesser)) as store:
            assert Speaker(store).event() == 1


@contextmanager
def lesser_user(admin: Admin, place: str) -> Iterator[str]:
    admin("CREATE USER lesser")
    try:
        yield place.replace("postgres:@", "lesser@")
    finally:
        admin("DROP OWNED BY lesser CASCADE")
        admin("DROP USER lesser")


def test_a_database_of_another_encoding_is_refused(admin: Admin) -> None:
    admin("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    try:
        assert "LATIN1" in refusal(server_url().replace("/postgres?", "/latin?")).detail
    finally:
        admin("DROP DATABASE latin WITH (FORCE)")


def test_tables_that_were_dropped_are_told_and_made_again_by_opening(place: str, admin: Admin) -> None:
    schema = psql.Identifier(Address.of(place).schema)
    with closing(open_store(place)) as store:
        Speaker(store).event()
        admin(psql.SQL("DROP SCHEMA {} CASCADE").format(schema))
        for call in (store.position, Speaker(store).event):
            with pytest.raises(StoreUnavailable, match="gone"):
                call()
    with closing(open_store(place)) as store:
        assert Speaker(store).event() == 1


def test_a_server_of_another_kind_is_no_store(tmp_path_factory: pytest.TempPathFactory) -> None:
    with suppress(OSError), pytest.raises(StoreUnavailable):
        open_store(f"postgresql:///cat?host={tmp_path_factory.mktemp('empty')}")
