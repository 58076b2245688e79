"""Whatever is said of a catalogue that changes below it, every engine answers as the reference engine does."""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from poor_sqlite import lacking_fts5, missing, poor_path
from postgres_servers import open_postgres
from store_engines import Speaker

from catalogctl.domain.errors import CatalogctlError
from catalogctl.domain.meaning import (
    ColumnMeaning,
    InferredKey,
    KpiResult,
    LlmCall,
    QuestionDraft,
    TableMeaning,
    TableRole,
)
from catalogctl.domain.ports.store import Reads, Transaction
from catalogctl.domain.sources import Identity
from catalogctl.store.memory import MemoryStore
from catalogctl.store.sqlite import SqliteStore

TIMES = st.integers(0, 30).map(Speaker.at)
SOURCES = st.sampled_from(["a", "b"])
TABLES = st.sampled_from(["order_items", "orderLines", "Élan"])
COLUMNS = st.sampled_from(["id", "orderId", "état"])
TEXTS = st.sampled_from([None, "", "An order.", "The items' état", "2 e-mails of orders"])
SYNONYMS = st.sampled_from([(), ("line",), ("e-mail", "Bon de commande")])
COLUMN_MEANINGS = st.builds(
    ColumnMeaning,
    description=TEXTS,
    synonyms=SYNONYMS,
    semantic_type=st.sampled_from([None, "email"]),
    is_personal=st.sampled_from([None, True, False]),
    personal_confidence=st.sampled_from([None, 0.5]),
    from_model=st.sampled_from([(), ("description",), ("description", "synonyms")]),
)
MEANINGS = st.builds(
    TableMeaning,
    name=TABLES,
    description=TEXTS,
    synonyms=SYNONYMS,
    role=st.sampled_from([None, *TableRole]),
    from_model=st.sampled_from([(), ("description", "role"), ("synonyms",)]),
    columns=st.dictionaries(COLUMNS, COLUMN_MEANINGS, max_size=2),
)
KEYS = st.builds(
    InferredKey,
    table=TABLES,
    column=COLUMNS,
    referred_table=TABLES,
    referred_column=COLUMNS,
    share=st.sampled_from([0.5, 1.0]),
)
EXTRACTED = st.builds(
    lambda name, columns, profile: Speaker.table(name, *columns, profile=profile),
    TABLES,
    st.lists(COLUMNS, unique=True, max_size=3),
    st.sampled_from([None, {"n": 1}, {"n": 1.0}]),
)
SEARCHES = (
    "order",
    "orderitems",
    "order items",
    "etat",
    "ELAN",
    "email",
    "e-mail",
    "line",
    "bon commande",
    "orders",
    "order line",
    "bons de commandes",
    "i",
    "order *",
)


def on_source(name: str, do: Callable[[Transaction, int], Any]) -> Callable[[Transaction], Any]:
    def step(tx: Transaction) -> Any:
        source = tx.source(name)
        return None if source is None else do(tx, source.id)

    return step


class ManyStores(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.cleanup = ExitStack()
        folder = Path(self.cleanup.enter_context(tempfile.TemporaryDirectory()))
        path = folder / "store.db"
        self.memory = MemoryStore(on_commit=lambda: None)
        self.postgres = self.cleanup.enter_context(closing(open_postgres(folder, lambda: None)))
        self.files = [self.opened(path)]
        """One store, opened by a process that has FTS5 and by one that lacks it; the first is the next to write."""
        if missing() is None:
            self.cleanup.enter_context(lacking_fts5())
            self.files.append(self.opened(poor_path(path)))

    def opened(self, path: Path) -> SqliteStore:
        return self.cleanup.enter_context(closing(SqliteStore.open(path, on_commit=lambda: None)))

    def all(self, do: Callable[[Transaction], Any]) -> None:
        """Do it to all; they must return or raise the same."""
        outcomes = []
        for store in (self.memory, self.files[0], self.postgres):
            try:
                outcomes.append(store.transact(do))
            except CatalogctlError as error:
                outcomes.append(type(error))
        assert outcomes[0] == outcomes[1] == outcomes[2]

    @initialize()
    def register_first(self) -> None:
        self.register()

    @rule()
    def register(self) -> None:
        for name in ("a", "b"):
            self.all(
                lambda tx, name=name: tx.add_source(Identity(location=name, kind="sqlite", name=name), at=Speaker.at(0))
            )

    @rule(name=SOURCES, tables=st.lists(EXTRACTED, unique_by=lambda one: one.metadata.name, max_size=3), at=TIMES)
    def extract(self, name: str, tables: list[Any], at: datetime) -> None:
        for is_complete in (True, False):
            self.all(
                on_source(
                    name, lambda tx, id_, whole=is_complete: tx.save_tables(id_, tables, at=at, is_complete=whole)
                )
            )

    @rule(
        name=SOURCES,
        meanings=st.lists(MEANINGS, max_size=3),
        keys=st.one_of(st.none(), st.lists(KEYS, max_size=3)),
        at=TIMES,
    )
    def mean(self, name: str, meanings: list[TableMeaning], keys: list[InferredKey] | None, at: datetime) -> None:
        self.all(on_source(name, lambda tx, id_: tx.save_meanings(id_, meanings, keys=keys, at=at)))

    @rule(place=st.integers(0, 20), text=st.sampled_from(["My words.", "Order of élan"]), at=TIMES)
    def describe(self, place: int, text: str, at: datetime) -> None:
        def change(tx: Transaction) -> None:
            columns = [column for source in tx.catalogue() for table in source.tables for column in table.columns]
            if columns:
                column = columns[place % len(columns)]
                tx.describe_column(column.id, text, at=at)
                tx.describe_table(column.table_id, text, at=at)

        self.all(change)

    @rule(table_id=st.integers(1, 9), is_enabled=st.booleans(), at=TIMES)
    def toggle(self, table_id: int, is_enabled: bool, at: datetime) -> None:  # noqa: FBT001 - passed by name
        self.all(lambda tx: tx.set_enabled(table_id, is_enabled=is_enabled, at=at))

    @rule(name=SOURCES, titles=st.lists(st.sampled_from("xyz"), max_size=4), at=TIMES)
    def figure(self, name: str, titles: list[str], at: datetime) -> None:
        kpis = [KpiResult(title=title, value=str(number), sql="") for number, title in enumerate(titles)]
        asked = [QuestionDraft(question=title, category="c", icon="i", tables=(title,)) for title in titles]
        self.all(on_source(name, lambda tx, id_: tx.save_kpis(id_, kpis, at=at)))
        self.all(on_source(name, lambda tx, id_: tx.save_questions(id_, asked, at=at)))

    @rule(at=TIMES, cost=st.sampled_from([None, 0.25]))
    def call(self, at: datetime, cost: float | None) -> None:
        call = LlmCall(model="m", provider="p", purpose="x", is_ok=cost is None, seconds=0.5, cost=cost)
        self.all(lambda tx: tx.add_llm_use(call, run_id=None, at=at))

    @rule(name=SOURCES, is_removed=st.booleans())
    def clear(self, name: str, is_removed: bool) -> None:  # noqa: FBT001 - passed by name
        self.all(
            on_source(name, lambda tx, id_: tx.remove_source(id_) if is_removed else tx.clear_catalogue(id_)),
        )

    @rule()
    def take_turns(self) -> None:
        self.files.reverse()

    @invariant()
    def they_answer_the_same(self) -> None:
        with self.memory._snapshot() as reads:
            wanted = answers(reads)
        for store in (*self.files, self.postgres):
            with store._snapshot() as reads:
                assert answers(reads) == wanted

    def teardown(self) -> None:
        self.cleanup.close()


def answers(reads: Reads) -> dict[str, Any]:
    searches = {words: reads.search(words, limit=1000) for words in SEARCHES}
    assert all(hits == sorted(hits, key=lambda hit: -hit.score) for hits in searches.values())
    return {
        "catalogue": reads.catalogue(),
        "tables": [reads.table(id_) for id_ in range(10)],
        "columns": [reads.column(id_) for id_ in range(20)],
        "kpis": [reads.kpis(source=source) for source in (None, "a", "b")],
        "questions": [reads.questions(source=source) for source in (None, "a", "b")],
        "uses": [reads.llm_uses(since=Speaker.at(seconds)) for seconds in (0, 15)],
        # What is behind the point is each engine's own; which hits come, and in which class, is not.
        "hits": {
            words: {(replace(hit, score=0.0), class_of(hit.score)) for hit in hits} for words, hits in searches.items()
        },
    }


def class_of(score: float) -> int:
    return int(score)


TestMeaningEquivalence = ManyStores.TestCase
TestMeaningEquivalence.settings = settings(
    max_examples=10,
    stateful_step_count=20,
    deadline=None,
    phases=[Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
