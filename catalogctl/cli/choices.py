"""Options and arguments that take one of a few words."""

from typing import Any


def choices_of(parameter: Any) -> tuple[str, ...]:
    """The words that an option or argument takes, where they are limited."""
    return tuple(str(getattr(choice, "value", choice)) for choice in getattr(parameter.type, "choices", ()))
