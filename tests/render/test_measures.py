from datetime import UTC, datetime, timedelta

import pytest

from catalogctl.render.measures import age, count, counted, duration, elapsed, latency, share


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-3, "0.0s"),
        (0.04, "0.0s"),
        (9.94, "9.9s"),
        (9.96, "10s"),
        (59.4, "59s"),
        (59.6, "1m 00s"),
        (185, "3m 05s"),
        (7_860, "2h 11m"),
        (273_600, "3d 04h"),
    ],
)
def test_durations_read_as_people_say_them(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown
    assert len(shown) <= 7


def test_what_has_not_begun_has_no_length() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert elapsed(None, None, now) == ""
    assert elapsed(now - timedelta(seconds=90), None, now) == "1m 30s"
    assert elapsed(now - timedelta(seconds=90), now - timedelta(seconds=30), now) == "1m 00s"


@pytest.mark.parametrize(
    ("past", "shown"),
    [
        (timedelta(seconds=2), "now"),
        (timedelta(seconds=40), "40s ago"),
        (timedelta(minutes=59), "59m ago"),
        (timedelta(hours=23), "23h ago"),
        (timedelta(days=6), "6d ago"),
        (timedelta(days=8), "2026-02-21"),
    ],
)
def test_ages_become_dates_after_a_week(past: timedelta, shown: str) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert age(now - past, now) == shown


def test_shares_never_round_to_all_or_nothing() -> None:
    assert [share(part) for part in (None, 0, 0.001, 0.5, 0.999, 1)] == ["–", "0%", "<1%", "50%", ">99%", "100%"]


def test_numbers_have_their_thousands_apart() -> None:
    assert count(None) == "–"
    assert counted(1, "table") == "1 table"
    assert counted(336_776, "row") == "336,776 rows"


def test_how_fast_an_answer_came_is_told_in_its_own_measure() -> None:
    assert [latency(seconds) for seconds in (0.0001, 0.0187, 0.4204, 1.44, 75)] == [
        "1 ms",
        "19 ms",
        "420 ms",
        "1.4s",
        "1m 15s",
    ]
