"""What models cost: recorded calls added up, by hour and by model."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from catalogctl.domain.meaning import LlmCall, LlmUse
from catalogctl.domain.times import format_time

Key = TypeVar("Key", bound=Hashable)


def costs_record(uses: Sequence[LlmUse], *, days: int) -> dict[str, Any]:
    """The answer of ``GET /llm/costs`` for the calls of the last *days* days.

    Hours are in UTC, oldest first; models by how often they were called. Tokens are those that were told. A cost is
    in USD, and None as soon as that of one answered call is not known: it is never shown as less than it was.
    """
    return {
        "period_days": days,
        "total": {f"total_{name}": value for name, value in _sums(uses).items()},
        "by_hour": [
            {"hour": format_time(hour), **_sums(group)} for hour, group in sorted(_grouped(uses, _hour).items())
        ],
        "by_model": [
            {"model_name": model, "provider_name": provider, **_sums(group)}
            for (model, provider), group in sorted(
                _grouped(uses, _model).items(), key=lambda item: (-len(item[1]), item[0])
            )
        ],
    }


def cost_of(calls: Iterable[LlmCall]) -> float | None:
    """What *calls* have cost in USD, or None as soon as that of one is not known.

    One that was not answered counts as nothing: what an endpoint turns away it does not bill, and of a call that broke
    off nobody here can know more.
    """
    return total_cost(call.cost for call in calls if call.is_ok or call.tokens_input is not None)


def total_cost(costs: Iterable[float | None]) -> float | None:
    """The sum, or None when any of it is unknown."""
    total = 0.0
    for cost in costs:
        if cost is None:
            return None
        total += cost
    # Prices have a few decimals; what lies beyond is what binary fractions make of them.
    return round(total, 9)


def _sums(uses: Sequence[LlmUse]) -> dict[str, Any]:
    calls = [use.call for use in uses]
    return {
        "calls": len(calls),
        "tokens_input": sum(call.tokens_input or 0 for call in calls),
        "tokens_output": sum(call.tokens_output or 0 for call in calls),
        "cost": cost_of(calls),
    }


def _grouped(uses: Iterable[LlmUse], key: Callable[[LlmUse], Key]) -> dict[Key, list[LlmUse]]:
    groups: dict[Key, list[LlmUse]] = {}
    for use in uses:
        groups.setdefault(key(use), []).append(use)
    return groups


def _hour(use: LlmUse) -> datetime:
    return use.at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _model(use: LlmUse) -> tuple[str, str]:
    return use.call.model, use.call.provider
