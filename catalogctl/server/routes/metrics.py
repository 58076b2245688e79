"""``/metrics``: how streams, runs and store are doing, for Prometheus."""

import asyncio
from collections.abc import Iterator, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalogctl import __version__
from catalogctl.domain.errors import Unavailable
from catalogctl.domain.ports.monitor import Monitor
from catalogctl.domain.runs import Status
from catalogctl.domain.vitals import Vitals
from catalogctl.server.backend import NOT_KEPT
from catalogctl.server.hub.hub import Hub
from catalogctl.server.hub.kinds import JobChannel, KpiChannel, StatusChannel
from catalogctl.server.hub.log import LogChannel
from catalogctl.server.metrics import CONTENT_TYPE, Metric, counter, exposition, gauge
from catalogctl.server.pool import CallPool
from catalogctl.server.routing import route

_KINDS = tuple(channel.kind for channel in (JobChannel, StatusChannel, KpiChannel, LogChannel))
_REASONS = ("server", "client", "draining")
_ACTIVE = (Status.PENDING, Status.RUNNING)
_FINAL = tuple(status for status in Status if status.is_final)
_PATIENCE = 2.0


class MetricsRoutes:
    """``/metrics``; a store that does not answer costs its own numbers and no others."""

    def __init__(self, *, hub: Hub, monitor: Monitor, pool: CallPool) -> None:
        self._hub = hub
        self._monitor = monitor
        self._pool = pool

    def routes(self) -> list[Route]:
        """All of them."""
        return [route("/metrics", {"GET": self._metrics})]

    async def _metrics(self, _: Request) -> Response:
        vitals: Vitals | None = None
        try:
            async with asyncio.timeout(_PATIENCE):
                vitals = await self._pool.call(self._monitor.vitals)
        except (Unavailable, TimeoutError):
            pass
        metrics = [*self._of_streams(), *self._of_store(vitals)]
        return Response(exposition(metrics), headers={**NOT_KEPT, "Content-Type": CONTENT_TYPE})

    def _of_streams(self) -> Iterator[Metric]:
        gauges = self._hub.gauges
        yield Metric(
            name="catalogctl_build_info",
            kind="gauge",
            help="Always 1; the label tells the version.",
            label="version",
            values={__version__: 1},
        )
        yield Metric(
            name="catalogctl_streams",
            kind="gauge",
            help="Event streams that are open.",
            label="kind",
            values=_each(_KINDS, gauges.streams),
        )
        yield Metric(
            name="catalogctl_streams_refused_total",
            kind="counter",
            help="Event streams that were not opened, because the server or the client had as many as it may, or the"
            " server was shutting down.",
            label="reason",
            values=_each(_REASONS, gauges.refused),
        )
        yield counter("catalogctl_stream_deliveries_total", "Writes to streams, heartbeats too.", gauges.deliveries)
        yield counter(
            "catalogctl_stream_conflations_total",
            "Times that a reader which had fallen behind was given the newest state alone.",
            gauges.conflations,
        )
        yield counter(
            "catalogctl_stream_resets_total", "Readers of the log whose place in it is no longer kept.", gauges.resets
        )
        yield counter("catalogctl_stream_stalls_total", "Readers let go because they took nothing.", gauges.stalls)
        yield counter("catalogctl_stream_rotations_total", "Streams ended because of their age.", gauges.rotations)
        yield Metric(
            name="catalogctl_runs_finished_total",
            kind="counter",
            help="Runs that ended since the server started.",
            label="status",
            values=_each(_FINAL, gauges.finished),
        )

    def _of_store(self, vitals: Vitals | None) -> Iterator[Metric]:
        yield gauge("catalogctl_store_up", "1 when the store answers.", vitals is not None)
        if vitals is None:
            return
        yield Metric(
            name="catalogctl_runs_active",
            kind="gauge",
            help="Runs that are not over.",
            label="status",
            values=_each(_ACTIVE, vitals.runs),
        )
        yield Metric(
            name="catalogctl_tasks",
            kind="gauge",
            help="Tasks of the runs that are not over.",
            label="status",
            values=_each(tuple(Status), vitals.tasks),
        )
        yield gauge("catalogctl_workers", "Workers that are alive.", vitals.workers)
        yield gauge("catalogctl_log_latest_seq", "Number of the newest event.", vitals.latest)
        yield gauge("catalogctl_log_events", "Events that are kept, numbers that were skipped included.", vitals.events)
        yield gauge(
            "catalogctl_stream_lag_events",
            "Events that are in the log and not yet with the streams.",
            max(0, vitals.latest - self._hub.latest),
        )
        if vitals.size is not None:
            yield gauge("catalogctl_store_bytes", "Size of the store.", vitals.size)


def _each(names: tuple[str, ...], counts: Mapping[str, int] | Mapping[Status, int]) -> dict[str, float]:
    """All of *names*, those that were never counted too: what is absent cannot be told from what is zero."""
    found = {str(name): count for name, count in counts.items()}
    return {str(name): found.get(str(name), 0) for name in names}
