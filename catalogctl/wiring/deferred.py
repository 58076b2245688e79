"""Rooms that are entered when they are first needed: together they take half a second, and most commands need none.

Each of these is the port it stands for, and becomes the real one at the first call.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property

from catalogctl.domain.meaning import LlmStatus
from catalogctl.domain.ports.enriching import Enricher, Models
from catalogctl.domain.ports.sources import Drivers, SourceReader
from catalogctl.domain.runs import JobType
from catalogctl.domain.sources import Identity, Source
from catalogctl.pipeline.plan import Pipeline
from catalogctl.settings.resolve import Settings


class DeferredDrivers(Drivers):
    """The kinds of source that can be read; passwords may stand in *environ*."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    @cached_property
    def _real(self) -> Drivers:
        from catalogctl.sources.drivers import SourceDrivers

        return SourceDrivers(self._environ)

    def identify(self, location: str) -> Identity:
        return self._real.identify(location)

    def open(self, source: Source) -> SourceReader:
        return self._real.open(source)


class DeferredModels(Models):
    """The enrichers that *settings* allow."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def _real(self) -> Models:
        return _models(self._settings)

    def enricher(self, *, model: str | None) -> Enricher:
        return self._real.enricher(model=model)

    def status(self) -> LlmStatus:
        return self._real.status()

    def models(self) -> list[str]:
        return self._real.models()


class DeferredPipelines(Mapping[JobType, Pipeline]):
    """The pipeline of each type of job; *deadline* bounds the work on one table, in seconds."""

    def __init__(self, models: Models, *, deadline: float) -> None:
        self._models = models
        self._deadline = deadline
        self._made: dict[JobType, Pipeline] = {}

    def __getitem__(self, job_type: JobType) -> Pipeline:
        if job_type not in self._made:
            self._made[job_type] = self._make(job_type)
        return self._made[job_type]

    def __iter__(self) -> Iterator[JobType]:
        return iter(JobType)

    def __len__(self) -> int:
        return len(JobType)

    def _make(self, job_type: JobType) -> Pipeline:
        match job_type:
            case JobType.EXTRACTION:
                from catalogctl.pipeline.extraction import Extraction

                return Extraction(deadline=self._deadline)
            case JobType.ENRICHMENT:
                from catalogctl.pipeline.enrichment import Enrichment

                return Enrichment(models=self._models, deadline=self._deadline)


def _models(settings: Settings) -> Models:
    if settings.llm_url is None:
        from catalogctl.enrich.rules.models import RulesOnly

        if settings.llm_model is not None or settings.llm_api_key is not None:
            # Half a set-up looks like a whole one to whoever made it.
            return RulesOnly(max_tables=settings.max_tables_per_batch, reason="CATALOGCTL_LLM_URL is not set")
        return RulesOnly(max_tables=settings.max_tables_per_batch)
    from catalogctl.enrich.llm.models import EndpointModels

    return EndpointModels(
        url=settings.llm_url,
        model=settings.llm_model,
        api_key=settings.llm_api_key,
        prices=settings.llm_prices,
        timeout=settings.llm_timeout,
        provider=settings.llm_provider,
        shares_samples=settings.llm_samples,
        shares_comments=settings.llm_comments,
        max_tables=settings.max_tables_per_batch,
        context_tokens=settings.context_tokens,
    )
