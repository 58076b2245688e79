"""What must hold for every sentence, title and question, whatever the catalogue."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from catalogued import column, datasource, table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from known_databases import Known

from catalogctl.domain.catalogue import Datasource
from catalogctl.enrich.rules.foreign_keys import accepted, containment_sql, key_candidates
from catalogctl.enrich.rules.kpis import propose_kpis
from catalogctl.enrich.rules.questions import propose_questions
from catalogctl.enrich.rules.reading.semantic_types import SemanticType
from catalogctl.enrich.rules.understanding import understand

SILLY = re.compile(
    r"\bNone\b|\bnan\b|\binf\b|  |\bof the of\b|\bthe the\b|\b(\w+) of the \1\b(?! \w)|, ,|; ;|: ;|,\.|;\.|\(\)|"
    r"\ba [aeio][a-z]|\ban [bcdfgjklmnpqrtvwxyz][a-z]|(?<![\d,.])1 (?:rows|pairs|different)|^[a-z]|[^.?!”…)]$"
)


def sentences(known: Known) -> Iterator[str]:
    for meaning in known.meanings().values():
        yield from filter(None, (meaning.description, *(told.description for told in meaning.columns.values())))


def test_no_sentence_is_silly(known: Known) -> None:
    for said in sentences(known):
        assert not SILLY.search(said), said
        assert 8 <= len(said) <= 400, said


def test_no_title_or_question_is_silly(known: Known) -> None:
    for kpi in known.kpis().values():
        assert re.fullmatch(r"[A-Z0-9].{2,80}", kpi.title), kpi.title
        assert not SILLY.search(f"{kpi.title}."), kpi.title
    for draft in known.questions():
        assert not SILLY.search(draft.question), draft.question


def test_figures_in_sentences_are_those_of_the_data(known: Known) -> None:
    rows = {found.name: found.row_count or 0 for found in known.source.tables}
    for name, meaning in known.meanings().items():
        counts = re.findall(
            r"(?:^|View with |List of |: |\()([\d,]+) (?=\w)", (meaning.description or "").partition(";")[0]
        )
        if meaning.description is None:
            # Of a table with a cryptic name and cryptic columns there is nothing to say.
            assert name == "T001_BUKRS"
            continue
        assert counts, name
        assert int(counts[0].replace(",", "")) == rows[name]


def test_meaning_names_what_is_there_and_no_more(known: Known) -> None:
    meanings = understand(known.source, known.keys)
    assert [meaning.name for meaning in meanings] == [table.name for table in known.source.tables]
    for meaning, found in zip(meanings, known.source.tables, strict=True):
        assert set(meaning.columns) == {column.name for column in found.columns}
        for told in meaning.columns.values():
            assert told.semantic_type is None or told.semantic_type in set(SemanticType)
            assert (told.is_personal is None) == (told.personal_confidence is None)
            assert told.personal_confidence is None or 0 < told.personal_confidence <= 1


def test_the_same_catalogue_is_told_of_in_the_same_words(known: Known) -> None:
    shuffled = replace(
        known.source,
        tables=tuple(replace(found, columns=found.columns[::-1]) for found in known.source.tables),
    )
    assert understand(shuffled, known.keys) == understand(known.source, known.keys)
    meanings = understand(known.source, known.keys)
    first = propose_kpis(known.source, meanings, known.keys, dialect="sqlite")
    assert propose_kpis(shuffled, meanings, known.keys, dialect="sqlite") == first


NAMES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "x" * 10_000,
            "%",
            "# €",
            "",
            " ",
            "_",
            "--",
            "🏷",
            "a b",
            'x"y',
            "id",
            "ID",
            "1",
            "\x1b[31m",
            "select",
            "名前",
            "é",
            "of",
            "by",
        ]
    ),
)
TELLING = st.lists(
    st.sampled_from(
        [
            "id",
            "date",
            "created",
            "at",
            "total",
            "cents",
            "price",
            "status",
            "name",
            "first",
            "customer",
            "order",
            "no",
            "to",
            "from",
            "is",
            "active",
            "pct",
            "email",
            "statut",
            "montant",
            "ttc",
            "prénom",
            "unit",
            "value",
            "list",
        ]
    ),
    min_size=1,
    max_size=4,
).map("_".join)
CAPITALS = st.text("ACDELMNORSTUY0", min_size=1, max_size=9)
VALUES = st.one_of(
    st.none(), st.lists(st.integers(-(10**20), 10**20), max_size=5), st.lists(st.text(max_size=20), max_size=5),
    st.lists(st.floats(-1e300, 1e300), max_size=5), st.lists(st.none(), max_size=3),
    st.lists(st.booleans(), max_size=4), st.lists(st.sampled_from([0, 1, 20240131, 20240229, 20231101]), max_size=9),
    st.lists(st.sampled_from(["9999-01-01", "2024-02-29", "2023-01-01T10:00:00"]), max_size=5),
    st.lists(st.sampled_from(["payée", "open", "EUR", "USD", "Ada Lovelace"]), max_size=5),
    st.lists(st.sampled_from([1_717_200_000, 1_717_200_000_000_000, 1_717_200_000_000_000_000]), max_size=3),
)  # fmt: skip
TYPES = st.sampled_from(
    ["", "INTEGER", "TEXT", "DATE", "TIMESTAMP", "REAL", "BLOB", "BOOLEAN", "JSON", "GEOMETRY", "???", "TIME"]
)


@st.composite
def catalogues(draw: Any) -> Datasource:
    any_name = st.one_of(NAMES, TELLING, CAPITALS)
    names = draw(st.lists(any_name, min_size=1, max_size=4, unique=True))
    tables = []
    for name in names:
        fields = draw(st.lists(any_name, max_size=6, unique=True))
        columns = [column(field, draw(TYPES), draw(VALUES), is_key=draw(st.booleans())) for field in fields]
        tables.append(table(name, *columns, rows=draw(st.one_of(st.none(), st.integers(0, 10**9)))))
    return datasource(*tables)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(catalogues(), st.sampled_from(["sqlite", "duckdb", "postgresql", "mysql", "files", "db2"]))
def test_any_catalogue_at_all_is_taken(source: Datasource, dialect: str) -> None:
    keys = {}
    for candidate in key_candidates(source):
        assert containment_sql(candidate, dialect).startswith("SELECT")
        if (key := accepted(candidate, 30, 30)) is not None:
            keys.setdefault((key.table, key.column), key)
    inferred = tuple(keys.values())
    meanings = understand(source, inferred)
    kpis = propose_kpis(source, meanings, inferred, dialect=dialect)
    for draft in propose_questions(source, meanings, inferred, kpis):
        assert draft.question.endswith("?")
        assert draft.question.isprintable()
        assert len(draft.question) < 1_000
    for kpi in kpis:
        assert kpi.title.strip()
        assert kpi.title.isprintable()
        assert len(kpi.title) <= 120
    for meaning in meanings:
        for told in (meaning.description, *(told.description for told in meaning.columns.values())):
            assert told is None or (told.strip() and told.isprintable() and len(told) < 2_000)


@pytest.mark.parametrize("name", ["a\nb", "\x1b[31mred", "x\u202ey"])
def test_control_characters_of_names_and_values_stay_out_of_sentences(name: str) -> None:
    subject = table(
        "orders", column("status", "TEXT", [name, name, "open", "open"]), column(name, "TEXT", ["a", "a", "b", "b"])
    )
    [told] = understand(datasource(subject), [])
    for text in (told.description, *(found.description for found in told.columns.values())):
        assert text is None or text.isprintable()
