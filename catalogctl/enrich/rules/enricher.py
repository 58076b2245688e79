"""The enricher that asks nobody: names, types, keys and profiles say what they say."""

from collections.abc import Mapping, Sequence

from catalogctl.domain.catalogue import Datasource
from catalogctl.domain.errors import UnsafeSql
from catalogctl.domain.meaning import Estimate, InferredKey, KpiDraft, TableMeaning
from catalogctl.domain.ports.enriching import (
    RULES,
    Described,
    Enricher,
    KeyCandidate,
    Overspent,
    ProposedKpis,
    ProposedQuestions,
)
from catalogctl.domain.runs import Note
from catalogctl.enrich.rules import foreign_keys
from catalogctl.enrich.rules.kpis import propose_kpis
from catalogctl.enrich.rules.questions import propose_questions
from catalogctl.enrich.rules.understanding import understand
from catalogctl.enrich.sql_checks import check_select
from catalogctl.enrich.sql_words import DIALECTS


class RulesEnricher(Enricher):
    """The Enricher of the rules: deterministic, offline and free; *max_tables* go into one batch."""

    model = RULES
    provider = RULES
    is_priced = True

    def __init__(self, *, max_tables: int) -> None:
        self._max_tables = max_tables

    def batches(self, source: Datasource) -> list[tuple[str, ...]]:
        names = tuple(table.name for table in source.tables)
        return [names[start : start + self._max_tables] for start in range(0, len(names), self._max_tables)]

    def key_candidates(self, source: Datasource) -> list[KeyCandidate]:
        return [
            KeyCandidate(
                table=found.table,
                column=found.column,
                referred_table=found.referred_table,
                referred_column=found.referred_column,
                sql=foreign_keys.containment_sql(found, source.kind),
            )
            for found in foreign_keys.key_candidates(source)
        ]

    def accepted(self, candidate: KeyCandidate, *, distinct: int, found: int) -> InferredKey | None:
        named = foreign_keys.KeyCandidate(
            table=candidate.table,
            column=candidate.column,
            referred_table=candidate.referred_table,
            referred_column=candidate.referred_column,
        )
        return foreign_keys.accepted(named, distinct, found)

    def describe(
        self,
        source: Datasource,
        *,
        tables: Sequence[str],
        keys: Sequence[InferredKey],
        overspent: Overspent | None = None,  # noqa: ARG002 - rules spend nothing
    ) -> Described:
        return Described(meanings=tuple(understand(source, keys, tables=frozenset(tables))))

    def propose_kpis(
        self, source: Datasource, meanings: Sequence[TableMeaning], *, keys: Sequence[InferredKey]
    ) -> ProposedKpis:
        known = {table.name: [column.name for column in table.columns] for table in source.tables}
        drafts: list[KpiDraft] = []
        notes: list[Note] = []
        for draft in propose_kpis(source, meanings, keys, dialect=source.kind):
            try:
                _check(draft, source.kind, known)
            except UnsafeSql as error:
                notes.append(Note(message=f"key figure {draft.title!r} is kept out: {error.detail}"))
            else:
                drafts.append(draft)
        return ProposedKpis(drafts=tuple(drafts), notes=tuple(notes))

    def propose_questions(
        self,
        source: Datasource,
        meanings: Sequence[TableMeaning],
        *,
        keys: Sequence[InferredKey],
        kpis: Sequence[KpiDraft],
    ) -> ProposedQuestions:
        return ProposedQuestions(drafts=tuple(propose_questions(source, meanings, keys, kpis)))

    def estimate(self, source: Datasource) -> Estimate:
        return Estimate(
            source=source.name,
            tables=tuple(table.name for table in source.tables),
            batches=len(self.batches(source)),
            tokens_input=0,
            tokens_output=0,
            cost=0.0,
            model=RULES,
            provider=RULES,
        )

    def cancel(self) -> None:
        """Nothing of it takes long."""


def _check(draft: KpiDraft, kind: str, known: Mapping[str, Sequence[str]]) -> None:
    dialect = DIALECTS.get(kind)
    if dialect is None:
        return
    for sql in (draft.sql, draft.trend_sql):
        if sql is not None:
            check_select(sql, dialect=dialect.name, tables=known)
