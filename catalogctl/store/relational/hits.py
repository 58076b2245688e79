"""What was found, as it is shown: texts of a search are rows of a table or of a column."""

from collections.abc import Iterable, Mapping
from heapq import nsmallest
from typing import Any

from catalogctl.domain.meaning import SearchHit
from catalogctl.store.relational.connection import Connection
from catalogctl.store.relational.voices import SHOWN_TEXT, shown_text
from catalogctl.store.searching import Query, Texts

_OF_TEXTS = ("is_table", "whole", "names", "synonyms", "description")
_EVERY_TEXT = "SELECT id, column_id IS NULL, whole, names, synonyms, description FROM catalogue_texts"

_OF_TABLE = f"""
SELECT texts.id, sources.name, t.name, NULL, t.comment, {SHOWN_TEXT.format(of="t")}
FROM catalogue_texts AS texts
JOIN catalogue_tables AS t ON t.id = texts.table_id
JOIN sources ON sources.id = t.source_id
LEFT JOIN catalogue_descriptions AS d
    ON d.source_id = t.source_id AND d.table_name = t.name AND d.column_name IS NULL
"""

_OF_COLUMN = f"""
SELECT texts.id, sources.name, t.name, c.name, c.comment, {SHOWN_TEXT.format(of="c")}
FROM catalogue_texts AS texts
JOIN catalogue_columns AS c ON c.id = texts.column_id
JOIN catalogue_tables AS t ON t.id = c.table_id
JOIN sources ON sources.id = t.source_id
LEFT JOIN catalogue_descriptions AS d
    ON d.source_id = t.source_id AND d.table_name = t.name AND d.column_name = c.name
"""


def read_hits(connection: Connection, scores: Mapping[int, float]) -> list[SearchHit]:
    """The texts with these ids, in this order, as they are shown."""
    where = f"WHERE {connection.one_of('texts.id', 'ids')}"
    ids = {"ids": connection.listed(scores)}
    shown = {id_: row for query in (_OF_TABLE, _OF_COLUMN) for id_, *row in connection.rows(f"{query} {where}", ids)}
    return [_hit(*shown[id_], score=score) for id_, score in scores.items()]


def _hit(source: str, table: str, column: str | None, comment: str | None, *said: Any, score: float) -> SearchHit:
    description = shown_text(*said) or comment
    return SearchHit(source=source, table=table, column=column, description=description, score=score)


def scores_by_looking(connection: Connection, query: Query, *, limit: int) -> Iterable[tuple[int, float]]:
    """The best texts with their scores, by looking at every text."""
    found = [
        (-score, texts.whole, id_)
        for id_, *read in connection.rows(_EVERY_TEXT)
        if (score := query.score(texts := Texts(**dict(zip(_OF_TEXTS, read, strict=True))))) is not None
    ]
    return [(id_, -score) for score, _, id_ in nsmallest(limit, found)]
