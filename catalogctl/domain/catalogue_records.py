"""Sources and the catalogue on the wire: the values of the domain as JSON and back.

The field names are the contract with front ends and scripts. Fields are only ever added.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from catalogctl.domain.catalogue import (
    Basis,
    Column,
    ColumnMetadata,
    ColumnProfile,
    Datasource,
    ForeignKey,
    Table,
    TableMetadata,
)
from catalogctl.domain.meaning import TableRole
from catalogctl.domain.meaning_records import key_from
from catalogctl.domain.sources import Source, SourceCheck
from catalogctl.domain.times import format_optional, format_time, parse_optional, parse_time

Record = Mapping[str, Any]


def source_record(source: Source) -> dict[str, Any]:
    """A registered source; the location is masked."""
    return {
        "id": source.id,
        "name": source.name,
        "type": source.kind,
        "location": source.display,
        "created_at": format_time(source.created_at),
        "extracted_at": format_optional(source.extracted_at),
    }


def source_from(record: Record) -> Source:
    """The reverse of ``source_record``; the location stays masked."""
    return Source(
        id=record["id"],
        name=record["name"],
        kind=record["type"],
        location=record["location"],
        created_at=parse_time(record["created_at"]),
        extracted_at=parse_optional(record["extracted_at"]),
    )


def check_record(check: SourceCheck) -> dict[str, Any]:
    """The outcome of trying a source."""
    return {
        "status": "ok" if check.is_ok else "error",
        "message": check.message,
        "tables": check.tables,
        "seconds": round(check.seconds, 3),
    }


def check_from(record: Record) -> SourceCheck:
    """The reverse of ``check_record``."""
    return SourceCheck(
        is_ok=record["status"] == "ok",
        message=record["message"],
        tables=record["tables"],
        seconds=record["seconds"],
    )


def foreign_key_record(key: ForeignKey) -> dict[str, Any]:
    """A foreign key of a table."""
    return {
        "columns": list(key.columns),
        "referred_table": key.referred_table,
        "referred_columns": list(key.referred_columns),
    }


def foreign_key_from(record: Record) -> ForeignKey:
    """The reverse of ``foreign_key_record``."""
    return ForeignKey(
        columns=tuple(record["columns"]),
        referred_table=record["referred_table"],
        referred_columns=tuple(record["referred_columns"]),
    )


def column_record(
    column: Column, *, foreign_keys: tuple[ForeignKey, ...] | None = None, profile: bool = True
) -> dict[str, Any]:
    """A column of ``GET /catalog``; *foreign_keys* are its table's, without them ``foreign_key`` is left out."""
    facts = column.profile or {}
    record: dict[str, Any] = {
        "id": column.id,
        "table_id": column.table_id,
        "name": column.name,
        "position": column.position,
        "data_type": column.data_type,
        "is_nullable": column.is_nullable,
        "default": column.default,
        "is_primary_key": column.is_primary_key,
        "comment": column.comment,
        "description": column.description,
        "is_described_by_person": column.is_described_by_person,
        "sample_values": sample_text(facts),
        "value_range": range_text(facts),
        "full_context": column.full_context,
        "synonyms": list(column.synonyms),
        "semantic_type": column.semantic_type,
        "is_personal": column.is_personal,
        "personal_confidence": column.personal_confidence,
        "created_at": format_time(column.created_at),
        "updated_at": format_time(column.updated_at),
    }
    if foreign_keys is not None:
        record["foreign_key"] = _own_key_record(column.name, foreign_keys)
    if profile:
        record["profile"] = column.profile
    return record


def _own_key_record(column: str, keys: tuple[ForeignKey, ...]) -> dict[str, Any] | None:
    """Where a column points on its own; keys of several columns stand at the table."""
    key = next((key for key in keys if key.columns == (column,)), None)
    if key is None:
        return None
    return {"table": key.referred_table, "column": next(iter(key.referred_columns), None)}


def sample_text(profile: Record, *, most: int = 5, width: int = 60) -> str | None:
    """A few sample values in one line, as front ends of the polling system show them."""
    samples = [brief(value, width) for value in profile.get("samples", ())[:most]]
    return ", ".join(samples) or None


def range_text(profile: Record, *, width: int = 60) -> str | None:
    """The range of a column's values in one line, as front ends of the polling system show it."""
    low, high = profile.get("min"), profile.get("max")
    if low is None or high is None:
        return None
    return f"{brief(low, width)} – {brief(high, width)}"


def brief(value: Any, width: int = 60) -> str:
    """A value in one piece of at most *width* characters; an empty text shows by its quotes."""
    text = str(value) or '""'
    return text if len(text) <= width else text[: width - 1] + "…"


def table_record(table: Table, *, profile: bool = True, columns: bool = True) -> dict[str, Any]:
    """A table of ``GET /catalog``, with its columns or only their number."""
    return {
        "id": table.id,
        "datasource_id": table.datasource_id,
        "name": table.name,
        "is_view": table.is_view,
        "comment": table.comment,
        "description": table.description,
        "is_described_by_person": table.is_described_by_person,
        "row_count": table.row_count,
        "row_count_is_estimate": table.row_count_is_estimate,
        "is_enabled": table.is_enabled,
        "foreign_keys": [foreign_key_record(key) for key in table.foreign_keys],
        "inferred_keys": [asdict(key) for key in table.inferred_keys],
        "role": None if table.role is None else table.role.value,
        "synonyms": list(table.synonyms),
        "created_at": format_time(table.created_at),
        "updated_at": format_time(table.updated_at),
        "column_count": len(table.columns),
        "columns": [
            column_record(column, foreign_keys=table.foreign_keys, profile=profile)
            for column in (table.columns if columns else ())
        ],
    }


def datasource_record(source: Datasource, *, profile: bool = True, columns: bool = True) -> dict[str, Any]:
    """A source of ``GET /catalog`` with its tables."""
    return {
        "id": source.id,
        "name": source.name,
        "type": source.kind,
        "path": source.path,
        "description": source.description,
        "created_at": format_time(source.created_at),
        "updated_at": format_time(source.updated_at),
        "tables": [table_record(table, profile=profile, columns=columns) for table in source.tables],
    }


def datasource_from(record: Record) -> Datasource:
    """The reverse of ``datasource_record``."""
    return Datasource(
        id=record["id"],
        name=record["name"],
        kind=record["type"],
        path=record["path"],
        description=record["description"],
        created_at=parse_time(record["created_at"]),
        updated_at=parse_time(record["updated_at"]),
        tables=tuple(table_from(table) for table in record["tables"]),
    )


def table_from(record: Record) -> Table:
    """The reverse of ``table_record``."""
    return Table(
        id=record["id"],
        datasource_id=record["datasource_id"],
        name=record["name"],
        is_view=record["is_view"],
        comment=record["comment"],
        description=record["description"],
        is_described_by_person=record["is_described_by_person"],
        row_count=record["row_count"],
        is_enabled=record["is_enabled"],
        foreign_keys=tuple(foreign_key_from(key) for key in record["foreign_keys"]),
        created_at=parse_time(record["created_at"]),
        updated_at=parse_time(record["updated_at"]),
        columns=tuple(column_from(column) for column in record["columns"]),
        role=None if record["role"] is None else TableRole(record["role"]),
        synonyms=tuple(record["synonyms"]),
        inferred_keys=tuple(key_from(key) for key in record["inferred_keys"]),
        row_count_is_estimate=record.get("row_count_is_estimate", False),
    )


def column_from(record: Record) -> Column:
    """The reverse of ``column_record``."""
    return Column(
        id=record["id"],
        table_id=record["table_id"],
        name=record["name"],
        position=record["position"],
        data_type=record["data_type"],
        is_nullable=record["is_nullable"],
        default=record["default"],
        is_primary_key=record["is_primary_key"],
        comment=record["comment"],
        description=record["description"],
        is_described_by_person=record["is_described_by_person"],
        full_context=record["full_context"],
        profile=record.get("profile"),
        synonyms=tuple(record["synonyms"]),
        created_at=parse_time(record["created_at"]),
        updated_at=parse_time(record["updated_at"]),
        semantic_type=record["semantic_type"],
        is_personal=record["is_personal"],
        personal_confidence=record["personal_confidence"],
    )


def table_metadata_record(table: TableMetadata) -> dict[str, Any]:
    """What a source declares of a table, as it stands in a task between two steps."""
    return {
        "name": table.name,
        "schema": table.schema,
        "is_view": table.is_view,
        "comment": table.comment,
        "columns": [asdict(column) for column in table.columns],
        "foreign_keys": [foreign_key_record(key) for key in table.foreign_keys],
    }


def table_metadata_from(record: Record) -> TableMetadata:
    """The reverse of ``table_metadata_record``."""
    return TableMetadata(
        name=record["name"],
        schema=record["schema"],
        is_view=record["is_view"],
        comment=record["comment"],
        columns=tuple(ColumnMetadata(**column) for column in record["columns"]),
        foreign_keys=tuple(foreign_key_from(key) for key in record["foreign_keys"]),
    )


def column_profile_record(profile: ColumnProfile, *, rows: int, basis: Basis) -> dict[str, Any]:
    """The profile of a column as the catalogue keeps it; *rows* is what its rates are shares of."""
    return asdict(profile) | {"rows_profiled": rows, "is_exact": basis is Basis.ROWS, "basis": basis.value}
