"""All that the catalogue knows of one column, as facts."""

from collections.abc import Mapping, Sequence
from typing import Any

from catalogctl.domain.catalogue import Column, Datasource, Table
from catalogctl.domain.catalogue_records import brief, range_text, sample_text
from catalogctl.render.catalogue_words import (
    ColumnRow,
    author_of,
    basis_text,
    description_of,
    key_text,
    meaning_text,
    pattern_text,
)
from catalogctl.render.details import Fact
from catalogctl.render.listing import yes_or_no
from catalogctl.render.measures import count, share

_MOST_VALUES = 10
_FREQUENT = 0.01


def column_facts(source: Datasource, table: Table, column: Column) -> list[Fact]:
    """What it is called, what it means, what the source declares of it, and what its data looks like."""
    row = ColumnRow(source=source, table=table, column=column)
    said = description_of(column)
    return [
        Fact("column", f"{source.name}.{table.name}.{column.name}"),
        Fact("description", said),
        Fact("described by", author_of(column)),
        Fact("also called", ", ".join(column.synonyms) or None),
        Fact("meaning", meaning_text(row)),
        Fact("comment", None if column.comment == said else column.comment),
        Fact("type", column.data_type or None),
        Fact("key", key_text(row)),
        Fact("nullable", yes_or_no(column.is_nullable)),
        Fact("default", column.default),
        *_profile_facts(row.profile, row),
    ]


def _profile_facts(profile: Mapping[str, Any], row: ColumnRow) -> list[Fact]:
    if not profile:
        return [Fact("profile", "nobody has looked at its data yet")]
    rows, nulls, distinct = profile.get("rows_profiled"), profile.get("null_count"), profile.get("distinct_count")
    return [
        Fact("profile", basis_text(profile)),
        Fact("rows", None if rows is None else count(rows)),
        Fact("null", None if nulls is None else f"{count(nulls)} ({share(profile.get('null_rate'))})"),
        Fact("distinct", None if distinct is None else f"{count(distinct)} ({share(profile.get('distinct_rate'))})"),
        Fact("range", range_text(profile)),
        Fact("mean", profile.get("mean")),
        Fact("median", profile.get("median")),
        Fact("characters", _lengths(profile.get("text_length"))),
        Fact("pattern", pattern_text(row)),
        Fact("frequent", _frequent(profile.get("top_values") or ())),
        Fact("samples", sample_text(profile, most=_MOST_VALUES)),
    ]


def _lengths(lengths: Mapping[str, Any] | None) -> str | None:
    if not lengths:
        return None
    least, most = lengths["min"], lengths["max"]
    return f"{most:,}" if least == most else f"{least:,} – {most:,}, {lengths['mean']:,.1f} on average"


def _frequent(values: Sequence[Mapping[str, Any]]) -> str | None:
    """Values that stand out, with their share of the rows."""
    told = [value for value in values[:_MOST_VALUES] if value["count"] > 1 and value["share"] >= _FREQUENT]
    return ", ".join(f"{brief(value['value'])} ({share(value['share'])})" for value in told) or None
