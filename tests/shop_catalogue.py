"""A small catalogue made by hand, with secrets in its values, for tests of what leaves the house."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from catalogctl.domain.catalogue import (
    Basis,
    Column,
    ColumnProfile,
    Datasource,
    ForeignKey,
    Pattern,
    Table,
    TextLengths,
    TopValue,
)
from catalogctl.domain.catalogue_records import column_profile_record

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def profile(*, rows: int = 100, **facts: Any) -> dict[str, Any]:
    """The record of a column's profile; *values* become samples and top values."""
    values = facts.pop("values", ())
    given = {"null_count": 0, "null_rate": 0.0, "distinct_count": max(1, len(values)), "distinct_rate": 0.1, **facts}
    made = ColumnProfile(
        **given,
        samples=tuple(values),
        top_values=tuple(TopValue(value=value, count=1, share=0.01) for value in values),
    )
    return column_profile_record(made, rows=rows, basis=Basis.ROWS)


def column(name: str, data_type: str = "TEXT", *, facts: Mapping[str, Any] | None = None, **more: Any) -> Column:
    """A column, number 0 until its table counts it."""
    given: dict[str, Any] = {
        "id": 0,
        "table_id": 0,
        "position": 0,
        "is_nullable": True,
        "default": None,
        "is_primary_key": False,
        "comment": None,
        "description": None,
        "is_described_by_person": False,
        "full_context": None,
        "synonyms": (),
        "created_at": MOMENT,
        "updated_at": MOMENT,
    }
    return Column(name=name, data_type=data_type, profile=facts, **(given | more))


def table(name: str, columns: Sequence[Column], **more: Any) -> Table:
    """A table with its columns in the order given, though sorted by name as the catalogue has them."""
    placed = [_placed(one, position) for position, one in enumerate(columns)]
    given: dict[str, Any] = {
        "id": 1,
        "datasource_id": 1,
        "is_view": False,
        "comment": None,
        "description": None,
        "is_described_by_person": False,
        "row_count": 100,
        "is_enabled": True,
        "foreign_keys": (),
        "created_at": MOMENT,
        "updated_at": MOMENT,
    }
    return Table(name=name, columns=tuple(sorted(placed, key=lambda one: one.name)), **(given | more))


def source(*tables: Table, kind: str = "sqlite") -> Datasource:
    """A catalogue of *tables*."""
    return Datasource(
        id=1,
        name="shop",
        kind=kind,
        path="/data/shop.db",
        description=None,
        created_at=MOMENT,
        updated_at=MOMENT,
        tables=tuple(sorted(tables, key=lambda one: one.name)),
    )


def customers() -> Table:
    """People: whatever is in here must stay at home."""
    return table(
        "customers",
        [
            column("id", "INTEGER", is_primary_key=True, facts=profile(is_key_candidate=True, min=1, max=4711)),
            column("name", facts=profile(values=["Ada Lovelace", "Alan Turing"], min="Ada Lovelace", max="Zuse")),
            column(
                "contact",
                facts=profile(
                    values=["ada@example.org"],
                    min="ada@example.org",
                    max="zuse@example.org",
                    text_length=TextLengths(min=15, max=16, mean=15.5),
                    pattern=Pattern(name="E-Mail", share=1.0, tested=2),
                ),
            ),
            column("salary", "INTEGER", facts=profile(values=[77123], min=77123, max=88123, mean=82623.0)),
            column("city", facts=profile(values=["Paris", "Lyon"], min="Lyon", max="Paris", null_rate=0.125)),
            column("notes", facts=profile(values=["call +33 1 23 45 67 89", "bob@example.org asked", "polite"])),
        ],
        comment="The comment on customers",
    )


def orders() -> Table:
    """What customers bought."""
    return table(
        "orders",
        [
            column("order_id", "INTEGER", is_primary_key=True, comment="The comment on the id"),
            column("customer_id", "INTEGER", facts=profile(min=1, max=99, mean=50.123456)),
            column("ordered_at", "DATE", facts=profile(min="2024-01-31", max="2025-12-24")),
            column("total", "DECIMAL(10,2)", facts=profile(min=0.5, max=1234.5678, mean=99.87654)),
            column("status", facts=profile(values=["paid", "open"], min="open", max="paid")),
        ],
        row_count=5000,
        foreign_keys=(ForeignKey(columns=("customer_id",), referred_table="customers", referred_columns=("id",)),),
    )


def _placed(one: Column, position: int) -> Column:
    return Column(**{name: getattr(one, name) for name in Column.__slots__} | {"position": position})
