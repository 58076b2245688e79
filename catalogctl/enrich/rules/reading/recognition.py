"""What the values of a column stand for: told by keys, by the values themselves, by the name, by their shape."""

import re
from collections.abc import Callable

from catalogctl.enrich.rules.reading.facts import Facts, Family
from catalogctl.enrich.rules.reading.identifiers import identifier_of
from catalogctl.enrich.rules.reading.moments import Form
from catalogctl.enrich.rules.reading.name_rules import by_name
from catalogctl.enrich.rules.reading.semantic_types import SemanticType as Type
from catalogctl.enrich.rules.reading.subjects import Subject
from catalogctl.enrich.rules.words.given_names import have_given_names
from catalogctl.enrich.rules.words.grammar import is_plural
from catalogctl.enrich.rules.words.lists import word_set
from catalogctl.enrich.rules.words.names import is_known
from catalogctl.enrich.rules.words.people import look_like_people

_PATTERNS = {
    "email": Type.EMAIL,
    "phone": Type.PHONE,
    "creditcard": Type.CARD_NUMBER,
    "url": Type.URL,
    "ipv4": Type.IP_ADDRESS,
    "ipv6": Type.IP_ADDRESS,
    "ip": Type.IP_ADDRESS,
    "uuid": Type.IDENTIFIER,
    "iban": Type.IBAN,
    "siret": Type.COMPANY_NUMBER,
    "siren": Type.COMPANY_NUMBER,
    "vat": Type.VAT_NUMBER,
    "time": Type.TIME_OF_DAY,
}
_STORED_SO = {Family.BINARY: Type.BINARY, Family.JSON: Type.JSON, Family.TIME: Type.TIME_OF_DAY}
_SURE = 0.9
_YES_NO = word_set("y n yes no true false t f oui non ja nein si on off")
_FLAG_STARTS = word_set("is has have was were are can may should must allow allows need needs require requires enable")
_STATES = word_set("active inactive visible hidden public private valid online available default")
"""Qualities that a row has or has not; others are told by their ending."""
_GENDERS = word_set("sex gender")
_KEY_ENDINGS = word_set("id key uuid guid number identifier sk pk")
_CURRENCIES = word_set(
    """
    AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JPY KRW MAD MXN MYR NGN NOK
    NZD PEN PHP PKR PLN RON RSD RUB SAR SEK SGD THB TND TRY TWD UAH USD VND XAF XOF ZAR
    """
)
_CREATED = re.compile(
    r"^(?:(?:record|row|account|user) )?(?:created?|inserted|added|registered|creation|insertion|registration|signup)"
    r"(?: (?:at|on|date|time|timestamp|utc|dt))*$|\b(?:date|time) (?:created|added|inserted)$"
)
_UPDATED = re.compile(
    r"^(?:(?:record|row|last|latest) )*(?:updated?|modified|changed?|edited|modification)"
    r"(?: (?:at|on|date|time|timestamp|utc|dt))*$|\b(?:date|time) (?:updated|modified|changed)$"
)
_DELETED = re.compile(r"^(?:deleted|removed|archived)(?: (?:at|on|date|time|timestamp|utc))*$")
_BORN = re.compile(r"\bbirth date$|\bdate of birth$|\bbirthday$|\bborn(?: on| at)?$|^birth(?: date)?$|\bdate birth$")


def semantic_type(subject: Subject) -> Type | None:
    """What the column holds; None when nothing tells."""
    steps: tuple[Callable[[Subject], Type | None], ...] = (_by_key, _by_value, _by_time, by_name, _by_shape)
    found = next((found for step in steps if (found := step(subject)) is not None), None)
    if subject.is_whole_key and found in (
        None,
        Type.IDENTIFIER,
        Type.CATEGORY,
        Type.CODE,
        Type.QUANTITY,
        Type.POSITION,
    ):
        return _key_type(subject)
    return found


def _by_key(subject: Subject) -> Type | None:
    if subject.is_linked:
        return Type.FOREIGN_KEY
    is_plain = subject.name.last in _KEY_ENDINGS or subject.facts.family not in (Family.TEXT, Family.INTEGER)
    if subject.is_whole_key and subject.facts.family is Family.INTEGER and is_plain:
        return Type.SURROGATE_KEY
    return None


def _key_type(subject: Subject) -> Type:
    """A key made by the system, or one that the world uses: a code that people would know."""
    if subject.facts.family is Family.INTEGER or subject.facts.pattern == "uuid":
        return Type.SURROGATE_KEY
    is_named_key = subject.name.last in _KEY_ENDINGS and subject.name.last != "number"
    longest = subject.facts.longest or 0
    return Type.SURROGATE_KEY if is_named_key and longest > 6 else Type.NATURAL_KEY


def _by_value(subject: Subject) -> Type | None:
    facts = subject.facts
    if facts.family in _STORED_SO:
        return _STORED_SO[facts.family]
    if is_flag(subject):
        return Type.FLAG
    if (patterned := _by_pattern(facts)) is not None:
        return patterned
    if (checked := identifier_of(facts)) is not None:
        return checked.type
    is_money_code = facts.distinct > 1 and facts.texts and all(text in _CURRENCIES for text in facts.texts)
    return Type.CURRENCY if is_money_code else None


def _by_pattern(facts: Facts) -> Type | None:
    if facts.family is not Family.TEXT or facts.pattern_share < _SURE:
        return None
    # Digits alone that begin with zeros may as well be the number of an order.
    if facts.pattern == "phone" and all(text.isdigit() for text in facts.texts):
        return None
    return _PATTERNS.get(facts.pattern or "")


def is_flag(subject: Subject) -> bool:
    """True for yes and no in any of their forms."""
    facts = subject.facts
    if facts.family is Family.BOOLEAN:
        return True
    asks = subject.name.words[:1] != () and subject.name.words[0] in _FLAG_STARTS
    if facts.family is Family.TEXT:
        values = {text.strip().lower() for text in facts.domain if isinstance(text, str)}
        return bool(values) and ((values <= _YES_NO and (asks or len(values) == 2)) or values == {"0", "1"})
    if (
        facts.family is not Family.INTEGER
        or not subject.name.is_readable
        # Which of the two a 1 stands for, nobody says.
        or subject.name.last in _GENDERS
        or is_plural((subject.name.words or ("",))[-1])
    ):
        return False
    values_are_binary = facts.within(0, 1)
    return values_are_binary and (asks or _is_state(subject) or (facts.distinct == 2 and facts.filled > 9))


def _is_state(subject: Subject) -> bool:
    """True for a name that is one quality and nothing else: *active*, *archived*."""
    [*others, word] = subject.name.words
    return not others and (word in _STATES or (word.endswith("ed") and is_known(word)))


def _by_time(subject: Subject) -> Type | None:
    moments, text = subject.moments, subject.text
    if subject.facts.family.is_moment or (moments is not None and moments.form is not Form.YEAR):
        for pattern, found in ((_BORN, Type.BIRTH_DATE), (_UPDATED, Type.UPDATED_TIME), (_CREATED, Type.CREATED_TIME),
                               (_DELETED, Type.DELETED_TIME)):  # fmt: skip
            if pattern.search(text) and not _says_the_noun(subject):
                return found
        return Type.TIMESTAMP if _tells_the_time(subject) else Type.DATE
    return None


def _says_the_noun(subject: Subject) -> bool:
    """True for *changed on* of price changes: it tells of the change itself, not of the row."""
    return any(word[:5] == subject.table.name.last[:5] for word in subject.name.words)


def _tells_the_time(subject: Subject) -> bool:
    """True unless every moment known is the beginning of a day."""
    if subject.moments is None or not subject.moments.has_time:
        return False
    texts = subject.facts.texts
    return not texts or any(re.search(r"[T ](?!00:00(?::00(?:\.0+)?)?(?:Z|[+-]\d.*)?$)", text) for text in texts)


def _by_shape(subject: Subject) -> Type | None:
    facts = subject.facts
    # The number of a flight is called *flight*.
    if facts.family is Family.INTEGER and subject.name.singulars == subject.table.name.singulars:
        return Type.IDENTIFIER
    if facts.family is not Family.TEXT or not facts.texts or facts.holds_numbers:
        return None
    if all(text.lstrip()[:1] in ("{", "[") for text in facts.texts):
        return Type.JSON
    if _reads_as_prose(facts):
        return Type.FREE_TEXT
    if look_like_people(facts.texts) and have_given_names(facts.texts):
        return Type.PERSON_NAME
    repeats = facts.distinct <= 30 and facts.distinct * 3 <= facts.filled
    return Type.CATEGORY if repeats and (facts.mean_length or 0) <= 40 else None


def _reads_as_prose(facts: Facts) -> bool:
    spaced = sum(1 for text in facts.texts if text.count(" ") >= 4)
    return (facts.mean_length or 0) >= 40 and spaced >= 0.6 * len(facts.texts)
