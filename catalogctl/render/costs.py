"""What models cost and whether they answer: sums by model and by hour as lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalogctl.domain.meaning import LlmStatus
from catalogctl.render.listing import Cell, Column, Listing
from catalogctl.render.measures import count, counted, dollars, latency
from catalogctl.render.palette import KEY, QUIET, TITLE

_NOBODY = "No model was asked in this time."


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """What the calls of one group took; *group* is ``model``, ``hour`` or ``total``."""

    group: str
    name: str
    provider: str | None
    calls: int
    tokens_input: int
    tokens_output: int
    cost: float | None


def by_model(record: Mapping[str, Any]) -> Listing[Sum]:
    """The sums of a costs record by model, those most called first."""
    total = _total(record)
    return Listing(
        rows=_models(record),
        if_empty=_NOBODY,
        heading=(
            Cell(f"last {counted(record['period_days'], 'day')}", TITLE),
            Cell(counted(total.calls, "call")),
            Cell(counted(total.tokens_input + total.tokens_output, "token")),
            Cell(dollars(total.cost), KEY),
        ),
        columns=(
            Column(title="MODEL", plain=lambda row: row.name, style=TITLE, can_shrink=True),
            Column(title="PROVIDER", plain=lambda row: row.provider, style=QUIET, can_shrink=True, rank=1),
            *_figures(),
        ),
    )


def by_hour(record: Mapping[str, Any]) -> Listing[Sum]:
    """The sums of a costs record by hour, oldest first."""
    return Listing(
        rows=_hours(record),
        if_empty=_NOBODY,
        columns=(Column(title="HOUR (UTC)", plain=lambda row: row.name, shown=lambda row, _: _hour(row)), *_figures()),
    )


def all_sums(record: Mapping[str, Any]) -> Listing[Sum]:
    """Every sum of a costs record in one list, for files: by model, by hour, and the total."""
    return Listing(
        rows=[*_models(record), *_hours(record), _total(record)] if record["total"]["total_calls"] else [],
        if_empty=_NOBODY,
        columns=(
            Column(title="BY", plain=lambda row: row.group),
            Column(title="NAME", plain=lambda row: row.name),
            Column(title="PROVIDER", plain=lambda row: row.provider),
            *_figures(),
        ),
    )


def models(found: Sequence[str]) -> Listing[str]:
    """The names of models."""
    return Listing(
        rows=found,
        if_empty="The endpoint offers no model.",
        columns=(Column(title="MODEL", plain=lambda name: name, style=TITLE, can_shrink=True),),
    )


def status_words(status: LlmStatus) -> str:
    """Who runs a model, unless its address says so, whether it answers, and how fast."""
    is_told = status.provider == status.model or status.provider in status.message
    provider = "" if is_told else f"{status.provider}: "
    time = f", {latency(status.seconds)}" if status.is_ok and status.seconds is not None else ""
    return f"{provider}{status.message}{time}"


def _figures() -> tuple[Column[Sum], ...]:
    return (
        _number("CALLS", "calls", rank=2),
        _number("TOKENS IN", "tokens_input", rank=4),
        _number("TOKENS OUT", "tokens_output", rank=3),
        Column(
            title="COST",
            plain=lambda row: "?" if row.cost is None else row.cost,
            shown=lambda row, _: Cell(dollars(row.cost), KEY),
            is_number=True,
        ),
    )


def _number(title: str, name: str, *, rank: int) -> Column[Sum]:
    return Column(
        title=title,
        plain=lambda row: getattr(row, name),
        shown=lambda row, _: Cell(count(getattr(row, name))),
        is_number=True,
        rank=rank,
    )


def _hour(row: Sum) -> Cell:
    return Cell(row.name[:16].replace("T", " "))


def _models(record: Mapping[str, Any]) -> list[Sum]:
    return [_sum("model", one["model_name"], one, provider=one["provider_name"]) for one in record["by_model"]]


def _hours(record: Mapping[str, Any]) -> list[Sum]:
    return [_sum("hour", one["hour"], one) for one in record["by_hour"]]


def _total(record: Mapping[str, Any]) -> Sum:
    figures = {name.removeprefix("total_"): value for name, value in record["total"].items()}
    return _sum("total", "total", figures)


def _sum(group: str, name: str, figures: Mapping[str, Any], *, provider: str | None = None) -> Sum:
    return Sum(
        group=group,
        name=name,
        provider=provider,
        calls=figures["calls"],
        tokens_input=figures["tokens_input"],
        tokens_output=figures["tokens_output"],
        cost=figures["cost"],
    )
