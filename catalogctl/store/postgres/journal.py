"""The log at the end of a batch: events wait until the last moment, and get their seqs while nobody else gives any."""

from collections.abc import Sequence
from dataclasses import dataclass

from catalogctl.domain.events import NewEvent
from catalogctl.store.postgres.connection import PostgresConnection
from catalogctl.store.relational.connection import Row
from catalogctl.store.relational.rows import event_to_row

_COLUMNS = ("seq", "topic", "type", "at", "run_id", "job_id", "data")

# The row of the log is the lock that orders appends, and it is kept until the commit.
_LOOK = "SELECT 1 FROM log FOR NO KEY UPDATE"
_GIVE_SEQS = "UPDATE log SET latest = latest + ? RETURNING latest"
_TELL_RUN = "UPDATE runs SET last_seq = ? WHERE run_id = ?"

# The same in one trip to the server, which is what takes the time where events are few.
_FEW = 4
_WRITE_FEW = f"""
WITH given AS (
    UPDATE log SET latest = latest + ? RETURNING latest, latest - ? AS before
), new (place, topic, type, at, run_id, job_id, data) AS (
    VALUES {{places}}
), written AS (
    INSERT INTO events ({", ".join(_COLUMNS)})
    SELECT before + place, topic, type, at, run_id, CAST(job_id AS bigint), data FROM given CROSS JOIN new
), told AS (
    UPDATE runs SET last_seq = before + newest.place
    FROM given CROSS JOIN (SELECT run_id, max(place) AS place FROM new GROUP BY run_id) AS newest
    WHERE runs.run_id = newest.run_id
)
SELECT latest FROM given
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a journal was."""

    events: list[Row]
    count: int
    is_held: bool
    latest: int


class Journal:
    """The events of one transaction. *latest* is the seq of the last that was written, 0 for none."""

    def __init__(self, connection: PostgresConnection) -> None:
        self._connection = connection
        self._events: list[Row] = []
        self.is_held = False
        self.latest = 0

    def add(self, event: NewEvent) -> None:
        """Have an event written before the commit. Raises UnicodeEncodeError for what could not be written then."""
        event.data.encode()
        self._events.append(event_to_row(event))

    def tells_of(self, run_id: str | None) -> bool:
        """True when an event of this run, of any run for None, waits to be written."""
        return any(waiting is not None and run_id in {None, waiting} for *_, waiting, _, _ in self._events)

    @property
    def waits(self) -> bool:
        """True when any event waits to be written."""
        return bool(self._events)

    def hold(self, *, patience: str, afterwards: str) -> None:
        """Have no other transaction append until this one ends; *patience* is for the lock, then *afterwards* for all.

        What is read from now on is true at the commit, as far as events tell of it.
        """
        if not self.is_held:
            self._connection.together(patience, _LOOK, afterwards)
            self.is_held = True

    def write(self) -> None:
        """Write what waits; from then on no other transaction appends until this one ends."""
        if not self._events:
            return
        events, self._events = self._events, []
        if len(events) > _FEW:
            self._write_many(events)
        else:
            self._write_few(events)
        self.is_held = True

    def _write_few(self, events: Sequence[Row]) -> None:
        places = ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * len(events))
        values = [value for place, event in enumerate(events, start=1) for value in (place, *event)]
        query = _WRITE_FEW.format(places=places)
        [(self.latest,)] = self._connection.rows(query, (len(events), len(events), *values))
        self._connection.changes += len(events)

    def _write_many(self, events: Sequence[Row]) -> None:
        [(self.latest,)] = self._connection.rows(_GIVE_SEQS, (len(events),))
        numbered = list(enumerate(events, start=self.latest - len(events) + 1))
        self._connection.insert_many("events", _COLUMNS, ((seq, *event) for seq, event in numbered))
        newest = {event[3]: seq for seq, event in numbered if event[3] is not None}
        if newest:
            self._connection.run_many(_TELL_RUN, [(seq, run_id) for run_id, seq in newest.items()])

    def mark(self) -> Mark:
        """How far it is, for ``undo``."""
        return Mark(self._events, len(self._events), self.is_held, self.latest)

    def undo(self, mark: Mark) -> None:
        """Be again as at *mark*: what was written since has been undone, and what waited then waits again."""
        self._events = mark.events[: mark.count]
        self.is_held, self.latest = mark.is_held, mark.latest
