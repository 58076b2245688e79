"""The catalogue as documents: a table of columns (CSV), a data dictionary (Markdown)."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from catalogctl.domain.catalogue import Datasource, Table
from catalogctl.domain.catalogue_records import range_text, sample_text
from catalogctl.domain.events import compact_json
from catalogctl.render.catalogue import ColumnRow, column_rows, description_of, key_text, pattern_text
from catalogctl.render.harmless import harmless
from catalogctl.render.listing import yes_or_no
from catalogctl.render.measures import count, counted, share

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
}


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
    yield f"{'View' if table.is_view else 'Table'}{rows}."
    if description := description_of(table):
        yield from ("", _markdown(description))
    yield ""
    yield "| Column | Type | Key | Null | Distinct | Range | Pattern | Samples | Description |"
    yield "|---|---|---|--:|--:|---|---|---|---|"
    for row in column_rows(source, table):
        cells = (
            row.column.name,
            row.column.data_type,
            key_text(row),
            share(row.profile.get("null_rate")),
            count(row.profile.get("distinct_count")),
            range_text(row.profile),
            pattern_text(row),
            sample_text(row.profile),
            description_of(row.column),
        )
        yield "| " + " | ".join(_markdown(cell or "") for cell in cells) + " |"


def _markdown(text: str) -> str:
    """*text* as words of Markdown, whatever is in it."""
    return re.sub(r"([\\`*_{}\[\]<>#|~&])", r"\\\1", harmless(text))
