"""The line that sums a column up for a reader or a model."""

from collections.abc import Mapping
from typing import Any

from catalogctl.domain.catalogue import Basis, ColumnMetadata, TableMetadata

_VALUES_SHOWN = 5
_VALUE_WIDTH = 40


def full_context(table: TableMetadata, column: ColumnMetadata, profile: Mapping[str, Any]) -> str:
    """Declaration and profile of a column in one line; what is unknown is left out."""
    parts = [f"{table.name}.{column.name}", *_declared(table, column), *_measured(profile)]
    return "; ".join(parts)


def _declared(table: TableMetadata, column: ColumnMetadata) -> list[str]:
    parts = [column.data_type] if column.data_type else []
    if column.is_primary_key:
        parts.append("primary key")
    for key in table.foreign_keys:
        if column.name in key.columns:
            position = key.columns.index(column.name)
            target = key.referred_columns[position] if position < len(key.referred_columns) else None
            parts.append(f"references {key.referred_table}{f'.{target}' if target else ''}")
    if not column.is_nullable and not column.is_primary_key:
        parts.append("not null")
    if column.comment:
        parts.append(f"comment: {_brief(column.comment, 120)}")
    return parts


def _measured(profile: Mapping[str, Any]) -> list[str]:
    rows = profile["rows_profiled"]
    if not rows:
        return ["no rows"]
    parts = [_basis(rows, Basis(profile["basis"]))]
    if profile["null_count"] == rows:
        return [*parts, "always null"]
    if profile["null_count"]:
        parts.append(f"{_percent(profile['null_rate'])} null")
    parts.append(f"{profile['distinct_count']:,} distinct")
    if profile["is_key_candidate"]:
        parts.append("unique")
    if profile["min"] is not None and profile["max"] is not None:
        parts.append(f"from {_brief(profile['min'])} to {_brief(profile['max'])}")
    if profile["median"] is not None:
        parts.append(f"median {profile['median']:g}")
    if lengths := profile["text_length"]:
        parts.append(f"length {lengths['min']}" + ("" if lengths["min"] == lengths["max"] else f"–{lengths['max']}"))
    if pattern := profile["pattern"]:
        parts.append(f"looks like {pattern['name']} ({_percent(pattern['share'])} of {pattern['tested']:,} values)")
    if values := [_brief(value) for value in profile["samples"][:_VALUES_SHOWN]]:
        parts.append(f"e.g. {', '.join(values)}")
    return parts


def _basis(rows: int, basis: Basis) -> str:
    """How many rows the figures that follow speak of, and how they were come by."""
    if basis is Basis.STATISTICS:
        return f"about {rows:,} rows, all figures estimated from the server's statistics"
    counted = "1 row" if rows == 1 else f"{rows:,} rows"
    return f"{counted}{' sampled' if basis is Basis.SAMPLE else ''}"


def _percent(share: float) -> str:
    """A share for people: never 0 % for something, never 100 % for not quite all."""
    percent = share * 100
    if 0 < percent < 0.1:
        return "<0.1 %"
    if 99.9 < percent < 100:
        return ">99.9 %"
    return f"{percent:.3g} %"


def _brief(value: Any, width: int = _VALUE_WIDTH) -> str:
    text = " ".join(str(value).split()) or '""'
    return text if len(text) <= width else text[: width - 1] + "…"
