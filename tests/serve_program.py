"""A program that serves a house, for tests that need a server which is a process: options are JSON in the arguments."""

import json
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from served_house import House

from catalogctl.server.options import ServerOptions
from catalogctl.server.process import run_server
from catalogctl.server.supervisor import WorkerCommand


def tell(**what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main() -> int:
    given = json.loads(sys.argv[1])
    worker = given.pop("worker", None)
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder))
        catalogue: Any = house.service
        if given.pop("hangs", False):
            catalogue.latest_run = threading.Event().wait
        if copies := given.pop("copies", 0):
            sources = house.service.sources() * copies
            catalogue.sources = lambda: sources
        return run_server(
            catalogue=catalogue,
            log=house.service,
            monitor=house.monitor,
            notifier=house.notifier,
            options=ServerOptions(**{"port": 0, **given}),
            worker=None if worker is None else WorkerCommand(**worker),
            on_listening=lambda url: tell(url=url),
            on_stopping=lambda: tell(stopping=True),
            talk=lambda line: tell(talk=line),
        )


if __name__ == "__main__":
    sys.exit(main())
