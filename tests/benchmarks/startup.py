"""How long commands take to start, beside an empty Typer program in the same run.

    python tests/benchmarks/startup.py [--runs N]

Each command is started in turn with the empty program, N times (15): wall and processor time of the whole process, the
median of each, and the median of the ratios pair by pair. The store is one that has catalogued the sample shop. A
completion is what a shell does with the script that is installed: no process of ours is started for it. Modules are
compiled once and kept, as pip leaves them, also where PYTHONDONTWRITEBYTECODE would have each start compile them anew.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

EMPTY = "import typer\napp = typer.Typer()\n\n\n@app.command()\ndef main() -> None: ...\n\n\napp()\n"
PROGRAM = (sys.executable, "-m", "catalogctl")
COMPLETIONS = Path(__file__).parents[2] / "completions"
COMMANDS = (
    ("--version",),
    ("--help",),
    ("runs", "list"),
    ("runs", "show", "latest"),
    ("catalog", "show", "shop"),
    ("status",),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """Seconds of one process."""

    wall: float
    cpu: float


def run(words: Sequence[str], environ: Mapping[str, str]) -> Took:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(words, env=environ, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Took(wall=wall, cpu=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15, metavar="N")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environ = {**kept, "CATALOGCTL_STORE": str(folder / "store.db"), "HOME": name, "XDG_DATA_HOME": name}
        run((*PROGRAM, "demo"), environ)
        empty = folder / "empty.py"
        empty.write_text(EMPTY, encoding="utf-8")
        print(f"{'median of ' + str(runs):<32}{'wall ms':>9}{'cpu ms':>9}{'of the empty program':>23}")
        for words in COMMANDS:
            compare(words, (sys.executable, str(empty)), environ, runs)
        complete(environ, runs)


def compare(words: Sequence[str], empty: Sequence[str], environ: Mapping[str, str], runs: int) -> None:
    pairs = [(run((*PROGRAM, *words), environ), run(empty, environ)) for _ in range(runs + 1)][1:]
    show(
        f"catalogctl {' '.join(words)}",
        [ours for ours, _ in pairs],
        f"{statistics.median(ours.wall / nothing.wall for ours, nothing in pairs):>20.2f} x",
    )
    if words == COMMANDS[0]:
        show("an empty Typer program", [nothing for _, nothing in pairs], "")


def show(what: str, took: Sequence[Took], beside: str) -> None:
    wall, cpu = (statistics.median(getattr(one, key) for one in took) * 1000 for key in ("wall", "cpu"))
    print(f"  {what:<30}{wall:>9.0f}{cpu:>9.0f}{beside}")


def complete(environ: Mapping[str, str], runs: int) -> None:
    """A shell that reads the script and completes `catalogctl runs w`, less one that only starts."""
    if (bash := shutil.which("bash")) is None:
        print("  no bash here: a completion is not timed")
        return
    asked = (
        f"source '{COMPLETIONS / 'catalogctl.bash'}'; COMP_WORDS=(catalogctl runs w); COMP_CWORD=2;"
        " COMP_LINE='catalogctl runs w'; COMP_POINT=17;"
        " $(complete -p catalogctl | sed 's/.*-F \\([^ ]*\\).*/\\1/'); [ -n \"$COMPREPLY\" ]"
    )
    show("bash, completing `runs w`", [run((bash, "--norc", "-c", asked), environ) for _ in range(runs)], "")
    show("bash, doing nothing", [run((bash, "--norc", "-c", ":"), environ) for _ in range(runs)], "")


if __name__ == "__main__":
    main()
