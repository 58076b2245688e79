import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogctl.domain.errors import InvalidInput
from catalogctl.enrich.prices import Price, Prices, own_prices, provider_at

MILLION = 1_000_000


def cost(prices: Prices, model: str, provider: str, *tokens: int | None) -> float | None:
    given = dict(zip(("tokens_input", "tokens_output", "tokens_cached"), tokens, strict=False))
    return prices.cost(model=model, provider=provider, **{"tokens_input": None, "tokens_output": None, **given})


def test_a_listed_model_costs_what_its_provider_publishes() -> None:
    assert cost(Prices(), "gpt-4o-mini", "openai", MILLION, 0) == pytest.approx(0.15)
    assert cost(Prices(), "gpt-4o-mini", "openai", 0, MILLION) == pytest.approx(0.60)
    assert cost(Prices(), "gpt-4o-mini-2024-07-18", "OpenAI", MILLION, MILLION) == pytest.approx(0.75)


def test_cached_input_is_cheaper_and_is_part_of_the_input() -> None:
    assert cost(Prices(), "gpt-4o-mini", "openai", MILLION, 0, MILLION) == pytest.approx(0.075)
    assert cost(Prices(), "gpt-4o-mini", "openai", MILLION, 0, 2 * MILLION) == pytest.approx(0.075)


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("gpt-that-nobody-knows", "openai"),
        ("gpt-4o-mini", "localhost:8080"),
        ("gpt-4o-mini", "openai-gateway.example.org"),
        ("text-embedding-3-small", "openai"),
        ("", ""),
    ],
)
def test_an_unknown_price_is_none_and_never_nothing(model: str, provider: str) -> None:
    assert cost(Prices(), model, provider, MILLION, MILLION) is None


@pytest.mark.parametrize("tokens", [(None, 5), (5, None), (None, None)])
def test_tokens_that_were_not_told_cost_an_unknown_amount(tokens: tuple[int | None, int | None]) -> None:
    own = Prices({"m": Price(input=1, output=1)})
    assert cost(own, "m", "anybody", *tokens) is None
    assert cost(Prices(), "gpt-4o-mini", "openai", *tokens) is None


def test_own_prices_come_first_whatever_the_case_and_the_provider() -> None:
    prices = Prices(
        own_prices({"GPT-4o-mini": {"input": 2, "output": 8, "cached": 0.5}, "mine": {"input": 0, "output": 0}})
    )
    assert cost(prices, "gpt-4o-mini", "openai", MILLION, MILLION) == pytest.approx(10)
    assert cost(prices, "gpt-4o-mini", "localhost", MILLION, 0, MILLION // 2) == pytest.approx(1.25)
    assert cost(prices, "mine", "localhost", MILLION, MILLION) == 0
    assert cost(prices, "gpt-4o", "openai", MILLION, 0) == pytest.approx(2.5)


def test_an_own_price_without_one_for_cached_input_counts_it_as_input() -> None:
    assert cost(Prices({"m": Price(input=4, output=1)}), "m", "x", MILLION, 0, MILLION) == pytest.approx(4)


@settings(deadline=None)
@given(*[st.integers(0, 10**9)] * 3, *[st.floats(0, 1000)] * 3)
def test_a_cost_is_never_negative(
    fresh: int, cached: int, output: int, first: float, second: float, third: float
) -> None:
    price = Price(input=first, output=second, cached=third)
    assert price.cost(tokens_input=fresh + cached, tokens_output=output, tokens_cached=cached) >= 0


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ({"input": 1}, "form"),
        ({"input": 1, "output": 1, "per": 3}, "form"),
        (3, "form"),
        ({"input": "1", "output": 1}, "input price"),
        ({"input": 1, "output": -1}, "output price"),
        ({"input": 1, "output": 1, "cached": float("nan")}, "cached price"),
        ({"input": True, "output": 1}, "input price"),
    ],
)
def test_a_configured_price_that_is_none_is_refused_by_name(entry: object, what: str) -> None:
    with pytest.raises(InvalidInput, match=what) as error:
        own_prices({"my-model": entry})
    assert "'my-model'" in error.value.detail


@pytest.mark.parametrize(
    ("url", "provider"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://api.mistral.ai/v1", "mistral"),
        ("https://openrouter.ai/api/v1", "openrouter"),
        ("http://localhost:11434/v1", None),
        ("https://llm.example.org/v1", None),
    ],
)
def test_the_address_tells_who_bills(url: str, provider: str | None) -> None:
    assert provider_at(url) == provider


def test_the_context_window_is_told_where_the_list_knows_it() -> None:
    assert Prices().context_window(model="gpt-4o-mini", provider="openai") == 128_000
    assert Prices().context_window(model="mine", provider="localhost") is None


def test_the_list_is_loaded_only_when_it_is_asked() -> None:
    code = (
        "import sys; from catalogctl.enrich.prices import Prices, Price\n"
        "Prices({'m': Price(input=1, output=1)}).cost(model='m', provider='p', tokens_input=1, tokens_output=1)\n"
        "print([name for name in ('genai_prices', 'pydantic', 'httpx') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
