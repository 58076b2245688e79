"""Frames of an event stream, as https://html.spec.whatwg.org/multipage/server-sent-events.html defines them."""

import re

HEARTBEAT = b":\n"
"""A comment without the blank line: some clients would take that line for a message."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_FORBIDDEN = re.compile(r"[\r\n\0]")


def message(data: str, *, id_: str | None = None, event: str | None = None) -> bytes:
    """A frame that readers receive as one message.

    CR and CRLF inside *data* arrive as LF, which is all that the format can carry; JSON text holds none of them.
    Raises ValueError when *id_* or *event* holds CR, LF or NUL.
    """
    head = ""
    if event is not None:
        head = f"event: {_field(event)}\n"
    if id_ is not None:
        head += f"id: {_field(id_)}\n"
    # Not str.splitlines: it would also split at U+2028, form feeds and other characters that are data here.
    body = "\ndata: ".join(_LINE_END.split(data)) if "\n" in data or "\r" in data else data
    # A lone surrogate has no UTF-8; its escape means the same in JSON and harms nobody.
    return f"{head}data: {body}\n\n".encode(errors="backslashreplace")


def mark(id_: str) -> bytes:
    """A frame without data: readers move their last event id and receive nothing. Raises ValueError."""
    return f"id: {_field(id_)}\n\n".encode()


def retry(milliseconds: int) -> bytes:
    """The field that sets a reader's reconnection delay; it takes effect by itself or within a frame."""
    if milliseconds < 0:
        raise ValueError(f"negative delay: {milliseconds}")
    return b"retry: %d\n" % milliseconds


def _field(value: str) -> str:
    if _FORBIDDEN.search(value):
        raise ValueError(f"CR, LF or NUL in a field of an event stream: {value[:80]!r}")
    return value
