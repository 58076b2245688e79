"""Pipes whose reader has gone."""

import os
from typing import TextIO


class ReaderGone(Exception):
    """Nobody reads standard output any more."""


def abandon(stream: TextIO) -> None:
    """Let what is still to be flushed go nowhere instead of failing."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
