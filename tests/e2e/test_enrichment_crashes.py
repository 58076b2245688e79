"""kill -9 between two calls of a model: what was answered and recorded is asked, and paid, once."""

import signal
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from command_line import CommandLine, wait_until
from enriching_house import SHOP, TABLES
from modelled_line import A_CALL, set_up
from scripted_mind import KPIS, QUESTIONS, described, subject, well
from scripted_model import Request, Stage, opened_stage

EVERYTHING = (*TABLES, KPIS, QUESTIONS)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with opened_stage() as scene:
        scene.is_led_by(well)
        yield scene


def wanted(request: Request) -> str:
    """The table, or the subject, of a request."""
    return next(iter(described(request)), str(subject(request)))


def silent_once(stage: Stage, at: str) -> None:
    """The first time that the model is asked for *at* it says nothing, until whoever asks is gone."""
    left = [stage.silence]
    stage.is_led_by(lambda request: left.pop() if wanted(request) == at and left else well(request))


def told(cli: CommandLine) -> list[Any]:
    """The calls of models in the log, which are those that are kept."""
    [costs] = cli("llm", "costs", "--json").records
    count = str(costs["total"]["total_calls"])
    tail = cli("events", "tail", "--topic", "llm", "--since", "earliest", "--limit", count, "--json")
    return [event["data"] for event in tail.records]


def check_nothing_was_paid_twice(cli: CommandLine, stage: Stage, *, interrupted: str) -> None:
    asked = Counter(map(wanted, stage.requests))
    assert asked == Counter(EVERYTHING) + Counter([interrupted])
    calls = [call for call in told(cli) if call["ok"]]
    assert len(calls) == len(EVERYTHING)
    [run] = cli("runs", "list", "--json").records
    result = run["jobs"][1]["result"]
    assert run["status"] == "completed"
    assert result["cost"] == pytest.approx(sum(call["cost"] for call in calls)) == pytest.approx(5 * A_CALL)
    assert (result["tokens_input"], result["tables"]) == (500, len(TABLES))
    described = [line.split("\t")[7] for line in cli("catalog", "show", "shop").lines]
    assert described == [f"The model on {name}." for name in TABLES]
    assert len(cli("kpis").lines) == len(cli("questions").lines) == len(TABLES)


@pytest.mark.parametrize("at", ["visits", QUESTIONS])
def test_a_killed_refresh_is_tried_again_from_where_it_was(cli: CommandLine, stage: Stage, at: str) -> None:
    set_up(cli, stage.url)
    silent_once(stage, at)
    refresh = cli.start("refresh", cli.database(*SHOP))
    assert stage.arrived.wait(60)
    refresh.process.kill()
    assert refresh.process.wait(30) == -signal.SIGKILL
    [run] = cli("runs", "list", "--json").records
    assert (run["status"], run["jobs"][1]["error_message"]) == ("failed", "the process that did the work is gone")
    assert run["jobs"][0]["status"] == "completed"
    assert cli("runs", "retry", "latest", "--watch").code == 0
    check_nothing_was_paid_twice(cli, stage, interrupted=at)
    # Nobody was left to tell of the call that the killed process waited for.
    assert len(told(cli)) == len(stage.requests) - 1


@pytest.mark.parametrize("at", ["orders", KPIS])
def test_the_worker_that_comes_after_a_killed_one_goes_on(cli: CommandLine, stage: Stage, at: str) -> None:
    set_up(cli, stage.url)
    silent_once(stage, at)
    server = cli.start("serve", "--port", "0")
    server.talk(lambda line: "serves" in line)
    refresh = cli.start("refresh", cli.database(*SHOP), "--json")
    assert stage.arrived.wait(60)
    [worker] = cli.workers()
    worker.kill()
    done = refresh.end()
    assert (done.code, done.records[-1]["status"]) == (0, "completed")
    assert sum(event["type"] == "llm.used" for event in done.records) == len(EVERYTHING)
    check_nothing_was_paid_twice(cli, stage, interrupted=at)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(30) == 143


def test_a_killed_server_leaves_a_run_that_the_next_one_goes_on_with(cli: CommandLine, stage: Stage) -> None:
    set_up(cli, stage.url)
    silent_once(stage, "visits")
    first = cli.start("serve", "--port", "0")
    first.talk(lambda line: "serves" in line)
    assert cli("refresh", cli.database(*SHOP), "--detach").code == 0
    assert stage.arrived.wait(60)
    first.process.kill()
    assert first.process.wait(30) == -signal.SIGKILL
    assert stage.left.wait(30)
    second = cli.start("serve", "--port", "0")
    second.talk(lambda line: "serves" in line)
    assert cli("runs", "watch", "latest").code == 0
    check_nothing_was_paid_twice(cli, stage, interrupted="visits")
    second.process.send_signal(signal.SIGTERM)
    assert second.process.wait(30) == 143


def test_a_server_that_is_told_to_stop_leaves_its_call_and_the_next_makes_it_again(
    cli: CommandLine, stage: Stage
) -> None:
    set_up(cli, stage.url)
    silent_once(stage, "visits")
    first = cli.start("serve", "--port", "0")
    first.talk(lambda line: "serves" in line)
    assert cli("refresh", cli.database(*SHOP), "--detach").code == 0
    assert stage.arrived.wait(60)
    first.process.send_signal(signal.SIGTERM)
    assert first.process.wait(60) == 143
    second = cli.start("serve", "--port", "0")
    second.talk(lambda line: "serves" in line)
    assert cli("runs", "watch", "latest").code == 0
    assert Counter(map(wanted, stage.requests)) == Counter(EVERYTHING) + Counter(["visits"])
    # Here somebody was left to tell of the call that was given up.
    assert [call["ok"] for call in told(cli)].count(False) == 1
    assert len(told(cli)) == len(stage.requests)
    second.process.send_signal(signal.SIGTERM)
    assert second.process.wait(30) == 143


def test_a_cancelled_run_tells_of_the_call_that_it_left(cli: CommandLine, stage: Stage) -> None:
    set_up(cli, stage.url)
    silent_once(stage, "orders")
    refresh = cli.start("refresh", cli.database(*SHOP))
    assert stage.arrived.wait(60)
    refresh.interrupt()
    assert refresh.end().code == 130
    assert stage.left.wait(30)
    [run] = cli("runs", "list", "--json").records
    assert run["status"] == "cancelled"
    wait_until(lambda: len(told(cli)) == len(stage.requests))
    assert [call["ok"] for call in told(cli)] == [True, False]
    assert cli("runs", "retry", "latest", "--watch").code == 0
    assert Counter(map(wanted, stage.requests)) == Counter(EVERYTHING) + Counter(["orders"])
