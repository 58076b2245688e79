"""Numbers as Prometheus reads them: https://prometheus.io/docs/instrumenting/exposition_formats/, version 0.0.4."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One number, or with a *label* one for each of its values. The name of a counter ends in ``_total``."""

    name: str
    kind: Literal["counter", "gauge"]
    help: str
    values: Mapping[str, float] = field(default_factory=dict)
    label: str | None = None


def counter(name: str, help_: str, value: float) -> Metric:
    """A number that only grows while the server lives."""
    return Metric(name=name, kind="counter", help=help_, values={"": value})


def gauge(name: str, help_: str, value: float) -> Metric:
    """A number as it is now."""
    return Metric(name=name, kind="gauge", help=help_, values={"": value})


def exposition(metrics: Iterable[Metric]) -> bytes:
    """The text of a scrape."""
    return "".join(f"{line}\n" for metric in metrics for line in _lines(metric)).encode()


def _lines(metric: Metric) -> Iterator[str]:
    yield f"# HELP {metric.name} {metric.help}"
    yield f"# TYPE {metric.name} {metric.kind}"
    for value, number in metric.values.items():
        labels = "" if metric.label is None else f'{{{metric.label}="{value.translate(_ESCAPES)}"}}'
        # 17 digits lose nothing of a float.
        yield f"{metric.name}{labels} {number:.17g}"
