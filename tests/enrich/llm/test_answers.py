import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shop_catalogue import column, customers, orders, table

from catalogctl.domain.meaning import ColumnMeaning, QuestionDraft, TableMeaning, TableRole
from catalogctl.enrich.llm import schemas
from catalogctl.enrich.llm.answers import ICONS, RefusedKpi, read_kpis, read_meanings, read_questions
from catalogctl.enrich.llm.schemas import kpi_format, meaning_format, question_format
from catalogctl.enrich.llm.text import InvalidAnswer, cleaned, parse_object

TABLES = [customers(), orders()]


def said(**tables: Any) -> dict[str, Any]:
    return {"tables": tables}


def test_what_fits_becomes_meaning() -> None:
    answer = said(
        orders={
            "description": "One purchase of a customer.",
            "synonyms": ["purchases", "sales"],
            "role": "fact",
            "columns": {"total": {"description": "What was paid.", "synonyms": ["amount"]}},
        }
    )
    found = read_meanings(answer, tables=TABLES)
    assert found.dropped == 0
    assert found.tables == (
        TableMeaning(
            name="orders",
            description="One purchase of a customer.",
            synonyms=("purchases", "sales"),
            role=TableRole.FACT,
            columns={"total": ColumnMeaning(description="What was paid.", synonyms=("amount",))},
        ),
    )


def test_names_that_do_not_exist_are_dropped_and_counted() -> None:
    answer = said(
        orders={
            "description": "Purchases.",
            "columns": {"total": {"description": "Sum."}, "password": {"description": "x"}},
        },
        users={"description": "Made up.", "columns": {}},
        sqlite_master={"description": "No."},
    )
    found = read_meanings(answer, tables=TABLES)
    assert [meaning.name for meaning in found.tables] == ["orders"]
    assert set(found.tables[0].columns) == {"total"}
    assert found.dropped == 3


def test_a_table_of_another_batch_is_not_written() -> None:
    found = read_meanings(said(orders={"role": "fact"}, customers={"description": "hacked"}), tables=[orders()])
    assert [meaning.name for meaning in found.tables] == ["orders"]


def test_names_in_another_case_are_found_unless_that_is_ambiguous() -> None:
    one = table("Orders", [column("ID"), column("id"), column("Total")])
    answer = said(ORDERS={"columns": {"total": {"description": "Sum."}, "Id": {"description": "Which?"}}})
    found = read_meanings(answer, tables=[one])
    assert [(meaning.name, set(meaning.columns)) for meaning in found.tables] == [("Orders", {"Total"})]
    assert found.dropped == 1


def test_a_list_of_named_entries_is_as_good_as_an_object() -> None:
    answer = {
        "tables": [{"name": "orders", "columns": [{"column": "total", "description": "Sum."}, {"description": "?"}, 3]}]
    }
    found = read_meanings(answer, tables=TABLES)
    assert found.tables[0].columns == {"total": ColumnMeaning(description="Sum.")}
    assert found.dropped == 2


@pytest.mark.parametrize(
    "empty", [None, "", "  ", "null", "N/A", "Unknown.", "…", "orders", "Orders", "ORDERS.", 3, ["x"], {}]
)
def test_a_description_that_says_nothing_is_none(empty: object) -> None:
    answer = said(orders={"description": empty, "role": "log"}, customers={"description": "People."})
    found = {meaning.name: meaning for meaning in read_meanings(answer, tables=TABLES).tables}
    assert found["orders"].description is None
    assert found["customers"].description == "People."


def test_a_table_of_which_nothing_is_said_is_left_out() -> None:
    answer = said(
        orders={"description": None, "synonyms": [], "role": None, "columns": {"total": {"description": None}}}
    )
    assert read_meanings(answer, tables=TABLES).tables == ()


def test_one_sentence_for_several_columns_is_said_of_none() -> None:
    same = {"description": "The primary key is ID.", "synonyms": ["it"]}
    columns = {
        "order_id": same,
        "total": {"description": "The primary key is ID."},
        "customer_id": {"description": "Who."},
    }
    [meaning] = read_meanings(said(orders={"columns": columns}), tables=TABLES).tables
    assert meaning.columns == {
        "order_id": ColumnMeaning(synonyms=("it",)),
        "customer_id": ColumnMeaning(description="Who."),
    }


def test_synonyms_are_few_short_different_and_no_names_of_what_is_there() -> None:
    given = ["Orders", "Total", "purchases", "PURCHASES", "x" * 99, 7, None, "a", "b", "c", "d", "\x1b[2Jbuys"]
    [meaning] = read_meanings(said(orders={"synonyms": given}), tables=TABLES).tables
    assert meaning.synonyms == ("purchases", "x" * 39 + "…", "a", "b")


@pytest.mark.parametrize("role", ["boss", "", None, 3, ["fact"], {"fact": 1}])
def test_a_role_that_is_none_is_none(role: object) -> None:
    [meaning] = read_meanings(said(orders={"description": "Purchases.", "role": role}), tables=TABLES).tables
    assert meaning.role is None


def test_control_characters_and_tricks_are_stripped_and_lengths_bounded() -> None:
    evil = "\x1b[31mred\x1b[0m\x00 line\nline\ttab \u202eturned\u202c \ud800 e\u0301 👩\u200d👧 <b>" + "x" * 1000
    [meaning] = read_meanings(said(orders={"description": evil}), tables=TABLES).tables
    assert meaning.description is not None
    assert meaning.description.startswith("[31mred[0m line line tab turned e\u0301 👩\u200d👧 <b>x")
    assert len(meaning.description) == schemas.TABLE_DESCRIPTION
    meaning.description.encode()


@pytest.mark.parametrize(
    "answer", [{}, {"tables": None}, {"tables": 3}, {"tables": []}, said(users={}), {"orders": {}}]
)
def test_an_answer_that_names_no_table_is_to_be_repaired(answer: dict[str, Any]) -> None:
    with pytest.raises(InvalidAnswer, match="customers, orders"):
        read_meanings(answer, tables=TABLES)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["orders", "total"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["tables", "kpis", "questions", "orders", "customers", "columns", "total", "description"])
            | st.sampled_from(["synonyms", "role", "title", "sql", "trend_sql", "category", "question", "name"])
            | st.text(max_size=3),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["tables", "kpis", "questions"]), JSON))
def test_whatever_comes_only_real_names_are_taken_from_it(answer: dict[str, Any]) -> None:
    names = {one.name: {part.name for part in one.columns} for one in TABLES}
    try:
        for meaning in read_meanings(answer, tables=TABLES).tables:
            assert set(meaning.columns) <= names[meaning.name]
    except InvalidAnswer:
        pass
    try:
        for kpi in read_kpis(answer, tables=TABLES, dialect="sqlite").drafts:
            assert set(kpi.tables) <= set(names)
    except InvalidAnswer:
        pass
    try:
        for question in read_questions(answer, tables=TABLES).drafts:
            assert set(question.tables) <= set(names)
    except InvalidAnswer:
        pass


def draft(**fields: Any) -> dict[str, Any]:
    return {
        "title": "Orders",
        "sql": "SELECT count(*) FROM orders",
        "trend_sql": None,
        "unit": None,
        "invert": False,
    } | fields


def test_a_key_figure_whose_sql_is_safe_is_taken_with_the_tables_that_it_reads() -> None:
    answer = {
        "kpis": [
            draft(
                title="Paid\x1b[1m  orders",
                sql=" SELECT count(*) FROM orders JOIN customers ON customers.id = orders.customer_id;\n",
                trend_sql="SELECT strftime('%Y-%m', ordered_at), count(*) FROM orders GROUP BY 1 ORDER BY 1",
                unit="EUR",
                invert=True,
                footer="All of them",
            )
        ]
    }
    [kpi] = read_kpis(answer, tables=TABLES, dialect="sqlite").drafts
    assert kpi.title == "Paid[1m orders"
    assert kpi.sql == "SELECT count(*) FROM orders JOIN customers ON customers.id = orders.customer_id"
    assert kpi.trend_sql is not None
    assert kpi.trend_sql.startswith("SELECT strftime")
    assert (kpi.tables, kpi.unit, kpi.invert, kpi.footer) == (("customers", "orders"), "EUR", True, "All of them")


def test_a_key_figure_whose_sql_is_not_safe_is_kept_out_and_told() -> None:
    answer = {
        "kpis": [
            draft(title="Bad", sql="DELETE FROM orders"),
            draft(title="Stacked", sql="SELECT 1; DROP TABLE orders"),
            draft(title="Made up", sql="SELECT sum(profit) FROM orders"),
            draft(title="Half", trend_sql="SELECT load_extension('x'), 1"),
        ]
    }
    found = read_kpis(answer, tables=TABLES, dialect="sqlite")
    assert [kpi.title for kpi in found.drafts] == ["Half"]
    assert found.drafts[0].trend_sql is None
    assert [refused.title for refused in found.refused] == ["Bad", "Stacked", "Made up", "Half (trend)"]
    assert found.refused[2] == RefusedKpi(title="Made up", reason="'profit' is no column of the tables read")


@pytest.mark.parametrize(
    "entry",
    [
        None,
        3,
        {},
        {"title": "x"},
        {"sql": "SELECT 1"},
        {"title": "", "sql": "SELECT 1"},
        {"title": "x", "sql": ["SELECT 1"]},
    ],
)
def test_an_entry_that_is_no_key_figure_is_dropped_and_counted(entry: object) -> None:
    found = read_kpis({"kpis": [entry, draft(), draft(title="ORDERS")]}, tables=TABLES, dialect="sqlite")
    assert [kpi.title for kpi in found.drafts] == ["Orders"]
    assert found.dropped == 2


def test_a_question_about_tables_that_exist_is_taken() -> None:
    answer = {
        "questions": [
            {"question": "Which month sold most?", "category": "trend", "tables": ["orders", "orders", "secrets"]},
            {"question": "Who buys?", "category": "magic", "tables": ["CUSTOMERS"]},
            {"question": "What is in the safe?", "category": "trend", "tables": ["safe"]},
            {"question": "which month sold most?", "category": "trend", "tables": ["orders"]},
            {"question": "No tables?", "category": ["trend"], "tables": "orders"},
            7,
        ]
    }
    found = read_questions(answer, tables=TABLES)
    first = next(iter(ICONS))
    assert found.drafts == (
        QuestionDraft(question="Which month sold most?", category="trend", icon=ICONS["trend"], tables=("orders",)),
        QuestionDraft(question="Who buys?", category=first, icon=ICONS[first], tables=("customers",)),
    )
    assert found.dropped == 7


@pytest.mark.parametrize("answer", [{}, {"questions": {}}, {"kpis": None}])
def test_an_answer_without_a_list_is_to_be_repaired(answer: dict[str, Any]) -> None:
    with pytest.raises(InvalidAnswer, match='"kpis" must be a list'):
        read_kpis(answer, tables=TABLES, dialect="sqlite")
    with pytest.raises(InvalidAnswer, match='"questions" must be a list'):
        read_questions(answer, tables=TABLES)


def nodes(schema: Any) -> list[dict[str, Any]]:
    """Every schema in *schema*; under ``properties`` names are keys, not keywords."""
    found = [schema]
    for key in ("properties", "$defs"):
        found += [inner for part in schema.get(key, {}).values() for inner in nodes(part)]
    return found + (nodes(schema["items"]) if "items" in schema else [])


@pytest.mark.parametrize(
    "form",
    [
        meaning_format([*TABLES, table('odd "name"\n🗂️', [])]),
        kpi_format(most=6),
        question_format(TABLES, categories=list(ICONS), most=8),
    ],
)
def test_a_form_is_strict_and_bounds_everything(form: schemas.Format) -> None:
    for schema in nodes(form.schema):
        kinds = schema.get("type", [])
        if kinds == "object":
            assert schema["additionalProperties"] is False
            assert schema["required"] == list(schema["properties"])
        if kinds == "array":
            assert schema["maxItems"] > 0
        if "string" in kinds and "enum" not in schema:
            assert schema["maxLength"] > 0
    json.dumps(form.schema)


def test_the_form_of_meaning_names_exactly_the_tables_and_columns() -> None:
    properties = meaning_format(TABLES).schema["properties"]["tables"]["properties"]
    assert list(properties) == ["customers", "orders"]
    columns = list(properties["orders"]["properties"]["columns"]["properties"])
    assert columns == ["order_id", "customer_id", "ordered_at", "total", "status"]


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}',
        '  {"a": 1}  \n',
        '```json\n{"a": 1}\n```',
        'Here {as you asked} it is:\n{"a": 1}\nAnything else?',
        '<think>{"a": 2}</think>\n{"a": 1}',
        '{"b": NaN} {"a": 1}',
    ],
)
def test_the_json_is_found_wherever_it_stands(text: str) -> None:
    assert parse_object(text) == {"a": 1}


@pytest.mark.parametrize(
    "text", ["", "no", "[1]", '{"a": ', '{"a": 1', "{" * 100_000, '{"a":' * 50_000, '{"a": ' + "9" * 5000 + "}"]
)
def test_what_holds_no_json_object_is_invalid(text: str) -> None:
    with pytest.raises(InvalidAnswer):
        parse_object(text)


@settings(deadline=None)
@given(st.text(), st.integers(1, 50))
def test_cleaned_text_is_one_bounded_line_that_can_be_written_down(text: str, most: int) -> None:
    line = cleaned(text, most)
    if line is not None:
        assert 0 < len(line) <= most
        assert line == " ".join(line.split())
        assert line.replace("\u200c", "").replace("\u200d", "").isprintable()
        line.encode()
