"""How what was extracted and what the catalogue has become one: the rules that all engines follow."""

import json
import math
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from catalogctl.domain.catalogue import ExtractedColumn, ExtractedTable
from catalogctl.domain.events import compact_json
from catalogctl.domain.meaning import ColumnMeaning, InferredKey, KpiResult, LlmCall, TableMeaning

STALE = "stale"

_SPEAKS_OF_DATA = re.compile(
    r"\d|\b(all|always|any|both|different|each|empty|every|linked|links|most|never|no|none|only|refer(s|red)|unique)\b",
    re.IGNORECASE,
)


def names_given(table: ExtractedTable) -> frozenset[str]:
    """The columns that the table has now: those extracted and those only declared. All others are gone."""
    extracted = {column.metadata.name for column in table.columns}
    return frozenset(extracted | {column.name for column in table.metadata.columns})


def columns_to_write(table: ExtractedTable, *, present: Collection[str]) -> list[tuple[int, ExtractedColumn]]:
    """The columns to be written, with their positions in the table, counted from 0.

    A column that is only declared is written when it is new; one that is *present* stays as it is.
    """
    extracted = {column.metadata.name for column in table.columns}
    declared = {column.name: number for number, column in enumerate(table.metadata.columns)}
    new = [
        ExtractedColumn(metadata=column)
        for column in table.metadata.columns
        if column.name not in extracted and column.name not in present
    ]
    return [
        (declared.get(column.metadata.name, number), column) for number, column in enumerate([*table.columns, *new])
    ]


def profile_after(column: ExtractedColumn, former: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The profile that a column has after saving: the new one, or the former one marked stale."""
    if column.profile is not None:
        return column.profile
    return None if former is None else {**former, STALE: True}


def context_after(column: ExtractedColumn, former: str | None) -> str | None:
    """The full context of a column after saving; it stays with the profile that it sums up."""
    if column.profile is None and column.full_context is None:
        return former
    return column.full_context


def as_json_gives_it_back(value: Any) -> Any:
    """A copy of *value* as every engine returns it: tuples are lists, keys are texts. Raises ValueError for NaN."""
    return json.loads(compact_json(value))


def said_by_rules(meaning: TableMeaning | ColumnMeaning) -> Mapping[str, Any]:
    """What the rules say in *meaning*, by field, nothing included: it takes the place of what they said before."""
    said = {field: value for field, value in _said(meaning).items() if field not in meaning.from_model}
    return {"description": said.get("description"), "synonyms": said.get("synonyms", ())} | (
        {"role": said.get("role")} if isinstance(meaning, TableMeaning) else {"semantic_type": meaning.semantic_type}
    )


def said_by_model(meaning: TableMeaning | ColumnMeaning) -> Mapping[str, Any]:
    """What a model says in *meaning*, by field; what it does not say leaves what a model has said."""
    return {field: value for field, value in _said(meaning).items() if field in meaning.from_model}


def _said(meaning: TableMeaning | ColumnMeaning) -> Mapping[str, Any]:
    said: dict[str, Any] = {"description": meaning.description, "synonyms": meaning.synonyms}
    if isinstance(meaning, TableMeaning):
        said["role"] = meaning.role
    return {field: value for field, value in said.items() if value}


def with_its_day(text: str, of: datetime) -> str:
    """*text* that was generated of data as they were until after *of*, fit to be shown beside those that came later.

    What has neither a figure nor a word that speaks for all rows or other tables stays true.
    """
    return f"{text} (As of {of.date().isoformat()}.)" if _SPEAKS_OF_DATA.search(text) else text


def check_meanings(meanings: Iterable[TableMeaning], keys: Iterable[InferredKey] | None) -> None:
    """Raise ValueError for a confidence or a share that is no number."""
    columns = (column for meaning in meanings for column in meaning.columns.values())
    _check_numbers(*(column.personal_confidence for column in columns), *(key.share for key in keys or ()))


def check_figures(kpis: Iterable[KpiResult]) -> None:
    """Raise ValueError for a course or a trend that holds what is no number."""
    for kpi in kpis:
        _check_numbers(*kpi.sparkline, None if kpi.trend is None else kpi.trend.value)


def check_call(call: LlmCall) -> None:
    """Raise ValueError for a time or a cost that is no number."""
    _check_numbers(call.seconds, call.cost)


def _check_numbers(*numbers: float | None) -> None:
    """JSON has no word for NaN and infinity, and SQLite keeps NULL in place of the one and not of the other."""
    for number in numbers:
        if number is not None and not math.isfinite(number):
            raise ValueError(f"{number} is no number that can be kept")
