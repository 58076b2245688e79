"""What texts look like: e-mail addresses, identifiers with check digits, dates … told by their values alone.

A wrong name misleads more than none, so each pattern asks for a shape that is hard to meet by chance. Where the shape
alone says little (bare digits), a check digit, the name of the column, or several values have to back it.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from ipaddress import ip_interface
from typing import Any

from stdnum import bic, ean, iban, isbn, luhn
from stdnum.eu import vat
from stdnum.fr import siren, siret

from catalogctl.domain.catalogue import Pattern

ENOUGH = 0.8
"""The share of the tested values that has to match."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A pattern: the form that a value has in full, and a check that it has to pass besides.

    *least* is how many tested values it takes to be believed, *enough* the share of them that has to match; *named*
    is what the column's name has to contain where values alone prove nothing; *digits* patterns fit integers too.
    """

    name: str
    form: re.Pattern[str]
    check: Callable[[str], bool] | None = None
    least: int = 1
    enough: float = ENOUGH
    named: re.Pattern[str] | None = None
    digits: bool = False

    def fits(self, text: str) -> bool:
        """True when *text* is of this pattern."""
        return self.form.fullmatch(text) is not None and (self.check is None or self.check(text))


def _is_date(text: str) -> bool:
    return _parses(date.fromisoformat, text)


def _is_moment(text: str) -> bool:
    return _parses(datetime.fromisoformat, text)


def _is_address(text: str) -> bool:
    return _parses(ip_interface, text)


def _parses(parse: Callable[[str], Any], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def _is_phone(text: str) -> bool:
    return 8 <= sum(character.isdigit() for character in text) <= 15


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


def _word(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|[\W_])(?:{pattern})(?:$|[\W_\d])", re.IGNORECASE)


_PHONE_NAME = _word(r"(?:tele)?phones?|tel|telefon|telefono|mobile|cell|fax|portable|gsm|handy")
_POSTAL_NAME = _word(r"postale?|post_?codes?|postal_?codes?|zip|zip_?codes?|cp|code_?postal|plz|^cap$|pin_?codes?")
_DAY = r"\d{4}-\d\d-\d\d"
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d{1,9})?)?"
_ZONE = r"(?: ?(?:Z|[+-]\d\d(?::?\d\d)?))?"
_HEX = "[0-9a-fA-F]"

# The first of those with the greatest share wins: the stricter stand before the looser.
SHAPES = (
    Shape(name="email", form=re.compile(r"[^\s@<>,;:\"()]{1,64}@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_]{2,24}")),
    Shape(name="uuid", form=_form(rf"\{{?{_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}\}}?")),
    Shape(name="url", form=re.compile(r"(?:https?|ftps?|wss?|s3|gs)://[^\s/$.?#][^\s]*", re.IGNORECASE)),
    Shape(name="ipv4", form=_form(r"\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?"), check=_is_address),
    Shape(name="ipv6", form=_form(rf"(?=(?:[^:]*:){{2}}){_HEX}*:[0-9a-fA-F:.]*(?:/\d{{1,3}})?"), check=_is_address),
    Shape(name="mac_address", form=_form(rf"{_HEX}{{2}}([:-])(?:{_HEX}{{2}}\1){{4}}{_HEX}{{2}}")),
    Shape(name="iso_date", form=_form(_DAY), check=_is_date),
    Shape(name="iso_datetime", form=_form(rf"{_DAY}[T ]{_TIME}{_ZONE}"), check=_is_moment),
    Shape(name="time", form=_form(rf"{_TIME}{_ZONE}")),
    Shape(name="iban", form=_form(r"[A-Z]{2}\d\d[A-Za-z0-9 ]{11,40}"), check=iban.is_valid),
    Shape(name="vat", form=_form(r"[A-Z]{2}[A-Z0-9 .+*-]{6,18}"), check=vat.is_valid),
    Shape(name="siret", form=_form(r"\d{14}|\d{3} ?\d{3} ?\d{3} ?\d{5}"), check=siret.is_valid, least=3, digits=True),
    Shape(name="siren", form=_form(r"\d{9}|\d{3} \d{3} \d{3}"), check=siren.is_valid, least=5, enough=0.9, digits=True),
    Shape(
        name="credit_card",
        form=_form(r"[3-6]\d{14,15}|[3-6]\d{3}([ -])\d{4}\1\d{4}\1\d{4}|3\d{3}([ -])\d{6}\2\d{5}"),
        check=lambda text: luhn.is_valid(re.sub(r"\D", "", text)),
        least=3,
        enough=0.9,
        digits=True,
    ),
    Shape(name="isbn", form=_form(r"97[89][\d -]{10,14}|(?=.*[ -])[\dX -]{11,13}"), check=isbn.is_valid, least=3),
    Shape(name="ean", form=_form(r"\d{13}|\d{12}"), check=ean.is_valid, least=5, enough=0.9, digits=True),
    Shape(name="bic", form=_form(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?"), check=bic.is_valid, least=5, enough=0.95),
    Shape(name="phone", form=_form(r"(?:\+|00)[1-9]\d{0,3}[ .()/-]{0,2}(?:\d[ .()/-]{0,2}){6,13}"), check=_is_phone),
    Shape(
        name="phone",
        form=_form(
            r"0[1-9](?:([ .-])\d\d)(?:\1\d\d){3}"  # France
            r"|(?:1[ .-])?\(?\d{3}\)[ .-]?\d{3}[ .-]\d{4}|\d{3}([.-])\d{3}\2\d{4}"  # North America
            r"|\(?0\d{2,5}\)?[ /-]\d{3,4}[ -]?\d{3,5}"  # Great Britain, Germany and others
        ),
        check=_is_phone,
        least=3,
    ),
    Shape(name="phone", form=_form(r"(?:\d[ .()/-]{0,2}){8,14}\d?"), check=_is_phone, named=_PHONE_NAME),
    Shape(
        name="postal_code",
        form=_form(
            r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}"  # Great Britain
            r"|[ABCEGHJ-NPRSTVXY]\d[A-Z] \d[A-Z]\d"  # Canada
            r"|\d{5}-\d{4}|\d{4} [A-Z]{2}"  # the United States, the Netherlands
        ),
        least=3,
    ),
    Shape(
        name="postal_code",
        form=_form(r"\d{4,6}|\d{5}-\d{4}|\d{3}[ -]\d{2,4}|(?=.*\d)[A-Z\d]{2,4} ?[A-Z\d]{3}|\d{4} ?[A-Z]{2}"),
        named=_POSTAL_NAME,
        digits=True,
    ),
)


def find_pattern(values: Sequence[Any], *, column: str = "") -> Pattern | None:
    """What most of the distinct *values* of *column* look like; None when they look like nothing in particular."""
    texts = [str(value).strip() for value in values if isinstance(value, (str, int)) and not isinstance(value, bool)]
    if not texts:
        return None
    are_digits = not any(isinstance(value, str) for value in values)
    best: tuple[float, Shape] | None = None
    for shape in SHAPES:
        if len(texts) < shape.least or (are_digits and not shape.digits):
            continue
        if shape.named and not shape.named.search(_spaced(column)):
            continue
        share = _share(shape, texts)
        if share >= shape.enough and (best is None or share > best[0]):
            best = (share, shape)
    return best and Pattern(name=best[1].name, share=best[0], tested=len(texts))


def _spaced(name: str) -> str:
    """``zipCode`` as ``zip_Code``, so that its words can be told apart."""
    return re.sub(r"(?<=[a-z\d])(?=[A-Z])", "_", name)


def _share(shape: Shape, texts: Sequence[str]) -> float:
    """The share of *texts* that fits, or 0.0 as soon as it can no longer be enough."""
    spare = len(texts) - math.ceil(shape.enough * len(texts))
    misses = 0
    for text in texts:
        misses += not shape.fits(text)
        if misses > spare:
            return 0.0
    return 1 - misses / len(texts)
