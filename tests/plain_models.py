"""Somebody who writes meaning, in the plainest way: every sentence, figure, token and price follows from the names."""

# ruff: noqa: ARG002 - the port gives more than plainness needs

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from catalogctl.domain.catalogue import Datasource, Table
from catalogctl.domain.errors import InvalidInput, LlmInterrupted, LlmUnavailable
from catalogctl.domain.meaning import (
    ColumnMeaning,
    Estimate,
    InferredKey,
    KpiDraft,
    LlmCall,
    LlmStatus,
    QuestionDraft,
    TableMeaning,
    TableRole,
)
from catalogctl.domain.ports.enriching import (
    Described,
    Enricher,
    KeyCandidate,
    Models,
    Overspent,
    ProposedKpis,
    ProposedQuestions,
)

TOKENS_A_TABLE = 100
TOKENS_BACK = 40


@dataclass
class PlainEnricher(Enricher):
    """Describes one table a batch; each costs *price* USD, or nobody knows what when it is None."""

    name: str
    price: float | None
    is_down: bool = False
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def model(self) -> str:
        return self.name

    @property
    def provider(self) -> str:
        return "plain"

    @property
    def is_priced(self) -> bool:
        return self.price is not None

    def batches(self, source: Datasource) -> list[tuple[str, ...]]:
        return [(table.name,) for table in source.tables]

    def key_candidates(self, source: Datasource) -> list[KeyCandidate]:
        return []

    def accepted(self, candidate: KeyCandidate, *, distinct: int, found: int) -> InferredKey | None:
        return None

    def describe(
        self,
        source: Datasource,
        *,
        tables: Sequence[str],
        keys: Sequence[InferredKey],
        overspent: Overspent | None = None,
    ) -> Described:
        chosen = [table for table in source.tables if table.name in tables]
        return Described(meanings=tuple(_meaning(table) for table in chosen), calls=(self._call("describe"),))

    def propose_kpis(
        self, source: Datasource, meanings: Sequence[TableMeaning], *, keys: Sequence[InferredKey]
    ) -> ProposedKpis:
        drafts = [
            KpiDraft(
                title=f"Rows of {meaning.name}",
                sql=f'SELECT COUNT(*) FROM "{meaning.name}"',
                tables=(meaning.name,),
                footer=f"of {source.name}",
            )
            for meaning in meanings
        ]
        return ProposedKpis(drafts=tuple(drafts))

    def propose_questions(
        self,
        source: Datasource,
        meanings: Sequence[TableMeaning],
        *,
        keys: Sequence[InferredKey],
        kpis: Sequence[KpiDraft],
    ) -> ProposedQuestions:
        drafts = [
            QuestionDraft(
                question=f"How many rows has {meaning.name}?", category="volume", icon="hash", tables=(meaning.name,)
            )
            for meaning in meanings
        ]
        return ProposedQuestions(drafts=tuple(drafts))

    def estimate(self, source: Datasource) -> Estimate:
        count = len(source.tables)
        return Estimate(
            source=source.name,
            tables=tuple(table.name for table in source.tables),
            batches=count,
            tokens_input=count * TOKENS_A_TABLE,
            tokens_output=count * TOKENS_BACK,
            cost=None if self.price is None else count * self.price,
            model=self.model,
            provider=self.provider,
            withheld=tuple(f"{table.name}.email" for table in source.tables),
        )

    def cancel(self) -> None:
        self.cancelled.set()

    def _call(self, purpose: str) -> LlmCall:
        if self.cancelled.is_set():
            raise LlmInterrupted("the call was ended")
        if self.is_down:
            raise LlmUnavailable("nobody answers at the endpoint", data={"retry_after": 7})
        return LlmCall(
            model=self.model,
            provider=self.provider,
            purpose=purpose,
            is_ok=True,
            seconds=0.25,
            tokens_input=TOKENS_A_TABLE,
            tokens_output=TOKENS_BACK,
            cost=self.price,
        )


def _meaning(table: Table) -> TableMeaning:
    return TableMeaning(
        name=table.name,
        description=f"All that is known of each {table.name}.",
        synonyms=(f"{table.name}s",),
        role=TableRole.DIMENSION,
        columns={
            column.name: ColumnMeaning(
                description=f"The {column.name} of the {table.name}.",
                synonyms=(f"{table.name} {column.name}",),
                semantic_type="email" if column.name == "email" else None,
                is_personal=column.name == "email",
                personal_confidence=0.9 if column.name == "email" else None,
            )
            for column in table.columns
        },
    )


@dataclass
class PlainModels(Models):
    """An endpoint with two models: ``plain``, and ``priceless``, the price of which nobody knows."""

    is_down: bool = False

    def enricher(self, *, model: str | None) -> Enricher:
        prices = {"plain": 0.01, "priceless": None}
        name = model or "plain"
        if name not in prices:
            raise InvalidInput(f"there is no model {name!r}")
        return PlainEnricher(name=name, price=prices[name], is_down=self.is_down)

    def status(self) -> LlmStatus:
        message = "nobody answers at the endpoint" if self.is_down else "it answers"
        call = LlmCall(
            model="plain", provider="plain", purpose="probe", is_ok=not self.is_down, seconds=0.25, cost=0.0001
        )
        return LlmStatus(
            is_ok=call.is_ok, message=message, model="plain", provider="plain", seconds=call.seconds, calls=(call,)
        )

    def models(self) -> list[str]:
        if self.is_down:
            raise LlmUnavailable("nobody answers at the endpoint", data={"retry_after": 7})
        return ["plain", "priceless"]
