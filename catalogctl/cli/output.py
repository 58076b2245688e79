"""Where words go: data to standard output, talk to standard error, in the shape that whoever reads can use."""

import os
import select
import stat
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from enum import Enum
from functools import cached_property
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

from catalogctl.cli.pipes import ReaderGone, Unwritable, abandon
from catalogctl.domain.errors import CatalogctlError
from catalogctl.domain.events import compact_json
from catalogctl.render.harmless import field, harmless, harmless_json, harmless_lines
from catalogctl.render.listing import Eye, Listing
from catalogctl.render.palette import ASCII, UNICODE, Glyphs

_CI_VARIABLES = ("CI", "GITHUB_ACTIONS", "BUILD_NUMBER", "TEAMCITY_VERSION")
_VERDICTS = {True: "ok", False: "bad", None: "-"}
# Milliseconds in which a reader that is only slow takes something.
_SLOWNESS = 300
_POOR_TERMINALS = frozenset({"dumb", "unknown", ""})


class Shape(Enum):
    """In which shape data is wanted."""

    TERMINAL = "for a person"
    PLAIN = "for a pipe"
    JSON = "for a program"


class Output:
    """The two streams of a command, and what their readers want.

    A terminal gets pictures and tables, a pipe plain lines, ``--json`` one object a line. Every line is flushed, unless
    whoever gives it does so for many at once.
    """

    def __init__(self, *, stdout: TextIO, stderr: TextIO, environ: Mapping[str, str]) -> None:
        self._stdout = stdout
        self._stderr = stderr
        self._is_terminal = stdout.isatty()
        self._loss: ReaderGone | Unwritable | KeyboardInterrupt | SystemExit | None = None
        self._is_writing = False
        self._can_animate = environ.get("TERM", "") not in _POOR_TERMINALS and not any(
            environ.get(name) for name in _CI_VARIABLES
        )
        if isinstance(stdout, TextIOWrapper):
            # What the encoding lacks is written out rather than raised; in JSON that is an escape of the same meaning.
            stdout.reconfigure(errors="backslashreplace", newline="\n")
        self.adapt()

    def adapt(
        self, *, is_json: bool = False, is_quiet: bool = False, is_verbose: bool = False, has_color: bool = True
    ) -> None:
        """Take up what this call wants."""
        self.is_quiet = is_quiet
        self.is_verbose = is_verbose
        self.has_color = has_color
        self.shape = Shape.JSON if is_json else Shape.TERMINAL if self._is_terminal else Shape.PLAIN
        self.is_live = self.shape is Shape.TERMINAL and self._can_animate and not is_quiet
        if is_json and isinstance(self._stdout, TextIOWrapper):
            # JSON is UTF-8, whatever the locale says.
            self._stdout.reconfigure(encoding="utf-8")

    @property
    def glyphs(self) -> Glyphs:
        """The characters that this terminal can show."""
        return UNICODE if (self._stdout.encoding or "").lower().replace("-", "") == "utf8" else ASCII

    @property
    def is_talk_on_terminal(self) -> bool:
        """True when talk and pictures may stand on the same terminal."""
        return self._stderr.isatty()

    def eye(self) -> Eye:
        """Who looks, now."""
        return Eye(now=datetime.now(UTC), glyphs=self.glyphs)

    @cached_property
    def terminal(self) -> Any:
        """Standard output as a terminal that can draw."""
        from catalogctl.cli.terminal import Terminal  # noqa: PLC0415 - pipes do not pay for Rich

        return Terminal(self._stdout, has_color=self.has_color)

    def line(self, text: str, *, flush: bool = True) -> None:
        """One line of data, as it is; on a terminal harmless."""
        self._write(self._stdout, (harmless_lines(text) if self._is_terminal else text) + "\n", flush=flush)

    def json(self, text: str, *, flush: bool = True) -> None:
        """One line of JSON, as it is; on a terminal harmless and of the same meaning."""
        self._write(self._stdout, (harmless_json(text) if self._is_terminal else text) + "\n", flush=flush)

    def flush(self) -> None:
        """Write out the data that was given without."""
        self._write(self._stdout, "")

    def sync(self) -> None:
        """See that the data is on the disk, where it goes into a file."""
        if (descriptor := self._descriptor(stat.S_ISREG)) is not None:
            os.fsync(descriptor)

    def begin_line(self) -> None:
        """End the line that somebody who was killed has left unfinished in the file that data is appended to."""
        descriptor = self._descriptor(stat.S_ISREG)
        if descriptor is None or os.fstat(descriptor).st_size == 0:
            return
        # It was opened for writing only, and may be opened again for reading where the system shows it as a file.
        with suppress(OSError), Path(f"/proc/self/fd/{descriptor}").open("rb") as file:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                self._write(self._stdout, "\n")

    def record(self, record: Mapping[str, Any]) -> None:
        """One object as one line of JSON."""
        self.json(compact_json(record))

    def listing(self, listing: Listing[Any], records: Iterable[Mapping[str, Any]]) -> None:
        """A list in the shape that is wanted; *records* are its rows for programs."""
        if self.shape is Shape.JSON:
            for record in records:
                self.record(record)
        elif not listing.rows:
            self.say(listing.if_empty)
        elif self.shape is Shape.PLAIN:
            for line in listing.tab_separated():
                self.line(line)
        else:
            self.terminal.table(listing, eye=self.eye())

    def row(self, listing: Listing[Any], record: Mapping[str, Any]) -> None:
        """What was made or changed, for pipes and programs; a person is told in words."""
        if self.shape is not Shape.TERMINAL:
            self.listing(listing, [record])

    def present(
        self, *, record: Mapping[str, Any], lines: Iterable[str], draw: Callable[[Any], None] | None = None
    ) -> None:
        """One thing in the shape that is wanted; *draw* is given the terminal, None draws the lines."""
        if self.shape is Shape.JSON:
            self.record(record)
        elif self.shape is Shape.TERMINAL and draw is not None:
            draw(self.terminal)
        else:
            for line in lines:
                self.line(line)

    def verdict(
        self, name: str, words: str, *, is_ok: bool | None, record: Mapping[str, Any], hint: str | None = None
    ) -> None:
        """Whether something is well, None for what is merely said; one line."""
        said = f"{words}. {hint}" if hint else words
        if self.shape is Shape.JSON:
            self.record(record)
        elif self.shape is Shape.TERMINAL:
            self.terminal.verdict(name, said, is_ok=is_ok, glyphs=self.glyphs)
        else:
            self.line("\t".join((_VERDICTS[is_ok], field(name), field(said))))

    def say(self, text: str) -> None:
        """Talk, unless quiet is wanted; for programs as an object."""
        if text and not self.is_quiet:
            is_json = self.shape is Shape.JSON
            self._write(self._stderr, (self._spoken({"note": text}) if is_json else harmless_lines(text)) + "\n")

    def detail(self, text: str) -> None:
        """Talk for those who want more of it."""
        if self.is_verbose:
            self.say(text)

    def error(self, error: CatalogctlError, *, exit_code: int) -> None:
        """Say what is wrong, and what next; for programs as one object."""
        if self.shape is Shape.JSON:
            record = {"code": error.code, "detail": error.detail, "hint": error.hint, "exit_code": exit_code}
            self._write(self._stderr, self._spoken({**error.data, **record}) + "\n")
            return
        self.complaint(error.detail)
        if error.hint:
            self._write(self._stderr, f"{harmless(error.hint)}\n")

    def complaint(self, text: str) -> None:
        """Say in a line what is wrong, even where quiet is wanted."""
        red, plain = ("\x1b[31m", "\x1b[0m") if self.has_color and self._stderr.isatty() else ("", "")
        self._write(self._stderr, f"{red}error:{plain} {harmless(text)}\n")

    def _spoken(self, record: Mapping[str, Any]) -> str:
        text = compact_json(record)
        return harmless_json(text) if self.is_talk_on_terminal else text

    @property
    def pipe(self) -> int | None:
        """The descriptor of standard output when it is a pipe, whose reader can go away."""
        return self._descriptor(stat.S_ISFIFO)

    @property
    def is_stuck(self) -> bool:
        """True, to a signal that comes in the middle of a write, when the reader of the pipe takes nothing."""
        if not self._is_writing or (pipe := self.pipe) is None:
            return False
        poll = select.poll()
        poll.register(pipe, select.POLLOUT)
        return not poll.poll(_SLOWNESS)

    def _descriptor(self, is_kind: Callable[[int], bool]) -> int | None:
        if not isinstance(self._stdout, TextIOWrapper):
            return None
        descriptor = self._stdout.fileno()
        return descriptor if is_kind(os.fstat(descriptor).st_mode) else None

    def _write(self, stream: TextIO, text: str, *, flush: bool = True) -> None:
        if stream is self._stdout and self._loss is not None:
            # It leads nowhere by now, where everything seems to be written well.
            raise self._loss
        self._is_writing = stream is self._stdout
        try:
            stream.write(text)
            if flush:
                stream.flush()
        except (KeyboardInterrupt, SystemExit) as leaving:
            if stream is self._stdout:
                # It was not taken, and must neither be waited for at the very end nor count as written.
                abandon(stream)
                self._loss = leaving
            raise
        except BrokenPipeError:
            abandon(stream)
            if stream is self._stdout:
                self._loss = ReaderGone()
                raise self._loss from None
        except OSError as error:
            # Such as a full disk. What is still in the buffer would be tried again at the very end.
            abandon(stream)
            if stream is self._stdout:
                self._loss = Unwritable(error.strerror or str(error))
                raise self._loss from error
        finally:
            self._is_writing = False
