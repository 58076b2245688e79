from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console
from runs_at_work import NOW, run_of, running_job

from catalogctl.domain.runs import JobType, Run, Status
from catalogctl.render.frame import frame
from catalogctl.render.palette import ASCII, UNICODE, Glyphs
from catalogctl.render.view import RunView


def drawn(
    run: Run, *, width: int = 80, height: int | None = None, notice: str | None = None, glyphs: Glyphs = UNICODE
) -> list[str]:
    console = Console(file=StringIO(), width=width, highlight=False, markup=False)
    with console.capture() as capture:
        console.print(frame(RunView(run=run, notice=notice), now=NOW, width=width, height=height, glyphs=glyphs))
    return capture.get().splitlines()


def test_a_running_job_shows_steps_progress_counts_time_and_the_tables_at_work() -> None:
    lines = drawn(run_of(running_job()))
    assert lines[0].startswith("● Run 12  shop")
    assert lines[0].endswith("running      42s")
    assert "extraction  ━━━" in lines[1]
    assert lines[1].endswith("58%")
    assert "✔ Read metadata" in lines[2]
    assert lines[2].endswith("0.4s")
    assert "Profile tables  7 of 12" in lines[3]
    assert lines[3].endswith("42s")
    assert lines[4].strip().startswith("orders, order_items, ")
    assert lines[5].strip() == "○ Save to catalogue"


def test_names_from_a_source_do_nothing() -> None:
    line = drawn(run_of(running_job()))[4]
    assert r"cu[red]st\e[31mo\u202emers\n\x07" in line
    assert "\x1b" not in line


@pytest.mark.parametrize("width", [20, 40, 80, 120])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_no_line_is_wider_than_the_terminal(width: int, glyphs: Glyphs) -> None:
    job = running_job(warnings=120)
    failed = replace(job, progress=61).failed(error="no table could be profiled: " + "日本 " * 200, at=NOW)
    for shown in (job, failed):
        for line in drawn(run_of(shown), width=width, notice="connection lost", glyphs=glyphs):
            assert cell_len(line) <= width, line


@pytest.mark.parametrize("height", range(1, 14))
def test_the_picture_is_never_higher_than_the_terminal(height: int) -> None:
    refresh = run_of(running_job(warnings=120), replace(running_job(warnings=9), id=4, job_type=JobType.ENRICHMENT))
    lines = drawn(refresh, height=height, notice="connection lost")
    assert len(lines) == height
    assert lines[0].startswith("● Run 12")


def test_where_room_is_short_what_runs_and_what_is_wrong_stays() -> None:
    text = "\n".join(drawn(run_of(running_job(warnings=120)), height=5, notice="connection lost"))
    assert "Profile tables" in text
    assert "120 warnings" in text
    assert "connection lost" in text
    assert "Save to catalogue" not in text


def test_a_final_picture_shows_every_warning_that_is_kept_and_how_many_are_not() -> None:
    text = "\n".join(drawn(run_of(running_job(warnings=120))))
    assert "table_99: not profiled" in text
    assert "and 20 more" in text


def test_a_failed_run_shows_where_it_stopped_and_why() -> None:
    lines = drawn(run_of(running_job().failed(error="the disk is full", at=NOW)))
    assert lines[0].startswith("✘ Run 12")
    assert any("✘ Profile tables  7 of 12" in line for line in lines)
    assert any("✘ the disk is full" in line for line in lines)
    assert lines[1].endswith("58%")


def test_a_completed_run_says_what_was_achieved() -> None:
    done = running_job().completed(result={"tables": 12, "columns": 81, "rows": 10_412}, at=NOW)
    lines = drawn(run_of(done))
    assert lines[1].endswith("100%")
    assert lines[-1].strip() == "✔ 12 tables, 81 columns, 10,412 rows"


def test_a_new_attempt_is_told() -> None:
    again = running_job().failed(error="x", at=NOW).retried()
    lines = drawn(run_of(again))
    assert "extraction (attempt 2)" in lines[1]
    assert again.status is Status.PENDING


def test_a_clock_that_is_behind_the_servers_shows_no_negative_time() -> None:
    console = Console(file=StringIO(), width=80)
    early = NOW - timedelta(hours=1)
    with console.capture() as capture:
        console.print(frame(RunView(run=run_of(running_job())), now=early, width=80, height=None, glyphs=UNICODE))
    assert "0.0s" in capture.get().splitlines()[0]


def test_without_unicode_every_character_is_ascii() -> None:
    named = replace(running_job(warnings=2), steps=tuple(replace(step, active=()) for step in running_job().steps))
    assert "\n".join(drawn(run_of(named), glyphs=ASCII)).isascii()


def test_the_spinner_moves_with_time() -> None:
    pictures = set()
    for tenths in range(3):
        console = Console(file=StringIO(), width=80)
        moment = NOW + timedelta(seconds=tenths / 10)
        with console.capture() as capture:
            console.print(frame(RunView(run=run_of(running_job())), now=moment, width=80, height=None, glyphs=UNICODE))
        pictures.add(capture.get().splitlines()[3][2])
    assert len(pictures) == 3
