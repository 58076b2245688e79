import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shop_catalogue import column, orders, profile, table

from catalogctl.domain.catalogue import ForeignKey, Table
from catalogctl.domain.meaning import ColumnMeaning, TableMeaning
from catalogctl.enrich.llm.answers import merge_meanings
from catalogctl.enrich.llm.batches import (
    DEFAULT_CONTEXT,
    MAX_ANSWER,
    answer_tokens,
    estimate_tokens,
    halves,
    most_telling,
    most_tokens,
    plan_batches,
)
from catalogctl.enrich.llm.outgoing import Disclosure
from catalogctl.enrich.llm.prompts import meaning_messages

SHY = Disclosure(personal={})


def wide(name: str, columns: int) -> Table:
    return table(name, [column(f"column_number_{number}", facts=profile(min=1, max=9)) for number in range(columns)])


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 250), max_size=10), st.integers(1, 20), st.sampled_from([None, 3000, 4096, 128_000]))
def test_every_column_is_in_one_batch_and_every_batch_fits(widths: list[int], most: int, context: int | None) -> None:
    tables = [wide(f"t{number}", width) for number, width in enumerate(widths)]
    batches = plan_batches(tables, disclosure=SHY, max_tables=most, context_tokens=context)
    columns = [(part.name, one.name) for batch in batches for part in batch for one in part.columns]
    assert sorted(columns) == sorted((one.name, part.name) for one in tables for part in one.columns)
    assert {part.name for batch in batches for part in batch} == {one.name for one in tables}
    for batch in batches:
        assert 1 <= len(batch) <= most
        assert len({part.name for part in batch}) == len(batch)
        assert answer_tokens(batch) <= MAX_ANSWER
        asked = estimate_tokens(meaning_messages(batch, disclosure=SHY))
        assert asked + most_tokens(batch) <= (context or DEFAULT_CONTEXT)


def test_tables_keep_their_order_and_share_a_batch_while_there_is_room() -> None:
    tables = [wide(f"t{number}", 4) for number in range(20)]
    batches = plan_batches(tables, disclosure=SHY, context_tokens=128_000)
    assert [[one.name for one in batch] for batch in batches] == [
        [f"t{number}" for number in range(15)],
        [f"t{number}" for number in range(15, 20)],
    ]


def test_a_context_too_small_for_anything_still_gives_every_column_its_turn() -> None:
    batches = plan_batches([wide("t", 3)], disclosure=SHY, context_tokens=10)
    assert [[len(part.columns) for part in batch] for batch in batches] == [[1], [1], [1]]


def test_halves_part_a_batch_then_a_table_then_nothing() -> None:
    assert [[one.name for one in half] for half in halves([wide("a", 2), wide("b", 2), wide("c", 2)])] == [
        ["a"],
        ["b", "c"],
    ]
    parted = halves([wide("a", 3)])
    assert [[one.name for one in half[0].columns] for half in parted] == [
        ["column_number_0"],
        ["column_number_1", "column_number_2"],
    ]
    assert halves([wide("a", 1)]) == []
    assert halves([]) == []


def test_what_was_said_of_parts_of_a_table_becomes_one_meaning() -> None:
    one, two = ColumnMeaning(description="one"), ColumnMeaning(description="two")
    merged = merge_meanings(
        [
            TableMeaning(name="wide", columns={"a": one}, synonyms=("w",)),
            TableMeaning(name="other", description="Other things."),
            TableMeaning(name="wide", columns={"a": two, "b": two}, description="Wide things.", synonyms=("x",)),
        ]
    )
    assert merged == [
        TableMeaning(name="wide", columns={"a": one, "b": two}, description="Wide things.", synonyms=("w",)),
        TableMeaning(name="other", description="Other things."),
    ]


@pytest.mark.parametrize(
    "text", ["", "word " * 200, '{"name":"customer_id","type":"INTEGER"}' * 20, "日本語" * 50, "🙂" * 50]
)
def test_an_estimate_grows_with_the_text(text: str) -> None:
    short = estimate_tokens([{"role": "user", "content": text}])
    assert short > 0
    assert estimate_tokens([{"role": "user", "content": text + "some more words"}]) > short
    assert estimate_tokens([{"role": "user", "content": text}] * 2) == 2 * short


def test_the_most_telling_tables_are_those_that_refer_to_others_and_hold_much() -> None:
    key = ForeignKey(columns=("column_number_0",), referred_table="x", referred_columns=("id",))
    tables = [
        table(name, wide(name, 40).columns, row_count=rows, foreign_keys=(key,) * keys)
        for name, rows, keys in [("a", 1, 0), ("b", 10**6, 0), ("c", 10, 2), ("d", None, 1)]
    ]
    assert [one.name for one in most_telling(tables, context_tokens=128_000, answer=500)] == ["a", "b", "c", "d"]
    assert [one.name for one in most_telling(tables, context_tokens=3300, answer=500)] == ["c", "d"]
    assert [one.name for one in most_telling(tables, context_tokens=10, answer=500)] == ["c"]
    assert [one.name for one in most_telling([orders()], context_tokens=None, answer=500)] == ["orders"]
