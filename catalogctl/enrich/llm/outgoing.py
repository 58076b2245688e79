"""What of a catalogue goes out to a model: names, types, keys and profile, and nothing that tells of a person."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from catalogctl.domain.catalogue import Column, Table
from catalogctl.domain.meaning import ColumnMeaning, TableMeaning
from catalogctl.enrich.llm.text import cleaned

_PERSONAL_PATTERNS = frozenset({"email", "phone", "iban", "ipv4", "ipv6"})
_LOOKS_PERSONAL = re.compile(
    r"""[^\s@]+@[^\s@]+\.\w+            # an e-mail address
    | (?:\d[\s./()-]{0,2}){8}           # the digits of a phone, a card, a person
    | \b[A-Z]{2}\d{2}[\s]?[A-Z0-9]{4}   # the beginning of an IBAN
    | \b\d{1,3}(?:\.\d{1,3}){3}\b       # an IP address
    """,
    re.VERBOSE,
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ][\d:.+-]*Z?)?")
_ESCAPED = re.compile(r"[<>\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_QUOTED_ON = re.compile(r"(?:\s*\([^()']*)?'.*", re.DOTALL)
"""The values of an enumeration in the word for its type, and what follows them."""
_DIALLED = 10**7
"""From here on a whole number may be that of a phone, a card, a person."""
_VALUES = 5
_VALUE_WIDTH = 40
_TYPE_WIDTH = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """What may go out beside names, types, keys and profile.

    *personal* names the columns of each table that were recognised as personal data: of them only counts, lengths and
    the pattern go out, never a value, whatever else is allowed. *values* adds samples and text ranges of the others,
    *comments* what the source's comments say.
    """

    personal: Mapping[str, Collection[str]]
    values: bool = False
    comments: bool = False

    def is_personal(self, table: Table, column: Column) -> bool:
        """True for columns named as such, and for those whose values look like it."""
        pattern = (column.profile or {}).get("pattern") or {}
        word = re.sub(r"[\W_]", "", str(pattern.get("name", ""))).lower()
        return column.name in self.personal.get(table.name, ()) or word in _PERSONAL_PATTERNS


def table_facts(table: Table, disclosure: Disclosure) -> dict[str, Any]:
    """What goes out of *table* to have it described."""
    facts: dict[str, Any] = {"table": table.name}
    if table.is_view:
        facts["view"] = True
    if table.row_count is not None:
        facts["rows"] = table.row_count
    if disclosure.comments and (comment := cleaned(table.comment, 200)):
        facts["comment"] = comment
    facts["columns"] = [_column_facts(table, column, disclosure) for column in in_order(table)]
    return facts


def described_facts(table: Table) -> dict[str, Any]:
    """What goes out of *table* to have questions and key figures drafted: names, types, keys and descriptions.

    All descriptions that *table* has: ``with_words`` chooses them.
    """
    columns = []
    for column in in_order(table):
        facts = _declared(table, column)
        if description := cleaned(column.description, 120):
            facts["meaning"] = description
        columns.append(facts)
    facts = {"table": table.name, "rows": table.row_count, "meaning": cleaned(table.description, 200)}
    return {key: value for key, value in facts.items() if value is not None} | {"columns": columns}


def with_words(table: Table, told: TableMeaning | None, *, rules: TableMeaning | None, disclosure: Disclosure) -> Table:
    """*table* with those descriptions that may go out.

    What the model *told* itself always may. What *rules* wrote quotes values, so it goes where values may go; what a
    person wrote goes where comments may.
    """
    told, rules = told or TableMeaning(name=table.name), rules or TableMeaning(name=table.name)
    columns = []
    for column in table.columns:
        mine = told.columns.get(column.name, ColumnMeaning()).description
        theirs = rules.columns.get(column.name, ColumnMeaning()).description
        may_quote = disclosure.values and not disclosure.is_personal(table, column)
        columns.append(replace(column, description=_words(column, mine, theirs, disclosure, may_quote=may_quote)))
    description = _words(table, told.description, rules.description, disclosure, may_quote=disclosure.values)
    return replace(table, description=description, columns=tuple(columns))


def _words(
    described: Table | Column, mine: str | None, theirs: str | None, disclosure: Disclosure, *, may_quote: bool
) -> str | None:
    if described.is_described_by_person:
        return described.description if disclosure.comments else None
    return mine if may_quote or mine != theirs else None


def data_block(facts: Sequence[Mapping[str, Any]]) -> str:
    """*facts* as lines of JSON between marks that nothing inside them can write."""
    lines = "\n".join(data_line(fact) for fact in facts)
    return f"<data>\n{lines}\n</data>"


def data_line(facts: Mapping[str, Any]) -> str:
    """*facts* as one line of JSON that holds no angle bracket and nothing that ends a line or turns text around."""
    line = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", line)


def in_order(table: Table) -> list[Column]:
    """The columns in the source's order, which says more than the alphabet."""
    return sorted(table.columns, key=lambda column: column.position)


def _column_facts(table: Table, column: Column, disclosure: Disclosure) -> dict[str, Any]:
    facts = _declared(table, column)
    if disclosure.comments and (comment := cleaned(column.comment, 120)):
        facts["comment"] = comment
    profile = column.profile
    if not profile or not profile.get("rows_profiled"):
        return facts
    if profile["null_rate"]:
        facts["nulls"] = _brief_number(profile["null_rate"])
    facts["distinct"] = profile["distinct_count"]
    if profile["is_key_candidate"]:
        facts["unique"] = True
    if lengths := profile.get("text_length"):
        facts["length"] = [lengths["min"], lengths["max"]]
    if pattern := profile.get("pattern"):
        facts["like"] = pattern["name"]
    if not disclosure.is_personal(table, column):
        facts |= _range(column, profile, disclosure)
        if disclosure.values and (values := _values(profile)):
            facts["values"] = values
    return facts


def _declared(table: Table, column: Column) -> dict[str, Any]:
    facts: dict[str, Any] = {"name": column.name}
    if data_type := cleaned(_QUOTED_ON.sub("", column.data_type), _TYPE_WIDTH):
        facts["type"] = data_type
    if column.is_primary_key:
        facts["key"] = "primary"
    for key in table.foreign_keys:
        if column.name in key.columns:
            position = key.columns.index(column.name)
            target = key.referred_columns[position] if position < len(key.referred_columns) else None
            facts["references"] = key.referred_table + (f".{target}" if target else "")
    return facts


def _range(column: Column, profile: Mapping[str, Any], disclosure: Disclosure) -> dict[str, Any]:
    """The range of numbers and dates; of a key it would say nothing, of text it is two of the values."""
    low, high = profile.get("min"), profile.get("max")
    if profile["is_key_candidate"] or low is None or high is None:
        return {}
    if _is_number(low) and _is_number(high):
        facts = {"from": _brief_number(low), "to": _brief_number(high)}
        mean: Any = profile.get("mean")
        return facts | ({"mean": _brief_number(mean)} if _is_number(mean) else {})
    if _is_date(column, low) and _is_date(column, high):
        return {"from": str(low)[:10], "to": str(high)[:10]}
    ends = [_value(low), _value(high)] if disclosure.values else []
    return {"from": ends[0], "to": ends[1]} if all(ends) and ends else {}


def _values(profile: Mapping[str, Any]) -> list[Any]:
    frequent = [entry["value"] for entry in profile.get("top_values", ())]
    shown = [_value(value) for value in frequent or profile.get("samples", ())]
    return [value for value in shown if value is not None][:_VALUES]


def _value(value: Any) -> Any:
    """*value* as it may go out, or None."""
    if value is None or isinstance(value, bool):
        return value
    text = cleaned(str(value), _VALUE_WIDTH)
    if text is None or (_LOOKS_PERSONAL.search(text) and not _DATE.fullmatch(text)):
        return None
    return _brief_number(value) if _is_number(value) else text


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_date(column: Column, value: Any) -> bool:
    pattern = str(((column.profile or {}).get("pattern") or {}).get("name", ""))
    is_meant = re.search(r"date|time", f"{column.data_type} {pattern}", re.IGNORECASE) is not None
    return is_meant and isinstance(value, str) and _DATE.fullmatch(value) is not None


def _brief_number(value: float) -> float | int:
    """*value* with four digits that tell, or a whole number as it is where it is too short to be dialled."""
    if isinstance(value, int):
        return value if abs(value) < _DIALLED else int(float(f"{value:.4g}"))
    return float(f"{value:.4g}")
