import pytest
from store_engines import Speaker

from catalogctl.domain.errors import SourceExists
from catalogctl.domain.ports.store import Store


def test_sources_are_listed_by_name_with_their_secrets(store: Store, say: Speaker) -> None:
    second = say.source("shop", "postgresql://me:s3cret@db/shop")
    first = say.source("Bank", "/data/a b/\U0001f4be.db")
    assert store.sources() == [first, second]
    assert store.source("shop") == second
    assert second.location == "postgresql://me:s3cret@db/shop"
    assert (second.kind, second.created_at, second.extracted_at) == ("sqlite", say.start, None)
    assert store.source("SHOP") is None


def test_a_name_is_taken_once(store: Store, say: Speaker) -> None:
    first = say.source("shop", "/a")
    with pytest.raises(SourceExists):
        say.source("shop", "/b")
    assert store.sources() == [first]


def test_ids_of_removed_sources_are_not_given_again(store: Store, say: Speaker) -> None:
    first = say.source("shop")
    store.transact(lambda tx: tx.remove_source(first.id))
    assert store.sources() == []
    assert say.source("shop").id > first.id


def test_extraction_is_noted(store: Store, say: Speaker) -> None:
    source = say.source()
    store.transact(lambda tx: tx.touch_source(source.id, extracted_at=say.at(3)))
    found = store.source("shop")
    assert found is not None
    assert found.extracted_at == say.at(3)


def test_removing_a_source_leaves_its_runs_and_events_as_history(store: Store, say: Speaker) -> None:
    source = say.source()
    say.save(source, say.table("orders", "id"))
    run = say.end(say.run("shop"))
    seq = say.event("run.completed", run_id=run.run_id)
    store.transact(lambda tx: tx.remove_source(source.id))
    assert store.catalogue() == []
    assert [found.run_id for found in store.runs(limit=9, source="shop")] == [run.run_id]
    assert [event.seq for event in store.page_since(0, limit=9).events] == [seq]
