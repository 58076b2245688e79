"""Numbers that prove themselves: check digits and official registers of forms, tried on a column's samples.

The algorithms and national rules are python-stdnum's.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from stdnum import ean, iban, isbn, isin, luhn, vatin
from stdnum.es import dni, nif
from stdnum.fr import nir, siren, siret
from stdnum.it import codicefiscale

from catalogctl.enrich.rules.reading.facts import Facts, Family
from catalogctl.enrich.rules.reading.semantic_types import SemanticType

_TRIED = 20
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .*+/-]{6,44}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """A kind of number with a check: *shape* is looked at first, since it is cheap.

    *least* distinct values must be there and *share* of them be valid: a weak check needs many.
    """

    type: SemanticType
    label: str
    shape: re.Pattern[str]
    is_valid: Callable[[str], bool]
    least: int = 2
    share: float = 0.8
    is_number: bool = False


def _is_card(text: str) -> bool:
    return luhn.is_valid(text) and text[0] in "3456"


IDENTIFIERS = (
    Identifier(type=SemanticType.IBAN, label="IBAN", shape=re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}"),
               is_valid=iban.is_valid, least=1),
    Identifier(type=SemanticType.NATIONAL_ID, label="French social security number",
               shape=re.compile(r"[12]\d{4}(\d{2}|2A|2B)\d{8}"), is_valid=nir.is_valid),
    Identifier(type=SemanticType.NATIONAL_ID, label="Italian tax code",
               shape=re.compile(r"[A-Z]{6}[0-9LMNPQRSTUV]{2}[A-Z][0-9A-Z]{7}"),
               is_valid=codicefiscale.is_valid, least=1),
    Identifier(type=SemanticType.NATIONAL_ID, label="Spanish identity number", shape=re.compile(r"\d{8}[A-Z]"),
               is_valid=dni.is_valid, least=3),
    Identifier(type=SemanticType.COMPANY_NUMBER, label="Spanish tax number", shape=re.compile(r"[A-Z]\d{7}[A-Z0-9]"),
               is_valid=nif.is_valid, least=3),
    Identifier(type=SemanticType.ISIN, label="ISIN", shape=re.compile(r"[A-Z]{2}[A-Z0-9]{9}\d"), is_valid=isin.is_valid,
               least=2),
    Identifier(type=SemanticType.VAT_NUMBER, label="VAT number", shape=re.compile(r"[A-Z]{2}[A-Z0-9+*]{8,13}"),
               is_valid=vatin.is_valid),
    Identifier(type=SemanticType.COMPANY_NUMBER, label="SIRET", shape=re.compile(r"\d{14}"), is_valid=siret.is_valid,
               least=5, share=0.95, is_number=True),
    Identifier(type=SemanticType.ISBN, label="ISBN", shape=re.compile(r"97[89]\d{10}|\d{9}[0-9X]"),
               is_valid=isbn.is_valid,
               least=5, share=0.9, is_number=True),
    Identifier(type=SemanticType.BARCODE, label="EAN", shape=re.compile(r"\d{13}|\d{8}"), is_valid=ean.is_valid,
               least=5, share=0.95, is_number=True),
    Identifier(type=SemanticType.COMPANY_NUMBER, label="SIREN", shape=re.compile(r"\d{9}"), is_valid=siren.is_valid,
               least=6, share=0.95, is_number=True),
    Identifier(type=SemanticType.CARD_NUMBER, label="payment card number", shape=re.compile(r"\d{15,16}"),
               is_valid=_is_card, least=5, share=0.95, is_number=True),
)  # fmt: skip
"""The first that fits counts, so what is more telling stands before what is less. A BIC has no check digit: any eight
capitals may look like one, and only a name tells."""


def identifier_of(facts: Facts) -> Identifier | None:
    """The kind of checked number that fills a column; None when its samples are not of one kind."""
    if facts.family is Family.TEXT and any(_CODE.fullmatch(text) for text in facts.texts[:3]):
        values = tuple(dict.fromkeys(_compact(text) for text in facts.texts[:_TRIED]))
        return _kind_of(values, is_integer=False)
    if facts.family is Family.INTEGER and facts.within(10_000_000, 10**17):
        return _kind_of(tuple(dict.fromkeys(str(value) for value in facts.samples[:_TRIED])), is_integer=True)
    return None


@lru_cache(maxsize=32768)
def _kind_of(values: tuple[str, ...], *, is_integer: bool) -> Identifier | None:
    return next((kind for kind in IDENTIFIERS if (kind.is_number or not is_integer) and _fits(kind, values)), None)


def _fits(kind: Identifier, values: Sequence[str]) -> bool:
    if len(values) < kind.least or not any(kind.shape.fullmatch(value) for value in values[:3]):
        return False
    failures_left = int((1 - kind.share) * len(values))
    for value in values:
        if not (kind.shape.fullmatch(value) and kind.is_valid(value)):
            failures_left -= 1
            if failures_left < 0:
                return False
    return True


def _compact(text: str) -> str:
    return re.sub(r"[\s.\-/]", "", text[:60]).upper()
