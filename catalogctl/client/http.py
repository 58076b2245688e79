"""The Catalogue port over HTTP: the same words and the same errors as without a server in between."""

from collections.abc import Callable
from ssl import SSLContext
from typing import Any, TypeVar
from urllib.parse import quote

from catalogctl.client.connection import Connection, ServerIdentity
from catalogctl.domain.bounds import MAX_LIMIT
from catalogctl.domain.catalogue import Column, Datasource, Table
from catalogctl.domain.catalogue_records import check_from, column_from, datasource_from, source_from, table_from
from catalogctl.domain.errors import RunNotFound, SourceNotFound
from catalogctl.domain.meaning import Estimate, Kpi, LlmStatus, LlmUse, SearchHit, SuggestedQuestion
from catalogctl.domain.meaning_records import (
    estimate_from,
    hit_from,
    kpi_from,
    llm_status_from,
    question_from,
    use_from,
)
from catalogctl.domain.ports.catalogue import Catalogue
from catalogctl.domain.run_records import job_from, options_record, run_from, task_from
from catalogctl.domain.runs import Job, JobType, Run, RunKind, RunningStatus, RunOptions, Status
from catalogctl.domain.sources import Source, SourceCheck, masked
from catalogctl.domain.tasks import Station, Task
from catalogctl.domain.worker_records import station_from

T = TypeVar("T")

_VERBS = {RunKind.EXTRACTION: "extract", RunKind.ENRICHMENT: "enrich", RunKind.REFRESH: "refresh"}


class HttpCatalogue(Catalogue):
    """The catalogue of the server at *base_url*. Every method raises ServerUnreachable when none answers there.

    *timeout* is how many seconds an answer may take; what reaches out to a source has four times as long. *verify*
    is whether, or by which context, the server's certificate is checked.
    """

    def __init__(
        self, base_url: str, *, token: str | None = None, timeout: float = 30.0, verify: SSLContext | bool = True
    ) -> None:
        self._server = Connection(base_url, token=token, timeout=timeout, verify=verify)

    @property
    def url(self) -> str:
        """The address of the server."""
        return self._server.url

    def close(self) -> None:
        """Let go of the connections."""
        self._server.close()

    def identity(self) -> ServerIdentity:
        """Which server this is. Raises ServerUnreachable for anything that is not catalogctl."""
        return self._server.identity()

    def sources(self) -> list[Source]:
        return self._server.ask("/sources", lambda answer: [source_from(source) for source in answer["sources"]])

    def add_source(self, location: str, *, name: str | None = None) -> Source:
        return self._server.tell("/sources", source_from, {"location": location, "name": name})

    def test_source(self, name: str) -> SourceCheck:
        return self._server.tell(f"{_source_path(name)}/test", check_from)

    def remove_source(self, name: str) -> None:
        self._server.call("DELETE", _source_path(name), lambda _: None)

    def start_run(self, kind: RunKind, *, source: str | None, options: RunOptions) -> Run:
        return self._server.tell(f"/catalog/{_VERBS[kind]}", _run_from, {"source": source, **options_record(options)})

    def cancel_run(self, run_id: str) -> Run:
        return self._server.tell(f"{_run_path(run_id)}/cancel", _run_from)

    def retry_run(self, run_id: str) -> Run:
        return self._server.tell(f"{_run_path(run_id)}/retry", _run_from)

    def retry_job(self, job_id: int) -> Run:
        return self._server.tell(f"/catalog/jobs/{job_id}/retry", _run_from)

    def run(self, run_id: str) -> Run:
        run = self._server.ask(_run_path(run_id), _run_from)
        if run.run_id != run_id:
            # The server takes any reference; this method takes an id.
            raise RunNotFound(f"no run has the id {run_id[:80]!r}", hint="See them: catalogctl runs list")
        return run

    def find_run(self, reference: str) -> Run:
        return self._server.ask(_run_path(reference), _run_from)

    def latest_run(self) -> Run | None:
        return self._server.ask("/catalog/latest-run", lambda answer: _run_from(answer) if answer["run"] else None)

    def runs(
        self,
        *,
        limit: int = 50,
        before: int | None = None,
        source: str | None = None,
        kind: RunKind | None = None,
        status: Status | None = None,
    ) -> list[Run]:
        def page(most: int, after: int | None) -> list[Run]:
            filters = {"source": source, "kind": kind, "status": status}
            params = {"group": "run", "limit": most, "before": after, **filters}
            return self._server.ask("/catalog/runs", lambda answer: [run_from(run) for run in answer["runs"]], params)

        return _paged(page, limit, before, lambda run: run.number)

    def job(self, job_id: int) -> Job:
        return self._server.ask(f"/catalog/jobs/{job_id}", job_from)

    def jobs(
        self,
        *,
        limit: int = 50,
        before: int | None = None,
        status: Status | None = None,
        job_type: JobType | None = None,
        source: str | None = None,
    ) -> list[Job]:
        def page(most: int, after: int | None) -> list[Job]:
            params = {"limit": most, "before": after, "status": status, "job_type": job_type, "source": source}
            return self._server.ask("/catalog/jobs", lambda answer: [job_from(job) for job in answer["jobs"]], params)

        return _paged(page, limit, before, lambda job: job.id)

    def tasks(
        self, job_id: int, *, status: Status | None = None, after: int | None = None, limit: int = 1000
    ) -> list[Task]:
        def decode(answer: Any) -> list[Task]:
            return [task_from(task, job_id=job_id, run_id=answer["run_id"]) for task in answer["tasks"]]

        def page(most: int, last: int | None) -> list[Task]:
            params = {"status": status, "after": last, "limit": most}
            return self._server.ask(f"/catalog/jobs/{job_id}/tasks", decode, params)

        return _paged(page, limit, after, lambda task: task.id)

    def running_status(self) -> RunningStatus:
        return self._server.ask(
            "/catalog/running-status",
            lambda answer: RunningStatus(active_run_ids=tuple(answer["active_run_ids"]), seq=answer["seq"]),
        )

    def catalogue(
        self, *, source: str | None = None, table: str | None = None, profile: bool = True
    ) -> list[Datasource]:
        return self._server.ask(
            "/catalog",
            lambda answer: [datasource_from(found) for found in answer["catalog"]],
            {"source": source, "table": table, "profile": str(profile).lower()},
        )

    def clear_catalogue(self, *, source: str | None = None) -> Source:
        return self._server.call(
            "DELETE", "/catalog", lambda answer: source_from(answer["source"]), params={"source": source}
        )

    def toggle_table(self, table_id: int) -> Table:
        return self._server.call(
            "PATCH", f"/catalog/tables/{table_id}/toggle", lambda answer: table_from(answer["table"])
        )

    def describe_table(self, table_id: int, text: str) -> Table:
        path, body = f"/catalog/tables/{table_id}/description", {"description": text}
        return self._server.call("PATCH", path, lambda answer: table_from(answer["table"]), body=body)

    def describe_column(self, column_id: int, text: str) -> Column:
        path, body = f"/catalog/columns/{column_id}/description", {"description": text}
        return self._server.call("PATCH", path, lambda answer: column_from(answer["column"]), body=body)

    def search(self, words: str, *, limit: int = 20) -> list[SearchHit]:
        return self._server.ask(
            "/catalog/search",
            lambda answer: [hit_from(hit) for hit in answer["hits"]],
            {"q": words, "limit": limit},
        )

    def kpis(self, *, source: str | None = None) -> list[Kpi]:
        return self._server.ask("/kpis", lambda answer: [kpi_from(kpi) for kpi in answer["kpis"]], {"source": source})

    def questions(self, *, source: str | None = None) -> list[SuggestedQuestion]:
        return self._server.ask(
            "/suggested-questions",
            lambda answer: [question_from(question) for question in answer["questions"]],
            {"source": source},
        )

    def llm_status(self) -> LlmStatus:
        return self._server.ask("/llm/status", llm_status_from, is_slow=True)

    def llm_models(self) -> list[str]:
        return self._server.ask("/llm/models", lambda answer: [str(model) for model in answer["models"]], is_slow=True)

    def llm_uses(self, *, days: int) -> list[LlmUse]:
        return self._server.ask("/llm/calls", lambda answer: [use_from(use) for use in answer["calls"]], {"days": days})

    def estimate(self, *, source: str | None, options: RunOptions) -> Estimate:
        body = {"source": source, "dry_run": True, **options_record(options)}
        return self._server.tell("/catalog/enrich", estimate_from, body)

    def workers(self) -> list[Station]:
        return self._server.ask("/workers", lambda answer: [station_from(worker) for worker in answer["workers"]])

    def has_worker(self, run_id: str) -> bool:
        return self._server.ask(_run_path(run_id), lambda answer: bool(answer["has_worker"]))


def _run_from(answer: Any) -> Run:
    return run_from({**answer, "jobs": answer["run"]})


def _run_path(reference: str) -> str:
    if "/" in reference:
        raise RunNotFound(f"no run matches {reference[:80]!r}", hint="See them: catalogctl runs list")
    return f"/catalog/run/{_segment(reference)}"


def _source_path(name: str) -> str:
    if "/" in name:
        raise SourceNotFound(f"no source is called {masked(name)[:80]!r}", hint="See them: catalogctl sources list")
    return f"/sources/{_segment(name)}"


def _segment(text: str) -> str:
    """*text* as one segment of a path; dots too are escaped, because a segment of dots alone would climb."""
    return quote(text, safe="").replace(".", "%2E") or "%20"


def _paged(
    page: Callable[[int, int | None], list[T]], limit: int, start: int | None, key: Callable[[T], int]
) -> list[T]:
    """As many rows as wanted, in pages as large as the server gives."""
    rows: list[T] = []
    while len(rows) < limit:
        wanted = min(limit - len(rows), MAX_LIMIT)
        found = page(wanted, start)
        rows += found
        if len(found) < wanted:
            break
        start = key(found[-1])
    return rows
