"""Key figures, questions and the calls of models, as rows and back."""

import json
from datetime import datetime

from catalogctl.domain.meaning import Kpi, KpiResult, KpiTrend, LlmCall, LlmUse, QuestionDraft, SuggestedQuestion
from catalogctl.store.relational.connection import Connection, Row
from catalogctl.store.relational.rows import moment_from_row, moment_to_row

_KPIS = """
SELECT kpis.id, name, title, value, sql, trend, sparkline, footer, kpis.created_at
FROM kpis JOIN sources ON sources.id = source_id
"""

_QUESTIONS = """
SELECT questions.id, name, position, question, category, icon, tables, is_enabled, questions.created_at
FROM questions JOIN sources ON sources.id = source_id
"""

_USES = """
SELECT at, run_id, model, provider, purpose, is_ok, seconds, tokens_input, tokens_output, tokens_cached, cost, error
FROM llm_uses WHERE at >= ? ORDER BY at, id
"""


def read_kpis(connection: Connection, *, source: str | None) -> list[Kpi]:
    """All of them, or those of a source, in order."""
    return [_kpi_from_row(row) for row in _of_source(connection, _KPIS, source)]


def read_questions(connection: Connection, *, source: str | None) -> list[SuggestedQuestion]:
    """All of them, or those of a source, in order."""
    return [_question_from_row(row) for row in _of_source(connection, _QUESTIONS, source)]


def _of_source(connection: Connection, query: str, source: str | None) -> list[Row]:
    named = "" if source is None else "WHERE name = :source"
    return connection.rows(f"{query} {named} ORDER BY name, position", {"source": source})


def read_uses(connection: Connection, *, since: datetime) -> list[LlmUse]:
    """The recorded calls at or after *since*, oldest first."""
    return [_use_from_row(row) for row in connection.rows(_USES, (moment_to_row(since),))]


def _kpi_from_row(row: Row) -> Kpi:
    id_, source, title, value, sql, trend, sparkline, footer, created_at = row
    result = KpiResult(
        title=title,
        value=value,
        sql=sql,
        trend=None if trend is None else KpiTrend(**json.loads(trend)),
        sparkline=tuple(json.loads(sparkline)),
        footer=footer,
    )
    return Kpi(id=id_, source=source, result=result, created_at=moment_from_row(created_at))


def _question_from_row(row: Row) -> SuggestedQuestion:
    id_, source, position, question, category, icon, tables, is_enabled, created_at = row
    return SuggestedQuestion(
        id=id_,
        source=source,
        draft=QuestionDraft(question=question, category=category, icon=icon, tables=tuple(json.loads(tables))),
        display_order=position,
        is_enabled=bool(is_enabled),
        created_at=moment_from_row(created_at),
    )


def _use_from_row(row: Row) -> LlmUse:
    at, run_id, model, provider, purpose, is_ok, seconds, tokens_input, tokens_output, tokens_cached, cost, error = row
    call = LlmCall(
        model=model,
        provider=provider,
        purpose=purpose,
        is_ok=bool(is_ok),
        seconds=seconds,
        tokens_input=tokens_input,
        tokens_output=tokens_output,
        tokens_cached=tokens_cached,
        cost=cost,
        error=error,
    )
    return LlmUse(at=moment_from_row(at), run_id=run_id, call=call)
