"""Questions that a catalogue's data can answer, of many kinds, each naming what is really there."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice

from catalogctl.domain.catalogue import Datasource
from catalogctl.domain.meaning import InferredKey, KpiDraft, QuestionDraft, TableMeaning
from catalogctl.enrich.rules.measuring.prominence import prominent_tables
from catalogctl.enrich.rules.question_kinds import KINDS, Kind, plain
from catalogctl.enrich.rules.reading.catalogue import Reading, TableReading, read
from catalogctl.enrich.rules.words.grammar import is_plural

_MOST = 8
_TURNS = 2


def propose_questions(
    source: Datasource, meanings: Sequence[TableMeaning], keys: Sequence[InferredKey], kpis: Sequence[KpiDraft]
) -> list[QuestionDraft]:
    """Eight questions on *source*, fewer only where it is too small for so many; the kinds take turns.

    Of each kind the most prominent tables are asked first. *kpis* with a trend give questions too.
    """
    reading = read(source, keys, meanings)
    tables = prominent_tables(reading)
    lines = [_line(kinds, tables, reading) for kinds in KINDS]
    lines.insert(2, _on_figures(kpis))
    in_turn = (draft for _ in range(_TURNS) for line in lines for draft in islice(line, 1))
    left = (draft for line in lines for draft in islice(line, _MOST))
    found: dict[str, QuestionDraft] = {}
    for draft in chain(in_turn, islice(_line((plain,), tables, reading), _MOST), left):
        if len(found) == _MOST:
            break
        found.setdefault(draft.question, draft)
    return list(found.values())


def _line(kinds: Sequence[Kind], tables: Sequence[TableReading], reading: Reading) -> Iterator[QuestionDraft]:
    return (draft for kind in kinds for table in tables for draft in kind(table, reading))


def _on_figures(kpis: Sequence[KpiDraft]) -> Iterator[QuestionDraft]:
    """How a key figure came to be what it is."""
    for kpi in kpis:
        if kpi.trend_sql and kpi.title.startswith(("Average ", "Share ")):
            title = kpi.title[0].lower() + kpi.title[1:]
            are_many = kpi.title.startswith("Average ") and is_plural(title.partition(" in ")[0].split(" ")[-1])
            question = f"How {'have' if are_many else 'has'} the {title} changed over time?"
            yield QuestionDraft(question=question, category="trend", icon="trend", tables=kpi.tables)
