"""The tables of a search and of its index, for the migrations of ``schema``."""

TEXTS = """
-- What a search looks at, for each table and each column, as words without accents and case.
CREATE TABLE catalogue_texts (
    id INTEGER PRIMARY KEY,
    table_id INTEGER UNIQUE REFERENCES catalogue_tables (id) ON DELETE CASCADE,
    column_id INTEGER UNIQUE REFERENCES catalogue_columns (id) ON DELETE CASCADE,
    whole TEXT NOT NULL,
    names TEXT NOT NULL,
    synonyms TEXT NOT NULL,
    description TEXT NOT NULL
) STRICT;
"""

INDEX = """
CREATE VIRTUAL TABLE catalogue_index USING fts5 (
    names, synonyms, description,
    content = 'catalogue_texts', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER catalogue_texts_added AFTER INSERT ON catalogue_texts BEGIN
    INSERT INTO catalogue_index (rowid, names, synonyms, description)
    VALUES (new.id, new.names, new.synonyms, new.description);
END;
CREATE TRIGGER catalogue_texts_removed AFTER DELETE ON catalogue_texts BEGIN
    INSERT INTO catalogue_index (catalogue_index, rowid, names, synonyms, description)
    VALUES ('delete', old.id, old.names, old.synonyms, old.description);
END;
CREATE TRIGGER catalogue_texts_changed AFTER UPDATE ON catalogue_texts BEGIN
    INSERT INTO catalogue_index (catalogue_index, rowid, names, synonyms, description)
    VALUES ('delete', old.id, old.names, old.synonyms, old.description);
    INSERT INTO catalogue_index (rowid, names, synonyms, description)
    VALUES (new.id, new.names, new.synonyms, new.description);
END;
INSERT INTO catalogue_index (catalogue_index) VALUES ('rebuild');
"""

# Triggers of the index itself would fail in a SQLite without FTS5, which may share the store with one that has it.
WITHOUT_TRIGGERS = """
DROP TRIGGER IF EXISTS catalogue_texts_added;
DROP TRIGGER IF EXISTS catalogue_texts_removed;
DROP TRIGGER IF EXISTS catalogue_texts_changed;
"""

# Each text once, with the words that the index has of it, NULL for a text that it does not know. The condition stands
# in WHEN because OR IGNORE would give way to the conflict clause of the statement that fires the trigger.
UNINDEXED = """
CREATE TABLE catalogue_unindexed (
    id INTEGER PRIMARY KEY,
    names TEXT,
    synonyms TEXT,
    description TEXT
) STRICT;
CREATE TRIGGER catalogue_texts_to_add AFTER INSERT ON catalogue_texts
WHEN NOT EXISTS (SELECT 1 FROM catalogue_unindexed WHERE id = new.id) BEGIN
    INSERT INTO catalogue_unindexed (id) VALUES (new.id);
END;
CREATE TRIGGER catalogue_texts_to_remove AFTER DELETE ON catalogue_texts
WHEN NOT EXISTS (SELECT 1 FROM catalogue_unindexed WHERE id = old.id) BEGIN
    INSERT INTO catalogue_unindexed (id, names, synonyms, description)
    VALUES (old.id, old.names, old.synonyms, old.description);
END;
CREATE TRIGGER catalogue_texts_to_change AFTER UPDATE ON catalogue_texts
WHEN NOT EXISTS (SELECT 1 FROM catalogue_unindexed WHERE id = old.id) BEGIN
    INSERT INTO catalogue_unindexed (id, names, synonyms, description)
    VALUES (old.id, old.names, old.synonyms, old.description);
END;
"""

COMPLETE = """
INSERT INTO catalogue_index (catalogue_index) VALUES ('rebuild');
DELETE FROM catalogue_unindexed;
"""
