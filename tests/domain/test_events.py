import json
from datetime import UTC, datetime

import pytest

from catalogctl.domain.errors import InvalidCursor, InvalidInput, RunActive, error_from_code
from catalogctl.domain.events import TOPIC_TYPES, TOPICS, Cursor, Event, LogPosition, compact_json, parse_topics

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def test_an_event_is_one_line_of_json_with_the_data_untouched() -> None:
    data = compact_json({"name": 'a "b" \n é 😀 \u2028'})
    event = Event(seq=7, type="job.progressed", at=NOW, data=data, run_id="r", job_id=3)
    line = event.encoded()
    assert "\n" not in line
    assert json.loads(line) == {
        "v": 1,
        "seq": 7,
        "type": "job.progressed",
        "at": "2026-01-31T12:00:00.000Z",
        "run_id": "r",
        "job_id": 3,
        "data": json.loads(data),
    }


def test_an_event_of_no_run_says_null() -> None:
    record = json.loads(Event(seq=1, type="status.changed", at=NOW, data="{}").encoded())
    assert (record["run_id"], record["job_id"]) == (None, None)


def test_a_cursor_reads_what_it_writes_and_takes_a_bare_seq() -> None:
    cursor = Cursor(epoch="0123abcd", seq=42)
    assert Cursor.parse(str(cursor), epoch="ffffffff") == cursor
    assert Cursor.parse("42", epoch="0123abcd") == cursor


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", "0123abcd-", "0123ABCD-1", "٤٢", "99999999999999999999", "1 2"])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        Cursor.parse(text, epoch="0123abcd")


@pytest.mark.parametrize(
    ("cursor", "holds"),
    [
        (Cursor(epoch="aaaaaaaa", seq=10), True),
        (Cursor(epoch="aaaaaaaa", seq=9), False),
        (Cursor(epoch="aaaaaaaa", seq=20), True),
        (Cursor(epoch="aaaaaaaa", seq=21), False),
        (Cursor(epoch="bbbbbbbb", seq=15), False),
    ],
)
def test_a_log_knows_which_cursors_miss_nothing(cursor: Cursor, *, holds: bool) -> None:
    assert LogPosition(epoch="aaaaaaaa", pruned=10, latest=20).holds(cursor) is holds


def test_no_topics_means_all_and_an_unknown_one_is_named() -> None:
    assert parse_topics(None) == parse_topics("") == frozenset(TOPICS) == frozenset(TOPIC_TYPES)
    assert parse_topics("jobs, status") == {"jobs", "status"}
    with pytest.raises(InvalidInput, match="'job'"):
        parse_topics("jobs,job")


def test_an_error_comes_back_from_its_code_as_what_it_was() -> None:
    error = error_from_code("run_active", "run 3 is active", data={"run_id": "r"})
    assert (type(error), error.data["run_id"]) == (RunActive, "r")
    assert error_from_code("unheard_of", "x").code == "internal"
