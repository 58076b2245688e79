"""The live picture of a run: a pure function of the view, the moment and the room that there is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from rich.console import Group
from rich.text import Text

from catalogctl.domain.runs import Job, Status, Step
from catalogctl.render.lines import note_line, result_line
from catalogctl.render.measures import counted, elapsed
from catalogctl.render.palette import ERROR, GOOD, QUIET, STYLE, TITLE, WARNING, Glyphs
from catalogctl.render.texts import fitted, piece, progress_bar, spread
from catalogctl.render.view import RunView

MAX_WIDTH = 100
_WARNINGS_SHOWN = 5
_FRAMES_A_SECOND = 10
_INDENT = "  "


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A line of the picture; where room is short, those with the lowest *worth* go first."""

    text: Text
    worth: int


def frame(view: RunView, *, now: datetime, width: int, height: int | None, glyphs: Glyphs) -> Group:
    """The run in at most *height* lines of *width* columns; None shows all there is."""
    width = min(width, MAX_WIDTH)
    lines = list(_lines(view, now, width, glyphs, are_all_warnings_shown=height is None))
    while height is not None and len(lines) > max(1, height):
        # The last of the least worth: what comes first in the picture is what has happened already.
        lines.remove(min(reversed(lines), key=lambda line: line.worth))
    return Group(*(Text.assemble(line.text, no_wrap=True, overflow="crop", end="\n") for line in lines))


def _lines(
    view: RunView, now: datetime, width: int, glyphs: Glyphs, *, are_all_warnings_shown: bool
) -> Iterator[_Line]:
    run = view.run
    title = Text.assemble(
        (glyphs.status[run.status], STYLE[run.status]), " ", (f"Run {run.number}", TITLE), "  ", piece(run.source)
    )
    lasted = elapsed(run.started_at or run.created_at, run.completed_at, now)
    state = Text.assemble((run.status.value, STYLE[run.status]), ("  " + lasted.rjust(7), QUIET))
    yield _Line(text=spread(title, state, width), worth=10)
    for job in run.jobs:
        yield from _job_lines(
            job, now, width, glyphs, most_warnings=None if are_all_warnings_shown else _WARNINGS_SHOWN
        )
    if view.notice is not None:
        text = Text.assemble(_INDENT, (glyphs.warning, WARNING), " ", piece(view.notice, WARNING))
        yield _Line(text=fitted(text, width), worth=9)


def _job_lines(job: Job, now: datetime, width: int, glyphs: Glyphs, *, most_warnings: int | None) -> Iterator[_Line]:
    yield _Line(text=_progress_line(job, width, glyphs), worth=8)
    for step in job.steps:
        worth = {Status.RUNNING: 7, Status.FAILED: 7, Status.PENDING: 3}.get(step.status, 4)
        yield _Line(text=_step_line(step, now, width, glyphs), worth=worth)
        if step.active and step.status is Status.RUNNING:
            yield _Line(text=_active_line(step, width), worth=5)
    if job.error_message:
        yield from _error_lines(job.error_message, width, glyphs)
    if job.status is Status.COMPLETED and (achieved := result_line(job)):
        yield _Line(text=fitted(Text.assemble(_INDENT, (glyphs.ok, GOOD), " ", achieved), width), worth=8)
    yield from _warning_lines(job, width, glyphs, most=most_warnings)


def _progress_line(job: Job, width: int, glyphs: Glyphs) -> Text:
    attempt = f" (attempt {job.attempt})" if job.attempt > 1 else ""
    name = Text.assemble(_INDENT, job.job_type.value, (attempt, QUIET), "  ")
    percent = f"{job.progress:>4}%"
    room = width - name.cell_len - len(percent) - 2
    if room < 8:
        return spread(name, Text(percent), width)
    bar = progress_bar(job.progress / 100, room, style=STYLE[job.status], glyphs=glyphs)
    return spread(Text.assemble(name, bar), Text(percent, style=TITLE), width)


def _step_line(step: Step, now: datetime, width: int, glyphs: Glyphs) -> Text:
    is_running = step.status is Status.RUNNING
    symbol = _spinner(now, glyphs) if is_running else glyphs.status[step.status]
    left = Text.assemble(
        _INDENT, (symbol, STYLE[step.status]), " ", piece(step.title, QUIET if step.status is Status.PENDING else "")
    )
    if step.total is not None and step.total > 1:
        left.append(f"  {step.done:,} of {step.total:,}", style="" if is_running else QUIET)
    return spread(left, Text(elapsed(step.started_at, step.completed_at, now), style=QUIET), width)


def _active_line(step: Step, width: int) -> Text:
    names = Text(_INDENT * 2, style=QUIET)
    for position, name in enumerate(step.active):
        names.append(", " if position else "")
        names.append_text(piece(name, "italic"))
    return fitted(names, width)


def _error_lines(message: str, width: int, glyphs: Glyphs) -> Iterator[_Line]:
    room = width - len(_INDENT) * 2
    rest = piece(message, ERROR).plain
    for number in range(4):
        if not rest:
            return
        head = rest if len(rest) <= room or number == 3 else _broken(rest, room)
        mark = (glyphs.bad + " ", ERROR) if number == 0 else (_INDENT, "")
        yield _Line(text=fitted(Text.assemble(_INDENT, mark, (head, ERROR)), width), worth=9 - number)
        rest = rest[len(head) :].lstrip()


def _broken(text: str, room: int) -> str:
    """The beginning of *text* that fits, up to a space where there is one."""
    cut = text.rfind(" ", room // 2, room + 1)
    return text[: cut if cut > 0 else max(1, room)]


def _warning_lines(job: Job, width: int, glyphs: Glyphs, *, most: int | None) -> Iterator[_Line]:
    if not job.warnings_total:
        return
    head = Text.assemble(_INDENT, (f"{glyphs.warning} {counted(job.warnings_total, 'warning')}", WARNING))
    yield _Line(text=fitted(head, width), worth=6)
    shown = job.warnings[:most]
    for note in shown:
        yield _Line(text=fitted(Text.assemble(_INDENT * 2, piece(note_line(note), QUIET)), width), worth=2)
    if missing := job.warnings_total - len(shown):
        yield _Line(text=Text(f"{_INDENT * 2}and {missing:,} more", style=QUIET), worth=1)


def _spinner(now: datetime, glyphs: Glyphs) -> str:
    return glyphs.spinner[int(now.timestamp() * _FRAMES_A_SECOND) % len(glyphs.spinner)]
