"""Search in the catalogue: by the index of words, or by looking at every text where that is missing or behind."""

import sqlite3
from collections.abc import Iterable
from heapq import nsmallest

from catalogctl.domain.events import compact_json
from catalogctl.domain.meaning import SearchHit
from catalogctl.store.searching import (
    DESCRIPTION_WEIGHT,
    NAME_WEIGHT,
    SYNONYM_WEIGHT,
    Query,
    Term,
    Texts,
    forms,
    total_score,
)
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
    ELSE 0 END AS closeness, -rank
FROM found JOIN catalogue_texts USING (id)
ORDER BY closeness DESC, rank, column_id IS NOT NULL, whole, id LIMIT :limit
"""

_EVERY_TEXT = "SELECT id, column_id IS NOT NULL, whole, names, synonyms, description FROM catalogue_texts"

_SHOWN = """
SELECT texts.id, sources.name, t.name, c.name, CASE
    WHEN c.id IS NULL THEN coalesce(
        (
            SELECT description FROM catalogue_descriptions AS d
            WHERE d.source_id = t.source_id AND d.table_name = t.name AND d.column_name IS NULL
        ),
        t.description, t.comment
    )
    ELSE coalesce(
        (
            SELECT description FROM catalogue_descriptions AS d
            WHERE d.source_id = t.source_id AND d.table_name = t.name AND d.column_name = c.name
        ),
        c.description, c.comment
    ) END
FROM catalogue_texts AS texts
LEFT JOIN catalogue_columns AS c ON c.id = texts.column_id
JOIN catalogue_tables AS t ON t.id = coalesce(texts.table_id, c.table_id)
JOIN sources ON sources.id = t.source_id
WHERE texts.id IN (SELECT value FROM json_each(?))
"""


def search(connection: sqlite3.Connection, words: str, *, limit: int) -> list[SearchHit]:
    """The best hits, best first; what is a hit and which comes first is told in ``searching``."""
    query = Query.of(words)
    if not query.terms:
        return []
    scores = dict((_by_index if is_complete(connection) else _by_looking)(connection, query, limit))
    shown = {row[0]: row[1:] for row in connection.execute(_SHOWN, (compact_json(list(scores)),))}
    return [_hit(*shown[id_], score=score) for id_, score in scores.items()]


def _hit(source: str, table: str, column: str | None, description: str | None, *, score: float) -> SearchHit:
    return SearchHit(source=source, table=table, column=column, description=description, score=score)


def _by_index(connection: sqlite3.Connection, query: Query, limit: int) -> Iterable[tuple[int, float]]:
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
    for id_, closeness, strength in connection.execute(_BY_INDEX.format(called=called), {**asked, **wholes}):
        yield id_, total_score(closeness, strength)


def _expression(term: Term) -> str:
    *firsts, last = term.parts
    parts = " AND ".join([*(_any_form(part) for part in firsts), _any_form(last, is_beginning=term.is_last)])
    return f"(({parts}) OR {_any_form(term.joined, is_beginning=term.is_last)})" if firsts else parts


def _any_form(word: str, *, is_beginning: bool = False) -> str:
    # Quoted, a word is never an operator; it has no quotes itself, as it consists of letters and digits.
    whole, *singulars = (f'"{form}"' for form in forms(word))
    return f"({' OR '.join([f'{whole}*' if is_beginning else whole, *singulars])})"


def _by_looking(connection: sqlite3.Connection, query: Query, limit: int) -> Iterable[tuple[int, float]]:
    found = [
        (-score, is_column, whole, id_)
        for id_, is_column, whole, names, synonyms, description in connection.execute(_EVERY_TEXT)
        if (score := query.score(Texts(whole=whole, names=names, synonyms=synonyms, description=description)))
        is not None
    ]
    return [(id_, -score) for score, _, _, id_ in nsmallest(limit, found)]
