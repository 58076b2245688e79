"""How what was extracted and what the catalogue has become one: the rules that all engines follow."""

import json
import math
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from catalogctl.domain.catalogue import ExtractedColumn, ExtractedTable
from catalogctl.domain.events import compact_json
from catalogctl.domain.meaning import ColumnMeaning, InferredKey, KpiResult, LlmCall, TableMeaning

STALE = "stale"


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


def said_of_table(meaning: TableMeaning) -> Mapping[str, Any]:
    """What *meaning* says of the table itself, by field; what is None or empty leaves what was there."""
    said = {"description": meaning.description, "synonyms": meaning.synonyms, "role": meaning.role}
    return {field: value for field, value in said.items() if value}


def said_of_column(meaning: ColumnMeaning) -> Mapping[str, Any]:
    """What *meaning* says of a column, by field; a confidence goes with its verdict."""
    said = {"description": meaning.description, "synonyms": meaning.synonyms, "semantic_type": meaning.semantic_type}
    verdict = {"is_personal": meaning.is_personal, "personal_confidence": meaning.personal_confidence}
    return {field: value for field, value in said.items() if value} | ({} if meaning.is_personal is None else verdict)


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
