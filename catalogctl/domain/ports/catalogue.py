"""The ports of those who use the program: the catalogue, and its log live."""

from collections.abc import AsyncIterator, Collection
from typing import Protocol

from catalogctl.domain.catalogue import Column, Datasource, Table
from catalogctl.domain.events import Cursor, FeedItem
from catalogctl.domain.meaning import Estimate, Kpi, LlmStatus, LlmUse, SearchHit, SuggestedQuestion
from catalogctl.domain.runs import Job, JobType, Run, RunKind, RunningStatus, RunOptions, Status
from catalogctl.domain.sources import Source, SourceCheck
from catalogctl.domain.tasks import Station, Task


class Catalogue(Protocol):
    """What a user can ask of catalogctl, with a server in between or without.

    Sources that come out of it are masked. Every method raises Unavailable when its other side is gone.
    """

    def sources(self) -> list[Source]:
        """Registered sources by name."""

    def add_source(self, location: str, *, name: str | None = None) -> Source:
        """Register an absolute path or URL; the same location again answers the source that has it.
        Raises SourceExists, SourceNotFound, SourceUnusable, InvalidInput.
        """

    def test_source(self, name: str) -> SourceCheck:
        """Try to open and list the source. Raises SourceNotFound."""

    def remove_source(self, name: str) -> None:
        """Forget the source and its catalogue. Raises SourceNotFound, RunActive."""

    def start_run(self, kind: RunKind, *, source: str | None, options: RunOptions) -> Run:
        """Queue a run. *source* is a name, an absolute path or a URL (which registers itself); None means the
        only one. Raises SourceNotChosen, SourceNotFound, SourceUnusable, RunActive, NothingSelected.
        """

    def cancel_run(self, run_id: str) -> Run:
        """End an active run as cancelled. Raises RunNotFound, IllegalTransition."""

    def retry_run(self, run_id: str) -> Run:
        """Start a new attempt that redoes only what failed. Raises RunNotFound, IllegalTransition, RunActive."""

    def retry_job(self, job_id: int) -> Run:
        """The same, for the run of this job. Raises JobNotFound, IllegalTransition, RunActive."""

    def run(self, run_id: str) -> Run:
        """The run with this full id. Raises RunNotFound."""

    def find_run(self, reference: str) -> Run:
        """The run that ``latest``, a number, a full id or a unique prefix of at least 4 characters means.
        Raises RunNotFound, RunAmbiguous.
        """

    def latest_run(self) -> Run | None:
        """The newest run."""

    def runs(
        self,
        *,
        limit: int = 50,
        before: int | None = None,
        source: str | None = None,
        kind: RunKind | None = None,
        status: Status | None = None,
    ) -> list[Run]:
        """Runs, newest first."""

    def job(self, job_id: int) -> Job:
        """The job. Raises JobNotFound."""

    def jobs(
        self,
        *,
        limit: int = 50,
        before: int | None = None,
        status: Status | None = None,
        job_type: JobType | None = None,
        source: str | None = None,
    ) -> list[Job]:
        """Jobs, newest first."""

    def tasks(
        self, job_id: int, *, status: Status | None = None, after: int | None = None, limit: int = 1000
    ) -> list[Task]:
        """Tasks of a job by id. Raises JobNotFound."""

    def running_status(self) -> RunningStatus:
        """Whether anything runs."""

    def catalogue(
        self, *, source: str | None = None, table: str | None = None, profile: bool = True
    ) -> list[Datasource]:
        """The catalogue as a tree. Raises SourceNotFound, TableNotFound for a name that is not there."""

    def clear_catalogue(self, *, source: str | None = None) -> Source:
        """Remove a source's catalogue, and answer whose. Raises SourceNotChosen, SourceNotFound, RunActive."""

    def toggle_table(self, table_id: int) -> Table:
        """Include a table in enrichment, or leave it out; answers it as it now is. Raises TableNotFound."""

    def describe_table(self, table_id: int, text: str) -> Table:
        """Write a person's description. Raises TableNotFound, InvalidInput for a blank one."""

    def describe_column(self, column_id: int, text: str) -> Column:
        """Write a person's description. Raises ColumnNotFound, InvalidInput for a blank one."""

    def search(self, words: str, *, limit: int = 20) -> list[SearchHit]:
        """Tables and columns that match, best first; at most MAX_LIMIT may be wanted. Raises InvalidInput."""

    def kpis(self, *, source: str | None = None) -> list[Kpi]:
        """The key figures. Raises SourceNotFound."""

    def questions(self, *, source: str | None = None) -> list[SuggestedQuestion]:
        """The suggested questions. Raises SourceNotFound."""

    def llm_status(self) -> LlmStatus:
        """Try the model that is set up, by a real and cheap call, which counts among the calls of models."""

    def llm_models(self) -> list[str]:
        """The models that the endpoint offers; with none set up, the rules alone."""

    def llm_uses(self, *, days: int) -> list[LlmUse]:
        """The calls of the last *days* days, oldest first; up to MAX_DAYS. Raises InvalidInput."""

    def estimate(self, *, source: str | None, options: RunOptions) -> Estimate:
        """What an enrichment would send and cost; sends nothing. Raises as ``start_run``."""

    def workers(self) -> list[Station]:
        """Who works on what: every worker that is known, the one that began first before the others."""

    def has_worker(self, run_id: str) -> bool:
        """True when a live worker would do, or is doing, the work of this run."""


class Feed(Protocol):
    """The log, live."""

    def follow(
        self, *, since: Cursor | str | None, topics: Collection[str] | None = None, run_id: str | None = None
    ) -> AsyncIterator[FeedItem]:
        """Every event after *since* (``"earliest"`` for all that is kept, None for from now on), in order, once
        each, without end; lost connections are made anew. A Reset says that events are missing. An Advanced says
        where the reader stands: always after a Reset, and as soon as possible where *since* does not say which log.
        """
