import random

import pytest

from catalogctl.client.backoff import CAP, Backoff, retry_after


class Extreme(random.Random):
    """Chance that always turns out the same way."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def uniform(self, a: float, b: float) -> float:
        return a + (b - a) * self.share


def test_the_ceiling_doubles_up_to_the_cap_and_stays_there() -> None:
    backoff = Backoff(rng=Extreme(1.0), base=0.5)
    assert [backoff.next() for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_a_night_without_a_server_does_not_overflow() -> None:
    backoff = Backoff(rng=Extreme(1.0))
    assert {backoff.next() for _ in range(3000)} >= {CAP}
    assert backoff.next() == CAP


def test_the_jitter_is_full() -> None:
    backoff = Backoff(rng=Extreme(0.0))
    assert [backoff.next() for _ in range(5)] == [0] * 5
    spread = Backoff(rng=random.Random(1), base=30)
    delays = sorted(spread.next() for _ in range(200))
    assert delays[0] < 2
    assert delays[-1] > 28


def test_no_delay_is_shorter_than_what_the_server_told() -> None:
    backoff = Backoff(rng=Extreme(0.0))
    backoff.ask_for(2000)
    assert backoff.next() == 2.0
    eager = Backoff(rng=Extreme(1.0), base=0.5)
    eager.ask_for(2000)
    assert eager.next() == 2.5


def test_a_server_cannot_ask_for_more_than_the_cap() -> None:
    backoff = Backoff(rng=Extreme(1.0))
    backoff.ask_for(10**12)
    assert backoff.next() == CAP


def test_an_arrival_starts_the_growth_anew_and_forgets_nothing_else() -> None:
    backoff = Backoff(rng=Extreme(1.0), base=0.5)
    backoff.ask_for(1000)
    assert [backoff.next(), backoff.next()] == [1.5, 2.0]
    backoff.reset()
    assert backoff.next() == 1.5


def test_retry_after_is_kept_even_beyond_the_cap() -> None:
    backoff = Backoff(rng=Extreme(1.0))
    assert backoff.next(at_least=45.0) == 45.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 120 "}, 120.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 30.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:27:00 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT"}, 0.0),
        ({"retry-after": "soon"}, 0.0),
        ({"retry-after": "-3"}, 0.0),
        ({}, 0.0),
    ],
)
def test_retry_after_is_seconds_or_a_date_on_the_servers_own_clock(headers: dict[str, str], seconds: float) -> None:
    assert retry_after(headers) == seconds
