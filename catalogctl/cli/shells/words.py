"""What can be typed where: the command tree as plain values, which each shell's script is written from."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import typer

from catalogctl.cli.options import choices_of
from catalogctl.cli.tree import PROGRAM, root

_FILE_METAVARS = frozenset({"FILE", "PATH", "PATH|URL", "URL|PATH", "SOURCE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What may stand in a place: one of *choices*, a file when *is_file*, or anything."""

    name: str
    choices: tuple[str, ...] = ()
    is_file: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionWord:
    """An option under all its names; *value* None for a flag."""

    names: tuple[str, ...]
    help: str
    value: Value | None
    is_repeatable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgumentWord:
    """A word without a name, in its place."""

    value: Value
    is_repeatable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A command or a group: the words that lead to it and the words that may follow."""

    path: tuple[str, ...]
    help: str
    options: tuple[OptionWord, ...]
    arguments: tuple[ArgumentWord, ...]
    members: tuple["Place", ...]

    @property
    def name(self) -> str:
        """The last word of the path; the program itself has none."""
        return self.path[-1] if self.path else ""

    def places(self) -> Iterator["Place"]:
        """This place and all below it."""
        yield self
        for member in self.members:
            yield from member.places()


def common_options(program: Place) -> tuple[OptionWord, ...]:
    """The options that are understood everywhere, which scripts need to name only once."""
    everywhere = [set(place.options) for place in program.places()]
    return tuple(option for option in program.options if all(option in options for options in everywhere))


def whole_tree() -> Place:
    """The program."""
    return _place(root(), None, ())


def _place(command: Any, parent: Any, path: tuple[str, ...]) -> Place:
    name = path[-1] if path else PROGRAM
    context = typer.Context(command, parent=parent, info_name=name, **command.context_settings)
    parameters = [parameter for parameter in command.get_params(context) if not getattr(parameter, "hidden", False)]
    names = command.list_commands(context) if hasattr(command, "list_commands") else []
    members = [(name, command.get_command(context, name)) for name in names]
    return Place(
        path=path,
        help=_first_sentence(command.help or ""),
        options=tuple(_option(parameter) for parameter in parameters if parameter.param_type_name == "option"),
        arguments=tuple(_argument(parameter) for parameter in parameters if parameter.param_type_name == "argument"),
        members=tuple(_place(member, context, (*path, name)) for name, member in members if not member.hidden),
    )


def _option(parameter: Any) -> OptionWord:
    names = tuple(sorted((*parameter.opts, *parameter.secondary_opts), key=lambda name: (-len(name), name)))
    return OptionWord(
        names=names,
        help=_first_sentence(parameter.help or ""),
        value=None if parameter.is_flag else _value(parameter),
        is_repeatable=parameter.multiple,
    )


def _argument(parameter: Any) -> ArgumentWord:
    return ArgumentWord(value=_value(parameter), is_repeatable=parameter.nargs == -1)


def _value(parameter: Any) -> Value:
    name = parameter.metavar or parameter.name.upper()
    return Value(name=name, choices=choices_of(parameter), is_file=name in _FILE_METAVARS)


def _first_sentence(help_text: str) -> str:
    paragraph = " ".join(inspect.cleandoc(help_text).split("\n\n")[0].split())
    return paragraph.replace("`", "").removesuffix(".")
