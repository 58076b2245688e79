"""Messages out of the bytes of an event stream, however these are cut into pieces.

https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

import codecs
import re
from typing import NamedTuple

# What most blocks are, ours among them: each field once, in this order.
_PLAIN = re.compile(r"(?:event: ?(.*)\n)?id: ?([^\n\0]*)\ndata: ?(.*)")


class Message(NamedTuple):
    """One block of a stream, as far as it says anything: a comment by itself is none.

    *data* is None where the block has no data, so that a browser would not dispatch it: it only moves the last event
    id or tells a delay. *id* is the last event id after it, *event* the type that it names, *retry* in milliseconds.
    """

    data: str | None
    id: str = ""
    event: str = ""
    retry: int | None = None


class Reader:
    """Collects the pieces of one connection. What is not followed by a blank line when it ends was never a message."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8-sig")(errors="replace").decode
        self._last_id = ""
        self._kept: list[str] = []
        self._ends_in_cr = False
        self._ends_in_lf = False

    def feed(self, piece: bytes) -> list[Message]:
        """The messages that are complete with this *piece*, in order."""
        text = self._with_line_feeds(self._decode(piece))
        if not text or self._is_comment(text):
            return []
        # Put together only when there is something to take out: a large event comes in many pieces.
        has_blank_line = "\n\n" in text or (self._ends_in_lf and text[0] == "\n")
        self._kept.append(text)
        self._ends_in_lf = text[-1] == "\n"
        if not has_blank_line:
            return []
        *blocks, rest = "".join(self._kept).split("\n\n")
        self._kept = [rest] if rest else []
        # The line feed of a blank line is used up; only one of what is left begins another.
        self._ends_in_lf = rest.endswith("\n")
        return [message for block in blocks if (message := self._message(block)) is not None]

    def _is_comment(self, text: str) -> bool:
        """True for a comment by itself: a stream on which nothing happens for days is made of these."""
        is_line_start = self._ends_in_lf or not self._kept
        return is_line_start and text[0] == ":" and text.find("\n") == len(text) - 1

    def _with_line_feeds(self, text: str) -> str:
        """*text* with one sort of line end; the LF of a CRLF may come with the next piece."""
        if not text:
            return text
        if self._ends_in_cr and text[0] == "\n":
            text = text[1:]
            self._ends_in_cr = False
            if not text:
                return text
        self._ends_in_cr = text[-1] == "\r"
        return text if "\r" not in text else text.replace("\r\n", "\n").replace("\r", "\n")

    def _message(self, block: str) -> Message | None:
        if (plain := _PLAIN.fullmatch(block)) is not None:
            event, self._last_id, text = plain.groups(default="")
            return Message(text, self._last_id, event)
        data: list[str] = []
        event, retry, says_id = "", None, False
        for line in block.split("\n"):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data":
                data.append(value)
            elif name == "id":
                if "\0" not in value:
                    self._last_id = value
                    says_id = True
            elif name == "event":
                event = value
            elif name == "retry" and value.isascii() and value.isdigit():
                retry = int(value[:18])
        if data:
            return Message("\n".join(data), self._last_id, event, retry)
        return Message(None, self._last_id, event, retry) if says_id or retry is not None else None
