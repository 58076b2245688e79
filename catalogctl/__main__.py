"""``python -m catalogctl``: the command line."""

import sys

from catalogctl.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
