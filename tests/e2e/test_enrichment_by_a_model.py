"""Enrichment by a model from the command line: live, bounded by a budget, and clear when the model misbehaves."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from command_line import CommandLine
from enriching_house import SHOP, TABLES
from modelled_line import A_CALL, set_up
from scripted_mind import described, subject, well
from scripted_model import KEY, Act, Request, Stage, complains, http, opened_stage, says


@pytest.fixture
def stage() -> Iterator[Stage]:
    with opened_stage() as scene:
        scene.is_led_by(well)
        yield scene


@pytest.fixture(params=["store", "server"])
def shop(request: pytest.FixtureRequest, cli: CommandLine, stage: Stage) -> Iterator[CommandLine]:
    """A database that is not extracted yet, and a model for it, with a server that has been found or without one."""
    set_up(cli, stage.url)
    cli.database(*SHOP)
    if request.param == "store":
        yield cli
    else:
        with serving(cli):
            yield cli


@contextmanager
def serving(cli: CommandLine) -> Iterator[None]:
    server = cli.start("serve", "--port", "0")
    server.talk(lambda line: "serves" in line)
    yield
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(30) == 143


def asked(stage: Stage) -> list[str]:
    return [name for request in stage.requests for name in described(request)]


def test_each_call_is_seen_while_the_next_goes_on(shop: CommandLine, stage: Stage) -> None:
    may_go_on = {name: threading.Event() for name in TABLES[1:]}

    def waiting(request: Request) -> Act:
        for name in described(request):
            if name in may_go_on and not may_go_on[name].wait(60):
                return complains(500)
        return well(request)

    stage.is_led_by(waiting)
    run = shop.start("refresh", "shop.db", "--json")
    follower = shop.start("events", "tail", "--topic", "llm", "--since", "earliest", "--json")
    for permission in may_go_on.values():
        seen = run.line(lambda line: '"type":"llm.used"' in line)
        assert follower.line() == seen
        # One answer has been told of, and the next has not been given.
        permission.set()
    done = run.end()
    assert (done.code, done.records[-1]["status"]) == (0, "completed")
    follower.interrupt()
    assert len(follower.end().lines) == 3
    assert asked(stage) == list(TABLES)


def test_what_it_costs_is_the_same_wherever_it_is_told(shop: CommandLine) -> None:
    done = shop("refresh", "shop.db", "--json")
    result = [event["data"]["result"] for event in done.records if event["type"] == "job.completed"][-1]
    assert (result["tokens_input"], result["tokens_output"]) == (500, 100)
    assert result["cost"] == pytest.approx(5 * A_CALL)
    total = shop("llm", "costs", "--json").records[0]["total"]
    assert total == {
        "total_calls": 5,
        "total_tokens_input": 500,
        "total_tokens_output": 100,
        "total_cost": result["cost"],
    }
    assert shop("llm", "costs").lines[-1].split("\t") == ["total", "total", "", "5", "500", "100", "0.15"]
    assert any("600 tokens, $0.15" in line for line in shop("jobs", "show", "2").lines)


def test_a_budget_ends_what_is_sent_and_keeps_what_was_done(shop: CommandLine, stage: Stage) -> None:
    done = shop("refresh", "shop.db", "--max-cost", "0.04")
    assert done.code == 0, done.err
    assert asked(stage) == ["customers", "orders"]
    assert len(stage.requests) == 2
    assert sum("the budget of 0.04 USD is spent (0.06 USD)" in line for line in done.lines) == 3
    run = shop("runs", "show", "latest", "--json").records[0]
    told = {(warning.get("table"), warning["message"]) for warning in run["jobs"][1]["warnings"]}
    assert ("visits", "not described: the budget of 0.04 USD is spent (0.06 USD)") in told
    assert run["jobs"][1]["result"]["cost"] == pytest.approx(2 * A_CALL)
    tables = {line.split("\t")[1]: line for line in shop("catalog", "show", "shop").lines}
    assert "The model on orders." in tables["orders"]
    assert "The model" not in tables["visits"]
    assert shop("kpis").lines
    assert shop("questions").lines


@pytest.mark.parametrize("amount", ["0", "-1", "much"])
def test_a_budget_that_is_no_amount_is_refused(cli: CommandLine, amount: str) -> None:
    done = cli("enrich", "shop", "--max-cost", amount)
    assert done.code == 2
    assert "amount of USD above 0" in " ".join(done.err.split())


def test_a_budget_without_a_price_is_refused_before_anything_is_sent(cli: CommandLine, stage: Stage) -> None:
    set_up(cli, stage.url, is_priced=False)
    done = cli("refresh", cli.database(*SHOP), "--max-cost", "1", "--json")
    assert (done.code, done.error["code"]) == (2, "invalid_input")
    assert "what 'tiny' costs is not known" in done.error["detail"]
    assert "CATALOGCTL_LLM_PRICES" in done.error["hint"]
    assert stage.requests == []


FAULTS: dict[str, tuple[Act, str]] = {
    "a wrong key": (complains(401, f"Incorrect API key provided: {KEY}"), "does not accept the key (401)"),
    "no such model": (complains(404, "none", code="model_not_found"), "none. List them: catalogctl llm models"),
    "prose": (says("Once upon a time …"), "'tiny' gave no usable answer, nor when it was asked to repair it"),
    "a web page": (http(200, "<html>Log in</html>", kind="text/html"), "answers with a web page"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_model_that_says_nothing_of_use_fails_the_run_and_says_why(
    cli: CommandLine, stage: Stage, fault: str
) -> None:
    act, said = FAULTS[fault]
    set_up(cli, stage.url)
    stage.is_led_by(lambda _: act)
    done = cli("refresh", cli.database(*SHOP))
    assert done.code == 1
    assert said in done.out
    assert KEY not in done.out + done.err
    # What was extracted is there all the same.
    assert len(cli("catalog", "show", "shop").lines) == len(TABLES)
    assert cli("kpis").lines == []
    [error] = [job["error_message"] for job in cli("jobs", "list", "--json").records if job["status"] == "failed"]
    assert said in error


def test_a_batch_that_fails_is_named_and_the_run_completes(shop: CommandLine, stage: Stage) -> None:
    stage.is_led_by(lambda request: complains(401) if "orders" in described(request) else well(request))
    done = shop("refresh", "shop.db")
    assert done.code == 0, done.err
    [warning] = [line for line in done.lines if "not described" in line]
    assert "orders" in warning
    assert "does not accept the key" in warning


def test_a_call_that_is_never_answered_is_left_after_the_time_that_is_set(cli: CommandLine, stage: Stage) -> None:
    set_up(cli, stage.url, CATALOGCTL_LLM_TIMEOUT="0.5")
    stage.is_led_by(lambda _: stage.silence)
    done = cli("refresh", cli.database(*SHOP))
    assert done.code == 1
    assert "no complete answer within 0.5 s" in done.out
    assert stage.left.wait(30)


def test_a_dry_run_says_what_would_go_out_and_sends_nothing(shop: CommandLine, stage: Stage) -> None:
    assert shop("extract", "shop.db").code == 0
    facts = dict(line.split("\t") for line in shop("enrich", "--dry-run").lines)
    assert facts["model"].startswith("tiny (127.0.0.1:")
    assert (facts["tables"], facts["batches"]) == ("3: customers, orders, visits", "3")
    assert (facts["samples"], facts["withheld"]) == ("false", "all values: only names, types and figures go out")
    record = shop("enrich", "shop", "--dry-run", "--table", "customers", "--json").records[0]
    assert record["tables"] == ["customers"]
    assert record["withheld"] == ["customers.email"]
    assert record["tokens_input"] > 100
    assert record["tokens_output"] > 100
    assert record["cost"] == pytest.approx((record["tokens_input"] * 100 + record["tokens_output"] * 1000) / 1e6)
    by_rules = dict(line.split("\t") for line in shop("enrich", "--dry-run", "--model", "rules").lines)
    assert (by_rules["model"], by_rules["cost"], by_rules["tokens"]) == ("rules", "$0", "0")
    assert "withheld" not in by_rules
    assert stage.requests == []
    assert shop("llm", "costs", "--json").records[0]["total"]["total_calls"] == 0
    assert len(shop("runs", "list").lines) == 1


def test_a_dry_run_names_the_columns_that_stay_at_home_when_values_may_go(cli: CommandLine, stage: Stage) -> None:
    set_up(cli, stage.url, is_priced=False, CATALOGCTL_LLM_SAMPLES="true")
    assert cli("extract", cli.database(*SHOP)).code == 0
    facts = dict(line.split("\t") for line in cli("enrich", "--dry-run").lines)
    assert (facts["samples"], facts["withheld"]) == ("true", "the values of 1 column: customers.email")
    assert facts["cost"] == "?"
    assert stage.requests == []


def test_a_status_is_a_call_and_the_list_of_models_is_the_endpoints(shop: CommandLine, stage: Stage) -> None:
    [status] = shop("llm", "status", "--json").records
    assert (status["status"], status["model"]) == ("ok", "tiny")
    assert status["seconds"] >= 0
    assert [subject(request) for request in stage.requests] == [None]
    assert [record["model"] for record in shop("llm", "models", "--json").records] == ["tiny", "large"]
    assert {request.headers["authorization"] for request in stage.requests} == {f"Bearer {KEY}"}


def test_a_price_that_nobody_knows_is_a_question_mark(cli: CommandLine, stage: Stage) -> None:
    set_up(cli, stage.url, is_priced=False)
    done = cli("refresh", cli.database(*SHOP), "--json")
    assert done.code == 0, done.err
    calls = [event["data"] for event in done.records if event["type"] == "llm.used"]
    assert len(calls) >= 3
    assert all(call["cost"] is None and call["provider"] in stage.url for call in calls)
    result = [event["data"]["result"] for event in done.records if event["type"] == "job.completed"][-1]
    assert result["cost"] is None
    assert result["tokens_output"] == sum(call["tokens_output"] for call in calls)
    assert cli("llm", "costs", "--json").records[0]["total"]["total_cost"] is None
    assert {line.split("\t")[-1] for line in cli("llm", "costs").lines} == {"?"}
