import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogctl.enrich.rules.words.grammar import counted, listed, plural, sentence, singular, with_article
from catalogctl.enrich.rules.words.names import Lexicon

ENGLISH = Lexicon(["customers", "orders"])


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("customer_id", "customer ID"),
        ("CustomerID", "customer ID"),
        ("CUSTOMER_ID", "customer ID"),
        ("custid", "customer ID"),
        ("orderDate", "order date"),
        ("unitprice", "unit price"),
        ("OrderIDs", "order IDs"),
        ("HTTPServer", "HTTP server"),
        ("address2", "address 2"),
        ("no_of_items", "number of items"),
        ("order_no", "order number"),
        ("qty", "quantity"),
        ("tot_amt", "total amount"),
        ("dob", "birth date"),
        ("cust_addr", "customer address"),
        ("email_addr", "e-mail address"),
        ("last_upd_ts", "last updated timestamp"),
        ("nameFirst", "first name"),
        ("pointsMax", "maximum points"),
        ("tailnum", "tail number"),
        ("Unit Price (net)", "unit price net"),
    ],
)
def test_names_are_read_as_words(name: str, phrase: str) -> None:
    assert ENGLISH.column(name).phrase == phrase


@pytest.mark.parametrize("name", ["candidate", "carpet", "mandate", "update", "season", "manager", "velocity"])
def test_whole_words_are_not_taken_apart(name: str) -> None:
    assert ENGLISH.column(name).words == (name,)


@pytest.mark.parametrize("name", ["GIDP", "xq17", "lgID", "c3", "2B", "fl"])
def test_cryptic_names_are_known_to_be_cryptic(name: str) -> None:
    assert not ENGLISH.column(name).is_readable


@pytest.mark.parametrize(
    ("name", "words", "prefix"),
    [
        ("tbl_customers", "customers", "tbl"),
        ("dim_date", "date", "dim"),
        ("fct_sales", "sales", "fct"),
        ("sales.order_header", "order header", None),
        ("Order Details", "order details", None),
        ("vw_invoice", "invoice", "vw"),
    ],
)
def test_technical_prefixes_of_tables_are_left_out(name: str, words: str, prefix: str | None) -> None:
    read = ENGLISH.table(name)
    assert (" ".join(read.words), read.prefix) == (words, prefix)


def test_a_prefix_that_all_columns_share_is_left_out() -> None:
    assert ENGLISH.column("c_acctbal", without="c").phrase == "account balance"


def test_short_forms_are_understood_by_the_names_beside_them() -> None:
    flights = Lexicon(["dep_time", "arr_time"])
    assert flights.column("sched_dep_time").phrase == "scheduled departure time"
    assert Lexicon(["dep_id", "emp_id"]).column("dep_id").words[0] == "dep"


@pytest.mark.parametrize(
    ("names", "name", "phrase"),
    [
        (["commandes", "prix_unitaire", "quantite"], "date_livraison", "delivery date"),
        (["commandes", "prix_unitaire", "quantité"], "montant_ttc", "amount including tax"),
        (["commandes", "prix_unitaire", "prenom"], "date_de_naissance", "birth date"),
        (["pedidos", "cantidad", "precio"], "fecha_entrega", "delivery date"),
        (["Kunden", "Bestellung", "Menge"], "Rechnungsbetrag", "invoice amount"),
        (["Kunden", "Bestellung", "Straße"], "Kundennummer", "customer number"),
    ],
)
def test_other_languages_are_read_in_english(names: list[str], name: str, phrase: str) -> None:
    assert Lexicon(names).column(name).phrase == phrase


def test_one_foreign_word_does_not_make_a_catalogue_foreign() -> None:
    english = Lexicon(["orders", "land", "note", "pays", "products", "employees", "status"])
    assert english.languages == ()
    assert english.column("land").words == ("land",)


@pytest.mark.parametrize(
    ("one", "several"),
    [
        ("order", "orders"), ("category", "categories"), ("address", "addresses"), ("status", "statuses"),
        ("person", "people"), ("box", "boxes"), ("day", "days"), ("bus", "buses"), ("child", "children"),
        ("analysis", "analyses"), ("movie", "movies"), ("weather", "weather"), ("series", "series"),
        ("purchase", "purchases"), ("branch", "branches"), ("SKU", "SKUs"),
    ],
)  # fmt: skip
def test_singular_and_plural(one: str, several: str) -> None:
    assert plural(one) == several
    assert singular(several).lower() == one.lower()
    assert singular(one) == one


@pytest.mark.parametrize(
    ("noun", "said"),
    [("order", "an order"), ("user", "a user"), ("hour", "an hour"), ("SKU", "an SKU"), ("UUID", "a UUID"),
     ("university", "a university"), ("invoice line", "an invoice line"), ("unpaid bill", "an unpaid bill")],
)  # fmt: skip
def test_articles(noun: str, said: str) -> None:
    assert with_article(noun) == said


def test_lists_and_counts_read_like_english() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"], "or") == "a, b or c"
    assert counted(1, "row") == "1 row"
    assert counted(1200, "category") == "1,200 categories"
    assert sentence("e-mail address") == "E-mail address."


@given(st.text(max_size=40))
def test_any_name_at_all_can_be_read(name: str) -> None:
    lexicon = Lexicon([name])
    for read in (lexicon.column(name), lexicon.table(name), lexicon.column(name, without="c")):
        assert len(read.words) == len(read.spelled) == len(read.singulars)
        assert all(word == word.strip() and word for word in read.words)
