"""Figures and values as they stand in a sentence: short, exact enough, and never more than is known."""

from typing import Any

from catalogctl.enrich.rules.reading.facts import number
from catalogctl.enrich.rules.words.grammar import listed

_SHOWN = 40
_NAME = 80


def amount(value: Any, *, decimals: int | None = None) -> str:
    """A number with thousands separated; *decimals* None keeps what is telling: 1,204, 3.5, 0.0625.

    Of less than a hundredth what is telling is kept in any case.
    """
    found = number(value)
    if found is None:
        return clean(str(value))
    if decimals is not None and not found.is_integer() and 0.01 <= abs(found) < 10_000:
        return f"{found:,.{decimals}f}"
    if found.is_integer() and abs(found) < 1e15:
        return f"{int(found):,}"
    if abs(found) >= 1e15 or abs(found) < 0.0001:
        return f"{found:.3g}"
    if abs(found) >= 1000:
        return f"{found:,.0f}"
    places = 2 if abs(found) >= 1 else 3 if abs(found) >= 0.01 else 5
    text = f"{found:,.{places}f}"
    return text.rstrip("0").rstrip(".")


def plain(value: Any) -> str:
    """A number without separators, as years and keys are written."""
    return amount(value).replace(",", "")


def percent(share: float) -> str:
    """A share (0..1) in per cent; nothing that is there becomes 0%, nothing incomplete becomes 100%."""
    value = share * 100
    if value in (0.0, 100.0):
        return f"{value:.0f}%"
    if value < 0.1:
        return "less than 0.1%"
    if value > 99.9:
        return "more than 99.9%"
    digits = 0 if 10 <= value <= 99 and round(value) not in (0, 100) else 1
    return f"{value:.{digits}f}%".replace(".0%", "%")


def clean(text: str, *, width: int = _SHOWN) -> str:
    """*text* on one line, without control characters, cut to *width*."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= width else f"{line[: width - 1].rstrip()}…"


def shown(name: str) -> str:
    """The name of a table or a column as it may stand in a sentence, whatever is in it."""
    return clean(name, width=_NAME)


def value_text(value: Any) -> str:
    """A value of a column as it may be quoted: bare where it reads well, in quotes where it would blur."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str):
        return plain(value)
    text = clean(value)
    if not text:
        return "blank"
    is_bare = text == value and text[0].isalnum() and not any(char in text for char in ",;:()\"'")
    return text if is_bare else f"“{text}”"


def shares(top: tuple[tuple[Any, float], ...], *, most: int, word: str) -> str:
    """The most frequent values with their shares: ``shipped (71%), pending (20%) or open (9%)``."""
    return listed([f"{value_text(value)} ({percent(share)})" for value, share in top[:most]], word)
