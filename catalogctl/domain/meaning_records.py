"""Meaning on the wire: key figures, questions, costs, and what stands in a task between two steps."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from catalogctl.domain.meaning import (
    ColumnMeaning,
    Estimate,
    InferredKey,
    Kpi,
    KpiDraft,
    KpiResult,
    KpiTrend,
    LlmCall,
    LlmStatus,
    LlmUse,
    QuestionDraft,
    SearchHit,
    SuggestedQuestion,
    TableMeaning,
    TableRole,
)
from catalogctl.domain.times import format_time, parse_time

Record = Mapping[str, Any]


def kpi_record(kpi: Kpi) -> dict[str, Any]:
    """A key figure as the cards of front ends take it; trend, sparkline and footer only where there are any."""
    result = kpi.result
    record: dict[str, Any] = {"id": kpi.id, "title": result.title, "value": result.value}
    if result.trend is not None:
        record["trend"] = {
            "value": result.trend.value,
            "direction": result.trend.direction,
            "invert": result.trend.invert,
        }
        if result.trend.label is not None:
            record["trend"]["label"] = result.trend.label
    if result.sparkline:
        record["sparkline"] = {"data": list(result.sparkline), "type": "line"}
    if result.footer is not None:
        record["footer"] = result.footer
    return {**record, "source": kpi.source, "sql": result.sql, "created_at": format_time(kpi.created_at)}


def kpi_from(record: Record) -> Kpi:
    """The reverse of ``kpi_record``."""
    trend = record.get("trend")
    return Kpi(
        id=record["id"],
        source=record["source"],
        result=KpiResult(
            title=record["title"],
            value=record["value"],
            sql=record["sql"],
            trend=None if trend is None else KpiTrend(**_known(KpiTrend, trend)),
            sparkline=tuple(record.get("sparkline", {}).get("data", ())),
            footer=record.get("footer"),
        ),
        created_at=parse_time(record["created_at"]),
    )


def question_record(question: SuggestedQuestion) -> dict[str, Any]:
    """A suggested question of the contract."""
    return {
        "id": question.id,
        "question": question.draft.question,
        "category": question.draft.category,
        "icon": question.draft.icon,
        "display_order": question.display_order,
        "is_enabled": question.is_enabled,
        "created_at": format_time(question.created_at),
        "source": question.source,
        "tables": list(question.draft.tables),
    }


def question_from(record: Record) -> SuggestedQuestion:
    """The reverse of ``question_record``."""
    draft = QuestionDraft(
        question=record["question"],
        category=record["category"],
        icon=record["icon"],
        tables=tuple(record["tables"]),
    )
    return SuggestedQuestion(
        id=record["id"],
        source=record["source"],
        draft=draft,
        display_order=record["display_order"],
        is_enabled=record["is_enabled"],
        created_at=parse_time(record["created_at"]),
    )


def llm_status_record(status: LlmStatus) -> dict[str, Any]:
    """The answer of ``GET /llm/status``."""
    return {
        "status": "ok" if status.is_ok else "error",
        "message": status.message,
        "model": status.model,
        "provider": status.provider,
        "seconds": None if status.seconds is None else round(status.seconds, 3),
    }


def llm_status_from(record: Record) -> LlmStatus:
    """The reverse of ``llm_status_record``."""
    return LlmStatus(
        is_ok=record["status"] == "ok",
        message=record["message"],
        model=record["model"],
        provider=record["provider"],
        seconds=record["seconds"],
    )


def hit_record(hit: SearchHit) -> dict[str, Any]:
    """A search's hit."""
    return asdict(hit)


def hit_from(record: Record) -> SearchHit:
    """The reverse of ``hit_record``."""
    return SearchHit(**_known(SearchHit, record))


def estimate_record(estimate: Estimate) -> dict[str, Any]:
    """An estimate for people and scripts."""
    return asdict(estimate) | {"tables": list(estimate.tables), "withheld": list(estimate.withheld)}


def estimate_from(record: Record) -> Estimate:
    """The reverse of ``estimate_record``."""
    lists = {"tables": tuple(record["tables"]), "withheld": tuple(record["withheld"])}
    return Estimate(**{**_known(Estimate, record), **lists})


def meaning_record(meaning: TableMeaning) -> dict[str, Any]:
    """A table's meaning, as it stands in a task."""
    columns = {
        name: {**asdict(column), "synonyms": list(column.synonyms), "from_model": list(column.from_model)}
        for name, column in meaning.columns.items()
    }
    return {
        "name": meaning.name,
        "description": meaning.description,
        "synonyms": list(meaning.synonyms),
        "role": None if meaning.role is None else meaning.role.value,
        "from_model": list(meaning.from_model),
        "columns": columns,
    }


def meaning_from(record: Record) -> TableMeaning:
    """The reverse of ``meaning_record``."""
    return TableMeaning(
        name=record["name"],
        description=record["description"],
        synonyms=tuple(record["synonyms"]),
        role=None if record["role"] is None else TableRole(record["role"]),
        # A task that an older version has done does not say it.
        from_model=tuple(record.get("from_model", ())),
        columns={
            name: ColumnMeaning(
                **{
                    **column,
                    "synonyms": tuple(column["synonyms"]),
                    "from_model": tuple(column.get("from_model", ())),
                }
            )
            for name, column in record["columns"].items()
        },
    )


def key_from(record: Record) -> InferredKey:
    """An inferred key from the record that ``asdict`` makes."""
    return InferredKey(**_known(InferredKey, record))


def draft_from(record: Record) -> KpiDraft:
    """A key figure's draft from the record that ``asdict`` makes."""
    return KpiDraft(**{**record, "tables": tuple(record["tables"])})


def call_from(record: Record) -> LlmCall:
    """The reverse of ``LlmCall.record``."""
    return LlmCall(
        model=record["model"],
        provider=record["provider"],
        purpose=record["purpose"],
        is_ok=record["ok"],
        seconds=record["seconds"],
        tokens_input=record["tokens_input"],
        tokens_output=record["tokens_output"],
        tokens_cached=record["tokens_cached"],
        cost=record["cost"],
        error=record["error"],
    )


def use_record(use: LlmUse) -> dict[str, Any]:
    """A recorded call of a model."""
    return {"at": format_time(use.at), "run_id": use.run_id, **use.call.record()}


def use_from(record: Record) -> LlmUse:
    """The reverse of ``use_record``."""
    return LlmUse(at=parse_time(record["at"]), run_id=record["run_id"], call=call_from(record))


def _known(kind: type[Any], record: Record) -> dict[str, Any]:
    """What *record* says of the fields of *kind*: a newer server may say more."""
    return {field.name: record[field.name] for field in fields(kind) if field.name in record}
