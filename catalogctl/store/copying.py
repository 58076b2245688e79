"""A whole store, copied with its history into another one, between any two engines that speak SQL.

It goes in pages, each a commit, and may be interrupted anywhere: the same call goes on where the last one stopped. Ids,
seqs and the epoch come along, so that links, cursors and references that people have written down stay good. What is
copied is compared in the end, row by row, by a checksum of each table.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from catalogctl.domain.copies import Content, Copied, CopyProgress
from catalogctl.domain.errors import Conflict, RunActive
from catalogctl.domain.events import compact_json
from catalogctl.store.relational.connection import Connection, Row
from catalogctl.store.relational.reads import IS_ACTIVE
from catalogctl.store.relational.store import RelationalStore
from catalogctl.store.relational.texts import renew_texts

PAGE = 2000
"""Rows of one commit."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that is copied. With *key*, a whole number that grows, in pages; else at once, as it is small."""

    name: str
    columns: tuple[str, ...]
    key: str | None = None


def _table(name: str, columns: str, *, key: str | None = None) -> Table:
    return Table(name, tuple(columns.split()), key)


TABLES = (
    _table("sources", "id name kind location created_at extracted_at", key="id"),
    _table("catalogue_sources", "source_id description created_at updated_at"),
    _table(
        "catalogue_tables",
        "id source_id name is_view comment description row_count row_count_is_estimate is_enabled foreign_keys"
        " created_at updated_at role synonyms changed_at description_of model_description model_description_of"
        " model_synonyms model_role",
        key="id",
    ),
    _table(
        "catalogue_columns",
        "id table_id name position data_type is_nullable default_value is_primary_key comment description full_context"
        " synonyms created_at updated_at semantic_type is_personal personal_confidence changed_at description_of"
        " model_description model_description_of model_synonyms profile",
        key="id",
    ),
    _table("catalogue_descriptions", "source_id table_name column_name description updated_at"),
    _table("catalogue_inferred_keys", "column_id referred_column_id share"),
    _table("kpis", "id source_id position title value sql trend sparkline footer created_at", key="id"),
    _table("questions", "id source_id position question category icon tables is_enabled created_at", key="id"),
    _table(
        "llm_uses",
        "id at run_id model provider purpose is_ok seconds tokens_input tokens_output tokens_cached cost error",
        key="id",
    ),
    _table(
        "runs",
        "number run_id source kind status created_at started_at completed_at options last_seq",
        key="number",
    ),
    _table(
        "jobs",
        "id run_id source job_type status created_at attempt progress steps step_index started_at completed_at details"
        " result error_message warnings warnings_total",
        key="id",
    ),
    _table(
        "tasks",
        "id job_id step key status attempt worker lease_until started_at completed_at error payload result",
        key="id",
    ),
    _table("events", "seq topic type at run_id job_id data", key="seq"),
)
"""What is copied, each table after those that it refers to."""

LEFT_OUT = frozenset({"log", "workers", "half_copied", "catalogue_texts", "task_counts"})
"""What is not copied as it is: who works, and what is written anew from the rest."""


def copy_store(
    source: RelationalStore,
    target: RelationalStore,
    *,
    on_progress: Callable[[CopyProgress], None] = lambda _: None,
    page: int = PAGE,
) -> Copied:
    """Copy all of *source* into *target*, which must be new, or a copy of the same store that was not finished.

    Raises Conflict when it is neither, when somebody else began to copy into it, or when *source* has gone on
    meanwhile; RunActive while anything runs in *source*; StoreUnavailable. *target* is opened with
    ``is_to_be_copied_into``; others cannot open it before the end.
    """
    position = source.position()
    with source.tables() as tables:
        _refuse_active(tables)
        [(epoch, pruned)] = tables.rows("SELECT epoch, pruned FROM log")
        copier = secrets.token_hex(4)
        was_begun = target.change(partial(_begin, epoch=epoch, copier=copier))
        copy = _Copy(tables, target, copier=copier, on_progress=on_progress, page=page)
        contents = copy.made()
        if contents is None and was_begun:
            # Something has changed in the source since the copy was begun.
            copy.empty()
            contents = copy.made()
        if contents is None:
            raise Conflict("the copy is not what was copied: somebody else has written into it", hint=_NEW)
        if source.position() != position:
            raise Conflict(
                "the store has gone on while it was copied",
                hint="End its servers and workers, and do the same once more: what is copied stays.",
            )
        copy.finish(epoch=epoch, pruned=pruned)
    return Copied(epoch=epoch, contents=contents, was_begun=was_begun)


_NEW = "Copy into a new place."


def _refuse_active(tables: Connection) -> None:
    for number, run_id, source in tables.rows(f"SELECT number, run_id, source FROM runs WHERE {IS_ACTIVE}"):
        raise RunActive(
            f"run {number} is active on source {source!r}, and a store is copied only while nothing runs",
            hint=f"Wait for it, or end it: catalogctl runs cancel {number}",
            data={"run_id": run_id},
        )


def _begin(connection: Connection, *, epoch: str, copier: str) -> bool:
    """Make the store ours to copy into; true when a copy of the same store was begun before."""
    begun = connection.rows("SELECT epoch FROM half_copied")
    if begun:
        if begun != [(epoch,)]:
            raise Conflict("the place to copy into holds half a copy of another store", hint=_NEW)
        connection.run("UPDATE half_copied SET copier = ?", (copier,))
        return True
    if connection.rows("SELECT 1 FROM log WHERE epoch = ?", (epoch,)):
        raise Conflict("the place to copy into is the store itself, or a finished copy of it", hint=_NEW)
    if any(connection.last_id(table.name, table.key) for table in TABLES if table.key is not None):
        raise Conflict("the place to copy into is not new: there is something in it", hint=_NEW)
    connection.run("INSERT INTO half_copied (epoch, copier) VALUES (?, ?)", (epoch, copier))
    return False


class _Copy:
    """A copy in the making, from *tables*, which stand still."""

    def __init__(
        self,
        tables: Connection,
        target: RelationalStore,
        *,
        copier: str,
        on_progress: Callable[[CopyProgress], None],
        page: int,
    ) -> None:
        self._tables = tables
        self._target = target
        self._copier = copier
        self._on_progress = on_progress
        self._page = page

    def made(self) -> Mapping[str, Content] | None:
        """Copy what is not there yet, and compare; None when something is not the same."""
        for table in TABLES:
            self._copy_table(table)
        self._renew_texts()
        contents = {}
        with self._target.tables() as copied:
            for table in TABLES:
                content = self._content(self._tables, table, is_told=True)
                if content != self._content(copied, table):
                    return None
                contents[table.name] = content
        return contents

    def _change(self, do: Callable[[Connection], None]) -> None:
        """Change the target, as long as nobody else has begun to copy into it."""

        def change(connection: Connection) -> None:
            if not connection.run("UPDATE half_copied SET copier = copier WHERE copier = ?", (self._copier,)):
                raise Conflict("somebody else has begun to copy into the same place")
            do(connection)

        self._target.change(change)

    def _copy_table(self, table: Table) -> None:
        with self._target.tables() as copied:
            last = _last(copied, table)
        if last is None:
            return
        [(total,)] = self._tables.rows(f"SELECT count(*) FROM {table.name}")
        done = total
        if table.key is not None:
            [(done,)] = self._tables.rows(f"SELECT count(*) FROM {table.name} WHERE {table.key} <= ?", (last,))
        for rows in self._pages(self._tables, table, after=last):
            self._change(partial(_insert, table=table, rows=rows))
            done = min(total, done + len(rows))
            self._on_progress(CopyProgress(table=table.name, done=done, total=total))

    def _pages(self, tables: Connection, table: Table, *, after: int = 0) -> Iterator[Sequence[Row]]:
        columns = ", ".join(table.columns)
        if table.key is None:
            rows = tables.rows(f"SELECT {columns} FROM {table.name}")
            if rows:
                yield sorted(rows, key=repr)
            return
        place = table.columns.index(table.key)
        query = f"SELECT {columns} FROM {table.name} WHERE {table.key} > ? ORDER BY {table.key} LIMIT ?"
        while rows := tables.rows(query, (after, self._page)):
            yield rows
            after = rows[-1][place]

    def _renew_texts(self) -> None:
        with self._target.tables() as copied:
            ids = [id_ for (id_,) in copied.rows("SELECT id FROM catalogue_tables ORDER BY id")]
        for start in range(0, len(ids), 100):
            self._change(partial(renew_texts, table_ids=ids[start : start + 100]))

    def _content(self, tables: Connection, table: Table, *, is_told: bool = False) -> Content:
        count, checksum = 0, hashlib.sha256()
        [(total,)] = tables.rows(f"SELECT count(*) FROM {table.name}")
        for rows in self._pages(tables, table):
            count += len(rows)
            for row in rows:
                checksum.update(compact_json(row).encode())
            if is_told:
                self._on_progress(CopyProgress(table=table.name, done=count, total=total, is_checking=True))
        return Content(rows=count, checksum=checksum.hexdigest())

    def empty(self) -> None:
        """Remove what was copied."""

        def remove(connection: Connection) -> None:
            for table in reversed(TABLES):
                connection.run(f"DELETE FROM {table.name}")

        self._change(remove)

    def finish(self, *, epoch: str, pruned: int) -> None:
        """Make the target a store."""
        last_ids = {
            (table.name, table.key): self._tables.last_id(table.name, table.key)
            for table in TABLES
            if table.key is not None
        }

        def finish(connection: Connection) -> None:
            for (name, key), last in last_ids.items():
                connection.set_last_id(name, key, last)
            connection.run("UPDATE log SET epoch = ?, pruned = ?", (epoch, pruned))
            connection.run("DELETE FROM half_copied")

        self._change(finish)


def _insert(connection: Connection, *, table: Table, rows: Sequence[Row]) -> None:
    connection.insert_many(table.name, table.columns, rows)


def _last(copied: Connection, table: Table) -> int | None:
    """The key after which the copy of *table* is to go on; None when it is there."""
    if table.key is not None:
        [(last,)] = copied.rows(f"SELECT coalesce(max({table.key}), 0) FROM {table.name}")
        return int(last)
    [(count,)] = copied.rows(f"SELECT count(*) FROM {table.name}")
    return None if count else 0
