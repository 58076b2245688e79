"""Real databases whose data we know, with all that the rules need of them."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalogued import catalogued

from catalogctl.domain.catalogue import Datasource
from catalogctl.domain.meaning import InferredKey, KpiDraft, QuestionDraft, TableMeaning
from catalogctl.enrich.rules.foreign_keys import accepted, containment_sql, key_candidates
from catalogctl.enrich.rules.kpis import propose_kpis
from catalogctl.enrich.rules.questions import propose_questions
from catalogctl.enrich.rules.understanding import understand

Ask = Callable[[str], list[Any]]


@dataclass(frozen=True)
class Known:
    """A catalogue, a way to ask its database, and the foreign keys that the data prove."""

    source: Datasource
    ask: Ask
    keys: tuple[InferredKey, ...] = ()

    def number(self, sql: str) -> Any:
        """The one number that *sql* answers."""
        [(value,)] = self.ask(sql)
        return value

    def meanings(self) -> dict[str, TableMeaning]:
        return {meaning.name: meaning for meaning in understand(self.source, self.keys)}

    def kpis(self, dialect: str = "sqlite") -> dict[str, KpiDraft]:
        meanings = tuple(self.meanings().values())
        return {kpi.title: kpi for kpi in propose_kpis(self.source, meanings, self.keys, dialect=dialect)}

    def questions(self, dialect: str = "sqlite") -> list[QuestionDraft]:
        kpis = tuple(self.kpis(dialect).values())
        return propose_questions(self.source, tuple(self.meanings().values()), self.keys, kpis)


def with_keys(source: Datasource, ask: Ask, *, dialect: str) -> Known:
    """The source with those of its candidates for foreign keys that the data bear out."""
    keys: dict[tuple[str, str], InferredKey] = {}
    for candidate in key_candidates(source):
        [(distinct, found)] = ask(containment_sql(candidate, dialect))
        key = accepted(candidate, distinct, found)
        if key is not None:
            keys.setdefault((key.table, key.column), key)
    return Known(source, ask, tuple(keys.values()))


@contextmanager
def sqlite_database(path: Path) -> Iterator[Known]:
    """The SQLite database at *path*."""
    with closing(sqlite3.connect(path)) as connection:
        yield with_keys(catalogued(path), lambda sql: connection.execute(sql).fetchall(), dialect="sqlite")
