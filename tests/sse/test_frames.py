import json

import pytest
from httpx_sse._decoders import SSEDecoder, SSELineDecoder
from hypothesis import given
from hypothesis import strategies as st

from catalogctl.domain.events import compact_json
from catalogctl.sse import frames


def received(data: bytes) -> list[tuple[str, str, str]]:
    """What a foreign reader makes of *data*: event, id and data of each message."""
    lines = SSELineDecoder().decode(data.decode())
    decoder = SSEDecoder()
    messages = [message for line in lines if (message := decoder.decode(line)) is not None]
    return [(message.event, message.id, message.data) for message in messages]


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "",
        " begins with a space",
        "line\nline",
        "\n",
        "ends with a line\n",
        "separators \u2028 and \u2029, \x85 and \x0b \x0c \x1c are not line ends",
        "emoji 🗂️ and 👩‍👩‍👧",
        "data: looks like a field\nid: 7",
        "x" * 1_000_000,
    ],
)
def test_data_survives_a_round_trip(text: str) -> None:
    assert received(frames.message(text, id_="0a1b2c3d-7", event="job.progressed")) == [
        ("job.progressed", "0a1b2c3d-7", text)
    ]


@pytest.mark.parametrize("ending", ["\r", "\r\n", "\n"])
def test_every_line_end_inside_data_arrives_as_lf_and_nothing_is_cut(ending: str) -> None:
    assert received(frames.message(f"one{ending}two{ending}{ending}three")) == [("message", "", "one\ntwo\n\nthree")]


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_json_text_arrives_exactly(value: object) -> None:
    text = compact_json(value)
    assert [data for _, _, data in received(frames.message(text))] == [text]


def test_a_lone_surrogate_arrives_as_its_json_escape() -> None:
    [(_, _, data)] = received(frames.message(compact_json({"name": "\ud800"})))
    assert json.loads(data) == {"name": "\ud800"}


@pytest.mark.parametrize("character", ["\r", "\n", "\0"])
@pytest.mark.parametrize("field", ["id_", "event"])
def test_an_id_or_event_that_would_break_the_stream_is_refused(field: str, character: str) -> None:
    with pytest.raises(ValueError, match="CR, LF or NUL"):
        frames.message("data", **{field: f"a{character}b"})


@pytest.mark.parametrize("character", ["\r", "\n", "\0"])
def test_a_mark_that_would_break_the_stream_is_refused(character: str) -> None:
    with pytest.raises(ValueError, match="CR, LF or NUL"):
        frames.mark(f"1{character}2")


def test_a_mark_is_an_id_alone() -> None:
    assert frames.mark("0a1b2c3d-12") == b"id: 0a1b2c3d-12\n\n"


def test_a_heartbeat_is_a_comment_without_the_line_that_some_clients_take_for_a_message() -> None:
    assert frames.HEARTBEAT == b":\n"
    stream = frames.message("one", id_="1") + frames.HEARTBEAT * 3 + frames.message("two", id_="2")
    assert received(stream) == [("message", "1", "one"), ("message", "2", "two")]


def test_a_delay_is_digits_only() -> None:
    assert frames.retry(2000) == b"retry: 2000\n"
    with pytest.raises(ValueError, match="negative"):
        frames.retry(-1)
