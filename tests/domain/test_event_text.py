import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogctl.domain.errors import CatalogctlError
from catalogctl.domain.events import TOPIC_OF, Event, compact_json

AT = datetime(2026, 1, 31, 12, 0, 0, 123000, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(
    st.integers(1, 2**63 - 1),
    st.sampled_from(sorted(TOPIC_OF)),
    st.datetimes(timezones=st.just(UTC)),
    st.none() | st.uuids().map(str),
    st.none() | st.integers(1),
    JSON,
)
def test_the_text_of_an_event_read_and_written_is_the_same_text(
    seq: int, type_: str, at: datetime, run_id: str | None, job_id: int | None, data: object
) -> None:
    text = Event(seq=seq, type=type_, at=at, data=compact_json(data), run_id=run_id, job_id=job_id).encoded()
    assert Event.parse(text).encoded() == text


def test_the_data_is_kept_as_it_stands_and_not_encoded_anew() -> None:
    event = Event(seq=7, type="job.progressed", at=AT, data='{"a": 1.50,\t"b":"\\u00e9"}', run_id="r", job_id=3)
    assert Event.parse(event.encoded()) == event


def test_an_event_of_many_lines_becomes_one() -> None:
    text = Event(seq=7, type="llm.used", at=AT, data='{"a":\n[1]}').encoded()
    assert Event.parse(text).encoded() == text.replace("\n", "")


def test_an_event_that_is_changed_is_written_as_it_then_is() -> None:
    event = Event.parse(Event(seq=7, type="llm.used", at=AT, data="{}").encoded())
    assert json.loads(replace(event, seq=8).encoded())["seq"] == 8


@pytest.mark.parametrize(
    "text",
    [
        '{"v":1,"seq":7,"type":"llm.used","at":"2026-01-31T12:00:00.123Z","run_id":null,"job_id":null,"data":{"a":[1]},"new":1}',
        '{"v":1,"seq":7,"new":{},"type":"llm.used","at":"2026-01-31T12:00:00.123Z","run_id":null,"job_id":null,"data":{"a":[1]}}',
        (
            '{"data": {"a": [1]}, "v": 1, "seq": 7, "type": "llm.used", "at": "2026-01-31T12:00:00.123Z",'
            ' "run_id": null, "job_id": null}'
        ),
    ],
)
def test_fields_of_a_newer_server_and_another_order_are_read(text: str) -> None:
    assert Event.parse(text) == Event(seq=7, type="llm.used", at=AT, data='{"a":[1]}')


@pytest.mark.parametrize("text", ["", "7", "[]", "{}", '{"v":1', "<html>", '{"v":1,"seq":7,"type":"llm.used"}'])
def test_what_is_no_event_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        Event.parse(text)
    assert not isinstance(caught.value, CatalogctlError)
