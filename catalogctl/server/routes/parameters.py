"""What callers send, checked before anything is asked with it: query parameters, path parameters and JSON bodies."""

import asyncio
import json
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

from starlette.requests import Request

from catalogctl.domain.bounds import MAX_LIMIT, in_range
from catalogctl.domain.errors import InvalidInput, WrongType
from catalogctl.domain.events import MAX_SEQ
from catalogctl.server.problems import BodyTooLarge, BodyTooSlow

MAX_BODY = 1 << 20
BODY_DEADLINE = 10.0

Choice = TypeVar("Choice", bound=StrEnum)


class Query:
    """The query of a request; a parameter that is not there, or empty, counts as not given. Raises WrongType."""

    def __init__(self, request: Request) -> None:
        self._values = request.query_params

    def text(self, name: str) -> str | None:
        """The text of a parameter."""
        value = self._values.get(name)
        return _checked_text(name, value) if value else None

    def limit(self, default: int) -> int:
        """How many rows are wanted."""
        return self.number("limit", most=MAX_LIMIT) or default

    def number(self, name: str, *, most: int = MAX_SEQ) -> int | None:
        """A whole number from 1 to *most*."""
        value = self._values.get(name)
        return whole_number(name, value, most=most) if value else None

    def choice(self, name: str, of: type[Choice]) -> Choice | None:
        """One of the words of an enumeration."""
        value = self._values.get(name)
        if not value:
            return None
        try:
            return of(value)
        except ValueError:
            _refuse(name, f"one of {', '.join(of)}", value)

    def flag(self, name: str, *, default: bool) -> bool:
        """A yes or no."""
        value = self._values.get(name)
        if not value:
            return default
        words = {"true": True, "1": True, "false": False, "0": False}
        if value.lower() not in words:
            _refuse(name, "true or false", value)
        return words[value.lower()]


def path_number(request: Request, name: str) -> int:
    """Read a number that is a part of the path. Raises WrongType."""
    return whole_number(name, request.path_params[name])


def whole_number(name: str, text: str, *, most: int = MAX_SEQ) -> int:
    """Read a whole number from 1 to *most*. Raises WrongType."""
    if not re.fullmatch("-?[0-9]{1,19}", text):
        _refuse(name, f"a whole number from 1 to {most}", text)
    return in_range(name, int(text), most=most)


class Body:
    """A JSON object sent as a body; unknown fields are ignored, ``null`` counts as not given. Raises WrongType."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def text(self, name: str) -> str | None:
        """A text that is not empty."""
        value = self._values.get(name)
        if value == "":
            _refuse(name, "a text", value)
        return None if value is None else self._written(name, value)

    def required_text(self, name: str) -> str:
        """A text that must be there."""
        value = self.text(name)
        return value if value is not None else self._missing(name)

    def prose(self, name: str) -> str:
        """A text that must be there; whether it says anything is for others to judge."""
        value = self._values.get(name)
        return self._written(name, value) if value is not None else self._missing(name)

    def flag(self, name: str) -> bool:
        """A yes; no when it is not there."""
        value = self._values.get(name)
        if value is not None and not isinstance(value, bool):
            _refuse(name, "true or false", value)
        return bool(value)

    def texts(self, name: str) -> tuple[str, ...] | None:
        """A list of texts."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            _refuse(name, "a list of texts", value)
        return tuple(_checked_text(name, item) for item in value)

    def numbers(self, name: str) -> tuple[int, ...] | None:
        """A list of whole numbers."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(_is_whole(item) for item in value):
            _refuse(name, "a list of whole numbers", value)
        return tuple(value)

    def number(self, name: str) -> int | None:
        """A whole number from 1."""
        value = self._values.get(name)
        if value is not None and (not _is_whole(value) or not 1 <= value <= MAX_SEQ):
            _refuse(name, "a whole number from 1", value)
        return value

    def amount(self, name: str) -> float | None:
        """A number above 0."""
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MAX_SEQ:
            _refuse(name, "a number above 0", value)
        return float(value)

    def _written(self, name: str, value: object) -> str:
        return _checked_text(name, value) if isinstance(value, str) else _refuse(name, "a text", value)

    def _missing(self, name: str) -> NoReturn:
        raise WrongType(f"the field {name} is missing")


async def read_body(request: Request) -> Body:
    """Read the JSON object of a request; nothing at all counts as an empty one.

    Raises InvalidInput for what is no JSON, WrongType for other JSON, BodyTooLarge and BodyTooSlow.
    """
    try:
        async with asyncio.timeout(BODY_DEADLINE):
            raw = await _read_bytes(request)
    except TimeoutError:
        raise BodyTooSlow(f"the body did not arrive within {BODY_DEADLINE:.0f} s") from None
    if not raw.strip():
        return Body({})
    try:
        value = json.loads(raw, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise InvalidInput("the body is not JSON") from None
    if not isinstance(value, dict):
        raise WrongType("the body must be a JSON object")
    return Body(value)


async def _read_bytes(request: Request) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > MAX_BODY:
        raise BodyTooLarge(f"the body is larger than {MAX_BODY} bytes")
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BODY:
            raise BodyTooLarge(f"the body is larger than {MAX_BODY} bytes")
    return bytes(raw)


def _checked_text(name: str, text: str) -> str:
    """Neither files nor databases take a NUL or half of a surrogate pair in a name."""
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        _refuse(name, "a text without NUL and lone surrogates", text)
    return text


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(word)


def _refuse(name: str, wanted: str, value: object) -> NoReturn:
    raise WrongType(f"{name} must be {wanted}, not {ascii(value)[:80]}")
