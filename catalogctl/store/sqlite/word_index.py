"""The index of words: brought up to date by whoever can. A SQLite library may lack FTS5 and write all the same.

What the index does not say yet stands in ``catalogue_unindexed``, where ordinary triggers put it. As long as something
does, the index is not asked.
"""

import sqlite3

_IS_BEHIND = "SELECT EXISTS (SELECT 1 FROM catalogue_unindexed)"

_CAN_BE_READ = """
SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'catalogue_index')
    AND EXISTS (SELECT 1 FROM pragma_module_list WHERE name = 'fts5')
"""

# Without the former words FTS5 could not take them out.
_TAKE_OUT = """
INSERT INTO catalogue_index (catalogue_index, rowid, names, synonyms, description)
SELECT 'delete', id, names, synonyms, description FROM catalogue_unindexed WHERE names IS NOT NULL
"""

_PUT_IN = """
INSERT INTO catalogue_index (rowid, names, synonyms, description)
SELECT id, names, synonyms, description FROM catalogue_texts WHERE id IN (SELECT id FROM catalogue_unindexed)
"""


def is_complete(connection: sqlite3.Connection) -> bool:
    """True when the index can be asked, and says of every text what the text says."""
    return _can_be_read(connection) and not _is_behind(connection)


def catch_up(connection: sqlite3.Connection) -> None:
    """Bring the index up to date, inside the transaction that is open; leave it to others where FTS5 is missing."""
    if _is_behind(connection) and _can_be_read(connection):
        connection.execute(_TAKE_OUT)
        connection.execute(_PUT_IN)
        connection.execute("DELETE FROM catalogue_unindexed")


def _is_behind(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute(_IS_BEHIND).fetchone()[0])


def _can_be_read(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute(_CAN_BE_READ).fetchone()[0])
