"""The enricher that asks a model: it writes the words, the rules beneath it keep types, keys and what is personal."""

from collections.abc import Sequence
from dataclasses import replace

from catalogctl.domain.catalogue import Datasource, ForeignKey, Table
from catalogctl.domain.errors import LlmFailed, LlmInterrupted
from catalogctl.domain.meaning import ColumnMeaning, Estimate, InferredKey, KpiDraft, LlmCall, TableMeaning
from catalogctl.domain.ports.enriching import (
    Described,
    Enricher,
    KeyCandidate,
    Overspent,
    ProposedKpis,
    ProposedQuestions,
)
from catalogctl.domain.runs import Note
from catalogctl.enrich.llm import batches
from catalogctl.enrich.llm.answers import ICONS, read_kpis, read_questions
from catalogctl.enrich.llm.describing import Describing
from catalogctl.enrich.llm.endpoint import LlmEndpoint
from catalogctl.enrich.llm.outgoing import Disclosure, with_words
from catalogctl.enrich.llm.prompts import kpi_messages, meaning_messages, question_messages
from catalogctl.enrich.llm.schemas import kpi_format, question_format
from catalogctl.enrich.prices import Prices
from catalogctl.enrich.sql_words import DIALECTS

KPIS = 6
QUESTIONS = 8
_KPI_TOKENS = 2000
_QUESTION_TOKENS = 800


class LlmEnricher(Enricher):
    """The Enricher of a model. *rules* decide what is not a matter of words, and stand in where the model says nothing.

    Sample values go out only if *shares_samples*, comments of the source only if *shares_comments*, and no value of a
    personal column ever. *context_tokens* None means what the list of models says.
    """

    def __init__(
        self,
        *,
        endpoint: LlmEndpoint,
        rules: Enricher,
        prices: Prices,
        shares_samples: bool = False,
        shares_comments: bool = False,
        max_tables: int = batches.MAX_TABLES,
        context_tokens: int | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._rules = rules
        self._prices = prices
        self._shares_samples = shares_samples
        self._shares_comments = shares_comments
        self._max_tables = max_tables
        self._context_tokens = context_tokens

    @property
    def model(self) -> str:
        """The model that is asked."""
        return self._endpoint.model

    @property
    def provider(self) -> str:
        """Who bills for it."""
        return self._endpoint.provider

    @property
    def is_priced(self) -> bool:
        """True when the price of the model is configured or on the list."""
        return self._prices.cost(model=self.model, provider=self.provider, tokens_input=1, tokens_output=1) is not None

    def batches(self, source: Datasource) -> list[tuple[str, ...]]:
        """The tables that are described together; a very wide one is alone and takes several requests."""
        planned = self._planned(source.tables, self._disclosure(self._base(source, _names(source), ())))
        seen: set[str] = set()
        found: list[tuple[str, ...]] = []
        for batch in planned:
            fresh = tuple(table.name for table in batch if table.name not in seen)
            seen.update(fresh)
            found += [fresh] if fresh else []
        return found

    def key_candidates(self, source: Datasource) -> list[KeyCandidate]:
        """What the rules find worth testing."""
        return self._rules.key_candidates(source)

    def accepted(self, candidate: KeyCandidate, *, distinct: int, found: int) -> InferredKey | None:
        """What the rules decide."""
        return self._rules.accepted(candidate, distinct=distinct, found=found)

    def describe(
        self,
        source: Datasource,
        *,
        tables: Sequence[str],
        keys: Sequence[InferredKey],
        overspent: Overspent | None = None,
    ) -> Described:
        """The model's words on *tables*; on what it says nothing of, the rules'.

        When some requests fail for good, the notes name the tables that are missing; when all do, LlmFailed is raised.
        """
        base = self._base(source, tables, keys)
        disclosure = self._disclosure(base)
        chosen = [_with_keys(table, keys) for table in source.tables if table.name in set(tables)]
        asking = Describing(self._endpoint, disclosure, overspent=overspent)
        described = asking.describe(self._planned(chosen, disclosure))
        return replace(described, meanings=tuple(_over(base.get(told.name), told) for told in described.meanings))

    def propose_kpis(
        self, source: Datasource, meanings: Sequence[TableMeaning], *, keys: Sequence[InferredKey]
    ) -> ProposedKpis:
        """The model's key figures whose SQL is safe; the rules' where there are none, which a note tells."""
        dialect = DIALECTS.get(source.kind)
        calls: tuple[LlmCall, ...] = ()
        notes: list[Note] = []
        if dialect is None:
            notes.append(
                Note(message=f"the model is not asked for key figures: SQL of {source.kind!r} cannot be checked")
            )
        else:
            tables = self._telling(source, meanings, keys, answer=_KPI_TOKENS)
            try:
                answer = self._endpoint.ask(
                    kpi_messages(tables, dialect=dialect.name, most=KPIS),
                    form=kpi_format(most=KPIS),
                    check=lambda found: read_kpis(found, tables=tables, dialect=dialect.name),
                    purpose="propose key figures",
                    max_tokens=_KPI_TOKENS,
                )
            except LlmInterrupted:
                raise
            except LlmFailed as error:
                calls = error.calls
                notes.append(Note(message=f"the model proposed no key figures: {error.detail}"))
            else:
                calls = answer.calls
                notes += [
                    Note(message=f"key figure {kpi.title!r} of the model is kept out: {kpi.reason}")
                    for kpi in answer.value.refused
                ]
                if answer.value.drafts:
                    return ProposedKpis(drafts=answer.value.drafts, calls=calls, notes=tuple(notes))
        standing_in = self._rules.propose_kpis(source, meanings, keys=keys)
        return replace(standing_in, calls=calls, notes=(*notes, *standing_in.notes))

    def propose_questions(
        self,
        source: Datasource,
        meanings: Sequence[TableMeaning],
        *,
        keys: Sequence[InferredKey],
        kpis: Sequence[KpiDraft],
    ) -> ProposedQuestions:
        """The model's questions on tables that exist; the rules' where there are none, and a note if it failed."""
        tables = self._telling(source, meanings, keys, answer=_QUESTION_TOKENS)
        calls: tuple[LlmCall, ...] = ()
        notes: tuple[Note, ...] = ()
        try:
            answer = self._endpoint.ask(
                question_messages(tables, categories=list(ICONS), most=QUESTIONS),
                form=question_format(tables, categories=list(ICONS), most=QUESTIONS),
                check=lambda found: read_questions(found, tables=tables),
                purpose="propose questions",
                max_tokens=_QUESTION_TOKENS,
            )
        except LlmInterrupted:
            raise
        except LlmFailed as error:
            calls = error.calls
            notes = (Note(message=f"the model proposed no questions: {error.detail}"),)
        else:
            calls = answer.calls
            if answer.value.drafts:
                return ProposedQuestions(drafts=answer.value.drafts, calls=calls)
        standing_in = self._rules.propose_questions(source, meanings, keys=keys, kpis=kpis)
        return replace(standing_in, calls=calls, notes=notes)

    def estimate(self, source: Datasource) -> Estimate:
        """What describing all tables, and asking for key figures and questions, would send and cost."""
        base = self._base(source, _names(source), ())
        disclosure = self._disclosure(base)
        planned = self._planned(source.tables, disclosure)
        written = sum(batches.answer_tokens(batch) for batch in planned)
        drafted = self._telling(source, (), (), answer=_KPI_TOKENS)
        asked = sum(batches.estimate_tokens(meaning_messages(batch, disclosure=disclosure)) for batch in planned)
        for messages in (
            kpi_messages(drafted, dialect=source.kind, most=KPIS),
            question_messages(drafted, categories=list(ICONS), most=QUESTIONS),
        ):
            # The descriptions, about half of what was written first, are sent along to draft from.
            asked += batches.estimate_tokens(messages) + batches.answer_tokens(drafted) // 2
        answered = written + (_KPI_TOKENS + _QUESTION_TOKENS) // 2
        return Estimate(
            source=source.name,
            tables=_names(source),
            batches=len(planned),
            tokens_input=asked,
            tokens_output=answered,
            cost=self._prices.cost(
                model=self.model, provider=self.provider, tokens_input=asked, tokens_output=answered
            ),
            model=self.model,
            provider=self.provider,
            shares_samples=self._shares_samples,
            shares_comments=self._shares_comments,
            withheld=tuple(
                f"{table.name}.{column.name}"
                for table in source.tables
                for column in table.columns
                if disclosure.is_personal(table, column)
            ),
        )

    def cancel(self) -> None:
        """End running calls, and refuse later ones, from another thread."""
        self._endpoint.cancel()

    def _base(self, source: Datasource, tables: Sequence[str], keys: Sequence[InferredKey]) -> dict[str, TableMeaning]:
        described = self._rules.describe(source, tables=tables, keys=keys)
        return {meaning.name: meaning for meaning in described.meanings}

    def _disclosure(self, base: dict[str, TableMeaning]) -> Disclosure:
        personal = {
            name: frozenset(column for column, said in meaning.columns.items() if said.is_personal)
            for name, meaning in base.items()
        }
        return Disclosure(personal=personal, values=self._shares_samples, comments=self._shares_comments)

    def _context(self) -> int | None:
        return self._context_tokens or self._endpoint.context_window()

    def _planned(self, tables: Sequence[Table], disclosure: Disclosure) -> list[list[Table]]:
        return batches.plan_batches(
            tables, disclosure=disclosure, max_tables=self._max_tables, context_tokens=self._context()
        )

    def _telling(
        self, source: Datasource, meanings: Sequence[TableMeaning], keys: Sequence[InferredKey], *, answer: int
    ) -> list[Table]:
        base = self._base(source, _names(source), keys)
        disclosure = self._disclosure(base)
        told = {meaning.name: meaning for meaning in meanings}
        tables = [
            with_words(_with_keys(table, keys), told.get(table.name), rules=base.get(table.name), disclosure=disclosure)
            for table in source.tables
        ]
        return batches.most_telling(tables, context_tokens=self._context(), answer=answer)


def _names(source: Datasource) -> tuple[str, ...]:
    return tuple(table.name for table in source.tables)


def _with_keys(table: Table, keys: Sequence[InferredKey]) -> Table:
    inferred = tuple(
        ForeignKey(columns=(key.column,), referred_table=key.referred_table, referred_columns=(key.referred_column,))
        for key in keys
        if key.table == table.name
    )
    return replace(table, foreign_keys=(*table.foreign_keys, *inferred))


def _over(base: TableMeaning | None, told: TableMeaning) -> TableMeaning:
    """The model's words where it has some, on top of what the rules know, and which fields are its."""
    base = base or TableMeaning(name=told.name)
    columns = dict(base.columns)
    for name, said in told.columns.items():
        under = columns.get(name, ColumnMeaning())
        columns[name] = replace(
            under,
            description=said.description or under.description,
            synonyms=said.synonyms or under.synonyms,
            from_model=tuple(field for field in ("description", "synonyms") if getattr(said, field)),
        )
    return replace(
        base,
        description=told.description or base.description,
        synonyms=told.synonyms or base.synonyms,
        role=told.role or base.role,
        from_model=tuple(field for field in ("description", "synonyms", "role") if getattr(told, field)),
        columns=columns,
    )
