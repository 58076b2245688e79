"""Commands load what they use and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    *("rich", "httpx", "sqlalchemy", "duckdb", "starlette", "uvicorn", "sqlite_utils", "asyncio", "sqlglot"),
    "catalogctl.store.sqlite.writer",
)


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


def test_a_list_loads_what_lists_and_neither_rules_nor_models_nor_an_event_loop_nor_what_writes(tmp_path: Path) -> None:
    for unusual in ({"sqlite_utils"}, set()):
        # The first time the store is made.
        assert _loaded_by("--store", str(tmp_path / "store.db"), "runs", "list") <= unusual
