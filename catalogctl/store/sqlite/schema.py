"""The tables of a store file, as migrations: what was released is never edited, only followed by another.

Times are microseconds since 1970 in UTC. What may be large stands last in its row, or reading what stands behind it
would mean reading it too.
"""

from collections.abc import Collection, Mapping

from catalogctl.store.sqlite.search_schema import COMPLETE, INDEX, TEXTS, UNINDEXED, WITHOUT_TRIGGERS

APPLICATION_ID = 0x63746C67
"""The mark in the header of every store file, by which another program's database is told apart."""

MIGRATION_SET = "catalogctl"

_LOG = """
CREATE TABLE log (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch TEXT NOT NULL,
    pruned INTEGER NOT NULL DEFAULT 0
) STRICT;

-- AUTOINCREMENT, because a plain key gives the seq of a deleted newest row to the next event.
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    topic TEXT NOT NULL,
    type TEXT NOT NULL,
    at INTEGER NOT NULL,
    run_id TEXT,
    job_id INTEGER,
    data TEXT NOT NULL
) STRICT;
CREATE INDEX events_topic ON events (topic, seq);
CREATE INDEX events_run ON events (run_id, topic, seq) WHERE run_id IS NOT NULL;
"""

_RUNS = """
CREATE TABLE runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    completed_at INTEGER,
    options TEXT NOT NULL,
    last_seq INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX runs_active ON runs (source) WHERE status IN ('pending', 'running');
CREATE INDEX runs_status ON runs (status, number);
CREATE INDEX runs_source ON runs (source, status, number);

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL REFERENCES runs (run_id),
    source TEXT NOT NULL,
    job_type TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    progress INTEGER NOT NULL,
    steps TEXT NOT NULL,
    step_index INTEGER,
    started_at INTEGER,
    completed_at INTEGER,
    details TEXT,
    result TEXT,
    error_message TEXT,
    warnings TEXT NOT NULL,
    warnings_total INTEGER NOT NULL
) STRICT;
CREATE INDEX jobs_run ON jobs (run_id);
CREATE INDEX jobs_status ON jobs (job_type, status, id);
CREATE INDEX jobs_source ON jobs (source, job_type, status, id);

CREATE TABLE tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id INTEGER NOT NULL REFERENCES jobs (id),
    step TEXT NOT NULL,
    key TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending',
    attempt INTEGER NOT NULL DEFAULT 0,
    worker TEXT,
    lease_until INTEGER,
    started_at INTEGER,
    completed_at INTEGER,
    error TEXT,
    payload TEXT NOT NULL,
    result TEXT,
    UNIQUE (job_id, step, key)
) STRICT;
CREATE INDEX tasks_status ON tasks (job_id, status, id, step);
CREATE INDEX tasks_held ON tasks (worker) WHERE status = 'running';

CREATE TABLE workers (
    id TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    run_id TEXT,
    lease_until INTEGER NOT NULL
) STRICT;
"""

_CATALOGUE = """
CREATE TABLE sources (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    location TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    extracted_at INTEGER
) STRICT;

CREATE TABLE catalogue_sources (
    source_id INTEGER PRIMARY KEY REFERENCES sources (id) ON DELETE CASCADE,
    description TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE catalogue_tables (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id INTEGER NOT NULL REFERENCES catalogue_sources (source_id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    is_view INTEGER NOT NULL,
    comment TEXT,
    description TEXT,
    row_count INTEGER,
    is_enabled INTEGER NOT NULL DEFAULT 1,
    foreign_keys TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (source_id, name)
) STRICT;

CREATE TABLE catalogue_columns (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    table_id INTEGER NOT NULL REFERENCES catalogue_tables (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    position INTEGER NOT NULL,
    data_type TEXT NOT NULL,
    is_nullable INTEGER NOT NULL,
    default_value TEXT,
    is_primary_key INTEGER NOT NULL,
    comment TEXT,
    description TEXT,
    full_context TEXT,
    synonyms TEXT NOT NULL DEFAULT '[]',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    profile TEXT,
    UNIQUE (table_id, name)
) STRICT;

-- What people wrote, by name, so that it outlives what it describes. The column is NULL in the description of a table,
-- and not empty, as the name of a column may be.
CREATE TABLE catalogue_descriptions (
    source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    table_name TEXT NOT NULL,
    column_name TEXT,
    description TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX catalogue_descriptions_of_columns ON catalogue_descriptions (source_id, table_name, column_name)
    WHERE column_name IS NOT NULL;
CREATE UNIQUE INDEX catalogue_descriptions_of_tables ON catalogue_descriptions (source_id, table_name)
    WHERE column_name IS NULL;
"""

_MEANING = """
ALTER TABLE catalogue_tables ADD COLUMN role TEXT;
ALTER TABLE catalogue_tables ADD COLUMN synonyms TEXT NOT NULL DEFAULT '[]';

-- The profile moves behind the new columns, because it may be large.
ALTER TABLE catalogue_columns RENAME COLUMN profile TO former_profile;
ALTER TABLE catalogue_columns ADD COLUMN semantic_type TEXT;
ALTER TABLE catalogue_columns ADD COLUMN is_personal INTEGER;
ALTER TABLE catalogue_columns ADD COLUMN personal_confidence REAL;
ALTER TABLE catalogue_columns ADD COLUMN profile TEXT;
UPDATE catalogue_columns SET profile = former_profile;
ALTER TABLE catalogue_columns DROP COLUMN former_profile;

CREATE TABLE catalogue_inferred_keys (
    column_id INTEGER NOT NULL REFERENCES catalogue_columns (id) ON DELETE CASCADE,
    referred_column_id INTEGER NOT NULL REFERENCES catalogue_columns (id) ON DELETE CASCADE,
    share REAL NOT NULL,
    PRIMARY KEY (column_id, referred_column_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX catalogue_inferred_keys_referred ON catalogue_inferred_keys (referred_column_id);

CREATE TABLE kpis (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    value TEXT NOT NULL,
    sql TEXT NOT NULL,
    trend TEXT,
    sparkline TEXT NOT NULL,
    footer TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX kpis_source ON kpis (source_id, position);

CREATE TABLE questions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    question TEXT NOT NULL,
    category TEXT NOT NULL,
    icon TEXT NOT NULL,
    tables TEXT NOT NULL,
    is_enabled INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX questions_source ON questions (source_id, position);

CREATE TABLE llm_uses (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    run_id TEXT,
    model TEXT NOT NULL,
    provider TEXT NOT NULL,
    purpose TEXT NOT NULL,
    is_ok INTEGER NOT NULL,
    seconds REAL NOT NULL,
    tokens_input INTEGER,
    tokens_output INTEGER,
    tokens_cached INTEGER,
    cost REAL,
    error TEXT
) STRICT;
CREATE INDEX llm_uses_at ON llm_uses (at, id);
"""

# As those of jobs: every filter, in one order, up to the number.
_KINDS = """
DROP INDEX runs_source;
CREATE INDEX runs_kind ON runs (kind, status, number);
CREATE INDEX runs_source_kind ON runs (source, kind, status, number);
"""

_SOURCES_OF_WORKERS = """
ALTER TABLE workers ADD COLUMN sources TEXT NOT NULL DEFAULT '[]';
CREATE INDEX tasks_leases ON tasks (job_id, lease_until) WHERE status = 'running';
"""

_ESTIMATED_COUNTS = """
ALTER TABLE catalogue_tables ADD COLUMN row_count_is_estimate INTEGER NOT NULL DEFAULT 0;
"""

# One row while a copy into the store is not finished: of which store, and by whom.
_COPYING = """
CREATE TABLE half_copied (
    epoch TEXT NOT NULL,
    copier TEXT NOT NULL
) STRICT;
"""

# Whose words they are, and which data they speak of: those as they have been since that moment. What was written
# before is taken for the rules', and for true.
_VOICES = """
ALTER TABLE catalogue_tables ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE catalogue_tables ADD COLUMN description_of INTEGER;
ALTER TABLE catalogue_tables ADD COLUMN model_description TEXT;
ALTER TABLE catalogue_tables ADD COLUMN model_description_of INTEGER;
ALTER TABLE catalogue_tables ADD COLUMN model_synonyms TEXT;
ALTER TABLE catalogue_tables ADD COLUMN model_role TEXT;
UPDATE catalogue_tables SET changed_at = updated_at, description_of = updated_at;

ALTER TABLE catalogue_columns RENAME COLUMN profile TO former_profile;
ALTER TABLE catalogue_columns ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE catalogue_columns ADD COLUMN description_of INTEGER;
ALTER TABLE catalogue_columns ADD COLUMN model_description TEXT;
ALTER TABLE catalogue_columns ADD COLUMN model_description_of INTEGER;
ALTER TABLE catalogue_columns ADD COLUMN model_synonyms TEXT;
ALTER TABLE catalogue_columns ADD COLUMN profile TEXT;
UPDATE catalogue_columns SET profile = former_profile, changed_at = updated_at, description_of = updated_at;
ALTER TABLE catalogue_columns DROP COLUMN former_profile;
"""

MIGRATIONS: Mapping[str, str] = {
    "log and events": _LOG,
    "runs, jobs, tasks and workers": _RUNS,
    "sources and the catalogue": _CATALOGUE,
    "meaning, key figures, questions and costs": _MEANING,
    "texts for a search": TEXTS,
    "index of words": INDEX,
    "texts that the index lacks": WITHOUT_TRIGGERS + UNINDEXED,
    "texts with singulars and comments": "",
    "index of words without triggers": WITHOUT_TRIGGERS + COMPLETE,
    "runs by kind": _KINDS,
    "workers of certain sources": _SOURCES_OF_WORKERS,
    "counts of rows that are estimates": _ESTIMATED_COUNTS,
    "copies that are not finished": _COPYING,
    "words of rules and words of models": _VOICES,
}
"""Each migration by its name, in their order."""

RENEWS_TEXTS: Collection[str] = {"words of rules and words of models"}
"""Migrations after which all texts are written anew: the last, before which what they are made of is not all there."""

MODULES_NEEDED: Mapping[str, str] = {"index of words": "fts5", "index of words without triggers": "fts5"}
"""Migrations that wait for a SQLite library with a certain module; a store does without them until then."""
