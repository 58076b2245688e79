"""README.md says nothing that the program does not know."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.core

from catalogctl.cli.exits import Exit
from catalogctl.cli.options import global_options
from catalogctl.cli.tree import root
from catalogctl.domain.events import TOPIC_TYPES
from catalogctl.settings.resolve import KEYS, Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands() -> Iterator[str]:
    for line in README.splitlines():
        text = line.removeprefix("$ ").strip()
        if text.startswith("catalogctl "):
            yield re.split(r"  +#| \| | > | \|\| ", text)[0]


def resolved(words: list[str]) -> tuple[Any, list[str]]:
    """The command that *words* name, and the words that are left for it."""
    command: Any = root()
    rest = list(words)
    while isinstance(command, typer.core.TyperGroup) and rest and not rest[0].startswith("-"):
        name = rest.pop(0)
        assert name in command.commands, f"no command {name!r}"
        command = command.commands[name]
    return command, rest


@pytest.mark.parametrize("line", sorted(set(commands())))
def test_every_command_in_it_exists_with_its_options(line: str) -> None:
    command, rest = resolved(shlex.split(line)[1:])
    assert not isinstance(command, typer.core.TyperGroup), f"{line!r} stops at a group"
    context = command.make_context(command.name, [], resilient_parsing=True)
    known = {option for parameter in command.get_params(context) for option in parameter.opts}
    for word in rest:
        if word.startswith("--"):
            assert word in known, f"{line!r}: no option {word}"


def test_there_is_an_example_of_every_command() -> None:
    shown = {tuple(line.split()[1:3]) for line in commands()} | {tuple(line.split()[1:2]) for line in commands()}
    for name, command in root().commands.items():
        is_group = isinstance(command, typer.core.TyperGroup)
        for path in [(name, member) for member in command.commands] if is_group else [(name,)]:
            assert path in shown, path


def test_its_exit_codes_are_the_programs() -> None:
    line = next(part for part in README.split("\n\n") if part.startswith("Exit codes:"))
    assert [int(number) for number in re.findall(r"(?:^|·|:)\s*(\d+) ", line.replace("\n", " "))] == sorted(Exit)


def test_it_names_every_type_of_event_that_can_happen() -> None:
    for types in TOPIC_TYPES.values():
        for type_ in types:
            assert f"`{type_}`" in README


def test_its_settings_are_the_programs_with_their_defaults() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", README, flags=re.MULTILINE)
    told = {name: default for name, default in rows if name in KEYS}
    options = {option.name for option in global_options()}
    assert list(told) == [name for name in KEYS if name not in options]
    assert told.pop("concurrency") == "the number of cores"
    plain = Settings(store="")
    defaults = {name: "not set" if name == "llm_api_key" else plain.shown(name) for name in told}
    assert told == {name: f"{float(value):,.0f}" if value[0].isdigit() else value for name, value in defaults.items()}


def test_the_direction_it_draws_is_the_one_that_is_enforced() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert " → ".join(contracts[0]["layers"]) in README.replace("\n", " ")


def test_every_file_it_names_is_there() -> None:
    for name in re.findall(
        r"`((?:cli|service|pipeline|sources|store|notify|server|client|render|domain|wiring)/[\w/.]*)`", README
    ):
        assert (ROOT / "catalogctl" / name).exists(), name
