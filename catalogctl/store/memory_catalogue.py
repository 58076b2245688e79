"""The catalogue's changes in the reference engine."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from catalogctl.domain.catalogue import (
    CatalogueCounts,
    Column,
    Datasource,
    ExtractedColumn,
    ExtractedTable,
    Table,
)
from catalogctl.domain.errors import NotFound, SourceNotFound, TableNotFound
from catalogctl.domain.events import compact_json
from catalogctl.store.memory_state import State
from catalogctl.store.memory_voices import Voices
from catalogctl.store.saving import (
    as_json_gives_it_back,
    columns_to_write,
    context_after,
    names_given,
    profile_after,
)

_Said = TypeVar("_Said", Table, Column)
_TABLE_CHANGED = ("is_view", "row_count", "comment")
_COLUMN_CHANGED = ("data_type", "is_primary_key", "comment", "profile")


class MemoryCatalogueChanges:
    """What a transaction may change in the catalogue of a state."""

    _state: State

    def save_tables(
        self, source_id: int, tables: Sequence[ExtractedTable], *, at: datetime, is_complete: bool
    ) -> CatalogueCounts:
        self._save_datasource(source_id, at)
        present = {table.name: table for table in self._state.tables.values() if table.datasource_id == source_id}
        is_regrouped = _is_regrouped(tables, present, is_complete=is_complete)
        rows = 0
        for given in tables:
            table = self._save_table(source_id, given, present.get(given.metadata.name), at)
            if is_regrouped:
                self._say_changed(table.id, at)
            rows += table.row_count or 0
        if is_complete:
            named = {given.metadata.name for given in tables}
            for name, table in present.items():
                if name not in named:
                    self._remove_table(table.id)
        columns = sum(len(names_given(table)) for table in tables)
        return CatalogueCounts(tables=len(tables), columns=columns, rows=rows)

    def _save_datasource(self, source_id: int, at: datetime) -> None:
        source = self._state.sources.get(source_id)
        if source is None:
            raise SourceNotFound(f"no source has the id {source_id}")
        former = self._state.datasources.get(source_id)
        self._state.datasources[source_id] = Datasource(
            id=source.id,
            name=source.name,
            kind=source.kind,
            path=source.display,
            description=former.description if former else None,
            created_at=former.created_at if former else at,
            updated_at=at,
        )

    def _save_table(self, source_id: int, given: ExtractedTable, former: Table | None, at: datetime) -> Table:
        declared = given.metadata
        counted = former if former and given.row_count is None else given
        table = Table(
            id=former.id if former else self._state.next_id("table"),
            datasource_id=source_id,
            name=declared.name,
            is_view=declared.is_view,
            comment=declared.comment,
            description=former.description if former else None,
            is_described_by_person=False,
            row_count=counted.row_count,
            row_count_is_estimate=counted.row_count_is_estimate,
            is_enabled=former.is_enabled if former else True,
            foreign_keys=declared.foreign_keys,
            created_at=former.created_at if former else at,
            updated_at=at,
            role=former.role if former else None,
            synonyms=former.synonyms if former else (),
        )
        self._state.tables[table.id] = table
        present = {column.name: column for column in self._state.columns.values() if column.table_id == table.id}
        for position, column in columns_to_write(given, present=present):
            self._save_column(table.id, position, column, present.get(column.metadata.name), at)
        gone = present.keys() - names_given(given)
        for name in gone:
            self._remove_column(present[name].id)
        are_columns_changed = bool(gone) or any(
            self._state.voices[Column, column.id].changed_at == at
            for column in self._state.columns.values()
            if column.table_id == table.id
        )
        self._note(table, former, _TABLE_CHANGED, at, is_changed=are_columns_changed)
        return table

    def _save_column(
        self, table_id: int, position: int, given: ExtractedColumn, former: Column | None, at: datetime
    ) -> None:
        declared = given.metadata
        column = Column(
            id=former.id if former else self._state.next_id("column"),
            table_id=table_id,
            name=declared.name,
            position=position,
            data_type=declared.data_type,
            is_nullable=declared.is_nullable,
            default=declared.default,
            is_primary_key=declared.is_primary_key,
            comment=declared.comment,
            description=former.description if former else None,
            is_described_by_person=False,
            full_context=context_after(given, former.full_context if former else None),
            profile=as_json_gives_it_back(profile_after(given, former.profile if former else None)),
            synonyms=former.synonyms if former else (),
            created_at=former.created_at if former else at,
            updated_at=at,
            semantic_type=former.semantic_type if former else None,
            is_personal=former.is_personal if former else None,
            personal_confidence=former.personal_confidence if former else None,
        )
        self._state.columns[column.id] = column
        self._note(column, former, _COLUMN_CHANGED, at)

    def _note(
        self, now: _Said, former: _Said | None, fields: Sequence[str], at: datetime, *, is_changed: bool = False
    ) -> None:
        """Note when the data changed, if they did."""
        key = type(now), now.id
        if former is None:
            self._state.voices[key] = Voices(changed_at=at)
        elif is_changed or any(_as_text(getattr(now, one)) != _as_text(getattr(former, one)) for one in fields):
            self._state.voices[key] = replace(self._state.voices[key], changed_at=at)

    def _say_changed(self, table_id: int, at: datetime) -> None:
        columns = [column.id for column in self._state.columns.values() if column.table_id == table_id]
        for key in ((Table, table_id), *((Column, id_) for id_ in columns)):
            self._state.voices[key] = replace(self._state.voices[key], changed_at=at)

    def describe_table(self, table_id: int, text: str, *, at: datetime) -> None:
        table = self._state.tables.get(table_id)
        if table is None:
            raise TableNotFound(f"no table has the id {table_id}")
        self._state.tables[table_id] = replace(table, updated_at=at)
        self._state.described[table.datasource_id, table.name, None] = text

    def describe_column(self, column_id: int, text: str, *, at: datetime) -> None:
        column = self._state.columns.get(column_id)
        if column is None:
            raise NotFound(f"no column has the id {column_id}")
        self._state.columns[column_id] = replace(column, updated_at=at)
        table = self._state.tables[column.table_id]
        self._state.described[table.datasource_id, table.name, column.name] = text

    def clear_catalogue(self, source_id: int) -> None:
        self._state.datasources.pop(source_id, None)
        for table in list(self._state.tables.values()):
            if table.datasource_id == source_id:
                self._remove_table(table.id)
        for key in [key for key in self._state.described if key[0] == source_id]:
            del self._state.described[key]
        self._state.kpis.pop(source_id, None)
        self._state.questions.pop(source_id, None)

    def _remove_table(self, table_id: int) -> None:
        del self._state.tables[table_id], self._state.voices[Table, table_id]
        for column in list(self._state.columns.values()):
            if column.table_id == table_id:
                self._remove_column(column.id)

    def _remove_column(self, column_id: int) -> None:
        del self._state.columns[column_id], self._state.voices[Column, column_id]


def _is_regrouped(tables: Sequence[ExtractedTable], present: Mapping[str, Table], *, is_complete: bool) -> bool:
    """True when there are other tables than before, or other keys between them: all are then seen differently."""
    keys = {given.metadata.name: given.metadata.foreign_keys for given in tables}
    return keys != {name: one.foreign_keys for name, one in present.items() if is_complete or name in keys}


def _as_text(value: Any) -> str:
    """What other engines compare: text tells 1 from 1.0."""
    return "" if value is None else compact_json(value)
