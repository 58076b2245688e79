"""Standard output that takes no more: a pipe whose reader has gone, a disk that is full."""

import os
from typing import TextIO


class ReaderGone(Exception):
    """Nobody reads standard output any more."""


class Unwritable(Exception):
    """What was to be said went nowhere, for the reason given; not to be taken for an error of the catalogue's."""


def abandon(stream: TextIO) -> None:
    """Let what is still to be flushed go nowhere instead of failing."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
