"""Making a schema a store of this version, once however many nodes start at the same time."""

import secrets
from typing import Any

import psycopg
from psycopg import sql

from catalogctl.store.postgres.address import Address
from catalogctl.store.postgres.failures import is_absent, refused, translated
from catalogctl.store.postgres.schema import MIGRATIONS, MIGRATIONS_TABLE

PATIENCE = "60s"

Raw = psycopg.Connection[tuple[Any, ...]]

_HAS_SCHEMA = "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = %s)"
_TABLES = """
SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname = %s AND relkind IN ('r', 'p', 'v', 'm', 'f')
"""


def prepare(address: Address) -> None:
    """Make the schema at *address* a store of this version. Raises StoreUnavailable."""
    try:
        with address.connect() as raw:
            [(encoding,)] = raw.execute("SHOW server_encoding").fetchall()
            if encoding != "UTF8":
                raise refused(address, f"its database has the encoding {encoding}", hint="Take one with UTF8.")
            if _pending(address, raw):
                _migrate_alone(address, raw)
    except psycopg.Error as error:
        raise translated(error, address) from error


def read_epoch(address: Address) -> str | None:
    """The epoch of the store at *address*, which stays as it is; None when none lies there. Raises StoreUnavailable."""
    try:
        with address.connect() as raw:
            raw.execute(f"BEGIN; {address.search_path()}")
            [(epoch,)] = raw.execute("SELECT epoch FROM log").fetchall()
            return str(epoch)
    except psycopg.Error as error:
        if is_absent(error):
            return None
        raise translated(error, address) from error


def _pending(address: Address, raw: Raw) -> list[str]:
    """The names of the migrations to be done. Raises StoreUnavailable for a schema that is none of ours."""
    tables = {name for (name,) in raw.execute(_TABLES, (address.schema,))}
    if not tables:
        return list(MIGRATIONS)
    if MIGRATIONS_TABLE not in tables:
        reason = f"the schema {address.schema!r} holds the tables of another program"
        raise refused(address, reason, hint="Name another schema: …?schema=NAME")
    query = sql.SQL("SELECT name FROM {}").format(sql.Identifier(address.schema, MIGRATIONS_TABLE))
    applied = {name for (name,) in raw.execute(query)}
    if applied - MIGRATIONS.keys():
        raise refused(address, "a newer version of catalogctl wrote it", hint="Upgrade catalogctl.")
    return [name for name in MIGRATIONS if name not in applied]


def _migrate_alone(address: Address, raw: Raw) -> None:
    """Bring the schema up to date in one transaction: a half-made store is never seen, not even after a crash."""
    # Whoever waits for the lock has to see what was made meanwhile.
    raw.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
    with raw.transaction():
        raw.execute(f"SET LOCAL lock_timeout TO '{PATIENCE}'")
        # Of the transaction and not of the session, which may be a pooler's.
        raw.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"catalogctl {address.schema}",))
        if not (pending := _pending(address, raw)):
            return
        # Asked for, because the right to make schemas is needed even where this one is there.
        if not raw.execute(_HAS_SCHEMA, (address.schema,)).fetchall()[0][0]:
            raw.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(address.schema)))
        raw.execute(address.search_path())
        raw.execute(f"CREATE TABLE IF NOT EXISTS {MIGRATIONS_TABLE} (name text PRIMARY KEY, at timestamptz NOT NULL)")
        for name in pending:
            raw.execute(MIGRATIONS[name].encode())
            raw.execute(f"INSERT INTO {MIGRATIONS_TABLE} (name, at) VALUES (%s, now())", (name,))
        if next(iter(MIGRATIONS)) in pending:
            raw.execute("INSERT INTO log (id, epoch) VALUES (1, %s)", (secrets.token_hex(4),))
