"""A real model, small and none too clever, at the end of the whole way: what users set up, start, watch and pay."""

import signal
from collections.abc import Iterator
from typing import Any

import pytest
from command_line import CommandLine
from modelled_line import PRICES, set_up
from small_model import CONTEXT, missing, running_small_model

LONGEST = 900
"""Seconds: it writes a few dozen tokens a second, and on every machine it says other things."""
BOUNDS = {"CATALOGCTL_CONTEXT_TOKENS": str(CONTEXT), "CATALOGCTL_LLM_TIMEOUT": str(LONGEST // 2)}

pytestmark = [
    pytest.mark.skipif(missing() is not None, reason=missing() or ""),
    pytest.mark.timeout(LONGEST),
]

NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)"
CITIES = ("CREATE TABLE cities (name TEXT)", f"INSERT INTO cities {NUMBERS} SELECT 'C' || i FROM n")
VISITS = (
    "CREATE TABLE visits (visited_on DATE)",
    f"INSERT INTO visits {NUMBERS} SELECT date('2025-01-01', '+' || i || ' days') FROM n",
)


@pytest.fixture
def url() -> Iterator[str]:
    with running_small_model() as address:
        yield address


def calls_in(events: list[Any]) -> list[Any]:
    return [event["data"] for event in events if event["type"] == "llm.used"]


def test_a_refresh_is_seen_live_and_paid_to_the_cent(cli: CommandLine, url: str) -> None:
    cli.patience = LONGEST / 2
    set_up(cli, url, model="smollm2", **BOUNDS)
    [model] = cli("llm", "models", "--json").records
    assert "SmolLM2" in model["model"]
    server = cli.start("serve", "--port", "0")
    server.talk(lambda line: "serves" in line)
    follower = cli.start("events", "tail", "--topic", "llm", "--since", "earliest", "--json")
    done = cli("refresh", cli.database(*CITIES, *VISITS), "--json")
    assert done.code == 0, done.err
    *events, end = done.records
    assert (end["type"], end["status"], end["exit_code"]) == ("watch.end", "completed", 0)
    assert end["last_seq"] == events[-1]["seq"]
    steps = [event["data"]["current_step"] for event in events if event["type"] == "job.progressed"]
    assert {"llm_batch_1", "llm_batch_2", "generate_kpis", "generate_questions"} <= set(steps)
    calls = calls_in(events)
    assert {call["purpose"] for call in calls} == {"describe tables", "propose key figures", "propose questions"}
    assert all(call["tokens_input"] > 0 and call["tokens_output"] > 0 for call in calls)
    for call in calls:
        price = call["tokens_input"] * PRICES["input"] + call["tokens_output"] * PRICES["output"]
        assert call["cost"] == pytest.approx(price / 1e6)
    result = [event["data"]["result"] for event in events if event["type"] == "job.completed"][-1]
    assert (result["tables"], result["columns"]) == (2, 2)
    assert result["kpis"] > 0
    assert result["questions"] > 0
    [costs] = cli("llm", "costs", "--json").records
    assert costs["total"] == {
        "total_calls": len(calls),
        "total_tokens_input": result["tokens_input"],
        "total_tokens_output": result["tokens_output"],
        "total_cost": result["cost"],
    }
    assert result["tokens_input"] == sum(call["tokens_input"] for call in calls)
    assert result["tokens_output"] == sum(call["tokens_output"] for call in calls)
    assert result["cost"] == pytest.approx(sum(call["cost"] for call in calls))
    assert [follower.line() for _ in calls] == [line + "\n" for line in done.lines if '"type":"llm.used"' in line]
    follower.interrupt()
    assert len(cli("kpis").lines) == result["kpis"]
    assert len(cli("questions").lines) == result["questions"]
    [status] = cli("llm", "status", "--json").records
    assert (status["status"], status["model"]) == ("ok", "smollm2")
    assert status["seconds"] > 0
    # A try is a call as well.
    assert cli("llm", "costs", "--json").records[0]["total"]["total_calls"] == len(calls) + 1
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(30) == 143
