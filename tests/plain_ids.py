"""Answers of engines, made comparable where one of them leaves out ids that a failed change took."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

KINDS: Mapping[tuple[str, str], str] = {
    ("Source", "id"): "source",
    ("Datasource", "id"): "source",
    ("Table", "datasource_id"): "source",
    ("Table", "id"): "table",
    ("Column", "table_id"): "table",
    ("Column", "id"): "column",
    ("Run", "number"): "run",
    ("Job", "id"): "job",
    ("Event", "job_id"): "job",
    ("Task", "job_id"): "job",
    ("Task", "id"): "task",
}
"""By class and field, of what a number is the id."""


def with_plain_ids(answers: Any) -> Any:
    """*answers* with every id replaced by its place among all ids of its kind in there."""
    seen: dict[str, set[int]] = defaultdict(set)

    def note(kind: str, number: int) -> int:
        seen[kind].add(number)
        return number

    _walk(answers, note)
    places = {kind: {number: place for place, number in enumerate(sorted(numbers))} for kind, numbers in seen.items()}
    return _walk(answers, lambda kind, number: places[kind][number])


def _walk(value: Any, id_of: Callable[[str, int], int]) -> Any:
    if isinstance(value, Mapping):
        return {key: _walk(one, id_of) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_walk(one, id_of) for one in value]
    if not is_dataclass(value) or isinstance(value, type):
        return value
    name = type(value).__name__
    walked: dict[str, Any] = {"": name}
    for field in fields(value):
        found = getattr(value, field.name)
        kind = KINDS.get((name, field.name))
        walked[field.name] = _walk(found, id_of) if kind is None or found is None else id_of(kind, found)
    return walked
