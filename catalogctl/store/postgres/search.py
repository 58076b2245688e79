"""Search in the catalogue by PostgreSQL's index of words, scored as ``searching`` tells."""

from catalogctl.domain.meaning import SearchHit
from catalogctl.store.postgres.connection import PostgresConnection
from catalogctl.store.relational.hits import read_hits
from catalogctl.store.searching import (
    DESCRIPTION_WEIGHT,
    NAME_WEIGHT,
    SYNONYM_WEIGHT,
    Query,
    Term,
    forms,
    total_score,
)

LONGEST_WORD = 200
"""What the index has of a word; see ``catalogue_words``."""

_FOUND = """
WITH found AS (
    SELECT id, whole, CASE WHEN column_id IS NULL THEN 1 ELSE 0 END AS is_table,
        CASE WHEN split_part(whole, ' ', 1) = :whole THEN 3
            WHEN string_to_array(whole, ' ') && :wholes THEN 2
            WHEN name_words @@ CAST(:every AS tsquery) THEN 1
            ELSE 0 END AS closeness,
        ({weights}) / CAST(:terms AS double precision) AS strength
    FROM catalogue_texts WHERE words @@ CAST(:every AS tsquery)
)
SELECT id, closeness, strength, is_table FROM found
ORDER BY closeness DESC, is_table DESC, strength DESC, whole, id LIMIT :limit
"""

_WEIGHT = f"""
CASE WHEN name_words @@ CAST(:{{term}} AS tsquery) THEN {NAME_WEIGHT}
    WHEN synonym_words @@ CAST(:{{term}} AS tsquery) THEN {SYNONYM_WEIGHT}
    ELSE {DESCRIPTION_WEIGHT} END
"""


def search(connection: PostgresConnection, words: str, *, limit: int) -> list[SearchHit]:
    """The best hits, best first; what is a hit and which comes first is told in ``searching``."""
    query = Query.of(words)
    if not query.terms:
        return []
    terms = {f"term{number}": _expression(term) for number, term in enumerate(query.terms)}
    asked = {
        **terms,
        "every": " & ".join(terms.values()),
        "terms": len(terms),
        "whole": query.wholes[0],
        "wholes": list(query.wholes),
        "limit": limit,
    }
    weights = " + ".join(_WEIGHT.format(term=term) for term in terms)
    found = connection.rows(_FOUND.format(weights=weights), asked)
    scores = {
        id_: total_score(closeness, float(strength), is_table=bool(is_table))
        for id_, closeness, strength, is_table in found
    }
    return read_hits(connection, scores)


def _expression(term: Term) -> str:
    *firsts, last = term.parts
    parts = " & ".join([*(_any_form(part) for part in firsts), _any_form(last, is_beginning=term.is_last)])
    return f"(({parts}) | {_any_form(term.joined, is_beginning=term.is_last)})" if firsts else f"({parts})"


def _any_form(word: str, *, is_beginning: bool = False) -> str:
    # Quoted, a word is never an operator; it has no quotes itself, as it consists of letters and digits.
    whole, *singulars = (f"'{form[:LONGEST_WORD]}'" for form in forms(word))
    return f"({' | '.join([f'{whole}:*' if is_beginning else whole, *singulars])})"
