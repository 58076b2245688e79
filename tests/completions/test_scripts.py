"""The scripts in ``completions/`` are what the program writes, and real shells complete with them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from terminals import Terminal

from catalogctl.cli.shells import bash, fish, zsh
from catalogctl.cli.shells.words import Place, common_options, whole_tree

FOLDER = Path(__file__).parent.parent.parent / "completions"
FILES = {"bash": FOLDER / "catalogctl.bash", "zsh": FOLDER / "_catalogctl", "fish": FOLDER / "catalogctl.fish"}

# What is typed, and what the line is after one Tab.
COMPLETED = {
    "catalogctl ru": "catalogctl runs ",
    "catalogctl runs wa": "catalogctl runs watch ",
    "catalogctl --json ru": "catalogctl --json runs ",
    "catalogctl --store x.db runs can": "catalogctl --store x.db runs cancel ",
    "catalogctl --server http://localhost:8787 runs can": "catalogctl --server http://localhost:8787 runs cancel ",
    "catalogctl --store postgresql://u:p@h:5432/d extract only_da": (
        "catalogctl --store postgresql://u:p@h:5432/d extract only_data.db "
    ),
    "catalogctl runs --quiet sh": "catalogctl runs --quiet show ",
    "catalogctl runs list --sou": "catalogctl runs list --source ",
    "catalogctl runs list --status fa": "catalogctl runs list --status failed ",
    "catalogctl jobs list --type enr": "catalogctl jobs list --type enrichment ",
    "catalogctl events tail --topic cat": "catalogctl events tail --topic catalog ",
    "catalogctl catalog export --format c": "catalogctl catalog export --format csv ",
    "catalogctl completion fi": "catalogctl completion fish ",
    "catalogctl extract only_da": "catalogctl extract only_data.db ",
    "catalogctl serve only_data.db only_da": "catalogctl serve only_data.db only_data.db ",
    "catalogctl status --verb": "catalogctl status --verbose ",
    "catalogctl --store only_da": "catalogctl --store only_data.db ",
}


@pytest.mark.parametrize(("shell", "script"), [("bash", bash.script), ("zsh", zsh.script), ("fish", fish.script)])
def test_the_files_are_what_the_program_writes(shell: str, script: Callable[[Place], str]) -> None:
    written = subprocess.run(
        [sys.executable, "-m", "catalogctl", "completion", shell], capture_output=True, check=True
    ).stdout
    assert written == FILES[shell].read_bytes(), f"catalogctl completion {shell} > {FILES[shell]}"
    assert written.decode() == script(whole_tree())


def test_every_command_and_option_is_in_every_script() -> None:
    texts = {shell: path.read_text(encoding="utf-8") for shell, path in FILES.items()}
    for place in whole_tree().places():
        for shell, text in texts.items():
            assert not place.path or place.name in text, (shell, place.path)
            for option in place.options:
                for name in option.names:
                    assert (f"-l {name[2:]}" if shell == "fish" and name.startswith("--") else name) in text or (
                        shell == "fish" and f"-s {name[1:]}" in text
                    ), (shell, place.path, name)


def test_no_option_is_a_flag_here_and_takes_a_value_there() -> None:
    # The scripts tell words from values by the option's name alone.
    options = [option for place in whole_tree().places() for option in place.options]
    flags = {name for option in options if option.value is None for name in option.names}
    valued = {name for option in options if option.value is not None for name in option.names}
    assert not flags & valued


def test_the_global_options_are_understood_everywhere() -> None:
    names = {name for option in common_options(whole_tree()) for name in option.names}
    assert names >= {"--server", "--store", "--token", "--json", "--quiet", "--verbose", "--no-color", "--version"}


def test_hidden_options_are_not_offered() -> None:
    def every(place: Place) -> Iterator[str]:
        for one in place.places():
            for option in one.options:
                yield from option.names

    assert "--leashed" not in set(every(whole_tree()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "only_data.db").write_bytes(b"")
    return tmp_path


class Shell:
    """An interactive shell whose line can be read after a Tab; the shell shows it at Ctrl-X l."""

    def __init__(self, argv: list[str], *, folder: Path, setup: list[str]) -> None:
        environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "TERM": "xterm", "LC_ALL": "C.UTF-8"}
        self.terminal = Terminal(argv, folder=folder, environ=environ, columns=200)
        for line in setup:
            self.terminal.press(line + "\n")
        self.terminal.press("echo rea''dy\n")
        self.terminal.wait_for("ready\r?\n")

    def line_after_tab(self, typed: str) -> str:
        seen = len(self.terminal.written)
        self.terminal.press(typed + "\t\x18l")
        line = self.terminal.wait_for("<<(.*?)>>", after=seen).group(1)
        self.terminal.press("\x15")
        return line


def _needed(shell: str) -> str:
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed")
    return path


def test_bash_completes_words_values_and_files(folder: Path) -> None:
    setup = [
        "bind 'set bell-style none'; bind 'set enable-bracketed-paste off'",
        """bind -x '"\\C-xl": printf "<<%s>>\\n" "$READLINE_LINE"'""",
        f"source {FILES['bash']}",
    ]
    shell = Shell([_needed("bash"), "--norc", "--noprofile", "-i"], folder=folder, setup=setup)
    try:
        assert {typed: shell.line_after_tab(typed) for typed in COMPLETED} == COMPLETED
        assert shell.line_after_tab("catalogctl runs list --status=fa") == "catalogctl runs list --status=failed "
    finally:
        shell.terminal.kill()


@pytest.mark.parametrize("way", ["sourced", "in fpath"])
def test_zsh_completes_words_values_and_files(folder: Path, way: str) -> None:
    load = f"fpath=({FOLDER} $fpath); autoload -Uz compinit; compinit -u -D"
    if way == "sourced":
        load = f"autoload -Uz compinit; compinit -u -D; source {FILES['zsh']}"
    setup = [
        "PS1='> '; unsetopt zle_bracketed_paste beep; unset zle_bracketed_paste",
        load,
        'line() { print -r -- "<<$BUFFER>>" }; zle -N line; bindkey "^Xl" line',
    ]
    shell = Shell([_needed("zsh"), "-f", "-i"], folder=folder, setup=setup)
    try:
        assert {typed: shell.line_after_tab(typed) for typed in COMPLETED} == COMPLETED
    finally:
        shell.terminal.kill()


def test_fish_completes_words_values_and_files(folder: Path) -> None:
    for typed, completed in COMPLETED.items():
        offered = subprocess.run(
            [_needed("fish"), "--no-config", "-c", f"source {FILES['fish']}; complete -C '{typed}'"],
            capture_output=True,
            text=True,
            cwd=folder,
            check=True,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "TERM": "xterm", "LC_ALL": "C.UTF-8"},
        ).stdout
        words = [line.split("\t")[0] for line in offered.splitlines()]
        assert completed.split()[-1] in words, typed
        assert all(word.startswith(typed.split()[-1]) for word in words), (typed, words)
