"""The kinds of state that streams show."""

from catalogctl.domain.events import RUN_ENDS, Event, compact_json
from catalogctl.domain.meaning_records import kpi_record
from catalogctl.domain.ports.catalogue import Catalogue
from catalogctl.domain.run_records import job_record, status_record
from catalogctl.server.hub.snapshots import Address, SnapshotChannel, State
from catalogctl.sse import frames


class JobChannel(SnapshotChannel):
    """The jobs of one run, until all of them are final."""

    __slots__ = ("_run_id",)

    kind = "job"

    def __init__(self, run_id: str) -> None:
        super().__init__()
        self._run_id = run_id

    @property
    def key(self) -> Address:
        return ("jobs", self._run_id)

    def read(self, catalogue: Catalogue) -> State:
        run = catalogue.run(self._run_id)
        texts = {job.id: compact_json(job_record(job)) for job in run.jobs}
        return State(seq=run.last_seq, texts=texts, is_final=run.status.is_final)

    def apply(self, event: Event) -> None:
        if event.type in RUN_ENDS:
            self.close(event.seq)
        elif event.job_id is not None:
            self.texts[event.job_id] = event.data
            self.show(event.seq)

    def render(self) -> str:
        return f"[{','.join(self.texts.values())}]"

    def fault(self, detail: str) -> bytes:
        return frames.message(compact_json({"error": detail}))


class StatusChannel(SnapshotChannel):
    """Whether anything runs."""

    __slots__ = ()

    kind = "status"

    @property
    def key(self) -> Address:
        return ("status", None)

    def read(self, catalogue: Catalogue) -> State:
        status = catalogue.running_status()
        return State(seq=status.seq, texts={0: compact_json(status_record(status))})

    def apply(self, event: Event) -> None:
        self.texts[0] = event.data
        self.show(event.seq)

    def render(self) -> str:
        return self.texts[0]


class KpiChannel(SnapshotChannel):
    """The key figures of all sources."""

    __slots__ = ()

    kind = "kpi"

    @property
    def key(self) -> Address:
        return ("kpis", None)

    def read(self, catalogue: Catalogue) -> State:
        # The place in the log first: figures that come in between are then read twice, and not missed.
        seq = catalogue.running_status().seq
        return State(seq=seq, texts={0: compact_json([kpi_record(kpi) for kpi in catalogue.kpis()])})

    def apply(self, event: Event) -> None:  # noqa: ARG002 - it says that figures changed, not to what
        self.expire()

    def render(self) -> str:
        return self.texts[0]
