"""Jobs, their tasks, and who does them."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalogctl.domain.bounds import MAX_LIMIT
from catalogctl.domain.ports.catalogue import Catalogue
from catalogctl.domain.run_records import job_record, task_record
from catalogctl.domain.runs import JobType, Status
from catalogctl.domain.worker_records import station_record
from catalogctl.server.backend import Backend
from catalogctl.server.routes.parameters import Query, path_number
from catalogctl.server.routes.runs import accepted_record
from catalogctl.server.routing import route

Record = dict[str, Any]


class JobRoutes:
    """``/catalog/jobs`` and ``/workers``."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            route("/catalog/jobs", {"GET": self._jobs}),
            route("/catalog/jobs/{job_id}", {"GET": self._job}),
            route("/catalog/jobs/{job_id}/tasks", {"GET": self._tasks}),
            route("/catalog/jobs/{job_id}/retry", {"POST": self._retry}),
            route("/workers", {"GET": self._workers}),
        ]

    async def _jobs(self, request: Request) -> Response:
        query = Query(request)
        limit, before = query.limit(50), query.number("before")
        status, job_type = query.choice("status", Status), query.choice("job_type", JobType)
        source = query.text("source")
        return await self._backend.answer(
            lambda catalogue: {
                "jobs": [
                    job_record(job)
                    for job in catalogue.jobs(
                        limit=limit, before=before, status=status, job_type=job_type, source=source
                    )
                ]
            }
        )

    async def _job(self, request: Request) -> Response:
        job_id = path_number(request, "job_id")
        return await self._backend.answer(lambda catalogue: job_record(catalogue.job(job_id)))

    async def _tasks(self, request: Request) -> Response:
        job_id = path_number(request, "job_id")
        query = Query(request)
        status, after, limit = query.choice("status", Status), query.number("after"), query.limit(MAX_LIMIT)

        def tasks(catalogue: Catalogue) -> Record:
            found = catalogue.tasks(job_id, status=status, after=after, limit=limit)
            run_id = found[0].run_id if found else None
            return {"job_id": job_id, "run_id": run_id, "tasks": [task_record(task) for task in found]}

        return await self._backend.answer(tasks)

    async def _retry(self, request: Request) -> Response:
        job_id = path_number(request, "job_id")
        return await self._backend.accept(
            lambda catalogue: accepted_record(run := catalogue.retry_job(job_id), f"run {run.number} is queued again")
        )

    async def _workers(self, _: Request) -> Response:
        return await self._backend.answer(
            lambda catalogue: {"workers": [station_record(station) for station in catalogue.workers()]}
        )
