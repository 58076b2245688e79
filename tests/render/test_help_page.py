from io import StringIO

import pytest
from rich.console import Console

from catalogctl.render.help_page import Entry, Page, Section, help_page

PAGE = Page(
    usage="Usage: program [OPTIONS]",
    purpose="What it is for, with a `word` that\nstands out.\n\nAnd more.",
    sections=[
        Section("Options", [Entry("--long-option VALUE", "What it does. " * 6, "(default 5)"), Entry("-h", "Help.")]),
        Section("Exit codes", [Entry("", "`0` ok, `1` not")]),
    ],
)


def drawn(width: int) -> list[str]:
    console = Console(file=StringIO(), width=width, highlight=False, markup=False)
    with console.capture() as capture:
        console.print(help_page(PAGE, width=width))
    return [line.rstrip() for line in capture.get().splitlines()]


def test_a_page_has_its_parts_in_order_and_words_without_backticks() -> None:
    lines = drawn(80)
    assert lines[0] == "Usage: program [OPTIONS]"
    assert lines[2] == "  What it is for, with a word that stands out."
    assert lines[4] == "  And more."
    assert lines[6] == "Options"
    assert lines[7].startswith("  --long-option VALUE  What it does.")
    assert lines[-1] == "  0 ok, 1 not"


@pytest.mark.parametrize("width", [24, 40, 80, 200])
def test_a_page_fits(width: int) -> None:
    assert max(map(len, drawn(width))) <= min(width, 100)


def test_where_it_is_narrow_meanings_stand_below_their_terms() -> None:
    lines = drawn(40)
    assert "  --long-option VALUE" in lines
    assert "      Help." in lines
