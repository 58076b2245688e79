"""What enrichment adds, as lists: key figures, questions, what a search found; and what enriching would take."""

from collections.abc import Sequence

from catalogctl.domain.events import compact_json
from catalogctl.domain.meaning import Estimate, Kpi, KpiTrend, SearchHit, SuggestedQuestion
from catalogctl.render.details import Fact
from catalogctl.render.listing import Cell, Column, Eye, Listing, yes_or_no
from catalogctl.render.measures import counted, dollars
from catalogctl.render.palette import ERROR, GOOD, KEY, QUIET, TITLE

_BARS = "▁▂▃▄▅▆▇█"
_MOST_BARS = 24


def kpis(found: Sequence[Kpi]) -> Listing[Kpi]:
    """Key figures by source, with where they are going."""
    return Listing(
        rows=found,
        if_empty="There are no key figures. Find some: catalogctl refresh SOURCE",
        columns=(
            Column(title="SOURCE", plain=lambda kpi: kpi.source, style=QUIET, can_shrink=True, rank=4),
            Column(title="KEY FIGURE", plain=lambda kpi: kpi.result.title, style=TITLE, can_shrink=True, narrowest=20),
            Column(title="VALUE", plain=lambda kpi: kpi.result.value, is_number=True),
            Column(title="TREND", plain=_trend_value, shown=_trend, is_number=True, rank=1),
            Column(
                title="COURSE",
                plain=lambda kpi: compact_json(list(kpi.result.sparkline)) if kpi.result.sparkline else None,
                shown=lambda kpi, eye: Cell(sparkline(kpi.result.sparkline) if _has_bars(eye) else "", KEY),
                rank=2,
            ),
            Column(
                title="NOTE", plain=lambda kpi: kpi.result.footer, style=QUIET, can_shrink=True, rank=3, narrowest=20
            ),
            Column(title="SQL", plain=lambda kpi: kpi.result.sql, for_files=True),
        ),
    )


def questions(found: Sequence[SuggestedQuestion]) -> Listing[SuggestedQuestion]:
    """Suggested questions by source."""
    return Listing(
        rows=found,
        if_empty="There are no questions. Find some: catalogctl refresh SOURCE",
        columns=(
            Column(title="SOURCE", plain=lambda one: one.source, style=QUIET, can_shrink=True, rank=2),
            Column(title="QUESTION", plain=lambda one: one.draft.question, can_shrink=True, wraps=True, narrowest=48),
            Column(title="CATEGORY", plain=lambda one: one.draft.category, style=KEY, rank=1),
            Column(title="TABLES", plain=lambda one: ", ".join(one.draft.tables), style=QUIET, can_shrink=True, rank=3),
        ),
    )


def hits(found: Sequence[SearchHit]) -> Listing[SearchHit]:
    """What a search found, best first."""
    return Listing(
        rows=found,
        if_empty="Nothing in the catalogue matches.",
        columns=(
            Column(title="SOURCE", plain=lambda hit: hit.source, style=QUIET, can_shrink=True, rank=1),
            Column(title="TABLE", plain=lambda hit: hit.table, style=TITLE, can_shrink=True),
            Column(title="COLUMN", plain=lambda hit: hit.column, style=KEY, can_shrink=True),
            Column(title="DESCRIPTION", plain=lambda hit: hit.description, can_shrink=True, rank=2, narrowest=40),
        ),
    )


def estimate_facts(estimate: Estimate) -> list[Fact]:
    """What an enrichment would take and send; what is free says nothing of tokens."""
    is_sent = bool(estimate.tokens_input or estimate.tokens_output)
    return [
        Fact("source", estimate.source),
        Fact("model", f"{estimate.model} ({estimate.provider})" if is_sent else estimate.model),
        Fact("tables", f"{len(estimate.tables)}: {', '.join(estimate.tables)}"),
        Fact("batches", estimate.batches),
        Fact("tokens", f"{estimate.tokens_input:,} in, {estimate.tokens_output:,} out" if is_sent else 0),
        Fact("cost", dollars(estimate.cost)),
        Fact("samples", yes_or_no(estimate.shares_samples) if is_sent else None),
        Fact("comments", yes_or_no(estimate.shares_comments) if is_sent else None),
        Fact("withheld", _withheld(estimate) if is_sent else None),
    ]


def sparkline(values: Sequence[float]) -> str:
    """The newest values as a line of bars, the least of them the lowest; empty where there is no course to see."""
    shown = values[-_MOST_BARS:]
    if len(shown) < 2:
        return ""
    low, high = min(shown), max(shown)
    room = (high - low) or 1
    return "".join(_BARS[round((value - low) / room * (len(_BARS) - 1))] for value in shown)


def _withheld(estimate: Estimate) -> str:
    if not estimate.shares_samples:
        return f"all values: only names, types{', comments' if estimate.shares_comments else ''} and figures go out"
    if not estimate.withheld:
        return "nothing: no column was recognised as personal"
    return f"the values of {counted(len(estimate.withheld), 'column')}: {', '.join(estimate.withheld)}"


def _has_bars(eye: Eye) -> bool:
    """True for a terminal that can show them."""
    return not eye.glyphs.link.isascii()


def _trend_value(kpi: Kpi) -> float | None:
    return None if kpi.result.trend is None else kpi.result.trend.value


def _trend(kpi: Kpi, _: Eye) -> Cell:
    trend = kpi.result.trend
    if trend is None:
        return Cell("")
    label = f" {trend.label}" if trend.label else ""
    return Cell(f"{trend.value:+.1f}%{label}", _trend_style(trend))


def _trend_style(trend: KpiTrend) -> str:
    if trend.direction == "flat":
        return QUIET
    return GOOD if (trend.direction == "up") is not trend.invert else ERROR
