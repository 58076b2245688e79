import pytest
from store_engines import Speaker

from catalogctl.domain.catalogue import ColumnMetadata, ExtractedColumn, ExtractedTable, TableMetadata
from catalogctl.domain.meaning import ColumnMeaning, SearchHit, TableMeaning
from catalogctl.domain.ports.store import Store
from catalogctl.domain.sources import Source


@pytest.fixture
def shop(store: Store, say: Speaker) -> Source:
    source = say.source()
    say.save(
        source,
        say.table("order_items", "orderId", "HTTPStatus", "Prénom"),
        say.table("clients", "email", "notes"),
        say.table("Kunden Straße", "plz"),
    )
    meanings = [
        TableMeaning(
            name="clients",
            description="Everybody who has placed an order, État civil included.",
            synonyms=("customers", "buying parties"),
            columns={"email": ColumnMeaning(description="Where to write to a client.", synonyms=("courriel",))},
        ),
        TableMeaning(name="order_items", columns={"orderId": ColumnMeaning(description="Which order it is of.")}),
    ]
    store.transact(lambda tx: tx.save_meanings(source.id, meanings, keys=None, at=say.at(1)))
    return source


def names(hits: list[SearchHit]) -> list[str]:
    return [hit.table if hit.column is None else f"{hit.table}.{hit.column}" for hit in hits]


def found(store: Store, words: str, *, limit: int = 100) -> set[str]:
    return set(names(store.search(words, limit=limit)))


@pytest.mark.parametrize(
    ("words", "hits"),
    [
        ("order", {"order_items", "order_items.orderId", "clients"}),
        ("items", {"order_items"}),
        ("order items", {"order_items"}),
        ("order_items", {"order_items"}),
        ("orderItems", {"order_items"}),
        ("ORDERITEMS", {"order_items"}),
        ("items order", {"order_items"}),
        ("orderid", {"order_items.orderId"}),
        ("http status", {"order_items.HTTPStatus"}),
        ("httpstatus", {"order_items.HTTPStatus"}),
        ("prenom", {"order_items.Prénom"}),
        ("PRÉNOM", {"order_items.Prénom"}),
        ("etat", {"clients"}),
        ("strasse", {"Kunden Straße"}),
        ("kundenstraße", {"Kunden Straße"}),
        ("courriel", {"clients.email"}),
        ("e-mail", {"clients.email"}),
        ("parties", {"clients"}),
        ("buyingParties", {"clients"}),
        ("customers order", {"clients"}),
        ("nothing", set()),
        ("order nothing", set()),
    ],
)
def test_all_words_are_found_whatever_their_accents_case_and_form(
    store: Store, shop: Source, words: str, hits: set[str]
) -> None:
    assert found(store, words) == hits


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("Commandes Clients", "commande client"),
        ("Commandes Clients", "clients commande"),
        ("customer", "customers"),
        ("customers", "customer"),
        ("customer_address", "addresses customers"),
        ("customer_addresses", "address customer"),
        ("category_tree", "categories trees"),
        ("categories_tree", "category tree"),
        ("adresses_mail", "adresse mail"),
        ("boxes_here", "box here"),
        ("status_here", "status here"),
    ],
)
def test_singulars_find_plurals_and_the_other_way_round(store: Store, say: Speaker, table: str, words: str) -> None:
    say.save(say.source(), say.table(table), say.table("x", "unrelated"))
    assert found(store, words) == {table}


def test_what_is_called_so_comes_first_by_its_name_then_by_its_other_names(store: Store, say: Speaker) -> None:
    source = say.source()
    say.save(source, say.table("orders", "id"), say.table("order_items", "order_id"), say.table("purchases", "order_x"))
    meanings = [
        TableMeaning(name="purchases", synonyms=("bought orders", "orders")),
        TableMeaning(name="order_items", description="order " * 20),
    ]
    store.transact(lambda tx: tx.save_meanings(source.id, meanings, keys=None, at=say.at(1)))
    assert names(store.search("orders", limit=9))[:2] == ["orders", "purchases"]
    # In the singular it is the name of neither, and both are called so.
    assert set(names(store.search("order", limit=9))[:2]) == {"orders", "purchases"}
    assert names(store.search("boughtOrder", limit=9)) == ["purchases"]


def test_a_comment_is_found_where_it_stands_for_a_description(store: Store, say: Speaker) -> None:
    source = say.source()
    column = ColumnMetadata(name="x1", data_type="TEXT", comment="Where the parcel went")
    metadata = TableMetadata(name="t1", columns=(column,), comment="What was shipped")
    say.save(source, ExtractedTable(metadata=metadata, columns=(ExtractedColumn(metadata=column),)))
    [hit] = store.search("shipped", limit=9)
    assert (hit.table, hit.column, hit.description) == ("t1", None, "What was shipped")
    [hit] = store.search("parcel", limit=9)
    assert (hit.column, hit.description) == ("x1", "Where the parcel went")
    meaning = TableMeaning(name="t1", columns={"x1": ColumnMeaning(description="The address.")})
    store.transact(lambda tx: tx.save_meanings(source.id, [meaning], keys=None, at=say.at(1)))
    assert found(store, "parcel") == set()
    assert found(store, "address") == {"t1.x1"}


def test_the_last_word_is_found_by_its_beginning_and_only_the_last(store: Store, shop: Source) -> None:
    assert found(store, "ord") == found(store, "order")
    assert found(store, "order it") == {"order_items", "order_items.orderId"}
    assert found(store, "ord items") == set()
    assert found(store, "tems") == set()


@pytest.mark.parametrize(
    "words",
    [
        '"order',
        '"order"',
        "order*",
        "-order",
        "+order",
        "^order",
        "order)",
        "(((order",
        "';-- order",
        "order\x00",
        "order \ud800",
        "% order _",
        "{} : order",
    ],
)
def test_signs_are_no_operators(store: Store, shop: Source, words: str) -> None:
    assert found(store, words) == {"order_items", "order_items.orderId", "clients"}


@pytest.mark.parametrize(
    "words",
    ["NEAR(order items)", "order AND items", "order OR items", "order NOT client", "names : order", "rowid:order"],
)
def test_words_are_no_operators(store: Store, shop: Source, words: str) -> None:
    assert found(store, words) == set()


@pytest.mark.parametrize("words", ["", "   ", '"', "*", "-", "%", "' -- ", "🦊", "\x00", "\ud800", "()"])
def test_what_holds_no_word_finds_nothing(store: Store, shop: Source, words: str) -> None:
    assert store.search(words, limit=10) == []


@pytest.mark.parametrize("words", ["order " * 5000, "x" * 100_000, "q_" * 5000, " ".join(map(str, range(5000)))])
def test_endless_searches_are_answered(store: Store, shop: Source, words: str) -> None:
    assert found(store, words) in (set(), found(store, "order"))


def test_the_name_comes_before_the_description_and_the_whole_name_before_its_parts(
    store: Store, say: Speaker, shop: Source
) -> None:
    hits = store.search("order", limit=100)
    assert set(names(hits[:2])) == {"order_items", "order_items.orderId"}
    assert names(hits[2:]) == ["clients"]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    say.save(shop, say.table("order"), say.table("orders_of_old_customers"), say.table("x", "order"), is_complete=False)
    mail = TableMeaning(name="orders_of_old_customers", description="order " * 50)
    store.transact(lambda tx: tx.save_meanings(shop.id, [mail], keys=None, at=say.at(2)))
    ranked = names(store.search("order", limit=100))
    assert ranked[:2] == ["order", "x.order"]
    assert ranked[-1] == "clients"
    assert len(ranked) == 6


def test_a_synonym_comes_before_a_description(store: Store, say: Speaker, shop: Source) -> None:
    meanings = [
        TableMeaning(name="order_items", description="Positions."),
        TableMeaning(name="Kunden Straße", synonyms=("positions",)),
    ]
    store.transact(lambda tx: tx.save_meanings(shop.id, meanings, keys=None, at=say.at(2)))
    assert names(store.search("positions", limit=9)) == ["Kunden Straße", "order_items"]


def test_the_best_come_when_not_all_are_wanted(store: Store, shop: Source) -> None:
    every = store.search("order", limit=100)
    assert store.search("order", limit=2) == every[:2]
    assert store.search("order", limit=0) == []


def test_a_hit_tells_where_it_is_and_what_is_shown_there(store: Store, say: Speaker, shop: Source) -> None:
    [hit] = store.search("courriel", limit=9)
    assert (hit.source, hit.table, hit.column) == ("shop", "clients", "email")
    assert hit.description == "Where to write to a client."
    assert hit.score > 0


def test_the_words_of_a_person_are_found_and_what_they_cover_is_not(store: Store, say: Speaker, shop: Source) -> None:
    [datasource] = store.catalogue()
    clients = next(table for table in datasource.tables if table.name == "clients")
    email = next(column for column in clients.columns if column.name == "email")
    store.transact(lambda tx: tx.describe_table(clients.id, "The parties we invoice.", at=say.at(2)))
    store.transact(lambda tx: tx.describe_column(email.id, "Checked nightly.", at=say.at(2)))
    assert found(store, "invoice") == {"clients"}
    assert found(store, "nightly") == {"clients.email"}
    assert found(store, "placed") == set()
    assert store.search("nightly", limit=1)[0].description == "Checked nightly."
    say.save(shop, say.table("clients", "notes"))
    assert found(store, "nightly") == set()
    say.save(shop, say.table("clients", "notes", "email"))
    assert found(store, "nightly") == {"clients.email"}


def test_what_is_gone_from_the_catalogue_is_not_found(store: Store, say: Speaker, shop: Source) -> None:
    bank = say.source("bank", "/bank")
    say.save(bank, say.table("order_book", "order"))
    assert {hit.source for hit in store.search("order", limit=99)} == {"shop", "bank"}
    say.save(shop, say.table("clients", "email"))
    assert found(store, "items") == set()
    assert found(store, "notes") == set()
    store.transact(lambda tx: tx.clear_catalogue(shop.id))
    assert {hit.source for hit in store.search("order", limit=99)} == {"bank"}
    store.transact(lambda tx: tx.remove_source(bank.id))
    assert store.search("order", limit=99) == []
