"""A real model, small and none too clever, answers what the scripted endpoint only pretends to."""

import threading
import time
from collections.abc import Iterator

import pytest
from shop_catalogue import column, orders, profile, table
from small_model import CONTEXT, missing, running_small_model

from catalogctl.domain.errors import LlmInterrupted, LlmTooLong
from catalogctl.enrich.llm.answers import ICONS, read_kpis, read_meanings, read_questions
from catalogctl.enrich.llm.batches import estimate_tokens, most_tokens, plan_batches
from catalogctl.enrich.llm.endpoint import LlmEndpoint
from catalogctl.enrich.llm.manner import Manner, Memory, Rung
from catalogctl.enrich.llm.outgoing import Disclosure
from catalogctl.enrich.llm.prompts import kpi_messages, meaning_messages, question_messages
from catalogctl.enrich.llm.schemas import kpi_format, meaning_format, question_format
from catalogctl.enrich.prices import Price, Prices

pytestmark = pytest.mark.skipif(missing() is not None, reason=missing() or "")

SHY = Disclosure(personal={})
TABLE = table("orders", [column("id", "INTEGER", is_primary_key=True), column('odd "name" 🗂️', facts=profile())])


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_small_model() as address:
        yield address


@pytest.fixture
def endpoint(url: str) -> Iterator[LlmEndpoint]:
    prices = Prices({"smollm2": Price(input=1, output=2)})
    with LlmEndpoint(url=url, model="smollm2", timeout=100, prices=prices) as model:
        yield model


def test_it_answers_a_probe_and_lists_itself(endpoint: LlmEndpoint) -> None:
    probe = endpoint.probe()
    assert probe.is_ok
    assert 0 < (probe.calls[0].tokens_output or 0) <= 16
    [name] = endpoint.models()
    assert "SmolLM2" in name


def test_the_strict_form_makes_it_answer_on_every_table_and_column(endpoint: LlmEndpoint) -> None:
    messages = meaning_messages([TABLE], disclosure=SHY)
    answer = endpoint.ask(
        messages,
        form=meaning_format([TABLE]),
        check=lambda found: (found, read_meanings(found, tables=[TABLE])),
        purpose="describe tables",
        max_tokens=most_tokens([TABLE]),
    )
    raw, meanings = answer.value
    assert set(raw["tables"]) == {"orders"}
    assert set(raw["tables"]["orders"]["columns"]) == {"id", 'odd "name" 🗂️'}
    assert meanings.dropped == 0
    [call] = answer.calls
    assert call.tokens_input is not None
    assert call.tokens_output is not None
    assert call.cost == pytest.approx((call.tokens_input * 1 + call.tokens_output * 2) / 1_000_000)
    # Rather too many than too few, and not twice as many.
    assert call.tokens_input * 0.9 < estimate_tokens(messages) < call.tokens_input * 2


def test_key_figures_and_questions_come_in_their_form(endpoint: LlmEndpoint) -> None:
    kpis = endpoint.ask(
        kpi_messages([TABLE], dialect="sqlite", most=1),
        form=kpi_format(most=1),
        check=lambda found: read_kpis(found, tables=[TABLE], dialect="sqlite"),
        purpose="propose key figures",
        max_tokens=1500,
    ).value
    assert len(kpis.drafts) + len(kpis.refused) + kpis.dropped <= 2
    questions = endpoint.ask(
        question_messages([TABLE], categories=list(ICONS), most=1),
        form=question_format([TABLE], categories=list(ICONS), most=1),
        check=lambda found: read_questions(found, tables=[TABLE]),
        purpose="propose questions",
        max_tokens=400,
    ).value
    assert len(questions.drafts) <= 1


def test_without_a_schema_it_is_held_to_json_and_its_runaway_is_cut_off(url: str) -> None:
    memory = Memory(manner=Manner(rung=Rung.OBJECT))
    with LlmEndpoint(url=url, model="smollm2", timeout=100, memory=memory) as endpoint:
        with pytest.raises(LlmTooLong) as failure:
            endpoint.ask(
                [{"role": "user", "content": "Describe everything in JSON."}],
                form=meaning_format([TABLE]),
                check=lambda found: read_meanings(found, tables=[TABLE]),
                purpose="describe tables",
                max_tokens=20,
            )
        assert [call.tokens_output for call in failure.value.calls] == [20]


def test_a_request_longer_than_its_context_is_told_at_once(endpoint: LlmEndpoint) -> None:
    with pytest.raises(LlmTooLong) as failure:
        endpoint.ask(
            [{"role": "user", "content": "word " * (CONTEXT + 1000)}],
            form=meaning_format([TABLE]),
            check=dict,
            purpose="test",
            max_tokens=10,
        )
    assert len(failure.value.calls) == 1


def test_batches_planned_for_its_context_are_taken(endpoint: LlmEndpoint) -> None:
    wide = table("wide", [column(f"customer_attribute_{number}", facts=profile(min=1, max=9)) for number in range(90)])
    batches = plan_batches([orders(), wide], disclosure=SHY, context_tokens=CONTEXT)
    longest = max(batches, key=lambda batch: estimate_tokens(meaning_messages(batch, disclosure=SHY)))
    assert estimate_tokens(meaning_messages(longest, disclosure=SHY)) + most_tokens(longest) <= CONTEXT
    with pytest.raises(LlmTooLong, match="cut off"):
        endpoint.ask(
            meaning_messages(longest, disclosure=SHY),
            form=meaning_format(longest),
            check=dict,
            purpose="test",
            max_tokens=5,
        )


def test_cancelling_ends_its_work_at_once(endpoint: LlmEndpoint) -> None:
    timer = threading.Timer(0.5, endpoint.cancel)
    timer.start()
    began = time.monotonic()
    with pytest.raises(LlmInterrupted):
        endpoint.ask(
            meaning_messages([orders()], disclosure=SHY),
            form=meaning_format([orders()]),
            check=dict,
            purpose="test",
            max_tokens=2000,
        )
    assert time.monotonic() - began < 5
    timer.join()
