"""Commands load what they use and nothing else."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

HEAVY = ("rich", "httpx", "sqlalchemy", "duckdb", "starlette", "uvicorn", "sqlite_utils", "asyncio")


def _loaded_by(*arguments: str) -> set[str]:
    code = (
        "import sys\n"
        "from catalogctl.cli.main import main\n"
        f"sys.argv = ['catalogctl', *{list(arguments)!r}]\n"
        "main()\n"
        f"print('loaded:', *(name for name in {HEAVY!r} if name in sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split()[1:])


def test_the_version_loads_nothing_heavy() -> None:
    assert _loaded_by("--version") == set()
    assert _loaded_by("--json", "--version") == set()


@pytest.mark.parametrize("arguments", [["--help"], ["runs", "watch", "--help"], ["serve", "--help"], ["extract", "-h"]])
def test_help_loads_no_database_no_client_and_no_server(arguments: list[str]) -> None:
    assert _loaded_by(*arguments) <= {"rich", "asyncio"}


def test_completion_scripts_load_no_database_no_client_and_no_server() -> None:
    assert _loaded_by("completion", "bash") <= {"asyncio"}


def test_the_version_comes_nearly_as_fast_as_a_program_that_does_nothing(tmp_path: Path) -> None:
    empty = tmp_path / "empty.py"
    empty.write_text("import typer\napp = typer.Typer()\n\n\n@app.command()\ndef main() -> None: ...\n\n\napp()\n")

    def seconds(*command: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - began

    nothing = ours = float("inf")
    # The best of many, because the machine has other things to do.
    for _ in range(60):
        nothing = min(nothing, seconds(str(empty)))
        ours = min(ours, seconds("-m", "catalogctl", "--version"))
        if ours <= 1.3 * nothing:
            return
    raise AssertionError(f"{ours:.3f} s instead of {nothing:.3f} s")
