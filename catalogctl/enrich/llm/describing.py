"""Asking for the meaning of batches of tables: what is too long is parted, what was got is kept when some fails."""

from collections import deque
from collections.abc import Sequence

from catalogctl.domain.catalogue import Table
from catalogctl.domain.errors import LlmFailed, LlmInterrupted, LlmTooLong
from catalogctl.domain.meaning import LlmCall, TableMeaning
from catalogctl.domain.ports.enriching import Described, Overspent
from catalogctl.domain.runs import Note
from catalogctl.enrich.llm.answers import Meanings, merge_meanings, read_meanings
from catalogctl.enrich.llm.batches import halves, most_tokens
from catalogctl.enrich.llm.endpoint import Answer, LlmEndpoint
from catalogctl.enrich.llm.outgoing import Disclosure
from catalogctl.enrich.llm.prompts import meaning_messages
from catalogctl.enrich.llm.schemas import meaning_format

_MOST_PARTINGS = 3


class Describing:
    """One way through some batches, until *overspent* says that nothing more is to be sent."""

    def __init__(self, endpoint: LlmEndpoint, disclosure: Disclosure, *, overspent: Overspent | None = None) -> None:
        self._endpoint = endpoint
        self._disclosure = disclosure
        self._overspent = overspent
        self._may_part = True
        self._waiting: deque[tuple[list[Table], int]] = deque()
        self._calls: list[LlmCall] = []
        self._told: list[TableMeaning] = []
        self._notes: list[Note] = []

    def describe(self, batches: Sequence[list[Table]]) -> Described:
        """A meaning, be it empty, for each table that was asked for and answered; notes name the others.

        Raises LlmFailed with all calls when none was answered, and LlmInterrupted at once.
        """
        failure: LlmFailed | None = None
        self._waiting.extend((batch, 0) for batch in batches)
        while self._waiting and not self._is_stopped():
            batch, partings = self._waiting.popleft()
            try:
                answer = self._ask(batch)
            except LlmFailed as error:
                self._calls += error.calls
                if isinstance(error, LlmInterrupted):
                    raise self._with_calls(error) from None
                if not self._part(error, batch, partings):
                    failure = error
                    self._give_up(error, batch)
            else:
                self._calls += answer.calls
                self._take(answer.value, batch)
        if failure is not None and not self._told:
            raise self._with_calls(failure)
        return Described(
            meanings=tuple(merge_meanings(self._told)),
            calls=tuple(self._calls),
            notes=tuple(dict.fromkeys(self._notes)),
        )

    def _ask(self, batch: list[Table]) -> Answer[Meanings]:
        return self._endpoint.ask(
            meaning_messages(batch, disclosure=self._disclosure),
            form=meaning_format(batch),
            check=lambda found: read_meanings(found, tables=batch),
            purpose="describe tables",
            max_tokens=most_tokens(batch),
        )

    def _is_stopped(self) -> bool:
        """True, with notes on all that waits, when what was sent so far has used up what there was to spend."""
        reason = self._overspent(self._calls) if self._overspent is not None and self._calls else None
        if reason is not None:
            self._leave([batch for batch, _ in self._waiting], f"not described: {reason}")
            self._waiting.clear()
        return reason is not None

    def _take(self, meanings: Meanings, batch: list[Table]) -> None:
        self._may_part = True
        self._told += meanings.tables
        # Asked and answered, even if there was nothing to say about it.
        self._told += [TableMeaning(name=table.name) for table in batch]
        if meanings.dropped:
            entries = "1 entry" if meanings.dropped == 1 else f"{meanings.dropped} entries"
            more = f" and {len(batch) - 1} more" if len(batch) > 1 else ""
            message = f"{entries} of the model's answer on {batch[0].name!r}{more} named nothing known"
            self._notes.append(Note(message=message))

    def _part(self, error: LlmFailed, batch: list[Table], partings: int) -> bool:
        """Queue the halves of a batch that was too long, unless that was done too often.

        Once the smallest part was too long as well, others are not parted either until one of them is answered: a model
        that never comes to an end is not asked for every piece of every table.
        """
        if not isinstance(error, LlmTooLong) or not self._may_part:
            return False
        smaller = halves(batch) if partings < _MOST_PARTINGS else []
        self._waiting.extendleft((half, partings + 1) for half in reversed(smaller))
        self._may_part = bool(smaller)
        return bool(smaller)

    def _give_up(self, error: LlmFailed, batch: list[Table]) -> None:
        lost = [batch]
        if not isinstance(error, LlmTooLong):
            # What befell this request, after all patience with it, would befall the next ones.
            lost += [rest for rest, _ in self._waiting]
            self._waiting.clear()
        self._leave(lost, f"not described by the model: {error.detail}")

    def _leave(self, batches: Sequence[list[Table]], message: str) -> None:
        self._notes += [Note(table=table.name, message=message) for batch in batches for table in batch]

    def _with_calls(self, error: LlmFailed) -> LlmFailed:
        error.calls = tuple(self._calls)
        return error
