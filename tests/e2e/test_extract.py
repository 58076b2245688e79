import json
import os
import signal
import sqlite3
import subprocess
from contextlib import closing

import pytest
from command_line import CommandLine, wait_until


def test_a_database_is_extracted_and_its_catalogue_read(cli: CommandLine) -> None:
    cli.database(
        "CREATE TABLE customer (id INTEGER PRIMARY KEY, email TEXT)",
        "CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customer(id))",
        "INSERT INTO customer(email) VALUES ('ada@example.org'), (NULL)",
    )
    done = cli("extract", "shop.db")
    assert done.code == 0, done.err
    assert done.lines[0].endswith("run 1  shop  extraction  pending")
    assert "completed: 2 tables, 4 columns, 2 rows" in done.out
    tables = [line.split("\t") for line in cli("catalog", "show").lines]
    assert [row[:5] for row in tables] == [
        ["shop", "customer", "table", "2", "2"],
        ["shop", "purchase", "table", "2", "0"],
    ]
    columns = [line.split("\t") for line in cli("catalog", "show", "shop.customer").lines]
    assert [row[:4] for row in columns] == [["id", "INTEGER", "primary", "0.0"], ["email", "TEXT", "", "0.5"]]
    assert cli("catalog", "show", "shop", "customer").lines == cli("catalog", "show", "customer").lines


def test_every_event_and_then_the_end_are_printed_as_json(cli: CommandLine) -> None:
    done = cli("extract", cli.database("CREATE TABLE t(a)"), "--json")
    assert done.code == 0, done.err
    *events, end = done.records
    assert events[0]["type"] == "run.created"
    assert events[-1]["type"] == "run.completed"
    assert end == {
        "type": "watch.end",
        "run_id": events[0]["run_id"],
        "status": "completed",
        "exit_code": 0,
        "last_seq": events[-1]["seq"],
    }
    log = cli("events", "tail", "--since", "earliest", "--run", "1", "--limit", str(len(events)), "--json")
    assert log.lines == done.lines[:-1]


def test_a_source_that_cannot_be_read_fails_the_run(cli: CommandLine) -> None:
    name = cli.database("CREATE TABLE t(a)")
    cli("sources", "add", "broken", name)
    (cli.folder / name).unlink()
    done = cli("extract", "broken", "--json")
    assert done.code == 1
    assert done.records[-1]["status"] == "failed"
    assert done.records[-1]["exit_code"] == 1
    assert cli("runs", "list", "--status", "failed", "--json").records[0]["jobs"][0]["error_message"]


def test_ctrl_c_cancels_the_run_that_this_process_works_off(cli: CommandLine) -> None:
    running = cli.start("extract", cli.endless(), "--json")
    running.line(lambda line: '"status":"running"' in line)
    running.interrupt()
    done = running.end()
    assert done.code == 130
    end = json.loads(done.lines[-1])
    assert (end["status"], end["exit_code"]) == ("cancelled", 130)
    assert "cancelling run 1" in done.err
    assert cli("runs", "show", "1", "--json").records[0]["status"] == "cancelled"


def test_a_second_ctrl_c_ends_the_process_at_once(cli: CommandLine) -> None:
    running = cli.start("extract", cli.endless())
    running.line(lambda line: "started" in line)
    # The store is held, so that cancelling cannot succeed.
    keeper = sqlite3.connect(cli.folder / "store.db", isolation_level=None)
    keeper.execute("BEGIN IMMEDIATE")
    try:
        running.interrupt()
        running.talk(lambda line: "cancelling" in line)
        running.interrupt()
        assert running.end().code == 130
    finally:
        keeper.execute("ROLLBACK")
        keeper.close()
    # Whoever opens the store next settles what was left.
    assert cli("runs", "show", "1", "--json").records[0]["status"] == "failed"


def test_sigterm_cancels_too_and_says_so_in_the_exit_status(cli: CommandLine) -> None:
    running = cli.start("extract", cli.endless())
    running.line(lambda line: "started" in line)
    running.process.send_signal(signal.SIGTERM)
    assert running.end().code == 143
    assert cli("runs", "show", "--json").records[0]["status"] == "cancelled"


def test_sigterm_said_twice_cancels_all_the_same(cli: CommandLine) -> None:
    running = cli.start("extract", cli.endless())
    running.line(lambda line: "started" in line)
    # The store is held, so that the second comes before the run is cancelled.
    with closing(sqlite3.connect(cli.folder / "store.db", isolation_level=None)) as keeper:
        keeper.execute("BEGIN IMMEDIATE")
        running.process.send_signal(signal.SIGTERM)
        running.talk(lambda line: "cancelling" in line)
        running.process.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            running.process.wait(0.3)
        keeper.execute("ROLLBACK")
    assert running.end().code == 143
    assert cli("runs", "show", "--json").records[0]["status"] == "cancelled"


def test_a_run_that_takes_too_long_is_cancelled(cli: CommandLine) -> None:
    done = cli("extract", cli.endless(), "--timeout", "1s", "--json")
    assert done.code == 124
    assert (done.records[-1]["status"], done.records[-1]["exit_code"]) == ("cancelled", 124)
    assert done.error["code"] == "timeout"


def test_a_table_that_takes_too_long_is_a_warning(cli: CommandLine) -> None:
    done = cli("extract", cli.endless(), "--deadline", "1", "--json")
    assert done.code == 0
    job = cli("jobs", "list", "--json").records[0]
    assert job["warnings"][0]["table"] == "forever"
    assert cli("runs", "list", "--json").records[0]["options"] == {"deadline": 1.0}


def test_a_selection_of_tables_is_kept_with_the_run(cli: CommandLine) -> None:
    name = cli.database("CREATE TABLE a(x)", "CREATE TABLE b(x)", "CREATE TABLE c(x)")
    assert cli("extract", name, "--table", "a", "--table", "c", "--sample", "10").code == 0
    assert [line.split("\t")[1] for line in cli("catalog", "show").lines] == ["a", "c"]
    assert cli("runs", "show", "--json").records[0]["options"] == {"tables": ["a", "c"], "sample": 10}


def test_when_nobody_reads_the_pipe_any_more_the_run_is_cancelled(cli: CommandLine) -> None:
    running = cli.start("extract", cli.endless())
    running.line()
    assert running.process.stdout is not None
    running.process.stdout.close()
    assert running.process.wait(20) == 141
    assert cli("runs", "show", "--json").records[0]["status"] == "cancelled"


def test_a_detached_run_goes_on_in_the_background_to_its_end(cli: CommandLine) -> None:
    done = cli("extract", cli.endless(), "--deadline", "1s", "--detach")
    assert done.code == 0, done.err
    number, run_id, source, kind, _status = done.lines[0].split("\t")[:5]
    assert (number, source, kind) == ("1", "endless", "extraction")
    assert "catalogctl runs watch 1" in done.err
    watched = cli("runs", "watch", run_id)
    assert watched.code == 0, watched.err
    assert "completed" in watched.lines[-1]
    # The worker leaves when it has nothing left to do.
    wait_until(lambda: not cli.workers())


def test_a_second_run_on_the_same_source_is_refused_and_the_first_named(cli: CommandLine) -> None:
    name = cli.endless()
    cli("extract", name, "--detach")
    done = cli("extract", name, "--json")
    assert done.code == 6
    assert done.error["code"] == "run_active"
    assert done.error["run_id"] == cli("runs", "show", "1", "--json").records[0]["run_id"]
    assert "catalogctl runs watch 1" in done.error["hint"]


def test_a_quiet_run_says_nothing_but_its_exit_status(cli: CommandLine) -> None:
    done = cli("extract", cli.database("CREATE TABLE t(a)"), "--quiet")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_a_quiet_run_that_fails_says_why(cli: CommandLine) -> None:
    torn = cli.database("CREATE TABLE t(a)", name="torn.db")
    os.truncate(cli.folder / torn, 100)
    done = cli("extract", torn, "--quiet")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: run 1 failed: source 'torn' cannot be read: ")
    assert done.err.count("\n") == 1


def test_an_empty_source_is_not_the_folder_one_is_in(cli: CommandLine) -> None:
    cli.database("CREATE TABLE t(a)")
    for words in (("extract", ""), ("refresh", ""), ("enrich", ""), ("sources", "add", "all", ""), ("serve", "")):
        done = cli(*words)
        assert (done.code, done.out) == (2, ""), words
        assert "the SOURCE that was given is empty" in done.err, words
    assert cli("sources", "list").lines == []
