"""``completion``: scripts that teach shells the words of this program."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from catalogctl.cli.invocation import Invocation
from catalogctl.cli.shells import bash, fish, zsh
from catalogctl.cli.shells.words import Place, whole_tree
from catalogctl.cli.tree import Panel, command


class Shell(StrEnum):
    """The shells for which there is a script."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


_SCRIPTS: Mapping[Shell, Callable[[Place], str]] = {
    Shell.BASH: bash.script,
    Shell.ZSH: zsh.script,
    Shell.FISH: fish.script,
}


def build() -> Any:
    """The command."""
    return command(completion, name="completion", panel=Panel.SETUP)


def completion(
    context: typer.Context, shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="Whose script.")]
) -> None:
    """Print the completion script of a shell; its first lines say where to put it."""
    Invocation.of(context).output.line(_SCRIPTS[shell](whole_tree()).rstrip("\n"))
