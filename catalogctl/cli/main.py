"""The entry point: runs a command and ends with its exit status."""

import gc
import os
import signal
import sys
from io import BufferedWriter, RawIOBase, TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import Any

from catalogctl.cli.exits import Exit

_GC_THRESHOLD = 50_000


def main() -> int:
    """Run the program on the process's arguments and streams; answers the exit status."""
    # Most of what a short command makes are modules, among which there is no garbage to look for.
    gc.set_threshold(_GC_THRESHOLD)
    import typer  # noqa: PLC0415 - not before that, as most of the modules are behind these

    from catalogctl.cli.tree import PROGRAM, root  # noqa: PLC0415

    signal.signal(signal.SIGTERM, _terminate)
    _open_streams()
    arguments = sys.argv[1:]
    known: dict[str, Any] = {}
    try:
        try:
            with root().make_context(PROGRAM, list(arguments), obj=known) as context:
                status = int(context.command.invoke(context) or Exit.OK)
        except typer.Exit as leaving:
            status = leaving.exit_code
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the one place where every error ends
        from catalogctl.cli.endings import told  # noqa: PLC0415 - a good end does not pay for it

        return told(error, known.get("output"), arguments)
    return status


def _open_streams() -> None:
    """Write into the void where a stream was closed before the program began, and everywhere else to the last byte.

    With PYTHONUNBUFFERED nothing stands between text and file descriptor, and what a write leaves over, as on a full
    disk or a full pipe, would be lost without a word.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - for the process's life
        elif isinstance(stream, TextIOWrapper) and isinstance(stream.buffer, RawIOBase):
            encoding, errors = stream.encoding, stream.errors
            whole = BufferedWriter(stream.detach())
            setattr(sys, name, TextIOWrapper(whole, encoding=encoding, errors=errors, line_buffering=True))


def _terminate(_number: int, _frame: FrameType | None) -> None:
    # An exception, so that everything on the way out is closed in good order.
    raise SystemExit(Exit.TERMINATED)
