"""The catalogue as a data dictionary in Markdown, fit to be published: it shows no sample of what tells of people."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from catalogctl.domain.catalogue import Datasource, Table
from catalogctl.domain.catalogue_records import brief
from catalogctl.render.catalogue_words import (
    ColumnRow,
    caution_text,
    column_rows,
    description_of,
    inferred_text,
    kind_text,
    meaning_text,
    pattern_text,
    row_count_text,
    rows_text,
    size_text,
)
from catalogctl.render.harmless import harmless
from catalogctl.render.measures import share

_MOST_VALUES = 8
_SAMPLES = 3
_WIDTH = 24
_MOST_WIDTH = 32
"""A moment with its zone is shown whole."""
_MOMENT = re.compile(r"date|time", re.IGNORECASE)
_NUMBERS = frozenset({"Rows", "Null"})
_WITHHELD = "Values of columns with personal data are left out."


def as_markdown(sources: Sequence[Datasource]) -> Iterator[str]:
    """A chapter a source with a list of its tables, a section a table, a row a column."""
    anchors = _Anchors(sources)
    for source in sources:
        yield f"# {_name(source.name)}"
        yield from ("", f"{_name(source.kind)} at {_name(source.path)}: {size_text(source.tables)}.")
        if source.description:
            yield from ("", _prose(source.description))
        if any(column.is_personal and column.profile for table in source.tables for column in table.columns):
            yield from ("", _WITHHELD)
        yield ""
        yield from _grid(_contents(source, anchors))
        for table in source.tables:
            yield ""
            yield from _section(source, table, anchors)
        yield ""


def _contents(source: Datasource, anchors: "_Anchors") -> Mapping[str, Sequence[str]]:
    return {
        "Table": [anchors.link(source, table.name) for table in source.tables],
        "Kind": [kind_text(table) for table in source.tables],
        "Rows": ["" if table.row_count is None else row_count_text(table) for table in source.tables],
        "Description": [_prose(description_of(table) or "") for table in source.tables],
    }


def _section(source: Datasource, table: Table, anchors: "_Anchors") -> Iterator[str]:
    rows = f", {rows_text(table)}" if table.row_count is not None else ""
    synonyms = f" Also called {_prose(', '.join(table.synonyms))}." if table.synonyms else ""
    yield f"## {_title(table.name)}"
    yield from ("", f"{kind_text(table).capitalize()}{rows}.{synonyms}")
    if description := description_of(table):
        yield from ("", _prose(description))
    if caution := caution_text(table):
        yield from ("", _prose(caution))
    columns = column_rows(source, table)
    cells: Mapping[str, Callable[[ColumnRow], str]] = {
        "Column": lambda row: _title(row.column.name),
        "Type": lambda row: _name(row.column.data_type),
        "Key": lambda row: _key(row, anchors),
        "Meaning": lambda row: meaning_text(row) or "",
        "Description": _said,
        "Values": _values,
        "Null": lambda row: _nulls(row.profile),
    }
    yield ""
    yield from _grid({title: [read(row) for row in columns] for title, read in cells.items()})
    if compound := [key for key in table.foreign_keys if len(key.columns) > 1]:
        yield ""
        for key in compound:
            to = f"{anchors.link(source, key.referred_table)} ({_name(', '.join(key.referred_columns))})"
            yield f"- {_name(', '.join(key.columns))} together refer to {to}."


def _grid(columns: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """A table of which the first column and those that say something are shown."""
    first = next(iter(columns))
    shown = {title: cells for title, cells in columns.items() if title == first or any(cells)}
    yield f"| {' | '.join(shown)} |"
    yield f"|{'|'.join('--:' if title in _NUMBERS else '---' for title in shown)}|"
    for cells in zip(*shown.values(), strict=True):
        yield f"| {' | '.join(cells)} |"


def _key(row: ColumnRow, anchors: "_Anchors") -> str:
    parts = ["primary"] if row.column.is_primary_key else []
    declared, inferred = row.foreign_key, row.inferred_key
    if declared is not None and row.referred is not None:
        column = row.referred.removeprefix(declared.referred_table)
        parts.append(f"→ {anchors.link(row.source, declared.referred_table)}{_name(column)}")
    elif inferred is not None:
        rest = inferred_text(inferred).removeprefix(inferred.referred_table)
        parts.append(f"→ {anchors.link(row.source, inferred.referred_table)}{_name(rest)}")
    return ", ".join(parts)


def _said(row: ColumnRow) -> str:
    synonyms = f"Also called {', '.join(row.column.synonyms)}." if row.column.synonyms else ""
    return _prose(f"{description_of(row.column) or ''} {synonyms}")


def _values(row: ColumnRow) -> str:
    """What the values are: all of a few, the range of numbers and dates, what texts look like, or some of them."""
    profile = row.profile
    low, high = profile.get("min"), profile.get("max")
    samples = profile.get("samples") or ()
    pattern = (profile.get("pattern") or {}).get("name", "")
    if row.column.is_personal:
        return ""
    # Texts of which nobody has said what they are may be those of people.
    is_known = row.column.is_personal is False or row.column.semantic_type is not None
    is_moment = pattern.startswith("iso_") or _MOMENT.search(row.column.data_type) is not None
    is_text = isinstance(low, str) and not is_moment
    if is_text and not is_known:
        text = pattern_text(row) or ""
    elif 0 < len(samples) <= _MOST_VALUES and profile.get("distinct_count") == len(samples):
        text = _listed(samples)
    elif low is not None and high is not None and not is_text:
        text = f"{brief(low, _MOST_WIDTH)} – {brief(high, _MOST_WIDTH)}"
    else:
        text = pattern_text(row) or _listed(samples[:_SAMPLES], is_whole=False)
    return _prose(text)


def _listed(values: Sequence[Any], *, is_whole: bool = True) -> str:
    texts = [brief(value, _WIDTH) for value in values]
    return ", ".join(texts if is_whole or not texts else [*texts, "…"])


def _nulls(profile: Mapping[str, Any]) -> str:
    rate = profile.get("null_rate")
    return share(rate) if rate else ""


class _Anchors:
    """Where the sections of tables are, as GitHub and those who follow it name them after their headings."""

    def __init__(self, sources: Sequence[Datasource]) -> None:
        seen: Counter[str] = Counter()
        self._anchors: dict[tuple[str, str], str] = {}
        for source in sources:
            self._anchor(source.name, seen)
            for table in source.tables:
                self._anchors[source.name, table.name] = self._anchor(table.name, seen)

    def link(self, source: Datasource, table: str) -> str:
        """The name of a table, leading to its section where it has one."""
        anchor = self._anchors.get((source.name, table))
        return f"[{_title(table)}](#{anchor})" if anchor else _title(table)

    @staticmethod
    def _anchor(heading: str, seen: Counter[str]) -> str:
        plain = re.sub(r"[^\w\- ]", "", harmless(heading).strip().lower()).replace(" ", "-")
        number = seen[plain]
        seen[plain] += 1
        return f"{plain}-{number}" if number and plain else plain


def _prose(text: str) -> str:
    """*text* as words of Markdown on one line."""
    return _name(" ".join(text.split()))


def _title(name: str) -> str:
    """A name that stands alone, even an empty one."""
    return _name(name) or '""'


def _name(text: str) -> str:
    """*text* as it is, as words of Markdown, whatever is in it."""
    plain = re.sub(r"([\\`*_{}\[\]<>#|~&$])", r"\\\1", harmless(text).strip())
    # What would begin a list.
    return re.sub(r"^([-+]|\d+[.)])(?=\s|$)", lambda found: f"{found[1][:-1]}\\{found[1][-1]}", plain)
