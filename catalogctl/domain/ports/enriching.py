"""The port behind enrichment: who writes the meaning of a catalogue, be it rules or a model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from catalogctl.domain.catalogue import Datasource
from catalogctl.domain.meaning import (
    Estimate,
    InferredKey,
    KpiDraft,
    LlmCall,
    LlmStatus,
    QuestionDraft,
    TableMeaning,
)
from catalogctl.domain.runs import Note

RULES = "rules"
"""The model and the provider where nobody is asked."""

Overspent = Callable[[Sequence[LlmCall]], str | None]
"""Given the calls made so far, why nothing more is to be sent; None while there is something left to spend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCandidate:
    """A column that may point at another. *sql* answers one row: its distinct values, and how many are found there."""

    table: str
    column: str
    referred_table: str
    referred_column: str
    sql: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What is said of a batch of tables, and what it took."""

    meanings: tuple[TableMeaning, ...]
    calls: tuple[LlmCall, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedKpis:
    """Key figures whose SQL was checked, and what it took; *notes* tell of those that were kept out."""

    drafts: tuple[KpiDraft, ...]
    calls: tuple[LlmCall, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedQuestions:
    """Questions, and what it took; *notes* tell why they are not a model's."""

    drafts: tuple[QuestionDraft, ...]
    calls: tuple[LlmCall, ...] = ()
    notes: tuple[Note, ...] = ()


class Enricher(Protocol):
    """Writes meaning. The *source* it is given holds the enabled tables only, with their profiles.

    Every method may be called from many threads. Raises LlmFailed, with the calls made, when a model fails for good.
    """

    @property
    def model(self) -> str:
        """The model that is asked, or ``rules``."""

    @property
    def provider(self) -> str:
        """Who bills for it, or ``rules``."""

    @property
    def is_priced(self) -> bool:
        """True when it is known what a call costs, so that a budget can be kept."""

    def batches(self, source: Datasource) -> list[tuple[str, ...]]:
        """The names of the tables that are described together, every table once."""

    def key_candidates(self, source: Datasource) -> list[KeyCandidate]:
        """Undeclared foreign keys worth testing."""

    def accepted(self, candidate: KeyCandidate, *, distinct: int, found: int) -> InferredKey | None:
        """The key, if enough values were found."""

    def describe(
        self,
        source: Datasource,
        *,
        tables: Sequence[str],
        keys: Sequence[InferredKey],
        overspent: Overspent | None = None,
    ) -> Described:
        """The meaning of *tables* and their columns.

        Asked before each further request, *overspent* answers why no more is to be sent; notes then name what is left.
        """

    def propose_kpis(
        self, source: Datasource, meanings: Sequence[TableMeaning], *, keys: Sequence[InferredKey]
    ) -> ProposedKpis:
        """Key figures with their SQL in the source's dialect, checked to read known tables and columns only."""

    def propose_questions(
        self,
        source: Datasource,
        meanings: Sequence[TableMeaning],
        *,
        keys: Sequence[InferredKey],
        kpis: Sequence[KpiDraft],
    ) -> ProposedQuestions:
        """Questions that the data can answer."""

    def estimate(self, source: Datasource) -> Estimate:
        """What describing all tables would send and cost; sends nothing."""

    def cancel(self) -> None:
        """End running calls, and refuse later ones, from another thread."""


class Models(Protocol):
    """The enrichers that the settings allow."""

    def enricher(self, *, model: str | None) -> Enricher:
        """The one that does the work: *model* of the endpoint that is set up, else its default, else the rules;
        ``RULES`` always means them.

        Raises InvalidInput for a model when no endpoint is set up.
        """

    def status(self) -> LlmStatus:
        """Try the endpoint that is set up, by a real and cheap call, and tell of it what it cost."""

    def models(self) -> list[str]:
        """The models that the endpoint offers."""
