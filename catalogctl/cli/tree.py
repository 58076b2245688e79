"""The tree of commands: each file of ``cli/commands`` is a command or a group, found by name, loaded when needed."""

import pkgutil
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from enum import StrEnum
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from catalogctl.cli import commands
from catalogctl.cli.options import Command, Group

PROGRAM = "catalogctl"
_HELP = """Live pipelines of a semantic data catalogue.

Extract a database, watch it live from any terminal, and read what was found. Try `catalogctl demo`.
"""


class Panel(StrEnum):
    """Where the help lists a command, in this order."""

    WORK = "Start work"
    WATCH = "Watch and control"
    CATALOGUE = "Read the catalogue"
    SETUP = "Set up and look after"


def command(function: Callable[..., Any], *, name: str, panel: Panel) -> TyperCommand:
    """A command of the root; its help is the function's docstring."""
    app = _app()
    app.command(name, cls=Command, rich_help_panel=panel.value)(function)
    made = get_command(app)
    assert isinstance(made, TyperCommand)  # noqa: S101 - Typer's declaration promises less than it gives
    return made


def group(name: str, *, help: str, panel: Panel, members: Mapping[str, Callable[..., Any]]) -> TyperGroup:  # noqa: A002 - Typer's word
    """A group of the root with its commands, whose help is their docstrings."""
    app = _app(name=name, cls=Group, help=help)
    for member, function in members.items():
        app.command(member, cls=Command)(function)
    made = get_group(app)
    made.rich_help_panel = panel.value
    return made


def root() -> TyperGroup:
    """The whole tree; nothing below the root is imported yet."""
    made = Root(
        name=PROGRAM,
        help=_HELP,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.commands = _Commands()
    return made


def _app(**more: Any) -> typer.Typer:
    return typer.Typer(add_completion=False, **more)


class Root(Group):
    """The program itself."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - Typer's signature
        """Every command, by the panels of the help and then by name."""
        panels = [panel.value for panel in Panel]
        return sorted(self.commands, key=lambda name: (panels.index(_panel(self.commands[name])), name))


def _panel(command: Any) -> str:
    panel: str = command.rich_help_panel
    return panel


class _Commands(MutableMapping[str, Any]):
    """The commands of the root by name: the files are listed, and imported one by one."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}
        self._names = [module.name for module in pkgutil.iter_modules(commands.__path__)]

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            if name not in self._names:
                raise KeyError(name)
            self._loaded[name] = import_module(f"{commands.__name__}.{name}").build()
        return self._loaded[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._loaded[name] = value

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
