"""``doctor``: what is well and what is not, and where each setting comes from."""

from typing import Any

import typer

from catalogctl.cli.exits import Exit
from catalogctl.cli.invocation import Invocation
from catalogctl.cli.tree import Panel, command
from catalogctl.wiring.examination import examine


def build() -> Any:
    """The command."""
    return command(doctor, name="doctor", panel=Panel.SETUP)


def doctor(context: typer.Context) -> int:
    """Look at the environment, the settings, the store, the server and the sources; a line each.

    The exit status says whether all that was tried works.
    """
    call = Invocation.of(context)
    is_well = True
    for check in examine(call.settings):
        is_well = is_well and check.is_ok is not False
        call.output.verdict(check.name, check.detail, is_ok=check.is_ok, record=check.record(), hint=check.hint)
    return Exit.OK if is_well else Exit.RUN_FAILED
