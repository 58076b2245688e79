"""The catalogue as documents for programs: JSON, and a table of columns (CSV)."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from catalogctl.domain.catalogue import Datasource
from catalogctl.domain.events import compact_json
from catalogctl.domain.meaning import InferredKey
from catalogctl.render.catalogue_words import (
    ColumnRow,
    column_rows,
    description_of,
)
from catalogctl.render.listing import yes_or_no

T = TypeVar("T")

_FORMULA = re.compile(r"[=+@\t\r]|-(?![\d.]+$)")
_PROFILE_FIELDS = ("null_count", "null_rate", "distinct_count", "distinct_rate", "min", "max", "mean", "median")
_VALUES = frozenset({"min", "max", "mean", "median", "samples"})
_CSV: Mapping[str, Callable[[ColumnRow], object]] = {
    "source": lambda row: row.source.name,
    "table": lambda row: row.table.name,
    "table_rows": lambda row: row.table.row_count,
    "table_enabled": lambda row: yes_or_no(row.table.is_enabled),
    "column": lambda row: row.column.name,
    "position": lambda row: row.column.position,
    "data_type": lambda row: row.column.data_type,
    "nullable": lambda row: yes_or_no(row.column.is_nullable),
    "primary_key": lambda row: yes_or_no(row.column.is_primary_key),
    "foreign_key": lambda row: row.referred,
    **{name: (lambda row, name=name: _exact(_shown(row).get(name))) for name in _PROFILE_FIELDS},  # type: ignore[misc]  # the default binds the name now
    "pattern": lambda row: (row.profile.get("pattern") or {}).get("name"),
    "pattern_share": lambda row: (row.profile.get("pattern") or {}).get("share"),
    "key_candidate": lambda row: yes_or_no(bool(row.profile.get("is_key_candidate"))),
    "stale": lambda row: yes_or_no(bool(row.profile.get("stale"))),
    "samples": lambda row: compact_json(list(_shown(row).get("samples", ()))),
    "description": lambda row: description_of(row.column),
    "described_by_person": lambda row: yes_or_no(row.column.is_described_by_person),
    "synonyms": lambda row: compact_json(list(row.column.synonyms)),
    "semantic_type": lambda row: row.column.semantic_type,
    "personal": lambda row: None if row.column.is_personal is None else yes_or_no(row.column.is_personal),
    "personal_confidence": lambda row: row.column.personal_confidence,
    "inferred_key": lambda row: _inferred(row.inferred_key),
    "inferred_share": lambda row: None if row.inferred_key is None else row.inferred_key.share,
    "table_role": lambda row: None if row.table.role is None else row.table.role.value,
    "table_description": lambda row: description_of(row.table),
    "table_rows_estimated": lambda row: yes_or_no(row.table.row_count_is_estimate),
    "basis": lambda row: row.profile.get("basis"),
    "table_synonyms": lambda row: compact_json(list(row.table.synonyms)),
}


def indented_json(document: Any) -> str:
    """The document as JSON for people and files."""
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)


def as_csv(sources: Sequence[Datasource]) -> Iterator[str]:
    """One line a column of the catalogue, after a line of titles; values are exact, missing ones empty.

    Of a column with personal data no value is told, nor what is made of its values: that is in the JSON record alone.
    A text that a spreadsheet would take for a formula has an apostrophe in front, which spreadsheets do not show.
    """
    yield _csv_line(_CSV)
    for source in sources:
        for table in source.tables:
            for row in column_rows(source, table):
                yield _csv_line(read(row) for read in _CSV.values())


def _csv_line(values: Any) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(["" if value is None else _harmless(value) for value in values])
    return line.getvalue().removesuffix("\r\n")


def _harmless(value: Any) -> Any:
    """Names and values come from whoever may write to a source; none of them may run in a colleague's spreadsheet."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def _shown(row: ColumnRow) -> Mapping[str, Any]:
    if not row.column.is_personal:
        return row.profile
    return {name: value for name, value in row.profile.items() if name not in _VALUES}


def _exact(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float) else compact_json(value)


def _inferred(key: InferredKey | None) -> str | None:
    return None if key is None else f"{key.referred_table}.{key.referred_column}"
