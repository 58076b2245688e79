"""The changes of meaning in the reference engine: what is generated, key figures, questions, calls of models."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from catalogctl.domain.catalogue import Column, Table
from catalogctl.domain.errors import SourceNotFound, TableNotFound
from catalogctl.domain.meaning import (
    ColumnMeaning,
    InferredKey,
    Kpi,
    KpiResult,
    LlmCall,
    LlmUse,
    QuestionDraft,
    SuggestedQuestion,
    TableMeaning,
)
from catalogctl.domain.sources import Source
from catalogctl.store.memory_state import State
from catalogctl.store.saving import check_call, check_figures, check_meanings, said_by_model, said_by_rules


class MemoryMeaningChanges:
    """What a transaction may change in the meaning of a state."""

    _state: State

    def save_meanings(
        self, source_id: int, meanings: Sequence[TableMeaning], *, keys: Sequence[InferredKey] | None, at: datetime
    ) -> None:
        check_meanings(meanings, keys)
        for meaning in meanings:
            table = self._tables_of(source_id).get(meaning.name)
            if table is None:
                continue
            self._state.tables[table.id] = replace(table, **said_by_rules(meaning), updated_at=at)
            self._hear((Table, table.id), meaning)
            present = self._columns_of(table)
            for name, column_meaning in meaning.columns.items():
                if name in present:
                    self._save_column_meaning(present[name], column_meaning, at)
        if keys is not None:
            self._save_keys(source_id, keys)

    def _save_column_meaning(self, column: Column, meaning: ColumnMeaning, at: datetime) -> None:
        verdict = {"is_personal": meaning.is_personal, "personal_confidence": meaning.personal_confidence}
        said = {**said_by_rules(meaning), **({} if meaning.is_personal is None else verdict)}
        self._state.columns[column.id] = replace(column, **said, updated_at=at)
        self._hear((Column, column.id), meaning)

    def _hear(self, key: tuple[type[Table | Column], int], meaning: TableMeaning | ColumnMeaning) -> None:
        voices, told = self._state.voices[key], said_by_model(meaning)
        self._state.voices[key] = replace(
            voices,
            rules_of=voices.changed_at,
            model={**voices.model, **told},
            model_of=voices.changed_at if "description" in told else voices.model_of,
        )

    def _save_keys(self, source_id: int, keys: Sequence[InferredKey]) -> None:
        columns = {
            (table.name, column.name): column.id
            for table in self._tables_of(source_id).values()
            for column in self._columns_of(table).values()
        }
        former = set(columns.values())
        self._state.inferred = {ids: share for ids, share in self._state.inferred.items() if ids[0] not in former}
        for key in keys:
            ends = (key.table, key.column), (key.referred_table, key.referred_column)
            if all(end in columns for end in ends):
                self._state.inferred[columns[ends[0]], columns[ends[1]]] = key.share

    def _tables_of(self, source_id: int) -> Mapping[str, Table]:
        return {table.name: table for table in self._state.tables.values() if table.datasource_id == source_id}

    def _columns_of(self, table: Table) -> Mapping[str, Column]:
        return {column.name: column for column in self._state.columns.values() if column.table_id == table.id}

    def set_enabled(self, table_id: int, *, is_enabled: bool, at: datetime) -> None:
        table = self._state.tables.get(table_id)
        if table is None:
            raise TableNotFound(f"no table has the id {table_id}")
        self._state.tables[table_id] = replace(table, is_enabled=is_enabled, updated_at=at)

    def save_kpis(self, source_id: int, kpis: Sequence[KpiResult], *, at: datetime) -> None:
        check_figures(kpis)
        source = self._source(source_id)
        former = {kpi.result.title: kpi for kpi in self._state.kpis.get(source_id, ())}
        saved = []
        for result in kpis:
            kept = former.pop(result.title, None)
            id_ = kept.id if kept else self._state.next_id("kpi")
            saved.append(Kpi(id=id_, source=source.name, result=result, created_at=kept.created_at if kept else at))
        self._state.kpis[source_id] = tuple(saved)

    def save_questions(self, source_id: int, questions: Sequence[QuestionDraft], *, at: datetime) -> None:
        source = self._source(source_id)
        former = {one.draft.question: one for one in self._state.questions.get(source_id, ())}
        saved = []
        for number, draft in enumerate(questions, start=1):
            kept = former.pop(draft.question, None)
            saved.append(
                SuggestedQuestion(
                    id=kept.id if kept else self._state.next_id("question"),
                    source=source.name,
                    draft=draft,
                    display_order=number,
                    is_enabled=kept.is_enabled if kept else True,
                    created_at=kept.created_at if kept else at,
                )
            )
        self._state.questions[source_id] = tuple(saved)

    def _source(self, source_id: int) -> Source:
        source = self._state.sources.get(source_id)
        if source is None:
            raise SourceNotFound(f"no source has the id {source_id}")
        return source

    def add_llm_use(self, call: LlmCall, *, run_id: str | None, at: datetime) -> None:
        check_call(call)
        self._state.llm_uses.append(LlmUse(at=at, run_id=run_id, call=call))
