"""Whose text of a table or a column is shown: a person's before a model's before the rules', and of which day."""

from catalogctl.store.relational.rows import moment_from_row
from catalogctl.store.saving import with_its_day

SHOWN_TEXT = """d.description, coalesce({of}.model_description, {of}.description),
    CASE WHEN {of}.model_description IS NULL THEN {of}.description_of ELSE {of}.model_description_of END,
    {of}.changed_at"""
"""What ``shown_text`` takes, of the table or column *of*, where *d* is what a person has written."""

TEXT_WIDTH = 4
"""How many columns that makes."""


def shown_text(by_person: str | None, generated: str | None, of: int | None, changed_at: int | None) -> str | None:
    """The text that is shown; one *of* data that have changed later is shown with its day."""
    if by_person is not None or generated is None:
        return by_person
    is_outdated = of is not None and changed_at is not None and of < changed_at
    return with_its_day(generated, moment_from_row(of)) if is_outdated and of is not None else generated
