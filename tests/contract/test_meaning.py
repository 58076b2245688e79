import math
from dataclasses import replace

import pytest
from store_engines import Speaker

from catalogctl.domain.catalogue import Column, Table
from catalogctl.domain.errors import SourceNotFound, TableNotFound
from catalogctl.domain.meaning import (
    ColumnMeaning,
    InferredKey,
    KpiResult,
    KpiTrend,
    LlmCall,
    LlmUse,
    QuestionDraft,
    TableMeaning,
    TableRole,
)
from catalogctl.domain.ports.store import Store
from catalogctl.domain.sources import Source

EMAIL = ColumnMeaning(
    description="Where to write.",
    synonyms=("mail", "e-mail"),
    semantic_type="email",
    is_personal=True,
    personal_confidence=0.9,
)
CUSTOMERS = TableMeaning(
    name="customers",
    description="Who buys.",
    synonyms=("clients",),
    role=TableRole.DIMENSION,
    columns={"email": EMAIL},
)
KEY = InferredKey(table="orders", column="customer", referred_table="customers", referred_column="id", share=0.98)


@pytest.fixture
def shop(say: Speaker) -> Source:
    source = say.source()
    say.save(source, say.table("customers", "email", "id"), say.table("orders", "customer", "total"))
    return source


def table(store: Store, name: str = "customers", *, source: str = "shop") -> Table:
    [datasource] = store.catalogue(source=source)
    return next(table for table in datasource.tables if table.name == name)


def column(store: Store, of: str, name: str) -> Column:
    return next(column for column in table(store, of).columns if column.name == name)


def mean(
    store: Store, source: Source, *meanings: TableMeaning, keys: list[InferredKey] | None = None, at: float = 10
) -> None:
    store.transact(lambda tx: tx.save_meanings(source.id, meanings, keys=keys, at=Speaker.at(at)))


def test_what_is_generated_comes_back(store: Store, say: Speaker, shop: Source) -> None:
    before = table(store)
    mean(store, shop, CUSTOMERS)
    found = table(store)
    assert found == replace(
        before,
        description="Who buys.",
        synonyms=("clients",),
        role=TableRole.DIMENSION,
        updated_at=say.at(10),
        columns=(
            replace(
                before.columns[0],
                description="Where to write.",
                synonyms=("mail", "e-mail"),
                semantic_type="email",
                is_personal=True,
                personal_confidence=0.9,
                updated_at=say.at(10),
            ),
            before.columns[1],
        ),
    )
    assert not found.is_described_by_person
    assert not found.columns[0].is_described_by_person


def test_what_is_not_named_or_does_not_exist_is_left_alone(store: Store, say: Speaker, shop: Source) -> None:
    other = say.source("bank", "/bank")
    say.save(other, say.table("customers", "email"))
    before = store.catalogue()
    unknown = TableMeaning(name="nobody", description="x", columns={"email": EMAIL})
    mean(store, shop, unknown, TableMeaning(name="orders", columns={"nothing": EMAIL}), at=0)
    assert store.catalogue() == before
    mean(store, shop, CUSTOMERS)
    assert store.catalogue(source="bank") == before[:1]
    assert table(store, "orders").description is None


def test_what_the_rules_no_longer_say_is_taken_back_but_no_verdict_on_personal_data(store: Store, shop: Source) -> None:
    mean(store, shop, CUSTOMERS)
    mean(store, shop, TableMeaning(name="customers", description="", columns={"id": ColumnMeaning()}), at=20)
    found = table(store)
    assert (found.description, found.synonyms, found.role) == (None, (), None)
    # Nobody has looked at this one again.
    assert column(store, "customers", "email").description == "Where to write."
    nothing = ColumnMeaning(description="", personal_confidence=0.1)
    mean(store, shop, TableMeaning(name="customers", columns={"email": nothing}), at=30)
    email = column(store, "customers", "email")
    assert (email.description, email.synonyms, email.semantic_type) == (None, (), None)
    assert (email.is_personal, email.personal_confidence) == (True, 0.9)
    mean(store, shop, TableMeaning(name="customers", columns={"email": ColumnMeaning(is_personal=False)}), at=40)
    email = column(store, "customers", "email")
    assert (email.is_personal, email.personal_confidence) == (False, None)


def test_what_a_model_said_stays_in_front_of_the_rules_until_a_model_says_something_else(
    store: Store, shop: Source
) -> None:
    told = replace(
        CUSTOMERS,
        from_model=("description", "synonyms", "role"),
        columns={"email": replace(EMAIL, from_model=("description",))},
    )
    mean(store, shop, told)
    mail = ColumnMeaning(description="E-mail.", synonyms=("post",), semantic_type="email")
    by_rules = TableMeaning(
        name="customers", description="12 customers.", synonyms=("buyers",), columns={"email": mail}
    )
    mean(store, shop, by_rules, at=20)
    found, email = table(store), column(store, "customers", "email")
    assert (found.description, found.synonyms, found.role) == ("Who buys.", ("clients",), TableRole.DIMENSION)
    assert (email.description, email.synonyms, email.semantic_type) == ("Where to write.", ("post",), "email")
    assert store.search("clients", limit=9)
    assert not store.search("buyers", limit=9)
    other = replace(told, description="Those who buy.", synonyms=(), role=None, columns={})
    mean(store, shop, other, at=30)
    found = table(store)
    assert (found.description, found.synonyms, found.role) == ("Those who buy.", ("clients",), TableRole.DIMENSION)


def test_what_speaks_of_data_that_have_changed_is_shown_with_its_day(store: Store, say: Speaker, shop: Source) -> None:
    def extracted(rows: int, at: float, *others: str, **profile: object) -> None:
        customers = say.table("customers", "email", "id", profile={"n": 1, **profile}, row_count=rows)
        say.save(shop, customers, *(say.table(name, "customer", "total") for name in others), at=at)

    day = 86_400.0
    extracted(12, day, "orders")
    words = ColumnMeaning(description="Always in use.")
    told = ColumnMeaning(description="1 in 2 is odd.", from_model=("description",))
    said = TableMeaning(name="customers", description="12 customers.", columns={"email": words, "id": told})
    mean(store, shop, said, at=2 * day)

    def shown() -> list[str | None]:
        return [table(store).description, *(one.description for one in table(store).columns)]

    extracted(12, 3 * day, "orders")
    assert shown() == ["12 customers.", "Always in use.", "1 in 2 is odd."]
    # The data were so from the first extraction on, whenever it was that somebody looked at them.
    dated = [f"{one} (As of 2026-03-02.)" for one in ("12 customers.", "Always in use.", "1 in 2 is odd.")]
    extracted(13, 4 * day, "orders")
    assert shown() == [dated[0], *shown()[1:]] == [dated[0], "Always in use.", "1 in 2 is odd."]
    extracted(13, 5 * day, "orders", max=7)
    assert shown() == dated
    assert [hit.description for hit in store.search("odd", limit=9)] == dated[2:]
    only_rules = replace(said, columns={"email": words, "id": ColumnMeaning(description="Number 1.")})
    mean(store, shop, only_rules, at=6 * day)
    assert shown() == ["12 customers.", "Always in use.", dated[2]]
    plain = ColumnMeaning(description="Where to write.")
    mean(store, shop, replace(said, columns={"email": plain, "id": told}), at=7 * day)
    extracted(13, 8 * day, max=7)
    # Another table is gone, and what refers to what may no longer be so; a person's text is nobody's to date.
    assert shown() == ["12 customers. (As of 2026-03-06.)", "Where to write.", "1 in 2 is odd. (As of 2026-03-06.)"]
    store.transact(lambda tx: tx.describe_table(table(store).id, "12 friends.", at=say.at(9 * day)))
    assert table(store).description == "12 friends."


def test_what_a_person_wrote_stays_in_front_of_what_is_generated(store: Store, say: Speaker, shop: Source) -> None:
    ids = table(store).id, column(store, "customers", "email").id
    store.transact(lambda tx: tx.describe_table(ids[0], "Our people.", at=say.at(1)))
    store.transact(lambda tx: tx.describe_column(ids[1], "The address.", at=say.at(1)))
    mean(store, shop, CUSTOMERS)
    assert (table(store).description, table(store).is_described_by_person) == ("Our people.", True)
    email = column(store, "customers", "email")
    assert (email.description, email.is_described_by_person) == ("The address.", True)
    assert (email.semantic_type, email.synonyms) == ("email", ("mail", "e-mail"))


def test_extraction_again_keeps_meaning_flags_and_the_keys_whose_columns_are_still_there(
    store: Store, say: Speaker, shop: Source
) -> None:
    other = replace(KEY, column="total", share=0.5)
    mean(store, shop, CUSTOMERS, keys=[KEY, other])
    store.transact(lambda tx: tx.set_enabled(table(store).id, is_enabled=False, at=say.at(11)))
    before = table(store)
    say.save(shop, say.table("customers", "email", "id"), say.table("orders", "customer"), at=60)
    touched = tuple(replace(column, updated_at=say.at(60)) for column in before.columns)
    assert table(store) == replace(before, updated_at=say.at(60), columns=touched)
    assert table(store, "orders").inferred_keys == (KEY,)
    say.save(shop, say.table("customers", "email"), say.table("orders", "customer", "total"), at=70)
    say.save(shop, say.table("customers", "email", "id"), say.table("orders", "customer", "total"), at=80)
    assert table(store, "orders").inferred_keys == ()
    assert table(store).role is TableRole.DIMENSION
    assert not table(store).is_enabled


def test_generated_meaning_goes_with_its_table(store: Store, say: Speaker, shop: Source) -> None:
    mean(store, shop, CUSTOMERS)
    say.save(shop, say.table("orders", "customer"))
    say.save(shop, say.table("customers", "email"), say.table("orders", "customer"))
    assert (table(store).description, table(store).role, table(store).synonyms) == (None, None, ())
    assert column(store, "customers", "email").semantic_type is None


def test_inferred_keys_are_replaced_all_at_once_or_left(store: Store, say: Speaker, shop: Source) -> None:
    bank = say.source("bank", "/bank")
    say.save(bank, say.table("customers", "id"), say.table("orders", "customer"))
    mean(store, bank, keys=[KEY])
    by_total = replace(KEY, column="total")
    unknown = replace(KEY, referred_table="nobody")
    mean(store, shop, keys=[by_total, unknown, KEY, replace(KEY, share=1.0)])
    assert table(store, "orders").inferred_keys == (replace(KEY, share=1.0), by_total)
    assert table(store, "customers").inferred_keys == ()
    mean(store, shop, CUSTOMERS)
    assert len(table(store, "orders").inferred_keys) == 2
    mean(store, shop, keys=[by_total])
    assert table(store, "orders").inferred_keys == (by_total,)
    mean(store, shop, keys=[])
    assert table(store, "orders").inferred_keys == ()
    assert table(store, "orders", source="bank").inferred_keys == (KEY,)


def test_a_table_and_a_column_are_found_by_id_as_the_catalogue_has_them(
    store: Store, say: Speaker, shop: Source
) -> None:
    say.save(shop, say.table("customers", "email", profile={"n": 1}), say.table("orders", "customer", "total"))
    mean(store, shop, CUSTOMERS, keys=[replace(KEY, referred_column="email")])
    store.transact(lambda tx: tx.describe_table(table(store).id, "Our people.", at=say.at(1)))
    [datasource] = store.catalogue()
    for one in datasource.tables:
        assert store.table(one.id) == one
        for column in one.columns:
            assert store.column(column.id) == column
    assert store.table(9999) is None
    assert store.column(9999) is None


def test_a_table_is_left_out_of_enrichment_until_it_is_included_again(store: Store, say: Speaker, shop: Source) -> None:
    assert table(store).is_enabled
    for is_enabled in (False, True):
        store.transact(lambda tx, on=is_enabled: tx.set_enabled(table(store).id, is_enabled=on, at=say.at(5)))
        assert table(store).is_enabled is is_enabled
    assert table(store).updated_at == say.at(5)
    with pytest.raises(TableNotFound):
        store.transact(lambda tx: tx.set_enabled(9999, is_enabled=True, at=say.at(5)))


KPI = KpiResult(
    title="Orders",
    value="1,204",
    sql="SELECT count(*) FROM orders",
    trend=KpiTrend(value=-2.5, direction="down", invert=True, label="to last month"),
    sparkline=(1.0, 2.5, 3.0),
    footer="since 2019",
)


def figures(store: Store, source: Source, *kpis: KpiResult, at: float = 0) -> None:
    store.transact(lambda tx: tx.save_kpis(source.id, kpis, at=Speaker.at(at)))


def test_key_figures_are_replaced_and_keep_their_ids_by_title(store: Store, say: Speaker, shop: Source) -> None:
    plain = KpiResult(title="Customers", value="12", sql="SELECT 12")
    figures(store, shop, KPI, plain)
    first = store.kpis()
    assert [(kpi.source, kpi.result, kpi.created_at) for kpi in first] == [
        ("shop", KPI, say.at(0)),
        ("shop", plain, say.at(0)),
    ]
    fresh = KpiResult(title="Average", value="3", sql="SELECT 3")
    figures(store, shop, fresh, replace(plain, value="13"), at=60)
    second = store.kpis(source="shop")
    assert [kpi.result.title for kpi in second] == ["Average", "Customers"]
    assert second[1].id == first[1].id
    assert second[1].result.value == "13"
    assert second[0].id > max(kpi.id for kpi in first)
    assert second[0].created_at == say.at(60)


def test_titles_that_are_there_twice_are_two_key_figures(store: Store, shop: Source) -> None:
    for _ in range(2):
        figures(store, shop, KPI, replace(KPI, value="2"))
        assert [kpi.result.value for kpi in store.kpis()] == ["1,204", "2"]
        assert len({kpi.id for kpi in store.kpis()}) == 2


def questions(*words: str) -> list[QuestionDraft]:
    return [QuestionDraft(question=one, category="sales", icon="chart", tables=("orders",)) for one in words]


def test_questions_are_replaced_and_keep_their_ids_by_their_words(store: Store, say: Speaker, shop: Source) -> None:
    store.transact(lambda tx: tx.save_questions(shop.id, questions("Who?", "What?"), at=say.at(0)))
    first = store.questions()
    assert [(one.draft, one.source, one.display_order, one.is_enabled, one.created_at) for one in first] == [
        (questions("Who?")[0], "shop", 1, True, say.at(0)),
        (questions("What?")[0], "shop", 2, True, say.at(0)),
    ]
    store.transact(lambda tx: tx.save_questions(shop.id, questions("When?", "Who?"), at=say.at(60)))
    second = store.questions(source="shop")
    assert [(one.draft.question, one.display_order) for one in second] == [("When?", 1), ("Who?", 2)]
    assert second[1].id == first[0].id
    assert second[0].id > first[1].id


def test_key_figures_and_questions_are_by_source_and_go_with_its_catalogue(
    store: Store, say: Speaker, shop: Source
) -> None:
    bank = say.source("bank", "/bank")
    for source in (shop, bank):
        figures(store, source, KPI)
        store.transact(lambda tx, source=source: tx.save_questions(source.id, questions("Who?"), at=say.at(0)))
    assert [kpi.source for kpi in store.kpis()] == ["bank", "shop"]
    assert [one.source for one in store.questions()] == ["bank", "shop"]
    store.transact(lambda tx: tx.clear_catalogue(shop.id))
    assert [kpi.source for kpi in store.kpis()] == ["bank"]
    assert store.questions(source="shop") == []
    store.transact(lambda tx: tx.remove_source(bank.id))
    assert (store.kpis(), store.questions()) == ([], [])


def test_key_figures_and_questions_of_a_source_that_is_gone_are_refused(store: Store, say: Speaker) -> None:
    with pytest.raises(SourceNotFound):
        store.transact(lambda tx: tx.save_kpis(99, [KPI], at=say.at(0)))
    with pytest.raises(SourceNotFound):
        store.transact(lambda tx: tx.save_questions(99, [], at=say.at(0)))


def test_calls_of_models_are_history_from_a_moment_on(store: Store, say: Speaker, shop: Source) -> None:
    known = LlmCall(
        model="m",
        provider="p",
        purpose="describe",
        is_ok=True,
        seconds=1.5,
        tokens_input=10,
        tokens_output=0,
        tokens_cached=3,
        cost=0.0001,
    )
    unknown = LlmCall(model="m", provider="p", purpose="describe", is_ok=False, seconds=0.1, error="429")
    for at, call, run_id in [(10, known, "r"), (30, unknown, None), (20, known, "r"), (20, unknown, "r")]:
        store.transact(lambda tx, a=at, c=call, r=run_id: tx.add_llm_use(c, run_id=r, at=say.at(a)))
    assert store.llm_uses(since=say.at(20)) == [
        LlmUse(at=say.at(20), run_id="r", call=known),
        LlmUse(at=say.at(20), run_id="r", call=unknown),
        LlmUse(at=say.at(30), run_id=None, call=unknown),
    ]
    store.transact(lambda tx: tx.remove_source(shop.id))
    assert len(store.llm_uses(since=say.at(0))) == 4


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused_and_changes_nothing(store: Store, shop: Source, number: float) -> None:
    figures(store, shop, KPI)
    mean(store, shop, CUSTOMERS, keys=[KEY])
    before = store.catalogue(), store.kpis(), store.llm_uses(since=Speaker.at(0))
    call = LlmCall(model="m", provider="p", purpose="x", is_ok=True, seconds=1.0)
    column = ColumnMeaning(is_personal=True, personal_confidence=number)
    for change in (
        lambda tx: tx.save_kpis(shop.id, [replace(KPI, sparkline=(1.0, number))], at=Speaker.at(1)),
        lambda tx: tx.save_kpis(
            shop.id, [KPI, replace(KPI, trend=KpiTrend(value=number, direction="up"))], at=Speaker.at(1)
        ),
        lambda tx: tx.save_meanings(shop.id, [replace(CUSTOMERS, columns={"id": column})], keys=[], at=Speaker.at(1)),
        lambda tx: tx.save_meanings(shop.id, [], keys=[replace(KEY, share=number)], at=Speaker.at(1)),
        lambda tx: tx.add_llm_use(replace(call, cost=number), run_id=None, at=Speaker.at(1)),
        lambda tx: tx.add_llm_use(replace(call, seconds=number), run_id=None, at=Speaker.at(1)),
    ):
        with pytest.raises(ValueError, match="no number"):
            store.transact(change)
    assert (store.catalogue(), store.kpis(), store.llm_uses(since=Speaker.at(0))) == before


def test_meaning_that_was_not_committed_was_never_there(store: Store, say: Speaker, shop: Source) -> None:
    before = store.catalogue()

    def change(tx: object) -> None:
        tx.save_meanings(shop.id, [CUSTOMERS], keys=[KEY], at=say.at(5))
        tx.save_kpis(shop.id, [KPI], at=say.at(5))
        assert [hit.table for hit in tx.search("clients", limit=9)] == ["customers"]
        raise KeyError

    with pytest.raises(KeyError):
        store.transact(change)
    assert store.catalogue() == before
    assert store.kpis() == []
    assert store.search("clients", limit=9) == []
