"""A reader that is interrupted while it works."""

import threading

from catalogctl.domain.catalogue import TableMetadata
from catalogctl.domain.errors import Interrupted
from catalogctl.domain.ports.sources import SourceReader


def interrupted_while_it_profiles(reader: SourceReader, table: TableMetadata) -> Interrupted:
    """What *reader* raises when it is interrupted in the middle of profiling *table* over and over again."""
    raised: list[Interrupted] = []

    def work() -> None:
        try:
            while True:
                reader.profile(table, sample=None)
        except Interrupted as error:
            raised.append(error)

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    worker.join(0.1)
    reader.interrupt()
    worker.join(5)
    assert not worker.is_alive()
    [error] = raised
    return error
