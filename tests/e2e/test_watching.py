import json
import signal
from datetime import UTC, datetime

import pytest
from command_line import CommandLine

from catalogctl.domain.ports.store import Transaction
from catalogctl.domain.runs import RunKind, RunOptions
from catalogctl.domain.sources import Source
from catalogctl.pipeline.ledger import open_run
from catalogctl.settings.resolve import resolve
from catalogctl.wiring.engine import open_engine


def _endless_run(cli: CommandLine) -> str:
    """A run that only ends when somebody ends it, worked on in the background; answers its id."""
    done = cli("extract", cli.endless(), "--detach")
    assert done.code == 0, done.err
    return done.lines[0].split("\t")[1]


def test_two_watchers_and_the_log_agree(cli: CommandLine) -> None:
    run_id = _endless_run(cli)
    first = cli.start("runs", "watch", run_id[:8], "--json")
    second = cli.start("runs", "watch", "#1", "--json")
    for watcher in (first, second):
        watcher.line(lambda line: '"run.created"' in line)
        watcher.line(lambda line: '"status":"running"' in line)
    assert cli("runs", "cancel", "1").code == 0
    ends = [first.end(), second.end()]
    assert [end.code for end in ends] == [3, 3]
    assert ends[0].lines[-1] == ends[1].lines[-1]
    end = json.loads(ends[0].lines[-1])
    assert (end["type"], end["run_id"], end["status"], end["exit_code"]) == ("watch.end", run_id, "cancelled", 3)
    count = len(cli("runs", "watch", "1", "--json").lines) - 1
    log = cli("events", "tail", "--run", "1", "--since", "earliest", "--limit", str(count), "--json")
    assert log.records[-1]["seq"] == end["last_seq"]
    assert cli("runs", "watch", "1", "--json").lines[:-1] == log.lines


def test_the_watch_of_an_ended_run_replays_it_and_ends(cli: CommandLine) -> None:
    cli("extract", cli.database("CREATE TABLE t(a)"))
    replayed = cli("runs", "watch", "latest", "--json")
    assert replayed.code == 0
    assert [record["type"] for record in replayed.records[:1] + replayed.records[-2:]] == [
        "run.created",
        "run.completed",
        "watch.end",
    ]
    plain = cli("runs", "watch")
    assert plain.code == 0
    assert plain.lines[0].endswith("completed")


def test_the_watch_of_a_run_whose_events_are_gone_still_says_how_it_ended(cli: CommandLine) -> None:
    cli("extract", cli.database("CREATE TABLE t(a)", name="first.db"))
    # A worker removes what is not to be kept as soon as it begins.
    cli("extract", cli.database("CREATE TABLE t(a)", name="second.db"), CATALOGCTL_KEEP_EVENTS="1")
    done = cli("runs", "watch", "1", "--json")
    assert done.code == 0
    assert [record["type"] for record in done.records] == ["watch.end"]


def test_ctrl_c_ends_the_watching_and_not_the_run(cli: CommandLine) -> None:
    _endless_run(cli)
    watcher = cli.start("runs", "watch")
    watcher.line()
    watcher.interrupt()
    done = watcher.end()
    assert done.code == 130
    assert "Run 1 goes on" in done.err
    assert "catalogctl runs watch 1" in done.err
    assert cli("runs", "show", "1", "--json").records[0]["status"] == "running"


def test_a_watch_has_its_own_time_limit(cli: CommandLine) -> None:
    _endless_run(cli)
    done = cli("runs", "watch", "--timeout", "1", "--json")
    assert done.code == 124
    assert done.error["code"] == "timeout"
    assert done.error["exit_code"] == 124
    assert cli("runs", "show", "1", "--json").records[0]["status"] == "running"


def test_sigterm_ends_a_watch(cli: CommandLine) -> None:
    _endless_run(cli)
    watcher = cli.start("runs", "watch")
    watcher.line()
    watcher.process.send_signal(signal.SIGTERM)
    assert watcher.end().code == 143


def test_a_watch_notices_that_nobody_reads_it_though_nothing_happens(cli: CommandLine) -> None:
    _endless_run(cli)
    watcher = cli.start("runs", "watch")
    watcher.line()
    assert watcher.process.stdout is not None
    watcher.process.stdout.close()
    assert watcher.process.wait(20) == 141


def test_a_retried_run_is_watched_to_the_end_of_its_new_attempt(cli: CommandLine) -> None:
    _endless_run(cli)
    cli("runs", "cancel", "1")
    assert cli("runs", "watch", "1").code == 3
    again = cli("runs", "retry", "1", "--json")
    assert again.code == 0, again.err
    assert again.records[0]["jobs"][0]["attempt"] == 2
    watcher = cli.start("runs", "watch", "1", "--json")
    watcher.line(lambda line: '"attempt":2' in line)
    cli("runs", "cancel", "1")
    done = watcher.end()
    assert done.code == 3
    # The end of the first attempt was passed on, and was not the end.
    types = [record["type"] for record in cli("runs", "watch", "1", "--json").records]
    assert types.count("run.cancelled") == 2


@pytest.mark.parametrize("reference", ["nothing", "99", "abcd1234", "#99"])
def test_an_unknown_run_is_not_found(cli: CommandLine, reference: str) -> None:
    done = cli("runs", "watch", reference, "--json")
    assert done.code == 5
    assert done.error["code"] == "run_not_found"
    assert cli("runs", "show", reference).code == 5


def test_an_ambiguous_run_is_told_with_its_candidates(cli: CommandLine) -> None:
    ids = ["abcd1111-0000-4000-8000-000000000000", "abcd2222-0000-4000-8000-000000000000"]
    settings = resolve({"store": cli.environ["CATALOGCTL_STORE"]}, environ={}, cwd=cli.folder)
    with open_engine(settings) as engine:
        for number, run_id in enumerate(ids):
            path = cli.folder / cli.database("CREATE TABLE t(a)", name=f"{number}.db")
            source = engine.catalogue.add_source(str(path))

            def create(transaction: Transaction, run_id: str = run_id, source: Source = source) -> None:
                kind, options, at = RunKind.EXTRACTION, RunOptions(), datetime.now(UTC)
                pipelines = engine.pipelines
                open_run(transaction, pipelines, run_id=run_id, source=source.name, kind=kind, options=options, at=at)

            engine.store.transact(create)
            engine.catalogue.cancel_run(run_id)
    done = cli("runs", "show", "abcd", "--json")
    assert done.code == 5
    assert done.error["code"] == "run_ambiguous"
    assert all(run_id in done.error["detail"] for run_id in ids)
    assert cli("runs", "show", "abcd1").lines[0] == "run\t1"
    assert cli("runs", "show", "#2").lines[0] == "run\t2"


def test_a_run_that_has_ended_cannot_be_cancelled_and_one_that_went_well_not_retried(cli: CommandLine) -> None:
    cli("extract", cli.database("CREATE TABLE t(a)"))
    assert cli("runs", "cancel", "1", "--json").error["code"] == "illegal_transition"
    assert cli("runs", "cancel", "1").code == 6
    assert cli("runs", "retry", "1").code == 6


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("extract", "--detach", "--timeout", "5"), "--detach"),
        (("refresh", "--detach", "--timeout", "5"), "--detach"),
        (("enrich", "--detach", "--timeout", "5"), "--detach"),
        (("enrich", "--dry-run", "--detach"), "--dry-run"),
        (("enrich", "--dry-run", "--timeout", "5"), "--dry-run"),
        (("runs", "retry", "latest", "--timeout", "5"), "--watch"),
        (("status", "--timeout", "5"), "--wait-idle"),
    ],
)
def test_an_option_that_could_do_nothing_is_refused(cli: CommandLine, words: tuple[str, ...], wanted: str) -> None:
    cli("sources", "add", "shop", cli.database("CREATE TABLE t(a)"))
    done = cli(*words, "--json")
    assert (done.code, done.error["code"]) == (2, "invalid_input")
    assert wanted in done.error["detail"]
    assert cli("runs", "list").lines == []
