"""The forms of answers: strict JSON schemas with bounded lengths, so that a small model that runs in circles ends."""

from collections.abc import Sequence
from typing import Any

from catalogctl.domain.catalogue import Table
from catalogctl.domain.meaning import TableRole
from catalogctl.enrich.llm.manner import Format
from catalogctl.enrich.llm.outgoing import in_order

TABLE_DESCRIPTION = 240
COLUMN_DESCRIPTION = 180
TABLE_SYNONYMS = 4
COLUMN_SYNONYMS = 3
SYNONYM = 40
TITLE = 60
SQL = 1500
UNIT = 12
FOOTER = 100
QUESTION = 160


def meaning_format(tables: Sequence[Table]) -> Format:
    """An object keyed by exactly the names of *tables* and their columns: none can be left out, none invented."""
    definitions = {
        "column": _object(
            {
                "description": _text(COLUMN_DESCRIPTION, is_optional=True),
                "synonyms": _list(_text(SYNONYM), COLUMN_SYNONYMS),
            }
        )
    }
    described = {table.name: _table(table) for table in tables}
    return Format(name="meaning", schema=_object({"tables": _object(described)}) | {"$defs": definitions})


def kpi_format(*, most: int) -> Format:
    """A list of at most *most* drafts of key figures."""
    draft = _object(
        {
            "title": _text(TITLE),
            "sql": _text(SQL),
            "trend_sql": _text(SQL, is_optional=True),
            "unit": _text(UNIT, is_optional=True),
            "invert": {"type": "boolean"},
            "footer": _text(FOOTER, is_optional=True),
        }
    )
    return Format(name="kpis", schema=_object({"kpis": _list(draft, most)}))


def question_format(tables: Sequence[Table], *, categories: Sequence[str], most: int) -> Format:
    """A list of at most *most* drafts of questions, each of one of *categories* and about up to 4 tables."""
    longest = max((len(table.name) for table in tables), default=1)
    draft = _object(
        {
            "question": _text(QUESTION),
            "category": {"type": "string", "enum": list(categories)},
            "tables": _list(_text(longest), 4),
        }
    )
    return Format(name="questions", schema=_object({"questions": _list(draft, most)}))


def _table(table: Table) -> dict[str, Any]:
    return _object(
        {
            "description": _text(TABLE_DESCRIPTION, is_optional=True),
            "synonyms": _list(_text(SYNONYM), TABLE_SYNONYMS),
            "role": {"type": ["string", "null"], "enum": [*TableRole, None]},
            "columns": _object({column.name: {"$ref": "#/$defs/column"} for column in in_order(table)}),
        }
    )


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    # Strict endpoints want every property required and no other allowed.
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: dict[str, Any], most: int) -> dict[str, Any]:
    return {"type": "array", "items": items, "maxItems": most}


def _text(most: int, *, is_optional: bool = False) -> dict[str, Any]:
    return {"type": ["string", "null"] if is_optional else "string", "maxLength": most}
