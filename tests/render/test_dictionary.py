"""The data dictionary, read back as those who publish it render it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from catalogued_shop import ORDERS, PROFILE, column, shop, table
from markdown_it import MarkdownIt
from markdown_it.token import Token

from catalogctl.domain.catalogue import Datasource, ForeignKey
from catalogctl.domain.meaning import InferredKey, TableRole
from catalogctl.render.dictionary import as_markdown

HOSTILE = [
    "*bold* | [link](javascript:x)",
    "`code` $x$ ~~x~~ <script>&amp;",
    "# h\n- 1. x\\",
    "| | |",
    "\x1b[31m\u202e",
]


class Document:
    """A rendered document: its headings, paragraphs and tables as text, and where its links lead."""

    def __init__(self, *sources: Datasource) -> None:
        self.text = "\n".join(as_markdown(sources))
        tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(self.text)
        self.headings = _texts(tokens, "heading_open")
        self.paragraphs = _texts(tokens, "paragraph_open")
        self.tables = _tables(tokens)
        inner = [child for token in tokens for child in token.children or ()]
        self.kinds = {token.type for token in (*tokens, *inner)}
        self.links = [str(token.attrs["href"]) for token in inner if token.type == "link_open"]


def _plain(inline: Token) -> str:
    return "".join(child.content for child in inline.children or ())


def _texts(tokens: Sequence[Token], kind: str) -> list[str]:
    return [
        _plain(tokens[at + 1])
        for at, token in enumerate(tokens)
        if token.type == kind and tokens[at + 1].type == "inline"
    ]


def _tables(tokens: Sequence[Token]) -> list[list[list[str]]]:
    tables: list[list[list[str]]] = []
    for at, token in enumerate(tokens):
        if token.type == "table_open":
            tables.append([])
        elif token.type == "tr_open":
            tables[-1].append([])
        elif token.type in {"th_open", "td_open"}:
            tables[-1][-1].append(_plain(tokens[at + 1]))
    return tables


def rows(grid: list[list[str]]) -> list[dict[str, str]]:
    return [dict(zip(grid[0], cells, strict=True)) for cells in grid[1:]]


REVIEWS = table(
    "Product reviews",
    column("customer_id", 0, description="The buyer.", synonyms=("client",), semantic_type="foreign_key"),
    column("email", 1, profile=PROFILE, is_personal=True, semantic_type="email"),
    description="What buyers say.",
    role=TableRole.FACT,
    synonyms=("ratings", "opinions"),
    inferred_keys=(
        InferredKey(table="reviews", column="customer_id", referred_table="orders", referred_column="id", share=0.98),
    ),
)


def test_a_source_begins_with_a_list_of_its_tables_that_leads_to_them() -> None:
    found = Document(shop(ORDERS, REVIEWS))
    assert found.headings == ["shop", "orders", "Product reviews"]
    assert found.paragraphs[0] == "sqlite at /srv/shop.db: 2 tables, 5 columns, 2,408 rows."
    assert rows(found.tables[0]) == [
        {"Table": "orders", "Kind": "table", "Rows": "1,204", "Description": ""},
        {"Table": "Product reviews", "Kind": "fact table", "Rows": "1,204", "Description": "What buyers say."},
    ]
    assert found.links == ["#orders", "#product-reviews", "#orders"]


def test_a_table_tells_what_it_means_and_leaves_out_what_nobody_knows() -> None:
    found = Document(shop(ORDERS, REVIEWS))
    assert "Fact table, 1,204 rows. Also called ratings, opinions." in found.paragraphs
    assert found.tables[2][0] == ["Column", "Type", "Key", "Meaning", "Description", "Null"]
    customer, email = rows(found.tables[2])
    assert customer["Key"] == "→ orders.id (inferred, 98% of values)"
    assert customer["Description"] == "The buyer. Also called client."
    assert (email["Meaning"], email["Null"]) == ("email, personal", "50%")
    keys = {row["Column"]: row["Key"] for row in rows(found.tables[1])}
    assert keys == {"id": "primary", "customer_id": "→ customers.id", "email": ""}


def test_no_value_of_a_personal_column_is_published() -> None:
    found = Document(shop(ORDERS, REVIEWS))
    assert "Values of columns with personal data are left out." in found.paragraphs
    assert "example.org" not in found.text
    assert not [text for text in Document(shop(ORDERS)).paragraphs if "personal" in text]


def test_texts_of_which_nobody_has_said_what_they_are_stay_at_home() -> None:
    ada = {"samples": ["Ada", "Bo"], "distinct_count": 2, "min": "Ada", "max": "Bo"}
    assert values(**ada, is_personal=None) == ""
    assert values(**ada, is_personal=None, pattern={**ISO, "name": "email"}) == "email 100%"
    assert values(**ada, is_personal=False) == "Ada, Bo"
    assert values(samples=[1, 2], distinct_count=2, min=1, max=2, is_personal=None) == "1, 2"


def values(*, is_personal: bool | None = False, data_type: str = "TEXT", **profile: Any) -> str:
    facts = {**PROFILE, "pattern": None, "min": None, "max": None, "samples": [], **profile}
    one = replace(column("x", 0, profile=facts, is_personal=is_personal), data_type=data_type)
    cells = rows(Document(shop(table("t", one))).tables[1])
    return cells[0].get("Values", "")


def test_values_are_all_of_a_few_a_range_a_pattern_or_some() -> None:
    assert values(samples=["paid", "open"], distinct_count=2) == "paid, open"
    assert values(samples=["", "open"], distinct_count=2) == '"", open'
    assert values(samples=list(range(9)), distinct_count=9, min=0, max=8) == "0 – 8"
    assert values(samples=["2026-01-01", "2026-02-01"], min="2026-01-01", max="2026-03-01", pattern=ISO) == (
        "2026-01-01 – 2026-03-01"
    )
    moments = ["2013-01-01T10:00:00+00:00", "2013-01-19T11:00:00+00:00", "2013-02-06T19:00:00+00:00"]
    zoned = values(samples=moments, min=moments[0], max=moments[2], data_type="TIMESTAMP WITH TIME ZONE")
    assert zoned == f"{moments[0]} – {moments[2]}"
    uuids = [f"{number:032x}" for number in range(20)]
    assert values(samples=uuids, min=uuids[0], max=uuids[1], pattern={**ISO, "name": "uuid"}) == "uuid 100%"
    assert values(samples=["b" * 100, "c", "d", "e"], min="a", max="z") == f"{'b' * 23}…, c, d, …"
    assert values() == ""


ISO = {"name": "iso_date", "share": 1.0, "tested": 9}


def test_whatever_is_in_names_and_values_is_text() -> None:
    tables = [
        table(
            name,
            *(column(other, at, comment=name, data_type=name, synonyms=(other,)) for at, other in enumerate(HOSTILE)),
            description=name,
            synonyms=(name,),
            foreign_keys=(
                ForeignKey(columns=(HOSTILE[0],), referred_table=name, referred_columns=(HOSTILE[1],)),
                ForeignKey(columns=(HOSTILE[0], name), referred_table=name, referred_columns=("a", "b")),
            ),
        )
        for name in HOSTILE
    ]
    found = Document(replace(shop(*tables), name=HOSTILE[0], path=HOSTILE[1], description=HOSTILE[2]))
    assert len(found.headings) == len(HOSTILE) + 1
    assert found.headings[1] == HOSTILE[0]
    assert [len(grid) for grid in found.tables] == [len(HOSTILE) + 1] * (len(HOSTILE) + 1)
    assert (
        not {"em_open", "strong_open", "code_inline", "code_block", "html_inline", "html_block", "s_open"} & found.kinds
    )
    assert all(link.startswith("#") for link in found.links)
    assert not {"\x1b", "\u202e"} & set(found.text)


def test_names_are_kept_as_they_are_and_prose_is_brought_on_one_line() -> None:
    odd = table("", column("a\nb", 0, comment="Two\n\tlines."), description="One.\n\nTwo.")
    found = Document(shop(odd))
    assert found.headings[1] == '""'
    assert rows(found.tables[1]) == [{"Column": r"a\nb", "Type": "TEXT", "Description": "Two lines."}]
    assert "One. Two." in found.paragraphs


def test_sections_of_the_same_name_are_told_apart() -> None:
    found = Document(shop(ORDERS), replace(shop(ORDERS, table("shop")), name="other"))
    assert found.links == ["#orders", "#orders-1", "#shop-1"]


def test_keys_of_several_columns_stand_below_the_table() -> None:
    key = ForeignKey(columns=("a", "b"), referred_table="orders", referred_columns=("x", "y"))
    found = Document(shop(ORDERS, table("parts", column("a", 0), column("b", 1), foreign_keys=(key,))))
    assert found.paragraphs[-1] == "a, b together refer to orders (x, y)."


def test_estimates_and_samples_are_marked() -> None:
    sampled = {**PROFILE, "is_exact": False, "basis": "sample"}
    big = table("big", column("x", 0, profile=sampled), row_count_is_estimate=True)
    document = Document(shop(big))
    assert document.tables[0][1][2] == "~1,204"
    assert "Table, about 1,204 rows." in document.paragraphs
    assert "Figures are of a sample of the rows." in document.paragraphs
    assert "Figures are" not in Document(shop(ORDERS)).text
