"""Events: facts in the log, their topics, and cursors into it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from catalogctl.domain.errors import InvalidCursor, InvalidInput
from catalogctl.domain.times import format_time, parse_time

VERSION = 1
MAX_SEQ = 2**63 - 1

TOPIC_TYPES: Mapping[str, tuple[str, ...]] = {
    "jobs": (
        "run.created",
        "run.completed",
        "run.failed",
        "run.cancelled",
        "job.started",
        "job.progressed",
        "job.completed",
        "job.failed",
        "job.cancelled",
    ),
    "status": ("status.changed",),
    "kpis": ("kpis.changed",),
    "catalog": ("catalog.changed",),
    "llm": ("llm.used",),
}
TOPICS = tuple(TOPIC_TYPES)
TOPIC_OF: Mapping[str, str] = {type_: topic for topic, types in TOPIC_TYPES.items() for type_ in types}
RUN_ENDS = frozenset({"run.completed", "run.failed", "run.cancelled"})


def compact_json(value: Any) -> str:
    """Encode *value* the one way in which it stands in the log: no spaces, no escapes but the needed ones."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def parse_topics(text: str | None) -> frozenset[str]:
    """Read ``jobs,status``; nothing means all; an unknown topic raises InvalidInput."""
    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    unknown = [name for name in names if name not in TOPIC_TYPES]
    if unknown:
        raise InvalidInput(f"unknown topic {unknown[0]!r}", hint=f"The topics are {', '.join(TOPICS)}.")
    return frozenset(names or TOPICS)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event about to be appended; *data* is encoded once, here."""

    type: str
    at: datetime
    data: str
    run_id: str | None = None
    job_id: int | None = None


# What Event.encoded writes before the data: seq, type, time, run and job.
_ENVELOPE = re.compile(
    r'\{"v":1,"seq":([0-9]{1,19}),"type":"([a-z.]+)","at":"([0-9-]{10}T[0-9:]{8}\.[0-9]{3}Z)",'
    r'"run_id":(?:null|"([^"\\]*)"),"job_id":(?:null|([0-9]+)),"data":'
)
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact in the log. *data* is JSON text, encoded when it was appended and passed on as it is."""

    seq: int
    type: str
    at: datetime
    data: str
    run_id: str | None = None
    job_id: int | None = None
    # What it was read from, if that is what ``encoded`` writes: to write it again takes longer than to keep it.
    _text: str | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def topic(self) -> str:
        """The topic of this type of event."""
        return TOPIC_OF[self.type]

    def encoded(self) -> str:
        """The whole Event as one line of JSON, as it goes to streams and to NDJSON."""
        if self._text is not None:
            return self._text
        job = "null" if self.job_id is None else str(self.job_id)
        run = "null" if self.run_id is None else f'"{self.run_id}"'
        return (
            f'{{"v":{VERSION},"seq":{self.seq},"type":"{self.type}","at":"{format_time(self.at)}",'
            f'"run_id":{run},"job_id":{job},"data":{self.data}}}'
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what ``encoded`` wrote, the text of the data kept as it stands. Raises ValueError.

        Anything else that says the same, such as the Event of a newer server with further fields or one of many
        lines, is read too; its data is encoded anew.
        """
        match = None if "\n" in text else _ENVELOPE.match(text)
        if match is None or _DECODER.raw_decode(text, match.end())[1] != len(text) - 1:
            return cls._from_record(json.loads(text))
        seq, type_, at, run, job = match.groups()
        event = cls(
            seq=int(seq),
            type=type_,
            at=parse_time(at),
            data=text[match.end() : -1],
            run_id=run,
            job_id=None if job is None else int(job),
        )
        object.__setattr__(event, "_text", text)
        return event

    @classmethod
    def _from_record(cls, record: Any) -> Self:
        try:
            return cls(
                seq=int(record["seq"]),
                type=str(record["type"]),
                at=parse_time(record["at"]),
                data=compact_json(record["data"]),
                run_id=record["run_id"],
                job_id=record["job_id"],
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"not an event: {error}") from error

    def decoded(self) -> Any:
        """The data as a value."""
        return json.loads(self.data)


_CURSOR = re.compile(r"(?:([0-9a-f]{8})-)?([0-9]{1,19})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A place in a log: everything up to and with *seq* has been seen. The epoch says which log."""

    epoch: str
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.seq}"

    @classmethod
    def parse(cls, text: str, *, epoch: str) -> Self:
        """Read ``epoch-seq`` or a bare ``seq`` of the log *epoch*; raises InvalidCursor."""
        match = _CURSOR.fullmatch(text)
        if match is None or int(match[2]) > MAX_SEQ:
            raise InvalidCursor(f"{text[:80]!r} is not a cursor", hint="Give a number, an `epoch-seq`, or `earliest`.")
        return cls(epoch=match[1] or epoch, seq=int(match[2]))


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPosition:
    """What a log holds now: events after *pruned* up to *latest*.

    *pruned* is the highest seq that retention removed (0 when none), so a cursor at or above it misses nothing.
    """

    epoch: str
    pruned: int
    latest: int

    def holds(self, cursor: Cursor) -> bool:
        """True when reading on after *cursor* misses nothing."""
        return cursor.epoch == self.epoch and self.pruned <= cursor.seq <= self.latest

    @property
    def now(self) -> Cursor:
        """The cursor of a reader that wants only what comes."""
        return Cursor(epoch=self.epoch, seq=self.latest)

    @property
    def earliest(self) -> Cursor:
        """The cursor of a reader that wants all that is kept."""
        return Cursor(epoch=self.epoch, seq=self.pruned)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """What was wanted of a log, oldest first, and where the log stood: both of one moment.

    *is_full* when there may be more already, because no more were asked for.
    """

    position: LogPosition
    events: Sequence[Event]
    is_full: bool

    @property
    def until(self) -> int:
        """The seq up to which nothing that was wanted is missing; for whoever asked after one that the log holds."""
        return self.events[-1].seq if self.is_full else self.position.latest


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """Told to a reader whose cursor this log does not hold; it goes on from *latest*."""

    requested: str
    earliest: int
    latest: int

    def record(self) -> dict[str, Any]:
        """The data of ``event: reset``."""
        return {"requested": self.requested, "earliest": self.earliest, "latest": self.latest}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A follower's word that its connection is gone and that it tries again in *delay* seconds."""

    reason: str
    delay: float


@dataclass(frozen=True, slots=True)
class Advanced:
    """A follower's word that it has told everything up to this cursor: nothing of interest happened meanwhile, or the
    reader has yet to learn which log it is.
    """

    cursor: Cursor


FeedItem = Event | Reset | Lost | Advanced
"""What a follower of the log yields, in order."""
