import json

from command_line import CommandLine


def test_status_says_whether_anything_runs(cli: CommandLine) -> None:
    assert cli("status").lines == ["is_running\tfalse"]
    assert cli("status", "--json").records == [{"is_running": False, "current_run_id": None, "active_run_ids": []}]
    run_id = cli("extract", cli.endless(), "--detach").lines[0].split("\t")[1]
    assert cli("status").lines == ["is_running\ttrue", f"current_run_id\t{run_id}", f"active_run_ids\t{run_id}"]
    assert cli("status", "--json").records[0]["active_run_ids"] == [run_id]


def test_status_followed_shows_every_change(cli: CommandLine) -> None:
    follower = cli.start("status", "--follow", "--json")
    assert json.loads(follower.line())["is_running"] is False
    run_id = cli("extract", cli.endless(), "--detach").lines[0].split("\t")[1]
    assert json.loads(follower.line()) == {"is_running": True, "current_run_id": run_id, "active_run_ids": [run_id]}
    cli("runs", "cancel", run_id)
    assert json.loads(follower.line())["is_running"] is False
    follower.interrupt()
    assert follower.end().code == 130


def test_waiting_for_idleness_returns_when_nothing_runs(cli: CommandLine) -> None:
    assert cli("status", "--wait-idle").code == 0
    cli("extract", cli.endless(), "--detach")
    late = cli("status", "--wait-idle", "--timeout", "1", "--json")
    assert late.code == 124
    assert late.error["code"] == "timeout"
    waiter = cli.start("status", "--wait-idle", "--follow")
    assert "running" in waiter.line()
    cli("runs", "cancel", "latest")
    done = waiter.end()
    assert done.code == 0
    assert done.lines[-1].endswith("idle")


def test_events_are_told_from_now_on(cli: CommandLine) -> None:
    cli("extract", cli.database("CREATE TABLE t(a)"))
    first = cli("events", "tail", "--since", "earliest", "--limit", "1")
    seq, _time, kind, run_id, words = first.lines[0].split("\t")
    assert (seq, kind, words) == ("1", "run.created", "shop  pending")
    tail = cli.start("events", "tail", "--topic", "catalog", "--topic", "status", "--limit", "3", "--json")
    # The tail is attached once it is told of a run that was started after it.
    for _ in range(100):
        cli("extract", "shop", "--quiet")
        if tail.process.poll() is not None:
            break
    done = tail.end()
    assert done.code == 0
    kinds = [record["type"] for record in done.records]
    assert set(kinds) <= {"status.changed", "catalog.changed"}
    assert len(kinds) == 3
    assert all(record["seq"] > int(seq) for record in done.records)
    assert run_id not in done.out


def test_a_cursor_is_gone_on_from_exactly(cli: CommandLine) -> None:
    cli("extract", cli.database("CREATE TABLE t(a)"))
    every = cli("events", "tail", "--since", "earliest", "--limit", "6", "--json").lines
    third = json.loads(every[2])["seq"]
    assert cli("events", "tail", "--since", str(third), "--limit", "3", "--json").lines == every[3:]


def test_a_cursor_that_the_log_does_not_hold_is_told_of(cli: CommandLine) -> None:
    cli("extract", cli.database("CREATE TABLE t(a)"))
    tail = cli.start("events", "tail", "--since", "999999", "--json")
    reset = json.loads(tail.line())
    assert reset["type"] == "events.reset"
    assert reset["requested"] == "999999"
    tail.interrupt()
    assert tail.end().code == 130


def test_a_cursor_that_is_none_is_a_mistake(cli: CommandLine) -> None:
    done = cli("events", "tail", "--since", "yesterday", "--json")
    assert done.code == 2
    assert done.error["code"] == "invalid_cursor"
    assert cli("events", "tail", "--topic", "weather").code == 2


def test_the_end_of_the_reader_ends_a_tail_though_nothing_happens(cli: CommandLine) -> None:
    cli("extract", cli.database("CREATE TABLE t(a)"))
    tail = cli.start("events", "tail", "--since", "earliest")
    tail.line()
    assert tail.process.stdout is not None
    tail.process.stdout.close()
    assert tail.process.wait(20) == 141
