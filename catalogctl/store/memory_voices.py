"""Whose words of a table or a column the reference engine shows: a person's before a model's before the rules'."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from catalogctl.domain.catalogue import Column, Table
from catalogctl.store.saving import with_its_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """Beside what the rules say of a table or column: when its data changed, and what a model says, by field.

    *rules_of* and *model_of* are the moments since when the data have been such as the descriptions say.
    """

    changed_at: datetime
    rules_of: datetime | None = None
    model: Mapping[str, Any] = field(default_factory=dict)
    model_of: datetime | None = None

    def shown(self, said: Table | Column, by_person: str | None) -> Mapping[str, Any]:
        """The fields of *said* as they are shown."""
        text, of = said.description, self.rules_of
        if "description" in self.model:
            text, of = self.model["description"], self.model_of
        if text is not None and of is not None and of < self.changed_at:
            text = with_its_day(text, of)
        is_by_person = by_person is not None
        return {
            **self.model,
            "description": by_person if is_by_person else text,
            "is_described_by_person": is_by_person,
        }
