"""Standard output on a full disk: said in words and by the exit status, whatever was to be written."""

import json
import subprocess
from pathlib import Path

import pytest
from command_line import PROGRAM, CommandLine


@pytest.fixture
def written(cli: CommandLine) -> CommandLine:
    """The program in a folder in which a run has ended."""
    assert cli("extract", cli.database("CREATE TABLE t(a)")).code == 0
    return cli


def into_the_full(cli: CommandLine, *words: str, unbuffered: str = "") -> tuple[int, str]:
    """The exit status of the program and what it says while its standard output has no space."""
    environ = {**cli.environ, "PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("wb") as full:
        command = [*PROGRAM, *words]
        done = subprocess.run(
            command,
            cwd=cli.folder,
            env=environ,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    return done.returncode, done.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", [("--version",), ("--help",), ("runs", "list", "--help"), ("runs", "list")])
def test_output_without_space_is_told_in_a_line(written: CommandLine, words: tuple[str, ...], unbuffered: str) -> None:
    code, err = into_the_full(written, *words, unbuffered=unbuffered)
    assert (code, err) == (69, "error: standard output cannot be written: No space left on device\n")


@pytest.mark.parametrize("words", [("runs", "watch", "1"), ("extract", "shop")])
@pytest.mark.parametrize("shape", [(), ("--json",)])
def test_a_watch_whose_lines_are_lost_does_not_end_well(
    written: CommandLine, words: tuple[str, ...], shape: tuple[str, ...]
) -> None:
    code, err = into_the_full(written, *words, *shape)
    assert code == 69
    detail = json.loads(err)["detail"] if shape else err
    assert "standard output cannot be written: No space left on device" in detail
