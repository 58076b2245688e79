"""What each step of an enrichment does: choose tables, fetch them, describe them, save, figure, ask."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from catalogctl.domain.catalogue import Datasource
from catalogctl.domain.costs import cost_of
from catalogctl.domain.errors import Interrupted, LlmFailed, LlmInterrupted, NothingSelected, StoreUnavailable
from catalogctl.domain.events import NewEvent, compact_json
from catalogctl.domain.meaning import InferredKey, LlmCall
from catalogctl.domain.meaning_records import meaning_record
from catalogctl.domain.ports.enriching import RULES, Enricher, Models
from catalogctl.domain.ports.store import Transaction
from catalogctl.domain.run_records import note_record
from catalogctl.domain.runs import Note
from catalogctl.domain.tasks import Task
from catalogctl.pipeline.enrichment_findings import Findings
from catalogctl.pipeline.fetched import FetchedSources
from catalogctl.pipeline.inferred_keys import infer_keys
from catalogctl.pipeline.key_figures import run_drafts, why_silent
from catalogctl.pipeline.plan import Desk, Work


class EnrichmentSteps:
    """The work of a task of each step; *deadline* bounds each key figure and the search for keys, in seconds."""

    def __init__(self, *, models: Models, deadline: float) -> None:
        self._models = models
        self._deadline = deadline
        self._fetched = FetchedSources()

    def update_enabled(self, task: Task, desk: Desk) -> Work:
        """A table that was chosen by name is enabled; the others stay as they are."""
        chosen = set(desk.run.options.tables)
        found = desk.store.catalogue(source=desk.source.name, profile=False)
        tables = [table for source in found for table in source.tables]
        known = [table for table in tables if table.name in chosen]
        if chosen and not known:
            missing = ", ".join(repr(name) for name in sorted(chosen))
            raise NothingSelected(f"the catalogue of {desk.source.name!r} has no table {missing}")
        if not known and not any(table.is_enabled for table in tables):
            raise NothingSelected(
                f"the catalogue of {desk.source.name!r} has no table to enrich",
                hint="Extract it first, or enable a table: catalogctl catalog toggle TABLE",
            )

        left_out = [table for table in known if not table.is_enabled]

        def apply(transaction: Transaction, at: datetime) -> Mapping[str, Any]:
            for table in left_out:
                transaction.set_enabled(table.id, is_enabled=True, at=at)
            if left_out:
                columns = sum(len(table.columns) for table in left_out)
                _tell_catalogue(transaction, task, at, source=desk.source.name, tables=len(left_out), columns=columns)
            return {}

        return Work(result={"enabled": [table.name for table in known]}, apply=apply)

    def fetch(self, task: Task, desk: Desk) -> Work:
        """Find the keys that nobody declared, and put the tables together into batches."""
        source, enricher = self._fetched.source(task, desk), self._enricher(desk)
        wanted = _wanted(source, desk)
        if not wanted.tables:
            raise NothingSelected(f"no table of {source.name!r} that was to be enriched is enabled any more")
        keys, notes = infer_keys(source, enricher, desk, deadline=self._deadline)
        return Work(
            result={
                "batches": [list(batch) for batch in enricher.batches(wanted)],
                "keys": [asdict(key) for key in keys],
                "notes": [note_record(note) for note in notes],
            }
        )

    def describe(self, task: Task, desk: Desk) -> Work:
        """Find out what the tables of one batch mean, unless the budget is spent."""
        if (spent := self._overspent(task, desk)) is not None:
            return Work(error=spent)
        source, enricher = self._fetched.source(task, desk), self._enricher(desk)
        try:
            with desk.interruptible(enricher.cancel):
                described = enricher.describe(
                    source,
                    tables=task.payload["tables"],
                    keys=_findings(task, desk).keys(),
                    overspent=lambda calls: self._overspent_between(task, desk, calls),
                )
        except LlmInterrupted:
            raise
        except LlmFailed as error:
            return Work(error=error.advice, calls=error.calls)
        return Work(
            result={
                "meanings": [meaning_record(meaning) for meaning in described.meanings],
                "notes": [note_record(note) for note in described.notes],
            },
            calls=described.calls,
        )

    def save(self, task: Task, desk: Desk) -> Work:
        """Write what was found into the catalogue; inferred keys only if all tables were looked at."""
        source, findings = desk.source, _findings(task, desk)
        meanings = findings.meanings()
        keys = None if desk.run.options.tables else [*findings.keys(), *_keys_left_out(desk)]

        def apply(transaction: Transaction, at: datetime) -> Mapping[str, Any]:
            transaction.save_meanings(source.id, meanings, keys=keys, at=at)
            columns = sum(len(one.columns) for one in meanings)
            return _tell_catalogue(transaction, task, at, source=source.name, tables=len(meanings), columns=columns)

        return Work(apply=apply)

    def figure(self, task: Task, desk: Desk) -> Work:
        """Have key figures proposed, run them, and put those that answer in place of the former ones.

        When none of a model's answers, those of the rules stand in, as they do when it proposes none. Of a source that
        cannot be asked any more the former ones stay.
        """
        source, findings = self._fetched.source(task, desk), _findings(task, desk)
        enricher, notes = self._within_budget("key figures", task, desk)
        meanings, keys = findings.meanings(), findings.keys()
        with desk.interruptible(enricher.cancel):
            proposed = enricher.propose_kpis(source, meanings, keys=keys)
        try:
            ran = run_drafts(proposed.drafts, desk, deadline=self._deadline)
            if proposed.drafts[-1:] != ran.drafts[-1:] and (reason := why_silent(desk, deadline=self._deadline)):
                notes += [*proposed.notes, Note(message=f"the key figures stay as they were: {reason}")]
                return Work(
                    result={"kpis": 0, "drafts": [], "notes": [note_record(note) for note in notes]},
                    calls=proposed.calls,
                )
            notes += [*proposed.notes, *ran.notes]
            if proposed.drafts and not ran.figures:
                standing_in = self._rules().propose_kpis(source, meanings, keys=keys)
                if standing_in.drafts != proposed.drafts:
                    ran = run_drafts(standing_in.drafts, desk, deadline=self._deadline)
                    notes += [*standing_in.notes, *ran.notes]
        except Interrupted as error:
            # The proposal is paid, though nothing is to come of it.
            raise LlmInterrupted(error.detail, calls=proposed.calls) from error

        def apply(transaction: Transaction, at: datetime) -> Mapping[str, Any]:
            transaction.save_kpis(desk.source.id, ran.figures, at=at)
            data = compact_json({"source": desk.source.name, "kpis": len(ran.figures)})
            transaction.append(NewEvent(type="kpis.changed", at=at, run_id=task.run_id, data=data))
            return {}

        return Work(
            result={
                "kpis": len(ran.figures),
                "drafts": [asdict(draft) for draft in ran.drafts],
                "notes": [note_record(note) for note in notes],
            },
            apply=apply,
            calls=proposed.calls,
        )

    def ask(self, task: Task, desk: Desk) -> Work:
        """Have questions proposed, and put them in place of the former ones."""
        source, findings = self._fetched.source(task, desk), _findings(task, desk)
        enricher, notes = self._within_budget("questions", task, desk)
        with desk.interruptible(enricher.cancel):
            proposed = enricher.propose_questions(
                source, findings.meanings(), keys=findings.keys(), kpis=findings.drafts()
            )
        self._fetched.forget(task, desk)

        def apply(transaction: Transaction, at: datetime) -> Mapping[str, Any]:
            transaction.save_questions(desk.source.id, proposed.drafts, at=at)
            return {}

        return Work(
            result={
                "questions": len(proposed.drafts),
                "notes": [note_record(note) for note in (*notes, *proposed.notes)],
            },
            apply=apply,
            calls=proposed.calls,
        )

    def _enricher(self, desk: Desk) -> Enricher:
        return self._models.enricher(model=desk.run.options.model)

    def _rules(self) -> Enricher:
        return self._models.enricher(model=RULES)

    def _within_budget(self, what: str, task: Task, desk: Desk) -> tuple[Enricher, list[Note]]:
        """Who proposes: the rules, which are free, where the budget has nothing left, which a note tells."""
        overspent = self._overspent(task, desk)
        if overspent is None:
            return self._enricher(desk), []
        return self._rules(), [Note(message=f"{what} are those of the rules: {overspent}")]

    def _overspent(self, task: Task, desk: Desk, calls: Sequence[LlmCall] = ()) -> str | None:
        """What there is to say when the budget of the run is spent, or cannot be kept any more.

        *calls* are those that are not yet written down. Batches go side by side: a request that is under way when
        the budget is spent is not called back.
        """
        limit = desk.run.options.max_cost
        if limit is None:
            return None
        spent = cost_of((*_findings(task, desk).calls(desk.run), *calls))
        if spent is None:
            model = self._enricher(desk).model
            return f"the budget of {_dollars(limit)} cannot be kept: what a call of {model!r} has cost is not known"
        return None if spent < limit else f"the budget of {_dollars(limit)} is spent ({_dollars(spent)})"

    def _overspent_between(self, task: Task, desk: Desk, calls: Sequence[LlmCall]) -> str | None:
        """The same between the requests of a batch. Raises LlmInterrupted with *calls* when the store stays away."""
        try:
            return desk.patiently(lambda: self._overspent(task, desk, calls))
        except StoreUnavailable as error:
            # As such it would have the whole batch sent again, and nobody know of what was paid.
            raise LlmInterrupted(error.detail, hint=error.hint, calls=calls) from error


def _tell_catalogue(transaction: Transaction, task: Task, at: datetime, **data: Any) -> Mapping[str, Any]:
    """Append the event for a catalogue of which so much was changed; answers its *data*."""
    transaction.append(NewEvent(type="catalog.changed", at=at, run_id=task.run_id, data=compact_json(data)))
    return data


def _keys_left_out(desk: Desk) -> list[InferredKey]:
    """The keys from and to tables that are left out: nobody has looked at them, so they stay as they are."""
    (found,) = desk.store.catalogue(source=desk.source.name, profile=False)
    left_out = {table.name for table in found.tables if not table.is_enabled}
    return [key for table in found.tables for key in table.inferred_keys if {key.table, key.referred_table} & left_out]


def _dollars(amount: float) -> str:
    return f"{amount:.6f}".rstrip("0").rstrip(".") + " USD"


def _findings(task: Task, desk: Desk) -> Findings:
    return Findings(desk.store, task.job_id)


def _wanted(source: Datasource, desk: Desk) -> Datasource:
    """*source* with those of its tables that the run was started for."""
    chosen = desk.run.options.tables
    return replace(source, tables=tuple(table for table in source.tables if not chosen or table.name in chosen))
