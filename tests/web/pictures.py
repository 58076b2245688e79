"""Draw the pictures of the README: `python tests/web/pictures.py` writes them into `.pictures/`.

The sample shop is catalogued and served, and a real browser looks at it.
"""

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from browsing import Site, running_browser, visiting  # noqa: E402 - the folder of the tests has to be found first
from command_line import CommandLine  # noqa: E402

PICTURES = {
    "catalogue": ("/?source=shop", "light"),
    "table": ("/?source=shop&table=orders", "dark"),
    "run": ("/runs/latest", "light"),
}


def main() -> None:
    folder = ROOT / ".pictures"
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, running_browser() as browser:
        cli = CommandLine(Path(scratch))
        try:
            assert cli("demo").code == 0
            site = Site(cli)
            for name, (path, scheme) in PICTURES.items():
                with visiting(
                    browser, site.url, color_scheme=scheme, viewport={"width": 1280, "height": 860}
                ) as visitor:
                    page = visitor.open(path)
                    # Each of them speaks of that table, and the run does so at last.
                    page.get_by_role("main").get_by_text("addresses").first.wait_for()
                    page.screenshot(path=folder / f"{name}.png")
                    print(folder / f"{name}.png")  # noqa: T201 - it is a command
        finally:
            cli.close()


if __name__ == "__main__":
    main()
