"""Text that a model wrote: the JSON in it, and strings made fit to be kept and shown."""

import json
import unicodedata
from typing import Any

_OPENINGS_TRIED = 20
# Zero-width joiners belong to words of some scripts and to emoji; other format characters turn text around or hide it.
_KEPT_FORMATS = frozenset("\u200c\u200d")
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


class InvalidAnswer(Exception):
    """What a model answered cannot be used; the text says why, for the model."""


def parse_object(text: str) -> dict[str, Any]:
    """The JSON object in an answer, be it in a fence, after its reasoning or amid prose. Raises InvalidAnswer."""
    text = text.rpartition("</think>")[2]
    decoder = json.JSONDecoder(parse_constant=_refuse_constant)
    position = text.find("{")
    for _ in range(_OPENINGS_TRIED):
        if position < 0:
            break
        try:
            found, _ = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            position = text.find("{", position + 1)
        else:
            return dict(found)
    raise InvalidAnswer("it holds no complete JSON object")


def cleaned(value: Any, most: int) -> str | None:
    """*value* as one line of at most *most* characters without any that control or hide; None if nothing is left."""
    if not isinstance(value, str):
        return None
    shown = "".join(_shown(character) for character in value[: 20 * most])
    line = " ".join(shown.split())
    if len(line) > most:
        line = line[: most - 1].rstrip() + "…"
    return line or None


def _shown(character: str) -> str:
    if character in _KEPT_FORMATS:
        return character
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) in _DROPPED else character


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
