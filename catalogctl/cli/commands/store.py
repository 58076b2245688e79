"""``store``: where everything lives."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from catalogctl.cli.invocation import Invocation
from catalogctl.cli.output import Output
from catalogctl.cli.tree import Panel, group
from catalogctl.domain.copies import CopyProgress
from catalogctl.domain.sources import is_url, masked
from catalogctl.render import copies
from catalogctl.wiring.copying import copy as copy_store

SAYS_EVERY = 2.0


def build() -> Any:
    """The group."""
    return group("store", help="Move the store to another place.", panel=Panel.SETUP, members={"copy": copy})


def copy(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FROM", help="The store to copy: a file, or a PostgreSQL URL.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="Where to copy it: a new file, or a PostgreSQL URL.")],
) -> None:
    """Copy a store with all its history into a new one, between SQLite and PostgreSQL either way.

    Ids, numbers of runs and cursors of streams stay good. What was copied is compared row by row. A copy that was
    interrupted is gone on with by the same command. End the servers and workers of the store first.
    """
    call = Invocation.of(context)
    source, target = _place(source), _place(target)
    try:
        copied = copy_store(source, target, on_progress=_Told(call.output))
    except KeyboardInterrupt:
        call.output.say("The copy is not finished. The same command goes on with it.")
        raise
    found = list(copied.contents.items())
    records = ({"table": table, "rows": content.rows, "checksum": content.checksum} for table, content in found)
    call.output.listing(copies.contents(found), records)
    rows = sum(content.rows for _, content in found)
    call.output.say(
        f"{rows:,} rows are copied and compared. Use the copy: --store {masked(target)}, or CATALOGCTL_STORE"
    )


def _place(location: str) -> str:
    return location if is_url(location) else str(Path(location).expanduser().absolute())


class _Told:
    """Says now and then how far the copy is."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._said_at = time.monotonic()

    def __call__(self, progress: CopyProgress) -> None:
        now = time.monotonic()
        if now >= self._said_at + SAYS_EVERY:
            self._said_at = now
            what = "comparing" if progress.is_checking else "copying"
            self._output.say(f"{what} {progress.table}: {progress.done:,} of {progress.total:,} rows")
