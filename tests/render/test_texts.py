from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from catalogctl.render.palette import ASCII, UNICODE
from catalogctl.render.texts import fitted, piece, progress_bar, shortened, spread

WORDS = st.text(st.sampled_from("ab é日本語👩‍👧🎉́-_ ")).filter(lambda text: not text.startswith("\u0301"))


@given(WORDS, st.integers(0, 30))
def test_shortened_text_fits_whatever_its_characters_are_as_wide_as(text: str, cells: int) -> None:
    short = shortened(text, cells)
    assert cell_len(short) <= cells
    assert short == text or cells == 0 or short.endswith("…")


@given(WORDS, WORDS, st.integers(12, 60))
def test_a_spread_line_never_is_wider_than_the_terminal(left: str, right: str, width: int) -> None:
    assert spread(piece(left), piece(shortened(right, 8)), width).cell_len <= width


def test_what_stands_right_ends_at_the_margin() -> None:
    assert spread(Text("left"), Text("right"), 20).plain == "left           right"
    assert spread(Text("a long name of something"), Text("42s"), 16).plain == "a long name… 42s"


def test_fitting_keeps_styles() -> None:
    text = Text.assemble(("bold", "bold"), (" and red", "red"))
    short = fitted(text, 8)
    assert short.plain == "bold an…"
    assert [str(span.style) for span in short.spans][:2] == ["bold", "red"]


def test_markup_of_others_is_text() -> None:
    assert piece("[bold red]x[/]").plain == "[bold red]x[/]"
    assert piece("[bold red]x[/]").spans == []


def test_the_bar_is_as_wide_as_asked_and_fills_in_half_steps() -> None:
    for glyphs in (UNICODE, ASCII):
        for percent in range(101):
            assert progress_bar(percent / 100, 17, style="", glyphs=glyphs).cell_len == 17
    assert progress_bar(0.25, 10, style="", glyphs=UNICODE).plain == "━━╸───────"
    assert progress_bar(1.0, 4, style="", glyphs=ASCII).plain == "===="
    assert progress_bar(7.0, 4, style="", glyphs=ASCII).plain == "===="
