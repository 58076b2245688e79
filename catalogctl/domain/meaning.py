"""Meaning: what enrichment adds to a catalogue, whoever wrote it: the rules or a model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class TableRole(StrEnum):
    """What part a table plays among the others."""

    FACT = "fact"
    DIMENSION = "dimension"
    BRIDGE = "bridge"
    LOG = "log"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMeaning:
    """What a column means; None and empty where nothing is known.

    *semantic_type* is one of the words that the rules define (``email``, ``money``, ``surrogate_key`` …);
    *personal_confidence* (0..1) goes with *is_personal*. *from_model* names the fields that a model wrote; all others
    are the rules'.
    """

    description: str | None = None
    synonyms: tuple[str, ...] = ()
    semantic_type: str | None = None
    is_personal: bool | None = None
    personal_confidence: float | None = None
    from_model: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMeaning:
    """What a table means, with its columns by name; *from_model* as in a ColumnMeaning."""

    name: str
    description: str | None = None
    synonyms: tuple[str, ...] = ()
    role: TableRole | None = None
    from_model: tuple[str, ...] = ()
    columns: Mapping[str, ColumnMeaning] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class InferredKey:
    """A foreign key that nobody declared: *share* (0..1) of the column's distinct values are found in the other."""

    table: str
    column: str
    referred_table: str
    referred_column: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiDraft:
    """A key figure proposed by rules or a model, its SQL in the source's dialect, not yet checked or run.

    *sql* answers one row with one number. *trend_sql*, where there is a date, answers at most a few dozen rows
    ``(period, number)``, oldest first; the sparkline and the trend come from it. *unit* is such as ``%``, ``EUR``.
    *invert* says that less is better.
    """

    title: str
    sql: str
    tables: tuple[str, ...]
    trend_sql: str | None = None
    unit: str | None = None
    invert: bool = False
    footer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionDraft:
    """A question that the data can answer, proposed by rules or a model."""

    question: str
    category: str
    icon: str
    tables: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmCall:
    """One call of a model, whatever came of it. Tokens and cost (USD) are None where they are not known."""

    model: str
    provider: str
    purpose: str
    is_ok: bool
    seconds: float
    tokens_input: int | None = None
    tokens_output: int | None = None
    tokens_cached: int | None = None
    cost: float | None = None
    error: str | None = None

    def record(self) -> dict[str, Any]:
        """The data of the event ``llm.used``."""
        return {
            "model": self.model,
            "provider": self.provider,
            "purpose": self.purpose,
            "ok": self.is_ok,
            "seconds": round(self.seconds, 3),
            "tokens_input": self.tokens_input,
            "tokens_output": self.tokens_output,
            "tokens_cached": self.tokens_cached,
            "cost": self.cost,
            "error": self.error,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiTrend:
    """How a key figure moved: *value* is the change in per cent, *direction* one of ``up``, ``down``, ``flat``."""

    value: float
    direction: str
    invert: bool = False
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiResult:
    """A key figure whose SQL was checked and run; *value* is fit to be shown, *sparkline* is oldest first."""

    title: str
    value: str
    sql: str
    trend: KpiTrend | None = None
    sparkline: tuple[float, ...] = ()
    footer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """A key figure of the catalogue."""

    id: int
    source: str
    result: KpiResult
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedQuestion:
    """A question of the catalogue."""

    id: int
    source: str
    draft: QuestionDraft
    display_order: int
    is_enabled: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmUse:
    """A call of a model as it was recorded."""

    at: datetime
    run_id: str | None
    call: LlmCall


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmStatus:
    """Whether the language model that is set up answers; with none set up the rules do the work.

    *calls* are those that it took to find out, until they are recorded.
    """

    is_ok: bool
    message: str
    model: str
    provider: str
    seconds: float | None = None
    calls: tuple[LlmCall, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """A table or a column that matches a search, best first; *column* is None for the table itself."""

    source: str
    table: str
    column: str | None
    description: str | None
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What an enrichment would take, before anything is sent; *cost* None is unknown, in USD.

    *shares_samples* says whether sample values would go out, *shares_comments* whether comments and what people wrote
    would; *withheld* names columns whose values never do.
    """

    source: str
    tables: tuple[str, ...]
    batches: int
    tokens_input: int
    tokens_output: int
    cost: float | None
    model: str
    provider: str
    shares_samples: bool = False
    withheld: tuple[str, ...] = ()
    shares_comments: bool = False
