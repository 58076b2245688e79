"""A store is copied whole, between any two engines, and gone on with where the copy was interrupted."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from postgres_servers import place_of
from store_engines import Speaker

from catalogctl.domain.copies import CopyProgress
from catalogctl.domain.errors import CatalogctlError, Conflict, RunActive, StoreUnavailable
from catalogctl.domain.events import NewEvent
from catalogctl.domain.meaning import (
    ColumnMeaning,
    InferredKey,
    KpiResult,
    KpiTrend,
    LlmCall,
    QuestionDraft,
    TableMeaning,
    TableRole,
)
from catalogctl.domain.runs import RunKind, RunOptions, Status
from catalogctl.store import copying
from catalogctl.store.copying import LEFT_OUT, TABLES, copy_store
from catalogctl.store.postgres import PostgresStore
from catalogctl.store.relational.store import RelationalStore
from catalogctl.store.sqlite import SqliteStore

Open = Callable[..., RelationalStore]

COLUMNS = {
    "sqlite": "SELECT m.name, c.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'",
    "postgres": "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()",
}
NOT_OURS = ("sqlite_", "_sqlite", "catalogue_index", "catalogue_unindexed", "catalogctl_migrations")


@pytest.fixture
def open_at(tmp_path: Path) -> Iterator[Open]:
    """Open a store of some engine at a place of some name."""
    with ExitStack() as stack:

        def open_at(engine: str, name: str, *, into: bool = False) -> RelationalStore:
            folder = tmp_path / name
            folder.mkdir(exist_ok=True)
            options = {"on_commit": lambda: None, "is_to_be_copied_into": into}
            if engine == "sqlite":
                return stack.enter_context(closing(SqliteStore.open(folder / "store.db", **options)))
            return stack.enter_context(closing(PostgresStore.open(place_of(folder), **options)))

        yield open_at


@pytest.fixture(params=["sqlite to postgres", "postgres to sqlite", "sqlite to sqlite", "postgres to postgres"])
def engines(request: pytest.FixtureRequest) -> tuple[str, str]:
    one, _, other = request.param.split()
    return one, other


@pytest.fixture(params=["sqlite to postgres", "postgres to sqlite"])
def two_engines(request: pytest.FixtureRequest) -> tuple[str, str]:
    one, _, other = request.param.split()
    return one, other


def fill(store: RelationalStore) -> None:
    """Something in every table, with gaps where something was removed, and texts that are not plain."""
    say = Speaker(store)
    gone = say.source("gone", "postgresql://me:secret@db/gone")
    say.save(gone, say.table("t", "x"))
    shop = say.source("shop", "postgresql://me:p%40ss@db/shop?sslkey=k")
    say.save(
        shop,
        say.table("orders", "id", "customer", "no\0te", profile={"null_count": 1, "top": [["é\0", 2]]}, row_count=3),
        say.table("customers", "id", "e-mail", row_count=2**40),
    )
    store.transact(lambda tx: tx.remove_source(gone.id))
    store.transact(lambda tx: tx.touch_source(shop.id, extracted_at=say.at(1.234567)))
    [datasource] = store.catalogue()
    described = datasource.tables[0]
    store.transact(lambda tx: tx.describe_table(described.id, "Who buys.\nAnd \\N more.\t", at=say.at(2)))
    store.transact(lambda tx: tx.describe_column(described.columns[0].id, "Their address.", at=say.at(2)))
    store.transact(lambda tx: tx.set_enabled(described.id, is_enabled=False, at=say.at(2)))
    meaning = TableMeaning(
        name="orders",
        description="What was bought.",
        role=next(iter(TableRole)),
        synonyms=("sales", "Verkäufe"),
        columns={"customer": ColumnMeaning(description="Who", is_personal=True, personal_confidence=0.1)},
    )
    key = InferredKey(table="orders", column="customer", referred_table="customers", referred_column="id", share=0.3)
    figure = KpiResult(
        title="Orders", value="3", sql="SELECT 1", trend=KpiTrend(value=0.1, direction="up", invert=False)
    )
    asked = [
        QuestionDraft(question=f"Why {number}?", category="c", icon="i", tables=("orders",)) for number in range(3)
    ]
    call = LlmCall(model="m", provider="p", purpose="x", is_ok=True, seconds=0.1, tokens_input=5, cost=1e-7)

    def mean(tx: Any) -> None:
        tx.save_meanings(shop.id, [meaning], keys=[key], at=say.at(3))
        tx.save_kpis(shop.id, [figure], at=say.at(3))
        tx.save_questions(shop.id, asked, at=say.at(3))
        tx.save_questions(shop.id, asked[:2], at=say.at(4))
        tx.add_llm_use(call, run_id=None, at=say.at(3))

    store.transact(mean)
    for status in (Status.COMPLETED, Status.FAILED):
        run = say.run(kind=RunKind.REFRESH)
        say.queue(run, "orders", "custom\0ers", "views")
        say.finish(say.claimed(), result={"rows": [1, None, "é"]})
        say.finish(say.claimed(), Status.FAILED, error="no\\such\ntable")
        for number in range(9):
            say.event("job.progressed", run_id=run.run_id, data=f'{{"n":{number},"t":"\\\\ \t"}}', at=number)
        store.transact(lambda tx, run=run: tx.cancel_tasks(run.jobs[0].id, at=say.at(9)))
        say.end(run, status)
    store.transact(lambda tx: tx.prune_events(keep=12, older_than=say.at(-1)))
    store.enlist(say.worker(), lease_until=say.at(1))


def content(store: RelationalStore) -> dict[str, Any]:
    """All that a store answers."""
    jobs = store.jobs(limit=100)
    return {
        "position": store.position(),
        "events": store.page_since(0, limit=1000).events,
        "sources": store.sources(),
        "runs": store.runs(limit=100),
        "tasks": [store.tasks(job.id, limit=100) for job in jobs],
        "results": [list(store.task_results(job.id, "profile_tables")) for job in jobs],
        "tallies": [store.tallies(job.id) for job in jobs],
        "catalogue": store.catalogue(),
        "kpis": store.kpis(),
        "questions": store.questions(),
        "uses": store.llm_uses(since=Speaker.at(-1)),
        "found": [
            [(hit.table, hit.column) for hit in store.search(words, limit=9)] for words in ("buys", "Who", "verkauf")
        ],
    }


def test_a_store_is_copied_whole_and_goes_on_where_the_other_stopped(open_at: Open, engines: tuple[str, str]) -> None:
    source, target = open_at(engines[0], "one"), open_at(engines[1], "two", into=True)
    fill(source)
    told: list[CopyProgress] = []
    copied = copy_store(source, target, on_progress=told.append, page=4)
    assert content(target) == content(source)
    assert target.workers() == []
    assert copied.epoch == source.position().epoch
    assert not copied.was_begun
    assert copied.contents["events"].rows == 12
    assert {table.name for table in TABLES} == {one.table for one in told if one.is_checking and one.done == one.total}
    assert open_at(engines[1], "two").position() == source.position()
    # No id and no seq is given twice, those of what was removed included.
    go_on(source)
    go_on(target)
    assert content(target) == content(source)


def go_on(store: RelationalStore) -> None:
    say = Speaker(store)
    new = say.source("new")
    say.save(new, say.table("t", "x"))
    say.event()

    def change(tx: Any) -> None:
        tx.add_run(run_id="next", source="new", kind=RunKind.EXTRACTION, options=RunOptions(), at=say.start)
        tx.save_questions(new.id, [draft("x")], at=say.start)

    store.transact(change)


def draft(question: str) -> QuestionDraft:
    return QuestionDraft(question=question, category="c", icon="i", tables=())


class Interruption(Exception):
    pass


def interrupt_at(count: int) -> Callable[[CopyProgress], None]:
    left = [count]

    def on_progress(_: CopyProgress) -> None:
        left[0] -= 1
        if not left[0]:
            raise Interruption

    return on_progress


def test_a_copy_goes_on_wherever_it_was_interrupted(open_at: Open, two_engines: tuple[str, str]) -> None:
    source = open_at(two_engines[0], "one")
    fill(source)
    steps: list[CopyProgress] = []
    copy_store(source, open_at(two_engines[1], "whole", into=True), on_progress=steps.append, page=4)
    for count in range(1, len(steps) + 1, 3):
        place = f"at {count}"
        target = open_at(two_engines[1], place, into=True)
        with pytest.raises(Interruption):
            copy_store(source, target, on_progress=interrupt_at(count), page=4)
        with pytest.raises(StoreUnavailable, match="not finished") as raised:
            open_at(two_engines[1], place)
        assert "store copy" in str(raised.value.hint)
        rest: list[CopyProgress] = []
        again = open_at(two_engines[1], place, into=True)
        assert copy_store(source, again, on_progress=rest.append, page=4).was_begun
        assert content(again) == content(source)
        # What was copied is not copied again; it is compared.
        assert sum(not one.is_checking for one in rest) <= sum(not one.is_checking for one in steps) - min(
            count, sum(not one.is_checking for one in steps)
        )


def test_what_changed_in_the_source_since_the_interruption_is_copied_too(
    open_at: Open, two_engines: tuple[str, str]
) -> None:
    source, target = open_at(two_engines[0], "one"), open_at(two_engines[1], "two", into=True)
    fill(source)
    with pytest.raises(Interruption):
        copy_store(source, target, on_progress=interrupt_at(12), page=4)
    say = Speaker(source)
    [datasource] = source.catalogue()
    source.transact(lambda tx: tx.describe_table(datasource.tables[1].id, "Otherwise.", at=say.at(50)))
    say.save(source.source("shop"), say.table("orders", "id", "customer"), at=60)
    say.event()
    copied = copy_store(source, target, page=4)
    assert copied.was_begun
    assert content(target) == content(source)


def refused(source: RelationalStore, target: RelationalStore) -> CatalogctlError:
    with pytest.raises(Conflict) as raised:
        copy_store(source, target)
    assert raised.value.hint
    return raised.value


def test_nothing_is_copied_while_something_runs(open_at: Open, two_engines: tuple[str, str]) -> None:
    source, target = open_at(two_engines[0], "one"), open_at(two_engines[1], "two", into=True)
    run = Speaker(source).run()
    error = refused(source, target)
    assert isinstance(error, RunActive)
    assert error.data == {"run_id": run.run_id}
    Speaker(source).end(run)
    copy_store(source, target)
    assert content(target) == content(source)


def test_what_is_there_is_not_copied_over(open_at: Open, two_engines: tuple[str, str]) -> None:
    source, target = open_at(two_engines[0], "one"), open_at(two_engines[1], "two", into=True)
    fill(source)
    Speaker(target).event()
    before = content(target)
    assert "not new" in refused(source, target).detail
    assert content(target) == before
    assert open_at(two_engines[1], "two").position().latest == 1


def test_a_store_is_not_copied_into_itself_nor_into_its_copy(open_at: Open, two_engines: tuple[str, str]) -> None:
    source, target = open_at(two_engines[0], "one"), open_at(two_engines[1], "two", into=True)
    fill(source)
    assert "itself" in refused(source, open_at(two_engines[0], "one", into=True)).detail
    copy_store(source, target)
    assert "finished copy" in refused(source, target).detail
    assert content(target) == content(source)


def test_half_a_copy_of_another_store_is_left_alone(open_at: Open, two_engines: tuple[str, str]) -> None:
    source, other = open_at(two_engines[0], "one"), open_at(two_engines[0], "other")
    target = open_at(two_engines[1], "two", into=True)
    fill(source)
    with pytest.raises(Interruption):
        copy_store(source, target, on_progress=interrupt_at(5), page=4)
    assert "another store" in refused(other, target).detail
    copy_store(source, target)
    assert content(target) == content(source)


def test_of_two_who_copy_into_one_place_the_first_gives_way(open_at: Open, two_engines: tuple[str, str]) -> None:
    source, target = open_at(two_engines[0], "one"), open_at(two_engines[1], "two", into=True)
    second = open_at(two_engines[1], "two", into=True)
    fill(source)
    done = []

    def on_progress(progress: CopyProgress) -> None:
        if progress.table == "runs" and not done:
            done.append(copy_store(source, second, page=4))

    with pytest.raises(Conflict, match="somebody else"):
        copy_store(source, target, on_progress=on_progress, page=4)
    assert done[0].was_begun
    assert content(second) == content(source)


def test_a_copy_that_somebody_writes_into_is_not_taken_for_one(
    open_at: Open, two_engines: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = open_at(two_engines[0], "one"), open_at(two_engines[1], "two", into=True)
    fill(source)

    def renew(connection: Any, table_ids: Any) -> None:
        connection.run("UPDATE tasks SET error = 'other' WHERE id = (SELECT min(id) FROM tasks)")

    monkeypatch.setattr(copying, "renew_texts", renew)
    assert "not what was copied" in refused(source, target).detail
    monkeypatch.undo()
    with pytest.raises(StoreUnavailable):
        open_at(two_engines[1], "two")
    assert copy_store(source, target).was_begun
    assert content(target) == content(source)


def test_what_is_done_while_it_is_copied_is_not_left_out(open_at: Open, two_engines: tuple[str, str]) -> None:
    source, target = open_at(two_engines[0], "one"), open_at(two_engines[1], "two", into=True)
    fill(source)
    late = []

    def on_progress(progress: CopyProgress) -> None:
        if progress.is_checking and not late:
            late.append(Speaker(source).event())

    with pytest.raises(Conflict, match="gone on") as raised:
        copy_store(source, target, on_progress=on_progress, page=4)
    assert raised.value.hint
    assert copy_store(source, target).was_begun
    assert content(target) == content(source)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_every_column_of_every_table_is_copied_or_left_out_on_purpose(open_at: Open, engine: str) -> None:
    columns: dict[str, set[str]] = {}
    with open_at(engine, "any").tables() as tables:
        for table, column in tables.rows(COLUMNS[engine]):
            if not table.startswith(NOT_OURS) and table not in LEFT_OUT:
                columns.setdefault(table, set()).add(column)
    assert columns == {table.name: set(table.columns) for table in TABLES}


def test_a_large_store_is_copied_in_pages(open_at: Open) -> None:
    source, target = open_at("sqlite", "one"), open_at("postgres", "two", into=True)
    say = Speaker(source)

    def append(tx: Any) -> None:
        for number in range(20_000):
            at = say.start + timedelta(seconds=number)
            tx.append(NewEvent(type="llm.used", at=at, data=f'{{"n":{number}}}'))

    source.transact(append)
    told: list[CopyProgress] = []
    copied = copy_store(source, target, on_progress=told.append)
    assert copied.contents["events"].rows == 20_000
    assert [one.done for one in told if one.table == "events" and not one.is_checking] == list(
        range(2000, 20_001, 2000)
    )
    assert target.position() == source.position()
