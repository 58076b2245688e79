import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from real_sources import source_at

from catalogctl.domain.errors import Interrupted
from catalogctl.domain.meaning import KpiDraft
from catalogctl.domain.ports.sources import SourceReader
from catalogctl.domain.runs import Run, RunKind
from catalogctl.domain.sources import Source
from catalogctl.pipeline.desk import TaskDesk
from catalogctl.pipeline.key_figures import run_drafts
from catalogctl.sources.drivers import SourceDrivers
from catalogctl.store.memory import MemoryStore

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"


class CountedDrivers(SourceDrivers):
    """Counts how often the source was opened."""

    opened = 0

    def open(self, source: Source) -> SourceReader:
        self.opened += 1
        return super().open(source)


@pytest.fixture
def drivers() -> CountedDrivers:
    return CountedDrivers({})


@pytest.fixture
def desk(drivers: CountedDrivers, tmp_path: Path) -> TaskDesk:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript("CREATE TABLE t (n); INSERT INTO t VALUES (1), (2), (4);")
    at = datetime(2026, 1, 31, tzinfo=UTC)
    run = Run(run_id="r", number=1, source="shop", kind=RunKind.ENRICHMENT, created_at=at)
    return TaskDesk(
        run=run,
        source=source_at(drivers, path),
        store=MemoryStore(on_commit=lambda: None),
        drivers=drivers,
        patience=lambda do: do(),
    )


def drafts(*queries: str) -> list[KpiDraft]:
    return [KpiDraft(title=f"K{number}", sql=sql, tables=("t",)) for number, sql in enumerate(queries)]


def test_figures_that_run_are_asked_of_one_reader(desk: TaskDesk, drivers: CountedDrivers) -> None:
    ran = run_drafts(drafts("SELECT COUNT(*) FROM t", "SELECT SUM(n) FROM t", "SELECT MAX(n) FROM t"), desk, deadline=9)
    assert [figure.value for figure in ran.figures] == ["3", "7", "4"]
    assert drivers.opened == 1


def test_a_figure_that_fails_or_takes_too_long_leaves_the_others_alone(desk: TaskDesk) -> None:
    ran = run_drafts(drafts("SELECT 1", "SELECT x FROM t", ENDLESS, "SELECT SUM(n) FROM t"), desk, deadline=0.5)
    assert [(figure.title, figure.value) for figure in ran.figures] == [("K0", "1"), ("K3", "7")]
    assert [note.message.partition(":")[0] for note in ran.notes] == [
        "key figure 'K1' is left out",
        "key figure 'K2' is left out",
    ]
    assert "took longer than 0.5 s" in ran.notes[1].message


def test_whoever_cancels_while_figures_run_is_obeyed(desk: TaskDesk) -> None:
    desk.interrupt()
    with pytest.raises(Interrupted):
        run_drafts(drafts("SELECT 1"), desk, deadline=9)
