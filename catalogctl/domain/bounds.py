"""How much may be asked for at once: the same with a server in between and without one."""

from catalogctl.domain.errors import WrongType

MAX_LIMIT = 1000
"""Rows of one answer."""

MAX_DAYS = 3650
"""Days that costs go back."""


def in_range(name: str, number: int, *, most: int) -> int:
    """*number* itself if it is from 1 to *most*. Raises WrongType, which names it."""
    if not 1 <= number <= most:
        raise WrongType(f"{name} must be a whole number from 1 to {most}, not {number}")
    return number
