"""How a store is doing, in numbers that a machine watches."""

from collections.abc import Mapping
from dataclasses import dataclass

from catalogctl.domain.runs import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """Of one moment: active runs and their tasks by status, live workers, and how far the log reaches.

    *events* counts what is kept, skipped numbers included; *size* is in bytes, None where the store cannot say.
    """

    runs: Mapping[Status, int]
    tasks: Mapping[Status, int]
    workers: int
    latest: int
    events: int
    size: int | None = None
