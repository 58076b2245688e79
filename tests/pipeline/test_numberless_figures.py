"""Key figures that come to no number: they are left out and told of, and the run goes on."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
from plain_models import PlainEnricher, PlainModels
from served_house import House

from catalogctl.domain.meaning import KpiDraft
from catalogctl.domain.ports.enriching import Enricher, ProposedKpis
from catalogctl.domain.runs import RunKind, Status

VALUES = "SELECT 1 AS month, 1.5::DOUBLE AS value UNION ALL SELECT 2, 'NaN' UNION ALL SELECT 3, 'Infinity'"
FIGURES = {
    "Not a number": "SELECT avg(value) FROM readings WHERE month < 3",
    "Endless": "SELECT max(value) FROM readings WHERE month = 3",
    "Nothing": "SELECT sum(value) FROM readings WHERE month > 3",
    "Words": "SELECT 'many'",
    "Lines": "SELECT month FROM readings",
}


class Figures(PlainEnricher):
    def propose_kpis(self, *_: Any, **__: Any) -> ProposedKpis:
        drafts = [KpiDraft(title=title, sql=sql, tables=("readings",)) for title, sql in FIGURES.items()]
        sound = KpiDraft(
            title="Readings",
            sql="SELECT count(*) FROM readings",
            tables=("readings",),
            trend_sql="SELECT month, value FROM readings ORDER BY month",
        )
        return ProposedKpis(drafts=(*drafts, sound))


class FigureModels(PlainModels):
    def enricher(self, *, model: str | None) -> Enricher:  # noqa: ARG002 - there is one
        return Figures(name="plain", price=0.0)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path, models=FigureModels())
    with closing(house.store), closing(house.notifier):
        yield house


def test_a_figure_that_comes_to_no_number_is_told_of_and_the_run_goes_on(house: House) -> None:
    path = house.folder / "meter.duckdb"
    with closing(duckdb.connect(path)) as connection:
        connection.execute(f"CREATE TABLE readings AS {VALUES}")
    house.service.add_source(str(path), name="meter")
    run = house.refresh("meter")
    assert run.status is Status.COMPLETED
    assert run.kind is RunKind.REFRESH
    [figure] = house.service.kpis(source="meter")
    assert (figure.result.title, figure.result.value, figure.result.trend) == ("Readings", "3", None)
    told = [note.message for note in run.jobs[1].warnings]
    assert [title for title in FIGURES if any(f"{title!r} is left out" in message for message in told)] == [*FIGURES]
    assert len(house.service.questions(source="meter")) == 1
