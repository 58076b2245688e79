"""Whether the values of a column agree with what its name says. A column without a profile is taken at its word."""

import re
from collections.abc import Callable

from catalogctl.enrich.rules.reading.facts import Facts, Family, number
from catalogctl.enrich.rules.reading.subjects import Subject
from catalogctl.enrich.rules.words.given_names import have_given_names
from catalogctl.enrich.rules.words.grammar import is_plural
from catalogctl.enrich.rules.words.lists import word_set
from catalogctl.enrich.rules.words.names import is_known, looks_like_a_word
from catalogctl.enrich.rules.words.people import MAYBE_PERSON_NOUNS, look_like_people
from catalogctl.enrich.rules.words.vocabulary import CURRENCY_UNITS, NOUNS, UNITS

_MONEY_WORDS = word_set("price amount cost currency revenue salary fee invoice payment budget sale tax discount")
_PLACE_WORDS = word_set("city country county zip postal postcode province address latitude")
_DURATION_WORDS = word_set("duration runtime elapsed delay latency tenure time")
_MANY = 60
_REMARK = 25


def _texts_are(facts: Facts, fits: Callable[[str], bool], *, share: float = 0.8) -> bool:
    """True when most samples fit, or when there are none."""
    texts = facts.texts
    return sum(1 for text in texts if fits(text)) >= share * len(texts)


def lie_within(subject: Subject, low: float, high: float) -> bool:
    """True unless values are known outside of the range."""
    return subject.facts.reaches is None or subject.facts.within(low, high)


def may_pay(subject: Subject) -> bool:
    """True for as many digits as the number of a payment card has."""
    if subject.facts.family is Family.INTEGER:
        return lie_within(subject, 1e11, 1e19)
    return _texts_are(subject.facts, lambda text: re.fullmatch(r"\d(?:[ -]?[\dXx*]){11,18}", text) is not None)


def are_places_in_a_row(subject: Subject) -> bool:
    """True for a few small numbers that come again from row to row: first, second, third."""
    facts = subject.facts
    is_counted_through = facts.reaches is not None and facts.reaches[1] - facts.reaches[0] + 1 == facts.distinct
    return is_counted_through and facts.within(0, facts.distinct) and facts.distinct * 2 <= facts.filled


def are_emails(subject: Subject) -> bool:
    """True when the samples have an @."""
    return _texts_are(subject.facts, lambda text: "@" in text)


def are_phones(subject: Subject) -> bool:
    """True for texts that are mostly digits, and for whole numbers that are long enough to be dialled."""
    if subject.facts.family is Family.INTEGER:
        return lie_within(subject, 1e5, 1e15)
    return _texts_are(subject.facts, lambda text: 6 <= sum(map(str.isdigit, text)) <= 16 and len(text) <= 25)


def are_urls(subject: Subject) -> bool:
    """True when the samples look like addresses of the web."""
    return _texts_are(subject.facts, lambda text: "." in text and " " not in text.strip("# "))


def are_short(subject: Subject) -> bool:
    """True when the texts fit on one line."""
    return (subject.facts.mean_length or 0) <= 40 and _texts_are(subject.facts, lambda text: len(text) <= 80)


def are_titles(subject: Subject) -> bool:
    """True when the texts are as long as a title at most."""
    return (subject.facts.mean_length or 0) <= 80


def are_prose(subject: Subject) -> bool:
    """True when the texts are long enough to be sentences."""
    return not subject.facts.is_profiled or (subject.facts.mean_length or 0) >= _REMARK


def are_remarks(subject: Subject) -> bool:
    """True unless a few short words come again and again."""
    return not subject.facts.is_profiled or (subject.facts.mean_length or 0) >= _REMARK or not are_few(subject)


def are_currencies(subject: Subject) -> bool:
    """True for a few values, and for any number of codes of three letters."""
    return are_few(subject) or _texts_are(subject.facts, lambda text: re.fullmatch(r"[A-Z]{3}", text) is not None)


def are_few(subject: Subject) -> bool:
    """True when a few values come again and again."""
    facts = subject.facts
    return not facts.is_profiled or (facts.distinct <= _MANY and facts.distinct * 1.5 <= facts.filled)


def are_geographic_states(subject: Subject) -> bool:
    """True for the states of a country, as opposed to the state that something is in."""
    if _PLACE_WORDS & subject.table.words:
        return True
    texts = subject.facts.texts
    return bool(texts) and _texts_are(subject.facts, lambda text: re.fullmatch(r"[A-Z]{2}", text) is not None)


def may_be_people(subject: Subject) -> bool:
    """True unless the samples do not look like names of people."""
    return not subject.facts.texts or look_like_people(subject.facts.texts)


def are_people(subject: Subject) -> bool:
    """True when the samples look like names of people."""
    return look_like_people(subject.facts.texts)


def are_people_in_a_table_of_people(subject: Subject) -> bool:
    """True for the name of the person that a row is about."""
    if subject.name.words not in (("name",), (subject.table.name.noun, "name")):
        return False
    if subject.table.is_about_people:
        return may_be_people(subject)
    may_be = subject.table.name.noun in MAYBE_PERSON_NOUNS and "company" not in subject.table.words
    return may_be and are_people(subject)


def are_people_by_given_names(subject: Subject) -> bool:
    """True for names of people in a table that does not say what its rows are."""
    is_of_known_things = subject.table.name.noun in NOUNS
    return not is_of_known_things and are_people(subject) and have_given_names(subject.facts.texts)


def stand_beside_first_names(subject: Subject) -> bool:
    """True for the name of a person whose first name stands in a column of its own."""
    return subject.table.is_about_people and "first" in subject.table.words


def describe_people(subject: Subject) -> bool:
    """True when the rows are people."""
    return subject.table.is_about_people


def are_years(subject: Subject) -> bool:
    """True for whole numbers that can be years."""
    values = [value for value in map(number, subject.facts.samples) if value is not None]
    return lie_within(subject, 1000, 2200) and all(value.is_integer() for value in values)


def are_years_of_making(subject: Subject) -> bool:
    """True for whole numbers that are known to lie where the years of things that were made do."""
    return subject.facts.within(1000, 2100)


def are_days_of_a_month(subject: Subject) -> bool:
    """True for a day's number, not for a number of days."""
    return not is_plural(subject.name.words[-1]) and lie_within(subject, 1, 31)


def are_hours_of_a_day(subject: Subject) -> bool:
    """True for an hour of the clock, not for a number of hours."""
    return not is_plural(subject.name.words[-1]) and lie_within(subject, 0, 24)


def are_minutes_of_an_hour(subject: Subject) -> bool:
    """True for a minute of the clock, not for a number of minutes."""
    return not is_plural(subject.name.words[-1]) and lie_within(subject, 0, 59)


def are_clock_numbers(subject: Subject) -> bool:
    """True for times of day written as a number, as 1435 for 14:35."""
    values = [int(value) for value in map(number, subject.facts.samples) if value is not None]
    return len(values) >= 5 and max(values) >= 1000 and all(0 <= v <= 2400 and v % 100 < 60 for v in values)


def are_shares(subject: Subject) -> bool:
    """True for parts of one."""
    return subject.facts.family is Family.DECIMAL and subject.facts.within(-1, 1)


def are_amounts(subject: Subject) -> bool:
    """True for sums of money; whole numbers called only *total* or *tax* need money beside them."""
    if any(word in UNITS and UNITS[word] not in CURRENCY_UNITS for word in subject.name.words):
        return False
    is_vague = subject.name.last in ("total", "tip", "fund", "due", "credit")
    return subject.facts.family is Family.DECIMAL or not is_vague or stand_beside_money(subject)


def stand_beside_money(subject: Subject) -> bool:
    """True when another column of the table speaks of money."""
    return not _MONEY_WORDS.isdisjoint(subject.table.words - {subject.name.last})


def are_durations(subject: Subject) -> bool:
    """True for lengths of time: *hours*, not the *hour*."""
    return is_plural(subject.name.words[-1]) or not _DURATION_WORDS.isdisjoint(subject.name.words)


def are_counted(subject: Subject) -> bool:
    """True when the name begins with several of something."""
    return is_plural(subject.name.words[0]) and subject.name.last not in ("id", "key", "number", "code", "price")


def are_counted_things(subject: Subject) -> bool:
    """True when the name ends with several of something, and there are never less than none."""
    last = subject.name.words[-1]
    return (
        last not in UNITS
        and is_plural(last)
        and (is_known(last) or looks_like_a_word(last))
        and lie_within(subject, 0, float("inf"))
    )
