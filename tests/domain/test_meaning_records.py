"""What a newer server says beside is no concern of an older client."""

from catalogctl.domain.meaning import Estimate, InferredKey, Kpi, KpiResult, KpiTrend, SearchHit
from catalogctl.domain.meaning_records import (
    estimate_from,
    estimate_record,
    hit_from,
    hit_record,
    key_from,
    kpi_from,
    kpi_record,
)
from catalogctl.domain.times import parse_time


def test_fields_that_are_not_known_are_left_aside() -> None:
    hit = SearchHit(source="shop", table="orders", column=None, description=None, score=1.0)
    assert hit_from({**hit_record(hit), "snippet": "…"}) == hit
    estimate = Estimate(
        source="shop",
        tables=("orders",),
        batches=1,
        tokens_input=10,
        tokens_output=5,
        cost=None,
        model="m",
        provider="p",
        withheld=("orders.email",),
        shares_comments=True,
    )
    assert estimate_from({**estimate_record(estimate), "seconds": 3}) == estimate
    key = {"table": "a", "column": "b", "referred_table": "c", "referred_column": "d", "share": 1.0}
    assert key_from({**key, "since": "yesterday"}) == InferredKey(**key)
    trend = KpiTrend(value=1.5, direction="up", label="May vs April")
    kpi = Kpi(
        id=1,
        source="shop",
        result=KpiResult(title="Orders", value="3", sql="SELECT 3", trend=trend),
        created_at=parse_time("2026-03-01T12:00:00.000Z"),
    )
    record = kpi_record(kpi)
    assert kpi_from({**record, "trend": {**record["trend"], "from": 2.0}, "unit": "EUR"}) == kpi
