"""catalogctl as it is served; each line on standard input becomes a change of one run. After a line that begins with
"?", the moment of its commit is a line on standard output.

    our_server.py takeover|portable [URL]

The store is a SQLite file of its own, or a PostgreSQL at *URL*.
"""

import json
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from live_streams import PIPELINES, Hand, now
from plain_models import PlainModels

from catalogctl.server.options import ServerOptions
from catalogctl.server.process import run_server
from catalogctl.service.catalogue import CatalogueService
from catalogctl.service.monitor import StoreMonitor
from catalogctl.wiring.stores import place_at

SIZE = 600


def main() -> None:
    is_portable = sys.argv[1] == "portable"
    with tempfile.TemporaryDirectory() as folder:
        location = sys.argv[2] if len(sys.argv) > 2 else str(Path(folder) / "store.db")
        with place_at(location).open() as opened:
            store = opened.store
            service = CatalogueService(
                store=store,
                drivers=None,  # type: ignore[arg-type] # streams read no source
                pipelines=PIPELINES,
                models=PlainModels(),
                clock=now,
                new_id=lambda: str(uuid.uuid4()),
            )
            hand = Hand(store)
            run_id = hand.start().run_id
            hand.begin(run_id)
            hand.write_details(run_id, {"mark": "", "pad": ""})
            pad = "x" * (SIZE - len(json.dumps(hand.jobs(run_id), separators=(",", ":"))) - 60)

            commits: list[int] = []
            # The first to listen is called first, right after the commit.
            opened.notifier.subscribe(lambda: commits.append(time.monotonic_ns()))

            def write() -> None:
                for line in sys.stdin:
                    commits.clear()
                    hand.write_details(run_id, {"mark": line.strip(" ?\n"), "pad": pad})
                    commits.append(time.monotonic_ns())
                    if line.startswith("?"):
                        print(json.dumps({"committed": commits[0]}), flush=True)

            threading.Thread(target=write, daemon=True).start()
            run_server(
                catalogue=service,
                log=service,
                monitor=StoreMonitor(store=store, clock=now),
                notifier=opened.notifier,
                options=ServerOptions(port=0, max_streams_per_client=0, portable_streams=is_portable),
                worker=None,
                on_listening=lambda url: print(
                    json.dumps({"url": url, "run_id": run_id, "store": location}), flush=True
                ),
                on_stopping=lambda: None,
                talk=lambda _: None,
            )


if __name__ == "__main__":
    main()
