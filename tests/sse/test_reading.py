import random
from itertools import pairwise

import pytest
from httpx_sse._decoders import SSEDecoder, SSELineDecoder
from hypothesis import given
from hypothesis import strategies as st

from catalogctl.sse import frames
from catalogctl.sse.reading import Message, Reader


def read(data: bytes, *places: int) -> list[Message]:
    """What comes out when the bytes are cut at *places*."""
    reader = Reader()
    bounds = [0, *sorted(places), len(data)]
    return [message for start, end in pairwise(bounds) for message in reader.feed(data[start:end])]


def every_byte_alone(data: bytes) -> list[Message]:
    return read(data, *range(1, len(data)))


LINES = st.one_of(
    st.sampled_from(
        ["", "", "", ":", ": ping", "data", "data:", "data: ", "data:  x", "id", "id: 7", "id:8", "id: a\0b",
         "retry: 5", "retry: x", "retry: -1", "event: reset", "event:", "other: 1", " data: no", "dataa: no",
         "\ufeffdata: no"]
    ),
    st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=6).map("data: {}".format),
)  # fmt: skip
STREAMS = st.lists(st.tuples(LINES, st.sampled_from(["\n", "\n", "\r\n", "\r"])), max_size=30).map(
    lambda lines: "".join(line + end for line, end in lines)
)


@given(STREAMS, st.randoms(use_true_random=False))
def test_a_foreign_reader_understands_the_same(text: str, chance: random.Random) -> None:
    data = text.encode()
    lines, decoder = SSELineDecoder(), SSEDecoder()
    # It passes a mark of the byte order on, and cannot tell a message without data from an empty one.
    known = text.removeprefix("\ufeff") or "\n"
    foreign = [decoder.decode(line) for line in [*lines.decode(known), *lines.flush()]]
    expected = [(one.id, one.data, one.event) for one in foreign if one is not None and one.data]
    places = chance.sample(range(len(data) + 1), k=min(len(data), chance.randrange(8)))
    for messages in (read(data), read(data, *places), every_byte_alone(data)):
        assert [(one.id, one.data, one.event or "message") for one in messages if one.data] == expected


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("data: a\n\n", [Message("a")]),
        ("data\n\n", [Message("")]),
        ("data: a\ndata:  b\n\ndata:c\n\n", [Message("a\n b"), Message("c")]),
        ("event: x\nid: 1\ndata: a\n\n", [Message("a", "1", "x")]),
        ("event: x\nid: 1\ndata: a\ndata: b\n\n", [Message("a\nb", "1", "x")]),
        # The id stays, the type does not.
        ("event: x\nid: 1\ndata: a\n\ndata: b\n\n", [Message("a", "1", "x"), Message("b", "1")]),
        ("event: x\n\ndata: b\n\n", [Message("b")]),
        ("id: 1\n\n", [Message(None, "1")]),
        ("id: 1\n\nid\ndata: a\n\n", [Message(None, "1"), Message("a", "")]),
        ("id: a\0b\ndata: a\n\n", [Message("a")]),
        ("retry: 5\n\n", [Message(None, retry=5)]),
        ("retry: -5\n\nretry: 5s\n\nretry:\n\nretry: ²\n\n", []),
        (":\n", []),
        (": ping\n\n\n\n", []),
        ("data: a\n:\n: b\n\n", [Message("a")]),
        ("data: a\n", []),
        ("data: a\n\nid: 2\ndata: b\n", [Message("a")]),
        ("\ufeffdata: a\n\n\ufeffdata: b\n\n", [Message("a")]),
        ("data: \ufeff\u2028\x85\x0b\x1c🗂️\n\n", [Message("\ufeff\u2028\x85\x0b\x1c🗂️")]),
        ("\n\n\ndata: a\n\n\n\n\ndata: b\n\n", [Message("a"), Message("b")]),
    ],
)
def test_blocks_are_what_the_standard_says(text: str, messages: list[Message], end: str) -> None:
    data = text.replace("\n", end).encode()
    assert read(data) == messages
    assert every_byte_alone(data) == messages


def test_bytes_that_are_no_utf_8_are_replaced_and_harm_nothing_else() -> None:
    data = b"data: \xff\xc3\n\ndata: ok\n\n"
    assert read(data) == every_byte_alone(data) == [Message("��"), Message("ok")]


def test_what_our_own_server_writes_is_read_by_the_short_way_and_the_long_one_alike() -> None:
    frame = frames.message('{"seq":7}', id_="0a1b2c3d-7", event="llm.used")
    assert read(frame) == read(b":\n" + frame) == [Message('{"seq":7}', "0a1b2c3d-7", "llm.used")]


def test_days_of_heartbeats_leave_nothing_behind() -> None:
    reader = Reader()
    assert reader.feed(frames.message("a") + frames.HEARTBEAT) == [Message("a")]
    for _ in range(1000):
        assert reader.feed(frames.HEARTBEAT) == []
    assert len("".join(reader._kept)) <= len(frames.HEARTBEAT)
    assert reader.feed(b"data: b\n" + frames.HEARTBEAT) == []
    assert reader.feed(frames.HEARTBEAT) == []
    assert reader.feed(b"\n") == [Message("b")]


def test_a_large_message_in_small_pieces_costs_no_more_than_its_size() -> None:
    data = frames.message("x" * 20_000_000)
    assert [len(one.data or "") for one in read(data, *range(0, len(data), 4096))] == [20_000_000]
