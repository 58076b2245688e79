"""A dialect of SQLAlchemy that nobody knows: SQLite, reached by the name ``pocketbase`` and nothing else."""

import sqlite3
from types import ModuleType

from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite


class PocketDialect(SQLiteDialect_pysqlite):
    """As it would be in a package of its own, which is found by its entry point."""

    name = "pocketbase"
    driver = "pocketbase"
    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> ModuleType:
        return sqlite3


class DriverlessDialect(PocketDialect):
    """One whose driver is not installed."""

    @classmethod
    def import_dbapi(cls) -> ModuleType:
        return __import__("no_such_pocket_driver")
