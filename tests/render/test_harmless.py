import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogctl.render.harmless import field, harmless, harmless_json, harmless_lines

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))


def _can_do_something(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and character not in "\u200c\u200d"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", r"\e[31mred\e[0m"),
        ("\x1b]0;title\x07", r"\e]0;title\x07"),
        ("two\nlines\r\there", r"two\nlines\r\there"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\x9b31m", r"\x9b31m"),
        ("\U000e0041", r"\U000e0041"),
        ("\ud800", r"\ud800"),
        ("[red]not markup[/red]", "[red]not markup[/red]"),
        ("日本語 é 👩‍👧", "日本語 é 👩‍👧"),
    ],
)
def test_what_a_terminal_might_obey_is_written_out(text: str, shown: str) -> None:
    assert harmless(text) == shown


@given(ANY_TEXT)
def test_no_text_keeps_a_character_that_a_terminal_obeys(text: str) -> None:
    assert not any(map(_can_do_something, harmless(text)))
    assert not any(_can_do_something(character) for character in harmless_lines(text) if character not in "\n\t")


@given(st.text())
def test_json_made_harmless_means_what_it_meant(text: str) -> None:
    line = json.dumps({"name": text}, ensure_ascii=False)
    shown = harmless_json(line)
    assert not any(map(_can_do_something, shown))
    assert json.loads(shown) == {"name": text}


@given(st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp"), include_characters="\t\n\\")))
def test_a_field_is_one_line_without_tabs_and_can_be_read_back(text: str) -> None:
    written = field(text)
    assert "\t" not in written
    assert "\n" not in written
    assert written.replace(r"\\", "\0").replace(r"\t", "\t").replace(r"\n", "\n").replace("\0", "\\") == text


def test_a_missing_value_is_an_empty_field() -> None:
    assert field(None) == ""
    assert field(0) == "0"
