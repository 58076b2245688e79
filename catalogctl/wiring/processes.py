"""The processes of catalogctl beside the command line itself: workers and the server."""

import os
import sys
from collections.abc import Callable

from catalogctl.pipeline.worker import WorkerPool
from catalogctl.settings.resolve import Settings
from catalogctl.wiring.engine import open_engine


def worker_command(*arguments: str) -> list[str]:
    """How a worker process of this very catalogctl is started."""
    return [sys.executable, "-m", "catalogctl", "worker", *arguments]


def worker_environment(settings: Settings) -> dict[str, str]:
    """What a worker process must know; secrets travel here and never in its arguments."""
    return {
        **os.environ,
        "CATALOGCTL_STORE": settings.store,
        "CATALOGCTL_CONCURRENCY": str(settings.concurrency),
        "CATALOGCTL_TASK_DEADLINE": str(settings.task_deadline),
        "CATALOGCTL_KEEP_EVENTS": str(settings.keep_events),
        "CATALOGCTL_KEEP_DAYS": str(settings.keep_days),
    }


def work(settings: Settings, *, until_idle: bool, on_pool: Callable[[WorkerPool], None]) -> None:
    """Do the work of any run, until there is none or until the pool handed to *on_pool* is stopped."""
    with open_engine(settings, has_successor=True) as engine:
        pool = engine.pool()
        pool.enlist()
        on_pool(pool)
        pool.run(is_done=lambda: until_idle and not engine.store.active_runs())
