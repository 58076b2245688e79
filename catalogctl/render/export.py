"""The catalogue as documents: a table of columns (CSV), a data dictionary (Markdown)."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from catalogctl.domain.catalogue import Datasource, Table
from catalogctl.domain.catalogue_records import range_text, sample_text
from catalogctl.domain.events import compact_json
from catalogctl.domain.meaning import InferredKey
from catalogctl.render.catalogue import (
    ColumnRow,
    column_rows,
    description_of,
    key_text,
    kind_text,
    meaning_text,
    pattern_text,
)
from catalogctl.render.harmless import harmless
from catalogctl.render.listing import yes_or_no
from catalogctl.render.measures import count, counted, share

T = TypeVar("T")

_PROFILE_FIELDS = ("null_count", "null_rate", "distinct_count", "distinct_rate", "min", "max", "mean", "median")
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
    **{name: (lambda row, name=name: _exact(row.profile.get(name))) for name in _PROFILE_FIELDS},  # type: ignore[misc]  # the default binds the name now
    "pattern": lambda row: (row.profile.get("pattern") or {}).get("name"),
    "pattern_share": lambda row: (row.profile.get("pattern") or {}).get("share"),
    "key_candidate": lambda row: yes_or_no(bool(row.profile.get("is_key_candidate"))),
    "stale": lambda row: yes_or_no(bool(row.profile.get("stale"))),
    "samples": lambda row: compact_json(list(row.profile.get("samples", ()))),
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
    "table_synonyms": lambda row: compact_json(list(row.table.synonyms)),
}
_COLUMNS: Mapping[str, Callable[[ColumnRow], str | None]] = {
    "Column": lambda row: row.column.name,
    "Type": lambda row: row.column.data_type,
    "Key": key_text,
    "Description": lambda row: description_of(row.column),
    "Also called": lambda row: ", ".join(row.column.synonyms),
    "Meaning": meaning_text,
    "Null": lambda row: _known(share, row.profile.get("null_rate")),
    "Distinct": lambda row: _known(count, row.profile.get("distinct_count")),
    "Range": lambda row: range_text(row.profile),
    "Pattern": pattern_text,
    "Samples": lambda row: sample_text(row.profile),
}
_NUMBERS = frozenset({"Null", "Distinct"})
_ALWAYS = frozenset({"Column", "Type"})


def indented_json(document: Any) -> str:
    """The document as JSON for people and files."""
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)


def as_csv(sources: Sequence[Datasource]) -> Iterator[str]:
    """One line a column of the catalogue, after a line of titles; values are exact, missing ones empty."""
    yield _csv_line(_CSV)
    for source in sources:
        for table in source.tables:
            for row in column_rows(source, table):
                yield _csv_line(read(row) for read in _CSV.values())


def _csv_line(values: Any) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(["" if value is None else value for value in values])
    return line.getvalue().removesuffix("\r\n")


def _exact(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float) else compact_json(value)


def as_markdown(sources: Sequence[Datasource]) -> Iterator[str]:
    """A data dictionary: a chapter a source, a section a table, a row a column."""
    for source in sources:
        yield f"# {_markdown(source.name)}"
        yield ""
        yield f"{_markdown(source.kind)} at {_markdown(source.path)}, {counted(len(source.tables), 'table')}."
        if source.description:
            yield from ("", _markdown(source.description))
        for table in source.tables:
            yield ""
            yield from _table_section(source, table)
        yield ""


def _table_section(source: Datasource, table: Table) -> Iterator[str]:
    rows = "" if table.row_count is None else f", {counted(table.row_count, 'row')}"
    yield f"## {_markdown(table.name)}"
    yield ""
    yield f"{kind_text(table).capitalize()}{rows}."
    if description := description_of(table):
        yield from ("", _markdown(description))
    if table.synonyms:
        yield from ("", f"Also called: {_markdown(', '.join(table.synonyms))}.")
    yield ""
    yield from _column_rows(column_rows(source, table))
    if compound := [key for key in table.foreign_keys if len(key.columns) > 1]:
        yield ""
        for key in compound:
            referred = f"{key.referred_table} ({', '.join(key.referred_columns)})"
            yield f"- {_markdown(', '.join(key.columns))} together refer to {_markdown(referred)}."


def _column_rows(rows: Sequence[ColumnRow]) -> Iterator[str]:
    """The columns of a table; of what is told, only what is known of one of them at least."""
    cells = {title: [read(row) or "" for row in rows] for title, read in _COLUMNS.items()}
    shown = {title: values for title, values in cells.items() if title in _ALWAYS or any(values)}
    yield f"| {' | '.join(shown)} |"
    yield f"|{'|'.join('--:' if title in _NUMBERS else '---' for title in shown)}|"
    for values in zip(*shown.values(), strict=True):
        yield "| " + " | ".join(map(_markdown, values)) + " |"


def _known(read: Callable[[T], str], value: T | None) -> str | None:
    return None if value is None else read(value)


def _inferred(key: InferredKey | None) -> str | None:
    return None if key is None else f"{key.referred_table}.{key.referred_column}"


def _markdown(text: str) -> str:
    """*text* as words of Markdown, whatever is in it."""
    return re.sub(r"([\\`*_{}\[\]<>#|~&])", r"\\\1", harmless(text))
