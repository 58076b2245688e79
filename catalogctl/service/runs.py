"""Runs under their rules: one active run a source, legal transitions only, references that people type."""

from collections.abc import Callable

from catalogctl.domain.errors import InvalidInput, JobNotFound, RunAmbiguous, RunNotFound
from catalogctl.domain.ports.store import Reads, Store, Transaction
from catalogctl.domain.runs import Run, RunKind, RunOptions
from catalogctl.domain.times import Clock
from catalogctl.pipeline import ledger
from catalogctl.service.sources import Sources, refuse_while_active

SHORTEST_PREFIX = 4
_CANDIDATES_SHOWN = 5


class Runs:
    """Starting, ending and finding runs of a store."""

    def __init__(
        self,
        *,
        store: Store,
        sources: Sources,
        pipelines: ledger.Pipelines,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._sources = sources
        self._pipelines = pipelines
        self._clock = clock
        self._new_id = new_id

    def start(self, kind: RunKind, *, source: str | None, options: RunOptions) -> Run:
        """Queue a run on a source that has none."""
        missing = [job_type for job_type in kind.job_types if job_type not in self._pipelines]
        if missing:
            raise InvalidInput(f"this catalogctl cannot do {missing[0]}")
        chosen = self._sources.chosen(source)

        def change(transaction: Transaction) -> Run:
            refuse_while_active(transaction, chosen.name)
            ledger.open_run(
                transaction,
                self._pipelines,
                run_id=(run_id := self._new_id()),
                source=chosen.name,
                kind=kind,
                options=options,
                at=self._clock(),
            )
            return with_id(transaction, run_id)

        return self._store.transact(change)

    def cancel(self, run_id: str) -> Run:
        """End an active run."""

        def change(transaction: Transaction) -> Run:
            ledger.cancel_run(transaction, with_id(transaction, run_id), at=self._clock())
            return with_id(transaction, run_id)

        return self._store.transact(change)

    def retry(self, run_id: str) -> Run:
        """Start another attempt at a failed or cancelled run."""

        def change(transaction: Transaction) -> Run:
            run = with_id(transaction, run_id)
            if run.status.is_final:
                refuse_while_active(transaction, run.source)
                self._sources.named(transaction, run.source)
            ledger.retry_run(transaction, self._pipelines, run, at=self._clock())
            return with_id(transaction, run_id)

        return self._store.transact(change)

    def retry_job(self, job_id: int) -> Run:
        """Start another attempt at the run of this job."""
        job = self._store.job(job_id)
        if job is None:
            raise JobNotFound(f"no job has the id {job_id}")
        return self.retry(job.run_id)

    def find(self, reference: str) -> Run:
        """The run that a person means."""
        text = reference.strip().removeprefix("#")
        if text == "latest":
            return _found(next(iter(self._store.runs(limit=1)), None), "there is no run yet")
        if text.isascii() and text.isdigit() and len(text) < SHORTEST_PREFIX * 3:
            return self._numbered(text)
        ids = self._store.run_ids(text.lower(), limit=_CANDIDATES_SHOWN + 1) if len(text) >= SHORTEST_PREFIX else []
        if len(ids) > 1:
            more = " …" if len(ids) > _CANDIDATES_SHOWN else ""
            raise RunAmbiguous(
                f"run {reference!r} matches {', '.join(ids[:_CANDIDATES_SHOWN])}{more}", hint="Try a longer prefix."
            )
        if not ids:
            raise RunNotFound(
                f"no run matches {reference[:80]!r}",
                hint="Give `latest`, a number, an id, or at least 4 characters of one: catalogctl runs list",
            )
        return with_id(self._store, ids[0])

    def _numbered(self, text: str) -> Run:
        run = self._store.run_numbered(int(text))
        if run is None and len(text) >= SHORTEST_PREFIX and len(ids := self._store.run_ids(text, limit=2)) == 1:
            return with_id(self._store, ids[0])
        return _found(run, f"there is no run {text}")


def with_id(reads: Reads, run_id: str) -> Run:
    """The run with this full id. Raises RunNotFound."""
    return _found(reads.run(run_id), f"no run has the id {run_id[:80]!r}")


def _found(run: Run | None, otherwise: str) -> Run:
    if run is None:
        raise RunNotFound(otherwise, hint="See them: catalogctl runs list")
    return run
