"""The words of tables and columns that a search looks at, made by SQLite from the rows as they are shown."""

import json
import sqlite3
from collections.abc import Collection

from catalogctl.domain.events import compact_json
from catalogctl.store.searching import whole_names, words_of, words_of_names

_OF_TABLES = """
INSERT INTO catalogue_texts (table_id, whole, names, synonyms, description)
SELECT t.id, whole_names(name, synonyms), words_of_names(json_array(name)), words_of_names(synonyms),
    words_of(coalesce(d.description, t.description, comment, ''))
FROM catalogue_tables AS t
LEFT JOIN catalogue_descriptions AS d
    ON d.source_id = t.source_id AND d.table_name = t.name AND d.column_name IS NULL
"""

_OF_COLUMNS = """
INSERT INTO catalogue_texts (column_id, whole, names, synonyms, description)
SELECT c.id, whole_names(c.name, c.synonyms), words_of_names(json_array(c.name)), words_of_names(c.synonyms),
    words_of(coalesce(d.description, c.description, c.comment, ''))
FROM catalogue_tables AS t
JOIN catalogue_columns AS c ON c.table_id = t.id
LEFT JOIN catalogue_descriptions AS d
    ON d.source_id = t.source_id AND d.table_name = t.name AND d.column_name = c.name
"""

# What has not changed is left alone, and so is its place in the index.
_IN_PLACE = """
DO UPDATE SET whole = excluded.whole, names = excluded.names, synonyms = excluded.synonyms,
    description = excluded.description
WHERE (whole, names, synonyms, description)
    IS NOT (excluded.whole, excluded.names, excluded.synonyms, excluded.description)
"""


def add_word_functions(connection: sqlite3.Connection) -> None:
    """Let statements of *connection* call what ``index_texts`` needs."""
    connection.create_function(
        "whole_names", 2, lambda name, synonyms: whole_names(name, json.loads(synonyms)), deterministic=True
    )
    connection.create_function("words_of", 1, words_of, deterministic=True)
    connection.create_function("words_of_names", 1, lambda names: words_of_names(json.loads(names)), deterministic=True)


def index_texts(table_ids: str) -> str:
    """Statements that write the texts of the tables that the SELECT *table_ids* gives, and of their columns."""
    return "".join(_statements(table_ids))


def renew_texts(connection: sqlite3.Connection, table_ids: Collection[int]) -> None:
    """Write the texts of these tables and of their columns anew."""
    for statement in _statements("SELECT value FROM json_each(?)"):
        connection.execute(statement, (compact_json(list(table_ids)),))


def _statements(table_ids: str) -> tuple[str, str]:
    return (
        f"{_OF_TABLES} WHERE t.id IN ({table_ids}) ON CONFLICT (table_id) {_IN_PLACE};",
        f"{_OF_COLUMNS} WHERE t.id IN ({table_ids}) ON CONFLICT (column_id) {_IN_PLACE};",
    )
