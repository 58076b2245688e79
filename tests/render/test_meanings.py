from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO

from rich.console import Console

from catalogctl.domain.costs import costs_record
from catalogctl.domain.meaning import (
    Estimate,
    Kpi,
    KpiResult,
    KpiTrend,
    LlmCall,
    LlmStatus,
    LlmUse,
    QuestionDraft,
    SearchHit,
    SuggestedQuestion,
)
from catalogctl.render import costs, meanings, tables
from catalogctl.render.details import tab_separated
from catalogctl.render.listing import Eye, Listing
from catalogctl.render.palette import ASCII, UNICODE, Glyphs

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def drawn(listing: Listing[object], *, glyphs: Glyphs = UNICODE, width: int = 100) -> list[str]:
    console = Console(file=StringIO(), width=width, highlight=False, markup=False)
    with console.capture() as capture:
        console.print(tables.table(listing, eye=Eye(now=NOW, glyphs=glyphs), width=width))
    return [line.rstrip() for line in capture.get().splitlines()]


def kpi(**more: object) -> Kpi:
    result = {"title": "Orders", "value": "9,000", "sql": 'SELECT COUNT(*)\nFROM "orders"', **more}
    return Kpi(id=1, source="shop", result=KpiResult(**result), created_at=NOW)  # type: ignore[arg-type]  # fields by name


def use(model: str, *, cost: float | None, hour: int = 9) -> LlmUse:
    call = LlmCall(
        model=model,
        provider="acme",
        purpose="describe",
        is_ok=True,
        seconds=1.0,
        tokens_input=1_000,
        tokens_output=200,
        cost=cost,
    )
    return LlmUse(at=NOW.replace(hour=hour), run_id=None, call=call)


def test_a_key_figure_shows_its_course_and_where_it_goes() -> None:
    trend = KpiTrend(value=-4.25, direction="down", label="May vs April")
    lines = drawn(meanings.kpis([kpi(trend=trend, sparkline=(1.0, 2.0, 3.0), footer="by month")]))
    assert lines[1] == "shop    Orders      9,000  -4.2% May vs April  ▁▅█     by month"
    plain = drawn(meanings.kpis([kpi(sparkline=(1.0, 2.0, 3.0))]), glyphs=ASCII)
    assert plain[1].isascii()


def test_less_can_be_better() -> None:
    def style(*, direction: str, invert: bool) -> str:
        listing = meanings.kpis([kpi(trend=KpiTrend(value=1.0, direction=direction, invert=invert))])
        return listing.columns[3].cell(listing.rows[0], Eye(now=NOW, glyphs=UNICODE)).style

    assert style(direction="up", invert=False) == style(direction="down", invert=True) == "green"
    assert style(direction="down", invert=False) == style(direction="up", invert=True) == "red"


def test_a_file_gets_the_sql_of_a_key_figure_on_one_line() -> None:
    [line] = meanings.kpis([kpi(sparkline=(1.0, 2.5))]).tab_separated()
    assert line.split("\t") == ["shop", "Orders", "9,000", "", "[1.0,2.5]", "", r'SELECT COUNT(*)\nFROM "orders"']


def test_a_course_needs_two_values_and_may_be_level() -> None:
    assert (meanings.sparkline([]), meanings.sparkline([5.0]), meanings.sparkline([5.0, 5.0])) == ("", "", "▁▁")
    assert meanings.sparkline([0.0, *[1.0] * 24]) == "▁" * 24


def test_questions_and_hits_are_lists() -> None:
    draft = QuestionDraft(question="Which?", category="ranking", icon="x", tables=("a", "b"))
    question = SuggestedQuestion(id=1, source="shop", draft=draft, display_order=1, is_enabled=True, created_at=NOW)
    assert list(meanings.questions([question]).tab_separated()) == ["shop\tWhich?\tranking\ta, b"]
    hit = SearchHit(source="shop", table="orders", column=None, description="All orders", score=1.0)
    assert list(meanings.hits([hit]).tab_separated()) == ["shop\torders\t\tAll orders"]


def estimate(**more: object) -> Estimate:
    plain = {"source": "shop", "tables": ("a", "b"), "batches": 1, "tokens_input": 1_500, "tokens_output": 300}
    return Estimate(**{**plain, "cost": None, "model": "m", "provider": "acme", **more})  # type: ignore[arg-type]  # fields by name


def test_an_estimate_says_what_goes_out_and_what_is_not_known() -> None:
    facts = dict(line.split("\t") for line in tab_separated(meanings.estimate_facts(estimate())))
    assert facts["model"] == "m (acme)"
    assert facts["tables"] == "2: a, b"
    assert facts["tokens"] == "1,500 in, 300 out"
    assert (facts["cost"], facts["samples"]) == ("?", "false")
    assert facts["comments"] == "false"
    assert facts["withheld"].startswith("all values")
    shared = meanings.estimate_facts(
        estimate(shares_samples=True, shares_comments=True, withheld=("a.email",), cost=0.00123)
    )
    facts = dict(line.split("\t") for line in tab_separated(shared))
    assert (facts["cost"], facts["samples"], facts["comments"]) == ("$0.0012", "true", "true")
    assert facts["withheld"] == "the values of 1 column: a.email"


def test_rules_send_nothing_and_so_withhold_nothing() -> None:
    facts = meanings.estimate_facts(estimate(tokens_input=0, tokens_output=0, cost=0.0, model="rules"))
    names = [line.split("\t")[0] for line in tab_separated(facts)]
    assert "withheld" not in names
    assert not {"samples", "comments"} & set(names)


def test_costs_are_told_by_model_and_by_hour_and_never_as_less_than_they_were() -> None:
    record = costs_record([use("big", cost=0.5), use("own", cost=None, hour=10), use("big", cost=1.0)], days=7)
    lines = drawn(costs.by_model(record))
    assert lines[0] == "last 7 days  3 calls  3,600 tokens  ?"
    assert [line.split() for line in lines[3:]] == [
        ["big", "acme", "2", "2,000", "400", "$1.50"],
        ["own", "acme", "1", "1,000", "200", "?"],
    ]
    assert [line.split()[:3] for line in drawn(costs.by_hour(record))[1:]] == [
        ["2026-03-01", "09:00", "2"],
        ["2026-03-01", "10:00", "1"],
    ]
    plain = [line.split("\t") for line in costs.all_sums(record).tab_separated()]
    assert [row[0] for row in plain] == ["model", "model", "hour", "hour", "total"]
    assert plain[0] == ["model", "big", "acme", "2", "2000", "400", "1.5"]
    assert plain[-1][3:] == ["3", "3000", "600", "?"]


def test_without_a_call_there_is_nothing_to_sum() -> None:
    assert not costs.all_sums(costs_record([], days=7)).rows


def test_a_status_tells_who_answers_and_how_fast() -> None:
    status = LlmStatus(is_ok=True, message="answers", model="m", provider="acme", seconds=0.42)
    assert costs.status_words(status) == "acme: answers, 420 ms"
    there = replace(status, message="m answers at http://gpu.example/v1", provider="gpu.example", seconds=2.04)
    assert costs.status_words(there) == "m answers at http://gpu.example/v1, 2.0s"
    gone = replace(there, is_ok=False, message="gpu.example cannot be reached. Is it running?")
    assert costs.status_words(gone) == "gpu.example cannot be reached. Is it running?"
    rules = LlmStatus(is_ok=True, message="no model is set up", model="rules", provider="rules")
    assert costs.status_words(rules) == "no model is set up"
