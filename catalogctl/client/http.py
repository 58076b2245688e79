"""The Catalogue port over HTTP: the same words and the same errors as without a server in between."""

from collections.abc import Callable
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from catalogctl import __version__
from catalogctl.client.address import checked_url, is_loopback
from catalogctl.client.answers import not_catalogctl, read_answer, unreachable
from catalogctl.domain.catalogue import Datasource
from catalogctl.domain.catalogue_records import check_from, datasource_from, source_from
from catalogctl.domain.errors import CatalogctlError, NotFound, RunNotFound, SourceNotFound
from catalogctl.domain.ports import Catalogue
from catalogctl.domain.run_records import job_from, options_record, run_from, task_from
from catalogctl.domain.runs import Job, JobType, Run, RunKind, RunningStatus, RunOptions, Status
from catalogctl.domain.sources import Source, SourceCheck
from catalogctl.domain.tasks import Task

T = TypeVar("T")
Decode = Callable[[Any], T]

_PAGE = 1000
_CONNECT_TIMEOUT = 5.0
_SLOW_FACTOR = 4.0
_VERBS = {RunKind.EXTRACTION: "extract", RunKind.ENRICHMENT: "enrich", RunKind.REFRESH: "refresh"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerIdentity:
    """Which server answers, and which log it serves."""

    version: str
    epoch: str


class HttpCatalogue(Catalogue):
    """The catalogue of the server at *base_url*. Every method raises ServerUnreachable when none answers there.

    *timeout* is how many seconds an answer may take; what reaches out to a source has four times as long. *verify*
    is whether, or by which context, the server's certificate is checked.
    """

    def __init__(
        self, base_url: str, *, token: str | None = None, timeout: float = 30.0, verify: SSLContext | bool = True
    ) -> None:
        self.url = checked_url(base_url)
        self._timeout = timeout
        headers = {"User-Agent": f"catalogctl/{__version__}", "Accept": "application/json"}
        self._http = httpx.Client(
            base_url=self.url,
            headers=headers | ({} if token is None else {"Authorization": f"Bearer {token}"}),
            timeout=httpx.Timeout(timeout, connect=min(timeout, _CONNECT_TIMEOUT)),
            verify=verify,
            follow_redirects=False,
            trust_env=not is_loopback(self.url),
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def identity(self) -> ServerIdentity:
        """Which server this is. Raises ServerUnreachable for anything that is not catalogctl."""
        try:
            return self._call("GET", "/health", self._identity_from)
        except CatalogctlError as error:
            if isinstance(error, NotFound):
                raise not_catalogctl(self.url, "no /health") from None
            raise

    def sources(self) -> list[Source]:
        return self._ask("/sources", lambda answer: [source_from(source) for source in answer["sources"]])

    def add_source(self, location: str, *, name: str | None = None) -> Source:
        return self._tell("/sources", source_from, {"location": location, "name": name})

    def test_source(self, name: str) -> SourceCheck:
        return self._tell(f"{_source_path(name)}/test", check_from)

    def remove_source(self, name: str) -> None:
        self._call("DELETE", _source_path(name), lambda _: None)

    def start_run(self, kind: RunKind, *, source: str | None, options: RunOptions) -> Run:
        return self._tell(f"/catalog/{_VERBS[kind]}", _run_from, {"source": source, **options_record(options)})

    def cancel_run(self, run_id: str) -> Run:
        return self._tell(f"{_run_path(run_id)}/cancel", _run_from)

    def retry_run(self, run_id: str) -> Run:
        return self._tell(f"{_run_path(run_id)}/retry", _run_from)

    def retry_job(self, job_id: int) -> Run:
        return self._tell(f"/catalog/jobs/{job_id}/retry", _run_from)

    def run(self, run_id: str) -> Run:
        run = self._ask(_run_path(run_id), _run_from)
        if run.run_id != run_id:
            # The server takes any reference; this method takes an id.
            raise RunNotFound(f"no run has the id {run_id[:80]!r}", hint="See them: catalogctl runs list")
        return run

    def find_run(self, reference: str) -> Run:
        return self._ask(_run_path(reference), _run_from)

    def latest_run(self) -> Run | None:
        return self._ask("/catalog/latest-run", lambda answer: _run_from(answer) if answer["run"] else None)

    def runs(
        self, *, limit: int = 50, before: int | None = None, source: str | None = None, status: Status | None = None
    ) -> list[Run]:
        def page(most: int, after: int | None) -> list[Run]:
            params = {"group": "run", "limit": most, "before": after, "source": source, "status": status}
            return self._ask("/catalog/runs", lambda answer: [run_from(run) for run in answer["runs"]], params)

        return _paged(page, limit, before, lambda run: run.number)

    def job(self, job_id: int) -> Job:
        return self._ask(f"/catalog/jobs/{job_id}", job_from)

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
            return self._ask("/catalog/jobs", lambda answer: [job_from(job) for job in answer["jobs"]], params)

        return _paged(page, limit, before, lambda job: job.id)

    def tasks(
        self, job_id: int, *, status: Status | None = None, after: int | None = None, limit: int = 1000
    ) -> list[Task]:
        def decode(answer: Any) -> list[Task]:
            return [task_from(task, job_id=job_id, run_id=answer["run_id"]) for task in answer["tasks"]]

        def page(most: int, last: int | None) -> list[Task]:
            params = {"status": status, "after": last, "limit": most}
            return self._ask(f"/catalog/jobs/{job_id}/tasks", decode, params)

        return _paged(page, limit, after, lambda task: task.id)

    def running_status(self) -> RunningStatus:
        return self._ask(
            "/catalog/running-status",
            lambda answer: RunningStatus(active_run_ids=tuple(answer["active_run_ids"]), seq=answer["seq"]),
        )

    def catalogue(
        self, *, source: str | None = None, table: str | None = None, profile: bool = True
    ) -> list[Datasource]:
        return self._ask(
            "/catalog",
            lambda answer: [datasource_from(found) for found in answer["catalog"]],
            {"source": source, "table": table, "profile": str(profile).lower()},
        )

    def clear_catalogue(self, *, source: str | None = None) -> Source:
        return self._call("DELETE", "/catalog", lambda answer: source_from(answer["source"]), params={"source": source})

    def has_worker(self, run_id: str) -> bool:
        return self._ask(_run_path(run_id), lambda answer: bool(answer["has_worker"]))

    def _ask(self, path: str, decode: Decode[T], params: dict[str, Any] | None = None) -> T:
        return self._call("GET", path, decode, params=params)

    def _tell(self, path: str, decode: Decode[T], body: dict[str, Any] | None = None) -> T:
        return self._call("POST", path, decode, body=body or {})

    def _call(
        self,
        method: str,
        path: str,
        decode: Decode[T],
        *,
        params: dict[str, Any] | None = None,
        body: dict[str, Any] | None = None,
    ) -> T:
        response = self._send(method, path, _given(params or {}), None if body is None else _given(body))
        try:
            return read_answer(response, self.url, decode)
        except NotFound as error:
            if type(error) is NotFound and path != "/health":
                # Nothing at the path: perhaps because something else altogether answers here.
                self.identity()
            raise

    def _send(self, method: str, path: str, params: dict[str, Any], body: dict[str, Any] | None) -> httpx.Response:
        timeout = httpx.USE_CLIENT_DEFAULT if method == "GET" else self._timeout * _SLOW_FACTOR
        request = self._http.build_request(method, path, params=params, json=body, timeout=timeout)
        try:
            try:
                return self._http.send(request)
            except httpx.RemoteProtocolError:
                if method != "GET":
                    raise
                # The server closed a kept connection just as it was used again.
                return self._http.send(request)
        except httpx.HTTPError as error:
            raise unreachable(self.url, error) from None

    def _identity_from(self, answer: Any) -> ServerIdentity:
        if answer["name"] != "catalogctl":
            raise ValueError(answer["name"])
        return ServerIdentity(version=answer["version"], epoch=answer["epoch"])


def _run_from(answer: Any) -> Run:
    return run_from({**answer, "jobs": answer["run"]})


def _run_path(reference: str) -> str:
    if "/" in reference:
        raise RunNotFound(f"no run matches {reference[:80]!r}", hint="See them: catalogctl runs list")
    return f"/catalog/run/{_segment(reference)}"


def _source_path(name: str) -> str:
    if "/" in name:
        raise SourceNotFound(f"no source is called {name[:80]!r}", hint="See them: catalogctl sources list")
    return f"/sources/{_segment(name)}"


def _segment(text: str) -> str:
    """*text* as one segment of a path; dots too are escaped, because a segment of dots alone would climb."""
    return quote(text, safe="").replace(".", "%2E") or "%20"


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _paged(
    page: Callable[[int, int | None], list[T]], limit: int, start: int | None, key: Callable[[T], int]
) -> list[T]:
    """As many rows as wanted, in pages as large as the server gives."""
    rows: list[T] = []
    while len(rows) < limit:
        wanted = min(limit - len(rows), _PAGE)
        found = page(wanted, start)
        rows += found
        if len(found) < wanted:
            break
        start = key(found[-1])
    return rows
