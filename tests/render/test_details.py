from dataclasses import replace
from io import StringIO

from rich.console import Console
from runs_at_work import HOSTILE, NOW, RUN_ID, run_of, running_job

from catalogctl.domain.runs import Note, RunningStatus, RunOptions
from catalogctl.render.details import Fact, job_facts, run_facts, status_facts, tab_separated
from catalogctl.render.palette import ASCII, UNICODE
from catalogctl.render.sheets import facts_sheet, verdict_line


def test_a_run_is_told_in_full_one_fact_a_line() -> None:
    job = replace(running_job(), warnings=(Note(table=HOSTILE, message="broken"),), warnings_total=1)
    run = replace(run_of(job), options=RunOptions(tables=("a", "b"), sample=10))
    lines = tab_separated(run_facts(run))
    assert lines[:3] == ["run\t12", "source\tshop", "status\trunning"]
    assert f"run_id\t{RUN_ID}" in lines
    assert "option tables\ta, b" in lines
    assert "option sample\t10" in lines
    assert "extraction step profile_tables\trunning 7 of 12" in lines
    assert r"extraction warning" + "\t" + r"cu[red]st\e[31mo\u202emers\n\x07: broken" in lines
    assert all(line.count("\t") == 1 for line in lines)


def test_what_is_not_known_is_left_out() -> None:
    names = [line.split("\t")[0] for line in tab_separated(job_facts(running_job()))]
    assert "completed_at" not in names
    assert "error" not in names


def test_a_status_is_told() -> None:
    assert tab_separated(status_facts(RunningStatus())) == ["is_running\tfalse"]
    assert tab_separated(status_facts(RunningStatus(active_run_ids=("a", "b")))) == [
        "is_running\ttrue",
        "current_run_id\ta",
        "active_run_ids\ta b",
    ]


def test_long_values_go_on_below_themselves_on_a_terminal() -> None:
    console = Console(file=StringIO(), width=30, highlight=False, markup=False)
    with console.capture() as capture:
        console.print(facts_sheet([Fact("error", "word " * 10 + HOSTILE), Fact("missing", None)]))
    lines = capture.get().splitlines()
    assert len(lines) > 2
    assert all(line.startswith("       ") for line in lines[1:])
    assert "\x1b" not in capture.get()


def test_a_verdict_has_a_sign_and_words() -> None:
    for is_ok, sign in ((True, "✔"), (False, "✘"), (None, "·")):
        console = Console(file=StringIO(), width=60, highlight=False, markup=False)
        with console.capture() as capture:
            console.print(verdict_line("store", "fine [red]", is_ok=is_ok, glyphs=UNICODE))
        assert capture.get().rstrip() == f"{sign} store  fine [red]"
    assert ASCII.ok.isascii()
    assert NOW.tzinfo is not None
