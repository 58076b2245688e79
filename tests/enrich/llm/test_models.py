"""An endpoint that is set up: what the settings make of it."""

from typing import Any

import pytest
from scripted_model import KEY, Stage, complains, http, says
from shop_catalogue import orders, source

from catalogctl.domain.errors import InvalidInput, LlmUnusable
from catalogctl.enrich.llm.models import EndpointModels


def models(stage: Stage, **more: Any) -> EndpointModels:
    given = {"model": "tiny", "api_key": KEY, "prices": {}, "timeout": 30.0, "shares_samples": False, "max_tables": 5}
    return EndpointModels(**{"url": stage.url, "context_tokens": None, **given, **more})


def test_whoever_has_not_chosen_a_model_can_see_what_there_is(stage: Stage) -> None:
    stage.plays(http(200, {"data": [{"id": "tiny"}, {"id": "large"}]}))
    undecided = models(stage, model=None)
    assert undecided.models() == ["tiny", "large"]
    with pytest.raises(InvalidInput, match="which model") as refusal:
        undecided.enricher(model=None)
    assert "catalogctl llm models" in (refusal.value.hint or "")
    assert undecided.enricher(model="large").model == "large"


def test_what_is_no_list_of_models_is_called_so(stage: Stage) -> None:
    stage.plays(says("OK"))
    with pytest.raises(LlmUnusable, match="no list of models"):
        models(stage).models()


def test_a_status_is_a_real_call_with_its_time(stage: Stage) -> None:
    stage.plays(says("OK"))
    status = models(stage).status()
    assert (status.is_ok, status.model, status.message) == (True, "tiny", f"tiny answers at {stage.url}")
    assert status.seconds is not None
    assert [(call.purpose, call.tokens_input) for call in status.calls] == [("probe", 100)]
    assert stage.bodies()[0]["messages"] == [{"role": "user", "content": "Answer with OK."}]
    stage.plays(complains(401, "bad key"))
    refused = models(stage).status()
    assert not refused.is_ok
    assert refused.message.endswith("does not accept the key (401): bad key. Set the right one: CATALOGCTL_LLM_API_KEY")


def test_a_status_tells_what_is_wrong_with_the_settings(stage: Stage) -> None:
    undecided = models(stage, model=None).status()
    assert (undecided.is_ok, undecided.model) == (False, "")
    assert undecided.message.endswith("See what there is: catalogctl llm models")
    misplaced = models(stage, url="sk-key-in-the-wrong-place").status()
    assert not misplaced.is_ok
    assert "is not an http or https address" in misplaced.message
    assert stage.requests == []


def test_an_endpoint_that_is_not_there_is_told_without_numbers() -> None:
    status = models(Stage(url="http://127.0.0.1:9/v1")).status()
    assert not status.is_ok
    assert "cannot be reached: Connection refused" in status.message


def test_who_bills_is_as_set_up(stage: Stage) -> None:
    stage.plays(says("OK"))
    assert models(stage, provider="openai").status().provider == "openai"
    priced = models(stage, provider="openai").enricher(model="gpt-4o-mini").estimate(source(orders()))
    assert (priced.provider, (priced.cost or 0) > 0) == ("openai", True)
    assert models(stage).enricher(model="gpt-4o-mini").estimate(source(orders())).cost is None


@pytest.mark.parametrize("shares_comments", [True, False])
def test_comments_go_out_when_they_may(stage: Stage, *, shares_comments: bool) -> None:
    stage.plays(says({"tables": {"orders": {"description": "What was sold."}}}))
    enricher = models(stage, shares_comments=shares_comments).enricher(model=None)
    enricher.describe(source(orders()), tables=["orders"], keys=())
    assert ("The comment on the id" in str(stage.bodies()[0])) is shares_comments
    assert enricher.estimate(source(orders())).shares_comments is shares_comments
