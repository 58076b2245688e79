"""Runs: start, stop, look."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalogctl.domain.errors import WrongType
from catalogctl.domain.meaning_records import estimate_record
from catalogctl.domain.ports.catalogue import Catalogue
from catalogctl.domain.run_records import job_row, run_record, status_record
from catalogctl.domain.runs import Job, Run, RunKind, Status
from catalogctl.server.backend import Backend
from catalogctl.server.routes.parameters import Query
from catalogctl.server.routes.start_requests import read_start_request
from catalogctl.server.routing import Endpoint, route

Record = dict[str, Any]


class RunRoutes:
    """Everything under ``/catalog`` that is about whole runs."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            route("/catalog/extract", {"POST": self._starter(RunKind.EXTRACTION)}),
            route("/catalog/enrich", {"POST": self._starter(RunKind.ENRICHMENT)}),
            route("/catalog/refresh", {"POST": self._starter(RunKind.REFRESH)}),
            route("/catalog/run/{run_id}", {"GET": self._run}),
            route("/catalog/run/{run_id}/cancel", {"POST": self._cancel}),
            route("/catalog/run/{run_id}/retry", {"POST": self._retry}),
            route("/catalog/latest-run", {"GET": self._latest}),
            route("/catalog/runs", {"GET": self._runs}),
            route("/catalog/running-status", {"GET": self._status}),
        ]

    def _starter(self, kind: RunKind) -> Endpoint:
        async def start(request: Request) -> Response:
            wanted = await read_start_request(request, kind)
            if wanted.is_dry:
                return await self._backend.answer_slowly(lambda catalogue: estimate_record(wanted.estimate(catalogue)))
            return await self._backend.accept_slowly(
                lambda catalogue: accepted_record(run := wanted.start(catalogue), f"{kind} of {run.source} is queued")
            )

        return start

    async def _cancel(self, request: Request) -> Response:
        run_id = request.path_params["run_id"]
        return await self._backend.accept(
            lambda catalogue: accepted_record(run := catalogue.cancel_run(run_id), f"run {run.number} is cancelled")
        )

    async def _retry(self, request: Request) -> Response:
        run_id = request.path_params["run_id"]
        return await self._backend.accept(
            lambda catalogue: accepted_record(run := catalogue.retry_run(run_id), f"run {run.number} is queued again")
        )

    async def _run(self, request: Request) -> Response:
        reference = request.path_params["run_id"]
        return await self._backend.answer(lambda catalogue: _looked_up(catalogue, catalogue.find_run(reference)))

    async def _latest(self, _: Request) -> Response:
        return await self._backend.answer(lambda catalogue: _looked_up(catalogue, catalogue.latest_run()))

    async def _status(self, _: Request) -> Response:
        def status(catalogue: Catalogue) -> Record:
            found = catalogue.running_status()
            return {**status_record(found), "seq": found.seq}

        return await self._backend.answer(status)

    async def _runs(self, request: Request) -> Response:
        query = Query(request)
        limit, before = query.limit(100), query.number("before")
        source, status = query.text("source"), query.choice("status", Status)
        group, kind = query.text("group"), query.choice("kind", RunKind)
        if group not in {None, "run"}:
            raise WrongType("group must be run")
        if kind is not None and group is None:
            raise WrongType("kind is for whole runs: give group=run with it")

        def rows(catalogue: Catalogue) -> Record:
            if group == "run":
                runs = catalogue.runs(limit=limit, before=before, source=source, kind=kind, status=status)
                return {"runs": [run_record(run) for run in runs]}
            jobs = catalogue.jobs(limit=limit, before=before, source=source, status=status)
            return {"runs": _job_rows(catalogue, jobs)}

        return await self._backend.answer(rows)


def envelope(run: Run) -> Record:
    """A run as ``{run: [Job]}`` with its other fields beside."""
    record = run_record(run)
    return {"run": record.pop("jobs"), **record}


def accepted_record(run: Run, message: str) -> Record:
    """What a call that changes a run answers; the job is the first of the run."""
    job_id = run.jobs[0].id if run.jobs else None
    return {**envelope(run), "message": message, "job_id": job_id, "async": True}


def _looked_up(catalogue: Catalogue, run: Run | None) -> Record:
    if run is None:
        return {"run": []}
    return {**envelope(run), "has_worker": catalogue.has_worker(run.run_id)}


def _job_rows(catalogue: Catalogue, jobs: Sequence[Job]) -> list[Record]:
    """The jobs with what their rows tell of their runs: one look for a page of them, and one for each odd run out."""
    runs: dict[str, Run] = {}
    if jobs:
        newest = catalogue.run(jobs[0].run_id)
        runs = {run.run_id: run for run in catalogue.runs(limit=len(jobs), before=newest.number + 1)}
    for job in jobs:
        if job.run_id not in runs:
            runs[job.run_id] = catalogue.run(job.run_id)
    return [_job_row(job, runs[job.run_id]) for job in jobs]


def _job_row(job: Job, run: Run) -> Record:
    return {**job_row(job), "number": run.number, "source": run.source, "kind": run.kind.value}
