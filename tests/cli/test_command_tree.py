"""The tree of commands, its global options and its help."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from command_line import CommandLine

from catalogctl import __version__
from catalogctl.cli import commands
from catalogctl.cli.exits import MEANINGS
from catalogctl.cli.shells.words import whole_tree
from catalogctl.cli.tree import PROGRAM, root

COMMANDS = {
    "serve",
    "demo",
    "worker",
    "doctor",
    "completion",
    "extract",
    "enrich",
    "refresh",
    "kpis",
    "questions",
    "llm status",
    "llm models",
    "llm costs",
    "status",
    "sources add",
    "sources list",
    "sources test",
    "sources remove",
    "runs list",
    "runs show",
    "runs watch",
    "runs cancel",
    "runs retry",
    "jobs list",
    "jobs show",
    "events tail",
    "catalog show",
    "catalog search",
    "catalog describe",
    "catalog toggle",
    "catalog export",
}
GLOBAL = ("--server", "--store", "--token", "--json", "--quiet", "--verbose", "--no-color", "--version")


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)


def test_every_command_is_there() -> None:
    assert {" ".join(place.path) for place in whole_tree().places() if not place.members} >= COMMANDS


def test_a_file_of_commands_is_a_command() -> None:
    files = {path.stem for path in Path(commands.__file__).parent.glob("*.py")} - {"__init__"}
    assert {place.path[0] for place in whole_tree().members} == files


def test_help_of_every_place_lists_the_global_options_and_the_exit_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for path in sorted({"", "runs", "sources", "jobs", "events", "catalog", "llm", *COMMANDS}):
        lines = _help(path.split()).splitlines()
        for option in GLOBAL:
            assert any(re.match(rf"  {option}\b", line) for line in lines), (path, option)
        codes = " ".join(lines[lines.index("Exit codes") :])
        assert all(re.search(rf"\b{code.value}\b", codes) for code in MEANINGS), path
        assert all(len(line) <= 80 and line == line.rstrip() for line in lines), path


def _help(path: list[str]) -> str:
    command: Any = root()
    context = typer.Context(command, info_name=PROGRAM, **command.context_settings)
    for name in path:
        command = command.get_command(context, name)
        context = typer.Context(command, parent=context, info_name=name)
    text: str = command.get_help(context)
    return text


def test_help_is_data(cli: CommandLine) -> None:
    done = cli("runs", "watch", "--help")
    assert (done.code, done.err) == (0, "")
    assert "Usage: catalogctl runs watch [OPTIONS] [RUN]" in done.lines
    for words, usage in {
        "catalog describe": "TABLE[.COLUMN] TEXT",
        "catalog search": "WORDS…",
        "catalog show": "[NAME] [MEMBER]",
        "serve": "[SOURCE…]",
    }.items():
        assert cli(*words.split(), "--help").lines[0] == f"Usage: catalogctl {words} [OPTIONS] {usage}"
    assert "CATALOGCTL_STORE" in done.out


def test_help_fits_narrow_terminals(cli: CommandLine) -> None:
    done = cli("serve", "--help", COLUMNS="44")
    assert max(len(line) for line in done.lines) <= 44


def test_without_a_command_the_help_is_talk_and_the_status_says_so(cli: CommandLine) -> None:
    for words in ((), ("runs",), ("catalog",)):
        done = cli(*words)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("Usage: catalogctl")


@pytest.mark.parametrize("words", [["--version"], ["runs", "--version"], ["runs", "list", "--version"]])
def test_the_version_is_said_anywhere(cli: CommandLine, words: list[str]) -> None:
    assert cli(*words).out == f"catalogctl {__version__}\n"
    assert cli(*words, "--json").records == [{"name": "catalogctl", "version": __version__}]


def test_global_options_work_before_and_after_and_the_last_one_wins(cli: CommandLine) -> None:
    def origin(*words: str, **environ: str) -> str:
        lines = cli(*words, **environ).lines
        return next(line.split("\t")[2] for line in lines if "\tsetting store\t" in line)

    here = cli.folder
    assert origin("doctor") == f"{here}/store.db (environment CATALOGCTL_STORE)"
    assert origin("--store", "a.db", "doctor") == f"{here}/a.db (flag)"
    assert origin("doctor", "--store", "b.db") == f"{here}/b.db (flag)"
    assert origin("--store", "a.db", "doctor", "--store", "b.db") == f"{here}/b.db (flag)"
    assert cli("--json", "runs", "list").code == cli("runs", "--json", "list").code == 0
    assert cli("status").lines != cli("status", CATALOGCTL_JSON="yes").lines == cli("--json", "status").lines


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["runs", "nonsense"],
        ["runs", "list", "--nonsense"],
        ["runs", "list", "--status", "nonsense"],
        ["runs", "list", "--limit", "many"],
        ["runs", "cancel"],
        ["runs", "list", "too", "many"],
        ["runs", "watch", "--timeout", "soon"],
        ["runs", "watch", "--timeout", "0"],
        ["extract", "--sample", "0"],
        ["enrich", "--max-cost", "-1"],
        ["llm", "costs", "--days", "0"],
        ["completion", "tcsh"],
    ],
)
def test_what_cannot_be_understood_is_usage(cli: CommandLine, words: list[str]) -> None:
    done = cli(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: ")
    assert "--help" in done.err.splitlines()[-1]


def test_programs_are_told_of_their_mistakes_in_one_object(cli: CommandLine) -> None:
    for words in (["runs", "list", "--nonsense", "--json"], ["--json", "runs", "cancel"]):
        told = cli(*words)
        assert told.code == 2
        assert (told.error["code"], told.error["exit_code"]) == ("invalid_input", 2)
        assert len(told.err.splitlines()) == 1


def test_a_mistyped_command_is_guessed(cli: CommandLine) -> None:
    assert "'extract'" in cli("extrct").err


def test_an_environment_that_makes_no_sense_is_told_with_its_name(cli: CommandLine) -> None:
    done = cli("status", CATALOGCTL_CONCURRENCY="many")
    assert done.code == 2
    assert "CATALOGCTL_CONCURRENCY" in done.err


def test_a_reader_that_has_enough_is_no_error() -> None:
    script = f"{sys.executable} -m catalogctl --help | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0].startswith("Usage")
    assert done.stdout.splitlines()[1] in {"0", "141"}
    assert done.stderr == ""
    closed = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m catalogctl --help >&-; echo $? >&2"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert closed.stderr == "0\n"


def test_an_unexpected_error_shows_its_traceback_only_to_those_who_ask(cli: CommandLine) -> None:
    broken = cli.folder / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(
        "import platform\ndef fail():\n    raise RuntimeError('the platform is gone')\nplatform.platform = fail\n"
    )
    done = cli("doctor", PYTHONPATH=str(broken))
    assert done.code == 70
    assert "RuntimeError: the platform is gone" in done.err
    assert "Traceback" not in done.err
    assert "Traceback" in cli("doctor", "--verbose", PYTHONPATH=str(broken)).err
    assert cli("doctor", "--json", PYTHONPATH=str(broken)).error["code"] == "internal"
