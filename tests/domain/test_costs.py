from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from catalogctl.domain.costs import costs_record, total_cost
from catalogctl.domain.meaning import LlmCall, LlmUse

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def use(minutes: float = 0, **fields: Any) -> LlmUse:
    given = {"model": "small", "provider": "p", "purpose": "describe", "is_ok": True, "seconds": 1.0, **fields}
    return LlmUse(at=NOON + timedelta(minutes=minutes), run_id=None, call=LlmCall(**given))


def test_nothing_was_called_and_nothing_was_paid() -> None:
    assert costs_record([], days=30) == {
        "period_days": 30,
        "total": {"total_calls": 0, "total_tokens_input": 0, "total_tokens_output": 0, "total_cost": 0.0},
        "by_hour": [],
        "by_model": [],
    }


def test_calls_are_added_up_by_hour_and_by_model() -> None:
    record = costs_record(
        [
            use(0, tokens_input=10, tokens_output=1, cost=0.1),
            use(59.9, tokens_input=20, tokens_output=2, cost=0.2),
            use(60, tokens_input=40, tokens_output=4, cost=0.0, model="large"),
        ],
        days=7,
    )
    assert record["period_days"] == 7
    assert record["total"] == {
        "total_calls": 3,
        "total_tokens_input": 70,
        "total_tokens_output": 7,
        "total_cost": 0.3,
    }
    assert record["by_hour"] == [
        {"hour": "2026-03-01T12:00:00.000Z", "calls": 2, "tokens_input": 30, "tokens_output": 3, "cost": 0.3},
        {"hour": "2026-03-01T13:00:00.000Z", "calls": 1, "tokens_input": 40, "tokens_output": 4, "cost": 0.0},
    ]
    assert [(row["model_name"], row["provider_name"], row["calls"], row["cost"]) for row in record["by_model"]] == [
        ("small", "p", 2, 0.3),
        ("large", "p", 1, 0.0),
    ]


def test_what_one_call_cost_being_unknown_every_sum_with_it_is() -> None:
    record = costs_record(
        [use(0, cost=0.5), use(60, model="local", tokens_input=5, tokens_output=None), use(120, cost=0.25)], days=1
    )
    assert record["total"]["total_cost"] is None
    assert [row["cost"] for row in record["by_hour"]] == [0.5, None, 0.25]
    assert {row["model_name"]: row["cost"] for row in record["by_model"]} == {"small": 0.75, "local": None}
    assert (record["total"]["total_tokens_input"], record["total"]["total_tokens_output"]) == (5, 0)


def test_a_call_that_was_not_answered_counts_as_nothing_and_spoils_no_sum() -> None:
    record = costs_record([use(0, cost=0.5), use(60, is_ok=False, error="busy")], days=1)
    assert (record["total"]["total_calls"], record["total"]["total_cost"]) == (2, 0.5)
    assert [row["cost"] for row in record["by_hour"]] == [0.5, 0.0]
    of_unknown_price = use(60, is_ok=False, error="cut off", tokens_input=5, tokens_output=20)
    assert costs_record([use(0, cost=0.5), of_unknown_price], days=1)["total"]["total_cost"] is None


def test_the_same_model_of_two_providers_is_two_rows() -> None:
    record = costs_record([use(provider="b", cost=1.0), use(provider="a", cost=2.0)], days=1)
    assert [(row["provider_name"], row["cost"]) for row in record["by_model"]] == [("a", 2.0), ("b", 1.0)]


def test_hours_are_told_in_utc_and_oldest_first() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    late, early = use(60), use(0)
    record = costs_record([late, LlmUse(at=elsewhere, run_id=None, call=early.call)], days=1)
    assert [row["hour"] for row in record["by_hour"]] == ["2026-03-01T12:00:00.000Z", "2026-03-01T13:00:00.000Z"]


@pytest.mark.parametrize(
    ("costs", "total"), [([], 0.0), ([0.1] * 10, 1.0), ([0.000001, 0.000002], 0.000003), ([0.0, None], None)]
)
def test_a_sum_has_no_crumbs_of_binary_fractions(costs: list[float | None], total: float | None) -> None:
    assert total_cost(costs) == total
