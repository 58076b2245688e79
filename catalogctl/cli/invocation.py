"""One call of the program: the settings that hold, where its words go, and what it talks to."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import typer

from catalogctl.cli.logs import log_to
from catalogctl.cli.options import flags_of
from catalogctl.cli.output import Output
from catalogctl.settings.resolve import Settings, resolve
from catalogctl.wiring.session import Session, open_session


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """What a command body works with."""

    settings: Settings
    output: Output

    @classmethod
    def of(cls, context: typer.Context, *, is_service: bool = False, **flags: Any) -> Self:
        """Decide the settings of this call; *flags* are options of the command that are settings too.

        A service runs for long with nobody in front of it, and so tells what it logs.
        """
        settings = resolve({**flags_of(context), **flags}, environ=os.environ, cwd=Path.cwd())
        # Where the program's end is told, what is wanted of the output counts too.
        output = context.obj["output"] = Output(stdout=sys.stdout, stderr=sys.stderr, environ=os.environ)
        output.adapt(
            is_json=settings.json,
            is_quiet=settings.quiet,
            is_verbose=settings.verbose,
            has_color=not settings.no_color and not os.environ.get("NO_COLOR"),
        )
        log_to(output, is_service=is_service)
        return cls(settings=settings, output=output)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """The catalogue and its feed, by way of a server or from the store."""
        with open_session(self.settings) as session:
            self.output.detail(
                f"server {session.server}" if session.server else f"store {self.settings.shown('store')}"
            )
            yield session
