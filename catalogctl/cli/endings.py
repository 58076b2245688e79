"""The bad ends: the only place where an error becomes words and an exit status."""

import os
import sys
import traceback
from collections.abc import Sequence

import typer

from catalogctl.cli.exits import Exit, exit_of_error
from catalogctl.cli.options import given
from catalogctl.cli.output import Output
from catalogctl.cli.pipes import ReaderGone, Unwritable, abandon
from catalogctl.cli.tree import PROGRAM
from catalogctl.domain.errors import CatalogctlError, InvalidInput, Unavailable


def told(error: BaseException, output: Output | None, arguments: Sequence[str]) -> int:
    """Tell of *error* and answer the exit status; *output* is None when the command line was not understood."""
    if output is None:
        if isinstance(error, OSError):
            # Help and version are written before there is an output; the rest of them would be tried again.
            abandon(sys.stdout)
            error = error if isinstance(error, BrokenPipeError) else Unwritable(error.strerror or str(error))
        output = Output(stdout=sys.stdout, stderr=sys.stderr, environ=os.environ)
        output.adapt(is_json=given("--json", arguments, os.environ))
    match error:
        case KeyboardInterrupt():
            return Exit.INTERRUPTED
        case ReaderGone() | BrokenPipeError():
            abandon(sys.stdout)
            return Exit.READER_GONE
        case Unwritable():
            lost = Unavailable(f"standard output cannot be written: {error}")
            output.error(lost, exit_code=exit_of_error(lost))
            return exit_of_error(lost)
        case CatalogctlError():
            output.error(error, exit_code=exit_of_error(error))
            return exit_of_error(error)
        case typer.TyperException():
            output.error(_misuse(error), exit_code=error.exit_code)
            return error.exit_code
        case _:
            output.error(_internal(error, output), exit_code=Exit.INTERNAL)
            return Exit.INTERNAL


def _misuse(error: typer.TyperException) -> CatalogctlError:
    context = getattr(error, "ctx", None)
    path = PROGRAM if context is None else context.command_path
    return InvalidInput(error.format_message(), hint=f"See: {path} --help")


def _internal(error: BaseException, output: Output) -> CatalogctlError:
    output.detail("".join(traceback.format_exception(error)))
    hint = None if output.is_verbose else "With --verbose it says where. Please report it."
    return CatalogctlError(f"internal error: {type(error).__name__}: {error}", hint=hint)
