from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from runs_at_work import NOW, run_of, running_job

from catalogctl.domain.sources import Source
from catalogctl.domain.tasks import Task
from catalogctl.render import listings
from catalogctl.render.listing import Column, Eye, Listing
from catalogctl.render.palette import ASCII, UNICODE
from catalogctl.render.tables import table

EYE = Eye(now=NOW, glyphs=UNICODE)
WIDE = st.text(st.sampled_from("ab é日本🎉\t\x1b[x]"), max_size=40)


def drawn(listing: Listing[Any], *, width: int = 80, eye: Eye = EYE) -> list[str]:
    console = Console(file=StringIO(), width=width, highlight=False, markup=False)
    with console.capture() as capture:
        console.print(table(listing, eye=eye, width=width))
    return capture.get().splitlines()


def test_runs_are_aligned_under_their_titles() -> None:
    lines = drawn(listings.runs([run_of(running_job())]), width=100)
    assert lines[0].split() == ["RUN", "ID", "SOURCE", "KIND", "STATUS", "DONE", "STARTED", "TOOK"]
    assert lines[1].split() == ["12", "8f3b2c1d", "shop", "extraction", "●", "running", "58%", "42s", "ago", "42s"]
    assert lines[1].index("shop") == lines[0].index("SOURCE")


def test_a_file_gets_exact_values_and_no_titles() -> None:
    fields = list(listings.runs([run_of(running_job())]).tab_separated())
    assert fields == [
        "12\t8f3b2c1d-5e6f-4a7b-8c9d-0e1f2a3b4c5d\tshop\textraction\trunning\t58\t2026-03-01T12:00:00.000Z\t\t"
    ]


def test_what_matters_least_goes_first_where_it_is_narrow() -> None:
    listing = listings.runs([run_of(running_job())])
    titles = {width: drawn(listing, width=width)[0].split() for width in (100, 60, 48, 36, 30)}
    assert "ID" not in titles[60]
    assert titles[48] == ["RUN", "SOURCE", "STATUS", "DONE", "STARTED", "TOOK"]
    assert titles[36] == ["RUN", "SOURCE", "STATUS", "STARTED"]
    assert titles[30] == ["RUN", "SOURCE", "STATUS"]


@given(rows=st.lists(st.tuples(WIDE, WIDE, WIDE), min_size=1, max_size=5), width=st.integers(10, 90))
def test_no_line_is_wider_than_the_terminal_and_columns_stand_under_each_other(
    rows: list[tuple[str, str, str]], width: int
) -> None:
    listing = Listing(
        rows=rows,
        columns=(
            Column(title="A", plain=lambda row: row[0], can_shrink=True),
            Column(title="B", plain=lambda row: row[1], can_shrink=True, rank=1, wraps=True),
            Column(title="C", plain=lambda row: row[2], rank=2),
        ),
    )
    for line in drawn(listing, width=width):
        assert cell_len(line) <= width
        assert "\x1b" not in line


def told(*rows: tuple[str, ...], width: int, **more: dict[str, Any]) -> list[str]:
    """Columns A, B and C, of which the later ones matter less; *more* by title is what else is true of them."""
    columns = [
        Column(title=title, plain=lambda row, at=at: row[at], can_shrink=True, **{"rank": at, **more.get(title, {})})
        for at, title in enumerate("ABC"[: len(rows[0])])
    ]
    return [line.rstrip() for line in drawn(Listing(rows=rows, columns=columns), width=width)]


def test_text_goes_on_below_itself_between_words_and_not_for_ever() -> None:
    lines = told(("name", "one two three four"), ("x", "y"), width=15, B={"wraps": True, "narrowest": 5})
    assert lines == ["A     B", "name  one two", "      three", "      four", "x     y"]
    lines = told(("name", "w" * 20 + " end"), width=15, B={"wraps": True, "narrowest": 5})
    assert lines[1:] == ["name  " + "w" * 9, "      " + "w" * 9, "      ww end"]
    lines = told(("name", "word " * 100), width=15, B={"wraps": True, "narrowest": 5})
    assert len(lines) == 7
    assert lines[-1].endswith("…")
    lines = told(("a", "日本日本日"), width=8, B={"wraps": True, "narrowest": 5})
    assert lines[1:] == ["a  日本", "   日本", "   日"]


def test_what_wanted_much_comes_back_with_what_is_left() -> None:
    wide = {"narrowest": 40}
    lines = told(("a" * 20, "b" * 60, "c" * 30), width=50, B=wide, C={"narrowest": 30})
    assert lines == ["A" + " " * 21 + "B", "a" * 20 + "  " + "b" * 27 + "…"]
    assert told(("a" * 40, "b" * 60), width=50, B=wide) == ["A", "a" * 40]


def test_of_those_that_matter_as_much_the_widest_shrinks_first() -> None:
    lines = told(("a" * 1000, "short", "text"), width=60, B={"rank": 0}, C={"rank": 0})
    assert lines[1] == "a" * 46 + "…  short  text"
    lines = told(("a" * 90, "b" * 50), width=60, B={"rank": 0})
    assert lines[1] == "a" * 28 + "…  " + "b" * 28 + "…"


def test_empty_columns_and_those_for_files_are_not_drawn() -> None:
    listing = Listing(
        rows=[("x", "")],
        columns=(
            Column(title="A", plain=lambda row: row[0]),
            Column(title="EMPTY", plain=lambda row: row[1], rank=1),
            Column(title="EXACT", plain=lambda row: row[0] * 9, for_files=True),
        ),
    )
    assert drawn(listing) == ["A", "x"]
    assert list(listing.tab_separated()) == ["x\t\txxxxxxxxx"]


def test_other_lists_have_a_row_each() -> None:
    job = running_job().failed(error="the disk is full", at=NOW)
    assert "✘ failed" in drawn(listings.jobs([job]), width=120)[1]
    assert drawn(listings.jobs([job]), width=120)[1].endswith("the disk is full")
    assert "x failed" in drawn(listings.jobs([job]), eye=Eye(now=NOW, glyphs=ASCII))[1]
    task = Task(
        id=7, job_id=3, run_id="r", step="profile_tables", key="a\tb", payload={}, started_at=NOW - timedelta(seconds=3)
    )
    assert next(iter(listings.tasks([task]).tab_separated())).split("\t")[:4] == [
        "7",
        "profile_tables",
        r"a\tb",
        "pending",
    ]
    assert drawn(listings.tasks([task]))[1].endswith("3.0s")
    source = Source(id=1, name="shop", kind="sqlite", location="postgresql://u:secret@h/d", created_at=NOW)
    assert "never" in drawn(listings.sources([source]))[1]
    assert "secret" not in "".join(drawn(listings.sources([source])) + list(listings.sources([source]).tab_separated()))


@pytest.mark.parametrize("listing", [listings.runs([]), listings.jobs([]), listings.tasks([]), listings.sources([])])
def test_an_empty_list_says_so(listing: Listing[Any]) -> None:
    assert listing.if_empty
    assert list(listing.tab_separated()) == []


def test_an_eye_in_another_zone_sees_its_own_dates() -> None:
    late = datetime(2026, 3, 20, tzinfo=UTC)
    assert "2026-03-01" in drawn(listings.runs([run_of(running_job())]), eye=Eye(now=late, glyphs=UNICODE))[1]
