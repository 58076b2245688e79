"""The global options: understood before and after every command, the last one given wins."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from catalogctl import __version__
from catalogctl.cli.exits import Exit

PANEL = "Global options"
_FLAGS = "catalogctl.flags"


class GlobalOption(TyperOption):
    """An option of every command; its variable is shown here and read by the settings, which know the order."""

    def resolve_envvar_value(self, ctx: Any) -> str | None:  # noqa: ARG002 - Typer's signature
        """Nothing: the environment is not the parser's business."""
        return None


def flags_of(context: typer.Context) -> Mapping[str, Any]:
    """The global options given on the command line so far, by the name of their setting."""
    flags: dict[str, Any] = context.meta.setdefault(_FLAGS, {})
    return flags


def _keep(context: Any, option: Any, value: Any) -> Any:
    # Groups are parsed before their commands, so what comes later on the line overwrites here.
    if value is not None:
        context.meta.setdefault(_FLAGS, {})[option.name] = value
    return value


def _say_version(context: Any, _option: Any, value: Any) -> None:
    if value and not context.resilient_parsing:
        is_json = flags_of(context).get("json")
        print(f'{{"name":"catalogctl","version":"{__version__}"}}' if is_json else f"catalogctl {__version__}")  # noqa: T201 - all that this option does
        raise typer.Exit


def _option(
    name: str, help_text: str, *, metavar: str | None = None, callback: Callable[..., Any] = _keep, **more: Any
) -> TyperOption:
    setting = name.removeprefix("--").replace("-", "_")
    return GlobalOption(
        param_decls=[name],
        help=help_text,
        metavar=metavar,
        is_flag=metavar is None,
        callback=callback,
        expose_value=False,
        rich_help_panel=PANEL,
        show_envvar=True,
        **{"envvar": f"CATALOGCTL_{setting.upper()}"} | more,
    )


def global_options() -> list[TyperOption]:
    """Fresh copies of the global options, in the order in which help lists them."""
    return [
        _option("--server", "Talk to the server at this address.", metavar="URL"),
        _option("--store", "Keep everything in this file.", metavar="PATH|URL"),
        _option("--token", "The server's token; shows in `ps`, so better set the variable.", metavar="TOKEN"),
        # First of all, so that --version knows of it wherever it stands.
        _option("--json", "One JSON object a line.", is_eager=True),
        _option("--quiet", "Say only what was asked for, and errors."),
        _option("--verbose", "Say more, and show tracebacks."),
        _option("--no-color", "No colours.", is_eager=True),
        _option("--version", "Show the version and leave.", callback=_say_version, envvar=None),
    ]


def choices_of(parameter: Any) -> tuple[str, ...]:
    """The words that an option or argument takes, where they are limited."""
    return tuple(str(getattr(choice, "value", choice)) for choice in getattr(parameter.type, "choices", ()))


class _WithGlobalOptions:
    """Adds the global options to whatever has parameters, for parsing, help and completion alike, and its own help."""

    _added: list[TyperOption] | None = None

    def get_params(self, ctx: Any) -> list[Any]:
        """The command's own parameters, then the global ones."""
        if self._added is None:
            # Made once: the parser tells parameters apart by identity.
            self._added = global_options()
        return [*super().get_params(ctx), *self._added]  # type: ignore[misc]  # mixed into Typer's classes below

    def get_help(self, ctx: Any) -> str:
        """The help as one text."""
        from catalogctl.cli.helping import help_text  # noqa: PLC0415 - commands do not pay for Rich

        is_plain = flags_of(ctx).get("no_color") or given("--no-color", (), os.environ) or os.environ.get("NO_COLOR")
        return help_text(self, ctx, has_color=not is_plain)


class Command(_WithGlobalOptions, TyperCommand):
    """A command that knows the global options."""


class Group(_WithGlobalOptions, TyperGroup):
    """A group of commands that knows the global options."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Without anything to parse, show what there is."""
        if not args and not ctx.resilient_parsing:
            typer.echo(self.get_help(ctx), err=True)
            raise typer.Exit(Exit.USAGE)
        return super().parse_args(ctx, args)


def given(name: str, arguments: Sequence[str], environ: Mapping[str, str]) -> bool:
    """True when a global flag is wanted as far as can be told before the command line is understood."""
    variable = environ.get(f"CATALOGCTL_{name.removeprefix('--').replace('-', '_').upper()}", "")
    before_values = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return name in before_values or variable.lower() in {"1", "true", "yes", "on"}
