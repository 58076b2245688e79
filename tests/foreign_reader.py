"""A reader of event streams that is not ours: python foreign_reader.py URL. Prints what it is given, a line each.

CATALOGCTL_TOKEN opens a server that wants one.
"""

import json
import os
import sys

from ld_eventsource import SSEClient
from ld_eventsource.actions import Event, Fault
from ld_eventsource.config import ConnectStrategy, ErrorStrategy
from ld_eventsource.errors import HTTPStatusError

NO_MORE = 204


def main() -> None:
    token = os.environ.get("CATALOGCTL_TOKEN")
    client = SSEClient(
        connect=ConnectStrategy.http(sys.argv[1], headers={"Authorization": f"Bearer {token}"} if token else {}),
        error_strategy=ErrorStrategy.always_continue(),
        initial_retry_delay=0.02,
    )
    for action in client.all:
        if isinstance(action, Event):
            told = {"id": action.last_event_id, "event": action.event, "data": action.data}
            sys.stdout.write(json.dumps(told) + "\n")
            sys.stdout.flush()
        elif isinstance(action, Fault) and isinstance(action.error, HTTPStatusError) and action.error.status == NO_MORE:
            return


if __name__ == "__main__":
    main()
