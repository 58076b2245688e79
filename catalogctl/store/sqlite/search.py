"""Search in the catalogue: by the index of words, or by looking at every text where that is missing or behind."""

from collections.abc import Iterable

from catalogctl.domain.meaning import SearchHit
from catalogctl.store.relational.hits import read_hits, scores_by_looking
from catalogctl.store.searching import (
    DESCRIPTION_WEIGHT,
    NAME_WEIGHT,
    SYNONYM_WEIGHT,
    Query,
    Term,
    forms,
    total_score,
)
from catalogctl.store.sqlite.connection import SqliteConnection
from catalogctl.store.sqlite.word_index import is_complete

# bm25 is below 0, the better the lower.
_BY_INDEX = """
WITH found AS MATERIALIZED (
    SELECT rowid AS id, bm25(catalogue_index, :name, :synonym, :description) AS rank
    FROM catalogue_index WHERE catalogue_index MATCH :anywhere
), in_names AS MATERIALIZED (
    SELECT rowid AS id FROM catalogue_index WHERE catalogue_index MATCH :in_names
)
SELECT id, CASE WHEN substr(whole, 1, instr(whole || ' ', ' ') - 1) = :whole THEN 3
    WHEN {called} THEN 2
    WHEN id IN (SELECT id FROM in_names) THEN 1
    ELSE 0 END AS closeness, -rank, column_id IS NULL AS is_table
FROM found JOIN catalogue_texts USING (id)
ORDER BY closeness DESC, is_table DESC, rank, whole, id LIMIT :limit
"""


def search(connection: SqliteConnection, words: str, *, limit: int) -> list[SearchHit]:
    """The best hits, best first; what is a hit and which comes first is told in ``searching``."""
    query = Query.of(words)
    if not query.terms:
        return []
    by = _scores_by_index if is_complete(connection.raw) else scores_by_looking
    return read_hits(connection, dict(by(connection, query, limit=limit)))


def _scores_by_index(connection: SqliteConnection, query: Query, *, limit: int) -> Iterable[tuple[int, float]]:
    anywhere = " AND ".join(_expression(term) for term in query.terms)
    asked = {
        "anywhere": anywhere,
        "in_names": f"names : ({anywhere})",
        "whole": query.wholes[0],
        "limit": limit,
        "name": NAME_WEIGHT,
        "synonym": SYNONYM_WEIGHT,
        "description": DESCRIPTION_WEIGHT,
    }
    wholes = {f"whole{number}": f" {whole} " for number, whole in enumerate(query.wholes)}
    called = " OR ".join(f"instr(' ' || whole || ' ', :{name})" for name in wholes)
    for id_, closeness, strength, is_table in connection.rows(_BY_INDEX.format(called=called), {**asked, **wholes}):
        yield id_, total_score(closeness, strength, is_table=is_table)


def _expression(term: Term) -> str:
    *firsts, last = term.parts
    parts = " AND ".join([*(_any_form(part) for part in firsts), _any_form(last, is_beginning=term.is_last)])
    return f"(({parts}) OR {_any_form(term.joined, is_beginning=term.is_last)})" if firsts else parts


def _any_form(word: str, *, is_beginning: bool = False) -> str:
    # Quoted, a word is never an operator; it has no quotes itself, as it consists of letters and digits.
    whole, *singulars = (f'"{form}"' for form in forms(word))
    return f"({' OR '.join([f'{whole}*' if is_beginning else whole, *singulars])})"
