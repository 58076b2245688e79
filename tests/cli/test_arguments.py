import pytest
import typer

from catalogctl.cli.arguments import dollars, duration, is_surely_path


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("1.5", 1.5),
        ("90s", 90),
        ("5m", 300),
        ("1h30m", 5400),
        ("1h30m15s", 5415),
        (" 2m ", 120),
        ("0.5s", 0.5),
    ],
)
def test_lengths_of_time_are_read_as_people_write_them(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "0s", "-5", "soon", "5 m", "m5", "1d", "inf", "nan", "1e3", "٣"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        duration(text)


def test_a_budget_is_an_amount_above_nothing() -> None:
    assert (dollars("0.50"), dollars("1e-4"), dollars(" 2 ")) == (0.5, 0.0001, 2.0)
    for text in ("", "0", "-1", "much", "nan", "inf", "$1"):
        with pytest.raises(typer.BadParameter):
            dollars(text)


def test_what_has_a_slash_or_a_dot_in_front_is_a_path() -> None:
    assert all(map(is_surely_path, ["./shop", "../shop", "~/shop.db", "/srv/shop", "data/shop.db", ".hidden"]))
    assert not any(map(is_surely_path, ["shop", "shop.db", "my shop"]))
