"""What a call of a model costs: by prices that the user configured, else by the list that genai-prices brings along.

Nothing is fetched: the list is as old as the installed package. What is not known is None, never 0.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalogctl.domain.errors import InvalidInput

_PER = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a model costs, in USD a million tokens; *cached* input costs as much as other input unless it is given."""

    input: float
    output: float
    cached: float | None = None

    def cost(self, *, tokens_input: int, tokens_output: int, tokens_cached: int) -> float:
        """The cost of one call in USD; *tokens_cached* are among *tokens_input*."""
        cached = self.input if self.cached is None else self.cached
        fresh = tokens_input - tokens_cached
        return (fresh * self.input + tokens_cached * cached + tokens_output * self.output) / _PER


class Prices:
    """The prices of models; *own* ones, by the model's name, come before the list."""

    def __init__(self, own: Mapping[str, Price] | None = None) -> None:
        self._own = {model.lower(): price for model, price in (own or {}).items()}

    def cost(
        self,
        *,
        model: str,
        provider: str,
        tokens_input: int | None,
        tokens_output: int | None,
        tokens_cached: int | None = None,
    ) -> float | None:
        """The cost of one call in USD, or None when the price or the number of tokens is not known."""
        if tokens_input is None or tokens_output is None:
            return None
        cached = min(tokens_cached or 0, tokens_input)
        if own := self._own.get(model.lower()):
            return own.cost(tokens_input=tokens_input, tokens_output=tokens_output, tokens_cached=cached)
        return _listed_cost(model, provider, tokens_input=tokens_input, tokens_output=tokens_output, cached=cached)

    def context_window(self, *, model: str, provider: str) -> int | None:
        """How many tokens the model takes at once, or None when the list does not say."""
        found = _listed(model, provider)
        return None if found is None else found[1].context_window


def own_prices(record: Mapping[str, Any]) -> dict[str, Price]:
    """Read configured prices, ``{model: {"input": 0.15, "output": 0.6, "cached": 0.075}}``. Raises InvalidInput."""
    return {model: _own_price(model, entry) for model, entry in record.items()}


def _own_price(model: str, entry: Any) -> Price:
    fields = {"input", "output", "cached"}
    if not isinstance(entry, Mapping) or not {"input", "output"} <= set(entry) <= fields:
        raise InvalidInput(
            f"the price of {model!r} is not of the form input, output and, if it differs, cached",
            hint='Write it in USD a million tokens: {"input": 0.15, "output": 0.6, "cached": 0.075}.',
        )
    for name, value in entry.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value) or value < 0:
            raise InvalidInput(f"the {name} price of {model!r} must be a number of USD a million tokens, not {value!r}")
    return Price(**{name: float(value) for name, value in entry.items()})


def provider_at(url: str) -> str | None:
    """The name of the provider whose endpoint *url* is, or None for one that is not on the list."""
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 - a quarter of a second and pydantic

    try:
        return get_snapshot().find_provider(None, None, url).id
    except LookupError:
        return None


def _listed(model: str, provider: str) -> Any:
    """The list's provider and model, or None."""
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 - as above

    snapshot = get_snapshot()
    if provider.lower() not in {known.id for known in snapshot.providers}:
        # The list would guess by likeness; neither a host that is called alike nor a model's name says who bills.
        return None
    try:
        return snapshot.find_provider_model(model, None, provider.lower(), None)
    except LookupError:
        return None


def _listed_cost(model: str, provider: str, *, tokens_input: int, tokens_output: int, cached: int) -> float | None:
    from genai_prices import Usage, calc_price  # noqa: PLC0415 - as above

    if _listed(model, provider) is None:
        return None
    usage = Usage(input_tokens=tokens_input, output_tokens=tokens_output, cache_read_tokens=cached)
    try:
        found = calc_price(usage, model, provider_id=provider.lower())
    except ValueError:
        return None
    if found.model_price.input_mtok is None or found.model_price.output_mtok is None:
        # A side without a price would be counted as free.
        return None
    return float(found.total_price)
