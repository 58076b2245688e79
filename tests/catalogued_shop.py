"""A small catalogue as values, for what shows or exports it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from catalogctl.domain.catalogue import Column, Datasource, ForeignKey, Table

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def column(name: str, position: int, *, profile: dict[str, Any] | None = None, **more: Any) -> Column:
    plain = Column(
        id=position + 1,
        table_id=1,
        name=name,
        position=position,
        data_type="TEXT",
        is_nullable=True,
        default=None,
        is_primary_key=False,
        comment=None,
        description=None,
        is_described_by_person=False,
        full_context=None,
        profile=profile,
        synonyms=(),
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(plain, **more)


def table(name: str, *columns: Column, **more: Any) -> Table:
    plain = Table(
        id=1,
        datasource_id=1,
        name=name,
        is_view=False,
        comment=None,
        description=None,
        is_described_by_person=False,
        row_count=1_204,
        is_enabled=True,
        foreign_keys=(),
        created_at=NOW,
        updated_at=NOW,
        columns=columns,
    )
    return replace(plain, **more)


def shop(*tables: Table) -> Datasource:
    return Datasource(
        id=1,
        name="shop",
        kind="sqlite",
        path="/srv/shop.db",
        description=None,
        created_at=NOW,
        updated_at=NOW,
        tables=tables,
    )


PROFILE = {
    "null_count": 602,
    "null_rate": 0.5,
    "distinct_count": 602,
    "distinct_rate": 1.0,
    "min": "ada@example.org",
    "max": "zoe@example.org",
    "mean": None,
    "median": None,
    "samples": ["ada@example.org", "a|b\nc"],
    "pattern": {"name": "email", "share": 0.98, "tested": 602},
    "is_key_candidate": False,
}
ORDERS = table(
    "orders",
    # By name, as the catalogue has them; their place in the source is another.
    column("customer_id", 1, data_type="INTEGER", comment="who bought"),
    column("email", 2, profile=PROFILE),
    column("id", 0, data_type="INTEGER", is_primary_key=True),
    foreign_keys=(ForeignKey(columns=("customer_id",), referred_table="customers", referred_columns=("id",)),),
)
