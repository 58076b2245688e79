"""A run as somebody watches it, and how it changes with each event."""

from dataclasses import dataclass, replace
from typing import Self

from catalogctl.domain.events import Event
from catalogctl.domain.run_records import job_from, run_from
from catalogctl.domain.runs import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run, and what there is to say about watching it, such as a lost connection."""

    run: Run
    notice: str | None = None

    def after(self, event: Event) -> Self:
        """The view once *event* has happened; an event of another run or kind changes nothing.

        One that was over when the run was read only shows that there is a connection again.
        """
        if event.run_id != self.run.run_id:
            return self
        if event.seq <= self.run.last_seq:
            return self.noticed(None)
        if event.type.startswith("run."):
            return replace(self, run=run_from({**event.decoded(), "last_seq": event.seq}), notice=None)
        if not event.type.startswith("job."):
            return self
        job = job_from(event.decoded())
        jobs = tuple(job if other.id == job.id else other for other in self.run.jobs)
        return replace(self, run=replace(self.run.with_jobs(jobs, at=event.at), last_seq=event.seq), notice=None)

    def noticed(self, notice: str | None) -> Self:
        """The view with something to say, or with nothing."""
        return replace(self, notice=notice)
