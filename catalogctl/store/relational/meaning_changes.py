"""The changes of meaning: what is generated, key figures, questions, calls of models."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, ClassVar

from catalogctl.domain.errors import SourceNotFound, TableNotFound
from catalogctl.domain.events import compact_json
from catalogctl.domain.meaning import ColumnMeaning, InferredKey, KpiResult, LlmCall, QuestionDraft, TableMeaning
from catalogctl.store.relational.connection import Connection
from catalogctl.store.relational.rows import flag_to_row, json_to_row, moment_to_row
from catalogctl.store.relational.texts import renew_texts
from catalogctl.store.saving import check_call, check_figures, check_meanings, said_by_model, said_by_rules

_SAY_OF_TABLE = """
UPDATE catalogue_tables SET description = :description, synonyms = :synonyms, role = :role,
    description_of = changed_at, model_description = coalesce(:model_description, model_description),
    model_description_of = CASE WHEN :is_told = 1 THEN changed_at ELSE model_description_of END,
    model_synonyms = coalesce(:model_synonyms, model_synonyms), model_role = coalesce(:model_role, model_role),
    updated_at = :at
WHERE id = :id
"""

_SAY_OF_COLUMN = """
UPDATE catalogue_columns SET description = :description, synonyms = :synonyms, semantic_type = :semantic_type,
    description_of = changed_at, model_description = coalesce(:model_description, model_description),
    model_description_of = CASE WHEN :is_told = 1 THEN changed_at ELSE model_description_of END,
    model_synonyms = coalesce(:model_synonyms, model_synonyms),
    personal_confidence = CASE WHEN :has_verdict = 1 THEN :personal_confidence ELSE personal_confidence END,
    is_personal = coalesce(:is_personal, is_personal), updated_at = :at
WHERE table_id = :table_id AND name = :name
"""

_SAVE_KEY = """
INSERT INTO catalogue_inferred_keys (column_id, referred_column_id, share) VALUES (?, ?, ?)
ON CONFLICT (column_id, referred_column_id) DO UPDATE SET share = excluded.share
"""

_COLUMNS = """
SELECT t.name, c.name, c.id FROM catalogue_tables AS t JOIN catalogue_columns AS c ON c.table_id = t.id
WHERE t.source_id = ?
"""

_FORGET_KEYS = """
DELETE FROM catalogue_inferred_keys WHERE column_id IN (
    SELECT c.id FROM catalogue_tables AS t JOIN catalogue_columns AS c ON c.table_id = t.id WHERE t.source_id = ?
)
"""


class MeaningChanges:
    """What a transaction may change in the meaning."""

    HELD: ClassVar[str]
    _connection: Connection

    def save_meanings(
        self, source_id: int, meanings: Sequence[TableMeaning], *, keys: Sequence[InferredKey] | None, at: datetime
    ) -> None:
        check_meanings(meanings, keys)
        query = "SELECT name, id FROM catalogue_tables WHERE source_id = ?"
        ids: dict[str, int] = dict(self._connection.rows(query, (source_id,)))
        known = [(ids[meaning.name], meaning) for meaning in meanings if meaning.name in ids]
        self._connection.run_many(_SAY_OF_TABLE, _table_rows(known, at))
        self._connection.run_many(_SAY_OF_COLUMN, _column_rows(known, at))
        renew_texts(self._connection, [table_id for table_id, _ in known])
        if keys is not None:
            self._connection.run(_FORGET_KEYS, (source_id,))
            if keys:
                self._save_keys(source_id, keys)

    def _save_keys(self, source_id: int, keys: Sequence[InferredKey]) -> None:
        ids = {(table, column): id_ for table, column, id_ in self._connection.rows(_COLUMNS, (source_id,))}
        ends = [(ids.get((key.table, key.column)), ids.get((key.referred_table, key.referred_column))) for key in keys]
        known = [(*pair, key.share) for pair, key in zip(ends, keys, strict=True) if None not in pair]
        self._connection.run_many(_SAVE_KEY, known)

    def set_enabled(self, table_id: int, *, is_enabled: bool, at: datetime) -> None:
        query = "UPDATE catalogue_tables SET is_enabled = ?, updated_at = ? WHERE id = ?"
        if not self._connection.run(query, (int(is_enabled), moment_to_row(at), table_id)):
            raise TableNotFound(f"no table has the id {table_id}")

    def save_kpis(self, source_id: int, kpis: Sequence[KpiResult], *, at: datetime) -> None:
        check_figures(kpis)
        rows = [
            {
                "title": kpi.title,
                "value": kpi.value,
                "sql": kpi.sql,
                "trend": json_to_row(None if kpi.trend is None else asdict(kpi.trend)),
                "sparkline": compact_json(list(kpi.sparkline)),
                "footer": kpi.footer,
            }
            for kpi in kpis
        ]
        self._replace("kpis", source_id, rows, same="title", at=at)

    def save_questions(self, source_id: int, questions: Sequence[QuestionDraft], *, at: datetime) -> None:
        rows = [asdict(draft) | {"tables": compact_json(list(draft.tables))} for draft in questions]
        self._replace("questions", source_id, rows, same="question", at=at)

    def _replace(
        self, table: str, source_id: int, rows: Sequence[Mapping[str, Any]], *, same: str, at: datetime
    ) -> None:
        """Make *rows* all that *table* has of the source; one that has the *same* as a former row takes its place."""
        if not self._connection.rows(f"SELECT 1 FROM sources WHERE id = ?{self.HELD}", (source_id,)):
            raise SourceNotFound(f"no source has the id {source_id}")
        query = f"SELECT {same}, id FROM {table} WHERE source_id = ? ORDER BY position"
        former: dict[str, int] = dict(self._connection.rows(query, (source_id,)))
        kept = [former.pop(row[same], None) for row in rows]
        self._connection.run(
            f"DELETE FROM {table} WHERE source_id = :source AND NOT {self._connection.one_of('id', 'kept')}",
            {"source": source_id, "kept": self._connection.listed([id_ for id_ in kept if id_ is not None])},
        )
        for number, (id_, row) in enumerate(zip(kept, rows, strict=True), start=1):
            placed = {"position": number, **row}
            if id_ is not None:
                changes = ", ".join(f"{name} = :{name}" for name in placed)
                self._connection.run(f"UPDATE {table} SET {changes} WHERE id = :id", {**placed, "id": id_})
            else:
                self._insert(table, {**placed, "source_id": source_id, "created_at": moment_to_row(at)})

    def add_llm_use(self, call: LlmCall, *, run_id: str | None, at: datetime) -> None:
        check_call(call)
        row = {"at": moment_to_row(at), "run_id": run_id, **asdict(call), "is_ok": int(call.is_ok)}
        self._insert("llm_uses", row)

    def _insert(self, table: str, row: Mapping[str, Any]) -> None:
        values = ", ".join(f":{name}" for name in row)
        self._connection.run(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({values})", row)


def _table_rows(meanings: Iterable[tuple[int, TableMeaning]], at: datetime) -> Iterable[Mapping[str, Any]]:
    for table_id, meaning in meanings:
        model_role = said_by_model(meaning).get("role")
        yield {**_words_to_row(meaning), "model_role": model_role, "id": table_id, "at": moment_to_row(at)}


def _column_rows(meanings: Iterable[tuple[int, TableMeaning]], at: datetime) -> Iterable[Mapping[str, Any]]:
    for table_id, meaning in meanings:
        for name, column in meaning.columns.items():
            yield {
                **_words_to_row(column),
                "is_personal": flag_to_row(column.is_personal),
                "personal_confidence": column.personal_confidence,
                "has_verdict": int(column.is_personal is not None),
                "table_id": table_id,
                "name": name,
                "at": moment_to_row(at),
            }


def _words_to_row(meaning: TableMeaning | ColumnMeaning) -> Mapping[str, Any]:
    """What the rules and a model say of a table or column, and whether it is the model that describes it."""
    rules, model = said_by_rules(meaning), said_by_model(meaning)
    return {
        **rules,
        "synonyms": compact_json(list(rules["synonyms"])),
        "model_description": model.get("description"),
        "model_synonyms": compact_json(list(model["synonyms"])) if "synonyms" in model else None,
        "is_told": int("description" in model),
    }
