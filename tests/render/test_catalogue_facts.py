from dataclasses import replace
from typing import Any

from catalogued_shop import ORDERS, PROFILE, column, shop, table

from catalogctl.render.catalogue_facts import column_facts


def facts(*, profile: dict[str, Any] | None = None, **more: Any) -> dict[str, object]:
    one = column("email", 0, profile=profile, **more)
    of = table("people", one)
    return {fact.name: fact.value for fact in column_facts(shop(of), of, one) if fact.value is not None}


def test_a_column_that_nobody_has_looked_at_says_so() -> None:
    told = facts(comment="Where to write to", default="'x'", data_type="")
    assert told == {
        "column": "shop.people.email",
        "description": "Where to write to",
        "nullable": "true",
        "default": "'x'",
        "profile": "nobody has looked at its data yet",
    }


def test_a_comment_stands_beside_a_description_that_says_something_else() -> None:
    told = facts(comment="adr.", description="Where to write to.", is_described_by_person=True, synonyms=("mail", "@"))
    assert (told["description"], told["described by"], told["comment"]) == ("Where to write to.", "person", "adr.")
    assert told["also called"] == "mail, @"


def test_the_figures_are_for_people_and_say_on_what_they_rest() -> None:
    profile = {
        **PROFILE,
        "rows_profiled": 1_204,
        "is_exact": False,
        "stale": True,
        "text_length": {"min": 3, "max": 1_000, "mean": 12.25},
        "top_values": [
            {"value": "ada@example.org", "count": 301, "share": 0.25},
            {"value": "x" * 10_000, "count": 24, "share": 0.02},
            {"value": "rare@example.org", "count": 2, "share": 0.002},
        ],
    }
    told = facts(profile=profile)
    assert told["profile"] == "of a former run, of a sample of the rows"
    assert (told["rows"], told["null"], told["distinct"]) == ("1,204", "602 (50%)", "602 (100%)")
    assert (told["characters"], told["pattern"]) == ("3 – 1,000, 12.2 on average", "email 98%")
    assert told["frequent"] == f"ada@example.org (25%), {'x' * 59}… (2%)"
    estimated = facts(profile={**profile, "stale": False, "basis": "statistics"})
    assert estimated["profile"] == "estimated from the server's statistics"
    level = facts(profile={**profile, "text_length": {"min": 36, "max": 36, "mean": 36.0}, "top_values": []})
    assert level["characters"] == "36"
    assert "frequent" not in level


def test_a_key_is_told_in_words() -> None:
    customer = next(one for one in ORDERS.columns if one.name == "customer_id")
    [key] = [fact.value for fact in column_facts(shop(ORDERS), ORDERS, customer) if fact.name == "key"]
    assert key == "-> customers.id"
    stray = replace(ORDERS, foreign_keys=())
    assert "key" not in {fact.name for fact in column_facts(shop(stray), stray, customer) if fact.value is not None}
