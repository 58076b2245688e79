"""``--help``: what a command's page says, read off the command itself."""

import inspect
import io
import shutil
import sys
from collections.abc import Iterator
from enum import Enum
from typing import Any

from rich.console import Console

from catalogctl.cli.choices import choices_of
from catalogctl.cli.exits import MEANINGS
from catalogctl.render.help_page import Entry, Page, Section, help_page

_OWN = "Options"


def help_text(command: Any, context: Any, *, has_color: bool) -> str:
    """The page of *command*, with escape codes for a terminal; whoever prints it elsewhere takes them out."""
    width = shutil.get_terminal_size().columns
    text = io.StringIO()
    console = Console(file=text, width=width, force_terminal=sys.stdout.isatty(), no_color=not has_color)
    page = Page(
        usage=_usage(command, context),
        purpose=inspect.cleandoc(command.help or ""),
        sections=[section for section in _sections(command, context) if section.entries],
    )
    console.print(help_page(page, width=width), highlight=False, markup=False)
    # The padding of tables is of no use to a reader.
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines())


def _usage(command: Any, context: Any) -> str:
    """How it is called: what may be given is in brackets, what may be given often has dots."""
    usage: str = context.get_usage().replace("\n", " ")
    for parameter in command.get_params(context):
        if parameter.param_type_name == "argument":
            asked, shown = str(parameter.make_metavar(ctx=context)), _term(parameter, context)
            usage = usage.replace(f"{{{asked}}}", shown).replace(f"[{asked}]", f"[{shown}]")
    return usage


def _sections(command: Any, context: Any) -> Iterator[Section]:
    parameters = [parameter for parameter in command.get_params(context) if not getattr(parameter, "hidden", False)]
    yield from _commands(command, context)
    arguments = [parameter for parameter in parameters if parameter.param_type_name == "argument"]
    yield Section("Arguments", [_entry(parameter, context) for parameter in arguments])
    panels: dict[str, list[Entry]] = {_OWN: []}
    for parameter in parameters:
        if parameter.param_type_name == "option":
            panels.setdefault(parameter.rich_help_panel or _OWN, []).append(_entry(parameter, context))
    yield from (Section(title, entries) for title, entries in panels.items())
    yield _exit_codes(is_full=context.parent is None)


def _exit_codes(*, is_full: bool) -> Section:
    """The table for the program itself, one paragraph for its commands."""
    if is_full:
        return Section("Exit codes", [Entry(str(code.value), meaning) for code, meaning in MEANINGS.items()])
    return Section("Exit codes", [Entry("", ", ".join(f"`{code.value}` {code.word}" for code in MEANINGS))])


def _commands(command: Any, context: Any) -> Iterator[Section]:
    panels: dict[str, list[Entry]] = {}
    for name in command.list_commands(context) if hasattr(command, "list_commands") else ():
        member = command.get_command(context, name)
        if not member.hidden:
            first_sentence = inspect.cleandoc(member.help or "").split("\n\n")[0]
            panels.setdefault(member.rich_help_panel or "Commands", []).append(Entry(name, first_sentence))
    yield from (Section(title, entries) for title, entries in panels.items())


def _entry(parameter: Any, context: Any) -> Entry:
    return Entry(_term(parameter, context), parameter.help or "", _remark(parameter))


def _term(parameter: Any, context: Any) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.make_metavar(ctx=context)) + ("…" if parameter.nargs == -1 else "")
    names = ", ".join(sorted(parameter.opts, key=len) + parameter.secondary_opts)
    if parameter.is_flag:
        return names
    metavar = parameter.name.upper() if choices_of(parameter) else parameter.make_metavar(ctx=context)
    return f"{names} {metavar}"


def _remark(parameter: Any) -> str:
    parts = [parameter.envvar] if parameter.envvar and parameter.show_envvar else []
    if choices := choices_of(parameter):
        parts.append(" | ".join(choices))
    default = parameter.default
    if default not in {None, (), False} and not getattr(parameter, "is_flag", False):
        parts.append(f"default {default.value if isinstance(default, Enum) else default}")
    return f"({'; '.join(parts)})" if parts else ""
