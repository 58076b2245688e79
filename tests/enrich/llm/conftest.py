from collections.abc import Iterator

import pytest
from scripted_model import KEY, Stage, opened_stage

from catalogctl.enrich.llm.endpoint import LlmEndpoint
from catalogctl.enrich.llm.question import Patience


@pytest.fixture
def stage() -> Iterator[Stage]:
    with opened_stage() as scene:
        yield scene


@pytest.fixture
def endpoint(stage: Stage) -> Iterator[LlmEndpoint]:
    """The endpoint under test, at the stage, impatient so that nobody waits."""
    patience = Patience(tries=3, first_delay=0.01, most_delay=0.02, most_wait=2)
    with LlmEndpoint(url=stage.url, model="tiny", api_key=KEY, timeout=30, patience=patience) as model:
        yield model
