"""How a watched run is shown while it goes on: drawn, told in lines, or passed on event by event."""

from types import TracebackType
from typing import Self

from catalogctl.cli.output import Output, Shape
from catalogctl.domain.events import Event, Reset
from catalogctl.domain.runs import Run, Status
from catalogctl.domain.times import format_time
from catalogctl.render.lines import changes, opening_line
from catalogctl.render.view import RunView


def display_for(output: Output, run: Run) -> "Display":
    """The display that suits whoever reads."""
    if output.shape is Shape.JSON:
        return EventDisplay(output, run)
    if output.is_quiet:
        return QuietDisplay(output, run)
    return LiveDisplay(output, run) if output.is_live else LineDisplay(output, run)


class Display:
    """Shows one run from the moment it is entered; this one shows nothing.

    *run* is the state from which it starts.
    """

    wants_history = False
    """True when it must be given every event that is kept, not only those after the state that it started from."""

    def __init__(self, output: Output, run: Run) -> None:
        self._output = output
        self._view = RunView(run=run)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.restore()

    def restore(self) -> None:
        """Leave the terminal as it was; may be done twice."""

    def event(self, event: Event) -> None:
        """Something has happened."""

    def renewed(self, run: Run) -> None:
        """Events are missing; this is the state instead."""
        self._view = RunView(run=run)

    def reset(self, reset: Reset) -> None:
        """Events are missing."""
        self._output.say(f"events after {reset.requested} are not kept; the state is read anew")

    def notice(self, text: str) -> None:
        """Something is to be said about the watching itself."""
        self._output.say(text)

    def settled(self) -> None:
        """What was said about the watching is over."""

    def refresh(self) -> None:
        """Time has passed."""

    def end(self, status: Status, *, exit_code: int) -> None:
        """The run has ended, and all is shown."""


class QuietDisplay(Display):
    """Nothing but why the run failed; the exit status says the rest."""

    def event(self, event: Event) -> None:
        """Remember it."""
        self._view = self._view.after(event)

    def end(self, status: Status, *, exit_code: int) -> None:  # noqa: ARG002 -- for others
        """The reasons, if it failed."""
        for job in self._view.run.jobs:
            if job.status is status is Status.FAILED:
                self._output.complaint(f"run {self._view.run.number} failed: {job.error_message or job.job_type}")


class EventDisplay(Display):
    """One event a line, as it stands in the log, and a last line that says how the run ended."""

    wants_history = True

    def __init__(self, output: Output, run: Run) -> None:
        super().__init__(output, run)
        self._last_seq = run.last_seq

    def event(self, event: Event) -> None:
        """Pass it on."""
        self._output.json(event.encoded())
        self._last_seq = event.seq

    def renewed(self, run: Run) -> None:
        """The events up to here will not come any more."""
        self._last_seq = run.last_seq

    def reset(self, reset: Reset) -> None:
        """Programs learn of the gap where it is."""
        self._output.record({"type": "watch.reset", **reset.record()})

    def end(self, status: Status, *, exit_code: int) -> None:
        """The last line."""
        ending = {"type": "watch.end", "run_id": self._view.run.run_id, "status": status.value}
        self._output.record({**ending, "exit_code": exit_code, "last_seq": self._last_seq})


class LineDisplay(Display):
    """One plain line for each change of state."""

    def __enter__(self) -> Self:
        self._output.line(opening_line(self._view.run))
        return self

    def event(self, event: Event) -> None:
        """Tell what has changed."""
        before, self._view = self._view, self._view.after(event)
        for line in changes(before.run, self._view.run, at=format_time(event.at)):
            self._output.line(line)

    def renewed(self, run: Run) -> None:
        """Tell what has changed meanwhile."""
        before, self._view = self._view, RunView(run=run)
        for line in changes(before.run, run, at=format_time(run.completed_at or self._output.eye().now)):
            self._output.line(line)


class LiveDisplay(Display):
    """A picture that moves; when it is left in good order the last one stays."""

    def __init__(self, output: Output, run: Run) -> None:
        super().__init__(output, run)
        self._canvas = output.terminal.canvas(output.glyphs)

    def __enter__(self) -> Self:
        self._canvas.open()
        self.refresh()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.restore()
        if error is None:
            self._output.terminal.run(self._view, eye=self._output.eye())

    def restore(self) -> None:
        """Take the picture away and show the cursor."""
        self._canvas.close()

    def event(self, event: Event) -> None:
        """Remember it; the next refresh shows it."""
        self._view = self._view.after(event)

    def notice(self, text: str) -> None:
        """Say it in the picture, and on standard error where that is somewhere else."""
        self._view = self._view.noticed(text)
        if not self._output.is_talk_on_terminal:
            self._output.say(text)

    def settled(self) -> None:
        """Take it away again."""
        self._view = self._view.noticed(None)

    def refresh(self) -> None:
        """Draw."""
        self._canvas.draw(self._view)
