"""Key figures: their SQL proven and run, and from its rows to what a card shows: a value, a trend, a line."""

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from catalogctl.domain.errors import CatalogctlError, Interrupted, InvalidInput
from catalogctl.domain.meaning import KpiDraft, KpiResult, KpiTrend
from catalogctl.domain.ports.sources import SourceReader
from catalogctl.domain.runs import Note
from catalogctl.pipeline.desk import within
from catalogctl.pipeline.plan import Desk

MOST_POINTS = 36
_FLAT_PERCENT = 0.05

Row = Sequence[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What came of some drafts: the figures of those that ran, in order, those drafts, and a note on each other."""

    figures: tuple[KpiResult, ...]
    drafts: tuple[KpiDraft, ...]
    notes: tuple[Note, ...]


def run_drafts(drafts: Iterable[KpiDraft], desk: Desk, *, deadline: float) -> Ran:
    """Run each draft in at most *deadline* seconds; one that fails is kept out and told of, never shown as a number.

    Raises Interrupted.
    """
    ran: list[tuple[KpiDraft, KpiResult]] = []
    notes: list[Note] = []
    waiting = deque(drafts)
    while waiting:
        draft = waiting[0]
        try:
            # Opening a folder of files takes longer than a question to it, so that one reader is asked them all.
            with desk.reader() as reader:
                while waiting:
                    draft = waiting[0]
                    ran.append((draft, _run(draft, reader, deadline=deadline)))
                    waiting.popleft()
        except Interrupted:
            raise
        except CatalogctlError as error:
            # What has failed once may have left its transaction unusable.
            waiting.popleft()
            notes.append(Note(message=f"key figure {draft.title!r} is left out: {error.detail}"))
    return Ran(figures=tuple(figure for _, figure in ran), drafts=tuple(draft for draft, _ in ran), notes=tuple(notes))


def why_silent(desk: Desk, *, deadline: float) -> str | None:
    """Why the source answers nothing at all; None when it does. Raises Interrupted."""
    try:
        with desk.reader(deadline=deadline) as reader:
            reader.metadata()
    except Interrupted:
        raise
    except CatalogctlError as error:
        return error.detail
    return None


def _run(draft: KpiDraft, reader: SourceReader, *, deadline: float) -> KpiResult:
    """Prove *draft* and run it. Raises CatalogctlError."""
    with within(reader, deadline):
        reader.explain(draft.sql)
        rows = reader.query(draft.sql, limit=2)
        trend = reader.query(draft.trend_sql, limit=MOST_POINTS) if draft.trend_sql else []
    return key_figure(draft, rows, trend)


def key_figure(draft: KpiDraft, rows: Sequence[Row], trend_rows: Sequence[Row]) -> KpiResult:
    """Read the answers of ``draft.sql`` and ``draft.trend_sql``. Raises InvalidInput when they hold no figure."""
    if len(rows) != 1:
        raise InvalidInput(f"it answered {'more than one row' if rows else 'no row'} where one number is wanted")
    if len(rows[0]) != 1:
        raise InvalidInput(f"it answered {len(rows[0])} columns where one number is wanted")
    number = _number(rows[0][0])
    if number is None:
        raise InvalidInput("it answered no number")
    line = tuple(_rounded(value) for row in trend_rows if len(row) == 2 and (value := _number(row[1])) is not None)
    return KpiResult(
        title=draft.title,
        value=shown(number, draft.unit),
        sql=draft.sql,
        trend=_trend(line, trend_rows, invert=draft.invert),
        sparkline=line if len(line) > 1 else (),
        footer=draft.footer,
    )


def shown(number: float, unit: str | None) -> str:
    """A figure for people: thousands apart, no more decimals than say something."""
    if number == int(number) and abs(number) < 1e15:
        text = f"{int(number):,}"
    else:
        text = f"{number:,.2f}" if abs(number) >= 1 else f"{number:.3g}"
    if unit is None:
        return text
    return f"{text} {unit}"


def _trend(line: Sequence[float], rows: Sequence[Row], *, invert: bool) -> KpiTrend | None:
    """The last period against the one before it, where there is something to compare with."""
    if len(line) < 2 or len(line) != len(rows) or line[-2] == 0:
        return None
    change = 100 * (line[-1] - line[-2]) / abs(line[-2])
    if not math.isfinite(change):
        return None
    direction = "flat" if abs(change) < _FLAT_PERCENT else "up" if change > 0 else "down"
    # Adding nothing makes a zero of the minus zero that rounding leaves.
    return KpiTrend(
        value=round(change, 1) + 0.0, direction=direction, invert=invert, label=f"{rows[-1][0]} vs {rows[-2][0]}"
    )


def _rounded(number: float) -> float:
    """Without the crumbs of binary fractions, which a line does not show."""
    return float(f"{number:.10g}")


def _number(value: Any) -> float | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
