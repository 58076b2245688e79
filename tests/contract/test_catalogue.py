from dataclasses import replace

import pytest
from store_engines import Speaker

from catalogctl.domain.catalogue import (
    CatalogueCounts,
    Column,
    ColumnMetadata,
    Datasource,
    ExtractedColumn,
    ExtractedTable,
    ForeignKey,
    Table,
    TableMetadata,
)
from catalogctl.domain.errors import NotFound, SourceNotFound, TableNotFound
from catalogctl.domain.ports.store import Store

PROFILE = {"null_count": 2, "samples": ["a", 1, None], "nested": {"x": [1.5]}}


def names(datasource: Datasource) -> dict[str, list[str]]:
    return {table.name: [column.name for column in table.columns] for table in datasource.tables}


def ids(datasource: Datasource) -> dict[str, int]:
    found = {table.name: table.id for table in datasource.tables}
    return found | {f"{t.name}.{c.name}": c.id for t in datasource.tables for c in t.columns}


def table_of(datasource: Datasource, name: str) -> Table:
    return next(table for table in datasource.tables if table.name == name)


def column_of(datasource: Datasource, table: str, name: str) -> Column:
    return next(column for column in table_of(datasource, table).columns if column.name == name)


def test_a_source_is_in_the_catalogue_from_its_first_saving_on(store: Store, say: Speaker) -> None:
    source = say.source("shop", "postgresql://me:s3cret@db/shop")
    assert store.catalogue() == []
    datasource = say.save(source, at=4)
    assert datasource == Datasource(
        id=source.id,
        name="shop",
        kind="sqlite",
        path="postgresql://me:***@db/shop",
        description=None,
        created_at=say.at(4),
        updated_at=say.at(4),
    )


def test_everything_that_was_extracted_comes_back(store: Store, say: Speaker) -> None:
    source = say.source()
    key = ForeignKey(columns=("a", "b"), referred_table="other", referred_columns=("x", "y"))
    declared = ColumnMetadata(
        name='we"ird\n[red]', data_type="", is_nullable=False, default="'x'", is_primary_key=True, comment="why"
    )
    table = ExtractedTable(
        metadata=TableMetadata(
            name="main.o'rders", columns=(declared,), foreign_keys=(key,), is_view=True, schema="main", comment="all"
        ),
        columns=(ExtractedColumn(metadata=declared, profile=PROFILE, full_context="a column"),),
        row_count=7,
    )
    [found] = say.save(source, table, at=3).tables
    [column] = found.columns
    assert found == Table(
        id=found.id,
        datasource_id=source.id,
        name="main.o'rders",
        is_view=True,
        comment="all",
        description=None,
        is_described_by_person=False,
        row_count=7,
        is_enabled=True,
        foreign_keys=(key,),
        created_at=say.at(3),
        updated_at=say.at(3),
        columns=(column,),
    )
    assert column == Column(
        id=column.id,
        table_id=found.id,
        name='we"ird\n[red]',
        position=0,
        data_type="",
        is_nullable=False,
        default="'x'",
        is_primary_key=True,
        comment="why",
        description=None,
        is_described_by_person=False,
        full_context="a column",
        profile=PROFILE,
        synonyms=(),
        created_at=say.at(3),
        updated_at=say.at(3),
    )


def test_tables_and_columns_are_ordered_by_name_and_columns_know_their_position(store: Store, say: Speaker) -> None:
    datasource = say.save(say.source(), say.table("b", "z", "a", "M"), say.table("B"), say.table("a", ""))
    assert names(datasource) == {"B": [], "a": [""], "b": ["M", "a", "z"]}
    assert list(names(datasource)) == ["B", "a", "b"]
    assert [column.position for column in table_of(datasource, "b").columns] == [2, 1, 0]


def test_saving_answers_the_counts_of_what_was_given(store: Store, say: Speaker) -> None:
    source = say.source()
    tables = [say.table("a", "x", "y", row_count=3), say.table("b", "z", row_count=4)]
    counts = store.transact(lambda tx: tx.save_tables(source.id, tables, at=say.start, is_complete=True))
    assert counts == CatalogueCounts(tables=2, columns=3, rows=7)
    stale = [say.table("b", "z")]
    counts = store.transact(lambda tx: tx.save_tables(source.id, stale, at=say.start, is_complete=False))
    assert counts == CatalogueCounts(tables=1, columns=1, rows=4)


def test_saving_again_is_in_place(store: Store, say: Speaker) -> None:
    source = say.source()
    first = say.save(source, say.table("a", "x", profile=PROFILE, row_count=3), at=0)
    changed = {"null_count": 9}
    second = say.save(source, say.table("a", "x", profile=changed, row_count=5), at=60)
    assert ids(second) == ids(first)
    assert (second.created_at, second.updated_at) == (say.at(0), say.at(60))
    table, column = table_of(second, "a"), column_of(second, "a", "x")
    assert (table.row_count, table.created_at, table.updated_at) == (5, say.at(0), say.at(60))
    assert (column.profile, column.created_at, column.updated_at) == (changed, say.at(0), say.at(60))


def test_a_complete_saving_removes_what_the_source_no_longer_has(store: Store, say: Speaker) -> None:
    source, other = say.source("shop"), say.source("bank", "/bank")
    beside = say.save(other, say.table("a", "x"), say.table("gone", "x"))
    first = say.save(source, say.table("a", "x", "y"), say.table("gone", "x"))
    second = say.save(source, say.table("a", "y", "z"))
    assert names(second) == {"a": ["y", "z"]}
    assert ids(second)["a.y"] == ids(first)["a.y"]
    assert store.catalogue(source="bank") == [beside]


def test_a_partial_saving_touches_nothing_outside_its_selection(store: Store, say: Speaker) -> None:
    source = say.source()
    first = say.save(source, say.table("a", "x", profile=PROFILE), say.table("b", "x", "y", profile=PROFILE))
    second = say.save(source, say.table("b", "y", profile=PROFILE), say.table("c", "x"), is_complete=False, at=60)
    assert names(second) == {"a": ["x"], "b": ["y"], "c": ["x"]}
    assert table_of(second, "a") == table_of(first, "a")


def test_ids_of_what_was_removed_are_not_given_again(store: Store, say: Speaker) -> None:
    source = say.source()
    first = ids(say.save(source, say.table("a", "x")))
    say.save(source)
    again = ids(say.save(source, say.table("a", "x")))
    assert again["a"] > first["a"]
    assert again["a.x"] > first["a.x"]


def test_a_table_that_could_not_be_profiled_keeps_its_former_profile_marked_stale(store: Store, say: Speaker) -> None:
    source = say.source()
    say.save(source, say.table("a", "x", profile=PROFILE, row_count=3))
    for _ in range(2):
        stale = say.save(source, say.table("a", "x", "new"), at=60)
        column = column_of(stale, "a", "x")
        assert column.profile == {**PROFILE, "stale": True}
        assert column.full_context == "about x"
        assert table_of(stale, "a").row_count == 3
        assert column_of(stale, "a", "new").profile is None
    fresh = say.save(source, say.table("a", "x", profile=PROFILE, row_count=4))
    assert column_of(fresh, "a", "x").profile == PROFILE


def test_an_estimated_count_is_kept_as_one_until_there_is_another(store: Store, say: Speaker) -> None:
    source = say.source()
    for given, is_estimate in ((3, True), (None, True), (4, False), (None, False)):
        table = say.table("a", "x", row_count=given, row_count_is_estimate=is_estimate and given is not None)
        saved = table_of(say.save(source, table), "a")
        assert saved.row_count_is_estimate == is_estimate
        assert store.table(saved.id) == saved


def test_what_a_source_declares_is_taken_over_even_when_the_profile_is_stale(store: Store, say: Speaker) -> None:
    source = say.source()
    say.save(source, say.table("a", "x", profile=PROFILE))
    declared = ColumnMetadata(name="x", data_type="INTEGER", is_nullable=False, comment="now a number")
    table = ExtractedTable(
        metadata=TableMetadata(name="a", columns=(declared,)), columns=(ExtractedColumn(metadata=declared),)
    )
    column = column_of(say.save(source, table), "a", "x")
    assert (column.data_type, column.is_nullable, column.comment) == ("INTEGER", False, "now a number")
    assert column.profile == {**PROFILE, "stale": True}


def test_columns_that_are_only_declared_stay_as_they_are(store: Store, say: Speaker) -> None:
    source = say.source()
    first = say.save(source, say.table("a", "x", "y", "gone", profile=PROFILE))
    declared = tuple(ColumnMetadata(name=name, data_type="INTEGER") for name in ("new", "x", "y"))
    table = ExtractedTable(
        metadata=TableMetadata(name="a", columns=declared),
        columns=(ExtractedColumn(metadata=declared[1], profile={"null_count": 0}),),
    )
    second = say.save(source, table, at=60)
    assert names(second) == {"a": ["new", "x", "y"]}
    assert column_of(second, "a", "y") == column_of(first, "a", "y")
    assert column_of(second, "a", "x").profile == {"null_count": 0}
    assert column_of(second, "a", "new").data_type == "INTEGER"


def test_the_words_of_a_person_outlive_extraction_and_removal(store: Store, say: Speaker) -> None:
    source = say.source()
    first = say.save(source, say.table("a", "x", "y"), say.table("b", "x"))
    store.transact(lambda tx: tx.describe_table(ids(first)["a"], "All orders.", at=say.at(1)))
    store.transact(lambda tx: tx.describe_column(ids(first)["a.x"], "The key.", at=say.at(2)))

    def described() -> dict[str, str]:
        [datasource] = store.catalogue()
        every = [*datasource.tables, *(column for table in datasource.tables for column in table.columns)]
        assert all(one.is_described_by_person == (one.description is not None) for one in every)
        return {one.name: one.description for one in every if one.description is not None}

    assert described() == {"a": "All orders.", "x": "The key."}
    assert table_of(store.catalogue()[0], "a").updated_at == say.at(1)
    assert column_of(store.catalogue()[0], "a", "x").updated_at == say.at(2)
    say.save(source, say.table("a", "x", "y"))
    assert described() == {"a": "All orders.", "x": "The key."}
    say.save(source, say.table("a", "y"))
    assert described() == {"a": "All orders."}
    say.save(source, say.table("b", "x"))
    assert described() == {}
    back = say.save(source, say.table("a", "x"))
    assert described() == {"a": "All orders.", "x": "The key."}
    store.transact(lambda tx: tx.describe_column(ids(back)["a.x"], "Better.", at=say.at(9)))
    assert described() == {"a": "All orders.", "x": "Better."}


def test_only_clearing_the_catalogue_or_removing_the_source_drops_the_words_of_a_person(
    store: Store, say: Speaker
) -> None:
    source, other = say.source("shop"), say.source("bank", "/bank")
    for one in (source, other):
        table = say.save(one, say.table("a", "x")).tables[0]
        store.transact(lambda tx, table=table: tx.describe_table(table.id, "Kept.", at=say.start))
    store.transact(lambda tx: tx.clear_catalogue(source.id))
    assert [datasource.name for datasource in store.catalogue()] == ["bank"]
    assert store.source("shop") is not None
    assert say.save(source, say.table("a", "x")).tables[0].description is None
    assert store.catalogue(source="bank")[0].tables[0].description == "Kept."
    store.transact(lambda tx: tx.remove_source(other.id))
    assert say.save(say.source("bank", "/bank"), say.table("a", "x")).tables[0].description is None


def test_describing_what_is_not_there_is_refused(store: Store, say: Speaker) -> None:
    with pytest.raises(TableNotFound):
        store.transact(lambda tx: tx.describe_table(1, "x", at=say.start))
    with pytest.raises(NotFound):
        store.transact(lambda tx: tx.describe_column(1, "x", at=say.start))


def test_saving_for_a_source_that_is_gone_is_refused(store: Store, say: Speaker) -> None:
    with pytest.raises(SourceNotFound):
        store.transact(lambda tx: tx.save_tables(99, [say.table("a")], at=say.start, is_complete=True))
    assert store.catalogue() == []


def test_catalogue_is_chosen_by_source_and_table(store: Store, say: Speaker) -> None:
    bank = say.save(say.source("bank", "/bank"), say.table("a", "x"), say.table("b", "x"))
    shop = say.save(say.source("shop"), say.table("a", "y"), say.table("c", "y"))
    assert store.catalogue() == [bank, shop]
    assert store.catalogue(source="shop") == [shop]
    assert store.catalogue(source="nobody's") == []
    assert [names(one) for one in store.catalogue(table="a")] == [{"a": ["x"]}, {"a": ["y"]}]
    assert [names(one) for one in store.catalogue(source="bank", table="c")] == [{}]


def test_without_profiles_only_the_profiles_are_missing(store: Store, say: Speaker) -> None:
    full = say.save(say.source(), say.table("a", "x", "y", profile=PROFILE, row_count=3))
    [bare] = store.catalogue(profile=False)
    assert all(column.profile is None for column in bare.tables[0].columns)
    with_profiles = [replace(column, profile=PROFILE) for column in bare.tables[0].columns]
    assert replace(bare.tables[0], columns=tuple(with_profiles)) == full.tables[0]


def test_a_profile_that_is_no_json_is_refused_and_nothing_is_saved(store: Store, say: Speaker) -> None:
    source = say.source()
    before = say.save(source, say.table("a", "x", profile=PROFILE))
    with pytest.raises(ValueError, match="JSON"):
        say.save(source, say.table("a", "x", profile={"mean": float("nan")}))
    assert store.catalogue() == [before]


def test_a_caller_that_changes_its_values_afterwards_does_not_change_the_catalogue(store: Store, say: Speaker) -> None:
    profile = {"samples": [1, 2]}
    say.save(say.source(), say.table("a", "x", profile=profile))
    profile["samples"].append(3)
    assert store.catalogue()[0].tables[0].columns[0].profile == {"samples": [1, 2]}


def test_wide_and_many_tables_come_back_whole(store: Store, say: Speaker) -> None:
    wide = [f"c{number:04}" for number in range(2000)]
    tables = [say.table("wide", *wide, profile=PROFILE), *(say.table(f"t{number:03}", "x") for number in range(300))]
    datasource = say.save(say.source(), *tables)
    assert names(datasource) == {**{f"t{number:03}": ["x"] for number in range(300)}, "wide": wide}
