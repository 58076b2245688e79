"""The words of tables and columns that a search looks at, made from the rows as they are shown."""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from catalogctl.store.relational.connection import Connection, Row
from catalogctl.store.relational.voices import SHOWN_TEXT, shown_text
from catalogctl.store.searching import whole_names, words_of, words_of_names

_OF_TABLES = f"""
SELECT t.id, name, coalesce(model_synonyms, synonyms), comment, {SHOWN_TEXT.format(of="t")}
FROM catalogue_tables AS t
LEFT JOIN catalogue_descriptions AS d
    ON d.source_id = t.source_id AND d.table_name = t.name AND d.column_name IS NULL
"""

_OF_COLUMNS = f"""
SELECT c.id, c.name, coalesce(c.model_synonyms, c.synonyms), c.comment, {SHOWN_TEXT.format(of="c")}
FROM catalogue_tables AS t
JOIN catalogue_columns AS c ON c.table_id = t.id
LEFT JOIN catalogue_descriptions AS d
    ON d.source_id = t.source_id AND d.table_name = t.name AND d.column_name = c.name
"""

# What has not changed is left alone, and so is its place in an index.
_WRITE = """
INSERT INTO catalogue_texts ({of}, whole, names, synonyms, description)
VALUES (:id, :whole, :names, :synonyms, :description)
ON CONFLICT ({of}) DO UPDATE SET whole = excluded.whole, names = excluded.names, synonyms = excluded.synonyms,
    description = excluded.description
WHERE (catalogue_texts.whole, catalogue_texts.names, catalogue_texts.synonyms, catalogue_texts.description)
    <> (excluded.whole, excluded.names, excluded.synonyms, excluded.description)
"""


def renew_texts(connection: Connection, table_ids: Collection[int]) -> None:
    """Write the texts of these tables and of their columns anew."""
    chosen = {"ids": connection.listed(table_ids)}
    for of, query in (("table_id", _OF_TABLES), ("column_id", _OF_COLUMNS)):
        shown = connection.rows(f"{query} WHERE {connection.one_of('t.id', 'ids')}", chosen)
        connection.run_many(_WRITE.format(of=of), _texts(shown))


def renew_all_texts(connection: Connection) -> None:
    """Write all texts anew."""
    renew_texts(connection, [id_ for (id_,) in connection.rows("SELECT id FROM catalogue_tables")])


def _texts(shown: list[Row]) -> Iterator[Mapping[str, Any]]:
    for id_, name, synonyms, comment, *said in shown:
        others = json.loads(synonyms)
        yield {
            "id": id_,
            "whole": whole_names(name, others),
            "names": words_of_names([name]),
            "synonyms": words_of_names(others),
            "description": words_of(shown_text(*said) or comment or ""),
        }
