"""Which tables are about people, which about companies, and what a person's name looks like."""

import re
from collections.abc import Collection, Iterable

from catalogctl.enrich.rules.words.lists import word_set
from catalogctl.enrich.rules.words.names import Name
from catalogctl.enrich.rules.words.vocabulary import NOUNS

PERSON_NOUNS = word_set(
    """
    actor applicant athlete attendee author borrower candidate cardholder caregiver coach doctor donor driver
    employee guest inhabitant instructor learner lecturer librarian manager member nurse participant passenger
    patient people person personnel physician player professor pupil reader referee resident rider runner
    salesperson scientist staff student subscriber teacher technician tenant trainer user visitor volunteer voter
    winner worker
    """
)
"""Tables called so hold people, whatever their columns are."""

MAYBE_PERSON_NOUNS = word_set(
    """
    account agent buyer client contact creator customer lead owner partner payee payer profile recipient
    registration representative respondent seller signup
    """
)
"""Tables called so may hold people or companies; their columns decide."""

PERSON_ROLES = (
    "actor|approver|artist|assignee|author|cast|clerk|coach|composer|conductor|director|doctor|driver|editor|founder|"
    "instructor|judge|manager|nurse|owner|photographer|physician|player|producer|representative|requester|salesperson|"
    "speaker|supervisor|teacher|technician|translator|writer"
)
"""Columns called so name a person, if their values look like it; alternatives of a regular expression."""

_NAMES_OF_PEOPLE = (("first", "name"), ("last", "name"), ("given", "name"))
_PERSONAL_WORDS = word_set("surname forename birthday gender sex")
_DESCRIBED_SO = word_set("name age")
_GENDERS = word_set("sex gender")
_BREEDS = word_set("species breed race")
_NAME_OF_A_PERSON = re.compile(
    r"[^\W\d_a-z][\w'\u2019.\-]*(?: (?:[^\W\d_a-z][\w'\u2019.\-]*|de|van|von|der|la|di|da|le|bin)){1,4}"
)
_LAST_FIRST = re.compile(r"([^\W\d_a-z][\w'\u2019\-]*), ((?:Mr|Mrs|Miss|Ms|Master|Dr|Rev|Sir)\b\.?[^,;/&]*)")
"""*Allen, Miss Elisabeth*; without a title it may be the names of two."""
_COMPANY = re.compile(
    r"\b(?:Inc|Ltd|LLC|GmbH|AG|Corp|Co|SA|SARL|SAS|PLC|BV|Company|Group|Limited|Band|Orchestra|"
    r"University|College|School|Institute|Academy|Hospital|Church|Museum|Airport|Station)\b",
    re.IGNORECASE,
)


def is_about_people(table: Name, columns: Iterable[Name]) -> bool:
    """True when each row is a person: by the name of the table, or by what is recorded where that leaves it open."""
    if table.noun in PERSON_NOUNS:
        return True
    if table.noun in NOUNS and table.noun not in MAYBE_PERSON_NOUNS:
        return False
    phrases = [column.words for column in columns]
    if any(words[-2:] in _NAMES_OF_PEOPLE for words in phrases):
        return True
    said = {word for words in phrases for word in words}
    if table.noun not in NOUNS and said >= _DESCRIBED_SO and not _GENDERS.isdisjoint(said) and _BREEDS.isdisjoint(said):
        return True
    # Penguins have a sex too, and horses a birth date.
    return table.noun in MAYBE_PERSON_NOUNS and any(
        words[-2:] == ("birth", "date") or not _PERSONAL_WORDS.isdisjoint(words) for words in phrases
    )


def look_like_people(texts: Collection[str]) -> bool:
    """True when nearly all *texts* are one or several names of people; False when there are none to look at."""
    turned = [_LAST_FIRST.sub(r"\2 \1", text.strip()) for text in texts]
    names = [part.strip() for text in turned for part in re.split(r"[,;/&]", text) if part.strip()]
    fitting = sum(1 for name in names if _NAME_OF_A_PERSON.fullmatch(name) and not _COMPANY.search(name))
    return bool(names) and fitting >= 0.8 * len(names)
