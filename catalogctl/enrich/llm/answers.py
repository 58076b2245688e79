"""What is taken from a model's answer: what fits the form and names what exists; all else is dropped and counted."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from catalogctl.domain.catalogue import Table
from catalogctl.domain.errors import UnsafeSql
from catalogctl.domain.meaning import ColumnMeaning, KpiDraft, QuestionDraft, TableMeaning, TableRole
from catalogctl.enrich.llm import schemas
from catalogctl.enrich.llm.text import InvalidAnswer, cleaned
from catalogctl.enrich.sql_checks import check_select, tables_read

ICONS: Mapping[str, str] = {
    "overview": "📊",
    "trend": "📈",
    "ranking": "🏆",
    "comparison": "⚖️",
    "distribution": "🧮",
    "quality": "🔍",
}
"""The categories of questions that a model may choose from, each with its icon."""

_EMPTY_WORDS = frozenset({"", "null", "none", "n/a", "na", "unknown", "string", "description", "…", "..."})


@dataclass(frozen=True, slots=True, kw_only=True)
class Meanings:
    """What a model says of a batch; *dropped* counts names that do not exist and entries of the wrong kind."""

    tables: tuple[TableMeaning, ...]
    dropped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedKpi:
    """A key figure that is kept out, and why."""

    title: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpis:
    """Key figures whose SQL passed the check, and those whose did not; *dropped* counts entries of the wrong kind."""

    drafts: tuple[KpiDraft, ...]
    refused: tuple[RefusedKpi, ...] = ()
    dropped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """Questions about tables that exist; *dropped* counts names that do not and entries of the wrong kind."""

    drafts: tuple[QuestionDraft, ...]
    dropped: int = 0


def read_meanings(answer: Mapping[str, Any], *, tables: Sequence[Table]) -> Meanings:
    """The meaning of those of *tables* that *answer* tells something of. Raises InvalidAnswer if it names none."""
    found: dict[str, TableMeaning] = {}
    is_any_known = False
    dropped = 0
    names = _Names([table.name for table in tables])
    for given, entry in _entries(answer.get("tables")):
        name = names.known(given)
        if name is None or not isinstance(entry, Mapping):
            dropped += 1
            continue
        is_any_known = True
        table = next(table for table in tables if table.name == name)
        meaning, lost = _table_meaning(table, entry)
        dropped += lost
        if meaning.description or meaning.synonyms or meaning.role or meaning.columns:
            found[name] = meaning
    if not is_any_known:
        wanted = ", ".join(table.name for table in tables[:5])
        raise InvalidAnswer(f'its "tables" must be an object whose keys are the tables asked for, such as {wanted}')
    return Meanings(tables=tuple(found.values()), dropped=dropped)


def merge_meanings(meanings: Sequence[TableMeaning]) -> list[TableMeaning]:
    """One meaning a table where a wide one was described in several batches; what was said first stands."""
    merged: dict[str, TableMeaning] = {}
    for meaning in meanings:
        first = merged.get(meaning.name)
        merged[meaning.name] = meaning if first is None else replace(
            first,
            description=first.description or meaning.description,
            synonyms=first.synonyms or meaning.synonyms,
            role=first.role or meaning.role,
            columns={**meaning.columns, **first.columns},
        )  # fmt: skip
    return list(merged.values())


def read_kpis(answer: Mapping[str, Any], *, tables: Sequence[Table], dialect: str) -> Kpis:
    """The key figures in *answer*, each with its SQL checked. Raises InvalidAnswer if there is no list of them."""
    known = {table.name: [column.name for column in table.columns] for table in tables}
    drafts: dict[str, KpiDraft] = {}
    refused: list[RefusedKpi] = []
    dropped = 0
    for entry in _listed(answer, "kpis"):
        title, sql = cleaned(entry.get("title"), schemas.TITLE), _sql(entry.get("sql"))
        if title is None or sql is None or title.lower() in drafts:
            dropped += 1
            continue
        if (reason := _objection(sql, dialect, known)) is not None:
            refused.append(RefusedKpi(title=title, reason=reason))
            continue
        trend = _sql(entry.get("trend_sql"))
        if trend is not None and (reason := _objection(trend, dialect, known)) is not None:
            refused.append(RefusedKpi(title=f"{title} (trend)", reason=reason))
            trend = None
        drafts[title.lower()] = KpiDraft(
            title=title,
            sql=sql,
            tables=tables_read(sql, dialect=dialect, tables=known),
            trend_sql=trend,
            unit=cleaned(entry.get("unit"), schemas.UNIT),
            invert=entry.get("invert") is True,
            footer=cleaned(entry.get("footer"), schemas.FOOTER),
        )
    return Kpis(drafts=tuple(drafts.values()), refused=tuple(refused), dropped=dropped)


def read_questions(answer: Mapping[str, Any], *, tables: Sequence[Table]) -> Questions:
    """The questions in *answer* on tables that exist. Raises InvalidAnswer if there is no list of them."""
    names = _Names([table.name for table in tables])
    drafts: dict[str, QuestionDraft] = {}
    dropped = 0
    for entry in _listed(answer, "questions"):
        question, given = cleaned(entry.get("question"), schemas.QUESTION), entry.get("tables")
        asked = given if isinstance(given, list) else []
        about = tuple(dict.fromkeys(name for name in map(names.known, asked) if name is not None))
        dropped += len(asked) - len(about)
        if question is None or not about or question.lower() in drafts:
            dropped += 1
            continue
        category = entry.get("category")
        if not isinstance(category, str) or category not in ICONS:
            category = next(iter(ICONS))
        drafts[question.lower()] = QuestionDraft(
            question=question, category=category, icon=ICONS[category], tables=about
        )
    return Questions(drafts=tuple(drafts.values()), dropped=dropped)


class _Names:
    """Names that exist: found as they are written, or in another case where that is not ambiguous."""

    def __init__(self, names: Sequence[str]) -> None:
        self._exact = frozenset(names)
        self._folded: dict[str, list[str]] = {}
        for name in names:
            self._folded.setdefault(name.casefold(), []).append(name)

    def known(self, given: Any) -> str | None:
        """The name that is meant by *given*, or None."""
        if not isinstance(given, str):
            return None
        alike = self._folded.get(given.strip().casefold(), [])
        return given if given in self._exact else alike[0] if len(alike) == 1 else None


def _table_meaning(table: Table, entry: Mapping[str, Any]) -> tuple[TableMeaning, int]:
    columns: dict[str, ColumnMeaning] = {}
    dropped = 0
    names = _Names([column.name for column in table.columns])
    for given, described in _entries(entry.get("columns")):
        name = names.known(given)
        if name is None or not isinstance(described, Mapping):
            dropped += 1
            continue
        column = ColumnMeaning(
            description=_description(described.get("description"), name, schemas.COLUMN_DESCRIPTION),
            synonyms=_synonyms(described.get("synonyms"), name, schemas.COLUMN_SYNONYMS, table=table),
        )
        columns[name] = column
    # The same sentence on several columns is true of one of them at best.
    said = Counter(column.description for column in columns.values())
    columns = {
        name: replace(column, description=None) if said[column.description] > 1 else column
        for name, column in columns.items()
    }
    role = entry.get("role")
    meaning = TableMeaning(
        name=table.name,
        description=_description(entry.get("description"), table.name, schemas.TABLE_DESCRIPTION),
        synonyms=_synonyms(entry.get("synonyms"), table.name, schemas.TABLE_SYNONYMS, table=table),
        role=TableRole(role) if isinstance(role, str) and role in set(TableRole) else None,
        columns={name: column for name, column in columns.items() if column.description or column.synonyms},
    )
    return meaning, dropped


def _entries(value: Any) -> Iterator[tuple[Any, Any]]:
    """Name and entry of each, be they keyed by name as asked, or in a list of objects that hold it."""
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list):
        for entry in value:
            named = entry if isinstance(entry, Mapping) else {}
            yield next((named[key] for key in ("name", "table", "column") if key in named), None), entry


def _listed(answer: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The objects under *key*; what is no object becomes an empty one, which its reader drops and counts."""
    entries = answer.get(key)
    if not isinstance(entries, list):
        raise InvalidAnswer(f'its "{key}" must be a list')
    return [entry if isinstance(entry, Mapping) else {} for entry in entries]


def _objection(sql: str, dialect: str, known: Mapping[str, Sequence[str]]) -> str | None:
    try:
        check_select(sql, dialect=dialect, tables=known)
    except UnsafeSql as unsafe:
        return unsafe.detail
    return None


def _sql(value: Any) -> str | None:
    """SQL without the semicolon that models like to end it with; the check of it comes after."""
    if not isinstance(value, str) or len(value) > 2 * schemas.SQL:
        return None
    return value.strip().removesuffix(";").rstrip() or None


def _description(value: Any, name: str, most: int) -> str | None:
    """A description that says something: more than the name, and no placeholder."""
    text = cleaned(value, most)
    if text is None or text.lower().rstrip(".") in _EMPTY_WORDS or _bare(text) == _bare(name):
        return None
    return text


def _synonyms(value: Any, name: str, most: int, *, table: Table) -> tuple[str, ...]:
    """A few other words for *name*; what is the name of a column of *table* means that column."""
    taken = {_bare(name), *(_bare(column.name) for column in table.columns)}
    found: dict[str, str] = {}
    for entry in value if isinstance(value, list) else []:
        word = cleaned(entry, schemas.SYNONYM)
        if word is not None and word.lower() not in _EMPTY_WORDS and _bare(word) not in taken:
            found.setdefault(word.casefold(), word)
    return tuple(found.values())[:most]


def _bare(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()
