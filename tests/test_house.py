"""The structure of the package holds: arrows, sizes, and what an import may cost."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_arrows_point_from_the_edges_to_the_domain() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    done = subprocess.run([*command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_domain_stands_on_the_standard_library_alone() -> None:
    code = (
        "import pkgutil, importlib, sys, catalogctl.domain as d\n"
        "for m in pkgutil.iter_modules(d.__path__): importlib.import_module(f'catalogctl.domain.{m.name}')\n"
        "outside = {n.partition('.')[0] for n in sys.modules} - sys.stdlib_module_names - {'catalogctl', '__main__'}\n"
        "print(sorted(n for n in outside if not n.startswith(('_', 'sitecustomize', 'distutils-precedence'))))\n"
    )
    done = subprocess.run([sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n" + code],
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout.strip() == "[]"


def test_every_package_says_what_it_owns() -> None:
    for init in (ROOT / "catalogctl").rglob("__init__.py"):
        assert init.read_text(encoding="utf-8").startswith('"""'), init
