"""What a search compares: words without accents, case and the forms of names. All engines see the same words.

A plural is there with its singular and is looked for with it, so that either finds the other: in English and in French,
as far as the ending tells.
"""

import re
import unicodedata
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property, lru_cache

MAX_TERMS = 16
"""How many words of a search count, and how many parts of each; nobody types more."""

NAME_WEIGHT, SYNONYM_WEIGHT, DESCRIPTION_WEIGHT = 10.0, 5.0, 1.0

# Where a capital begins a word: orderItems, HTTPServer; but IDs is one.
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z](?!s(?![a-z]))[a-z])")
_WORD = re.compile(r"[^\W_]+")


def _parts(text: str) -> tuple[str, ...]:
    plain = text if text.isascii() else _without_accents(text)
    return tuple(_WORD.findall(_CAPITAL.sub(" ", plain).casefold()))


def _without_accents(text: str) -> str:
    return "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))


def _singulars(word: str) -> tuple[str, ...]:
    """What *word* may be the plural of."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return ()
    if word.endswith("ies"):
        return (f"{word[:-3]}y",)
    if word.endswith(("ses", "xes", "zes", "ches", "shes")):
        return (word[:-2], word[:-1])
    return (word[:-1],)


def whole_names(name: str, synonyms: Iterable[str]) -> str:
    """What a thing is called, each name in one word, its own first, then its singular, then the others.

    ``order_items``, ``orderItems`` and ``Order items`` are all ``orderitems``.
    """
    wholes = ["".join(_parts(one)) for one in (name, *synonyms)]
    return " ".join(form for whole in wholes for form in forms(whole))


def words_of(text: str) -> str:
    """The words of a text, separated by spaces; what was written in one piece is there in one word as well."""
    return " ".join(word for piece in text.split() for word in _words(piece))


def words_of_names(names: Iterable[str]) -> str:
    """The words of names, each name taken as one piece."""
    return " ".join(word for name in names for word in _words(name))


def forms(word: str) -> tuple[str, ...]:
    """*word* itself, then what it may be the plural of."""
    return (word, *_singulars(word))


# Remembered, because a catalogue says the same few thousand words again and again.
@lru_cache(maxsize=8192)
def _words(piece: str) -> tuple[str, ...]:
    parts = _parts(piece)
    singulars = (singular for part in parts for singular in _singulars(part))
    return (*parts, *singulars, *(["".join(parts)] if len(parts) > 1 else []))


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What can be found of a table or a column, as words separated by spaces; *whole* is what it is called."""

    whole: str
    names: str
    synonyms: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """What was typed in one piece: found by all its *parts*, or *joined*; the last of a search by its beginning."""

    parts: tuple[str, ...]
    joined: str
    is_last: bool

    def is_in(self, words: AbstractSet[str]) -> bool:
        """True when *words* hold it."""
        *firsts, last = self.parts
        return self._ends_in(words, self.joined) or (
            all(not words.isdisjoint(forms(part)) for part in firsts) and self._ends_in(words, last)
        )

    def _ends_in(self, words: AbstractSet[str], end: str) -> bool:
        return not words.isdisjoint(forms(end)) or (self.is_last and any(word.startswith(end) for word in words))


@dataclass(frozen=True, kw_only=True)
class Query:
    """A search, whatever was typed: all of it is words, nothing is an operator. Empty *terms* find nothing."""

    terms: tuple[Term, ...]

    @classmethod
    def of(cls, typed: str) -> "Query":
        """What was typed, without what holds no word; beyond MAX_TERMS nothing counts."""
        pieces = [parts[:MAX_TERMS] for piece in typed.split() if (parts := _parts(piece))][:MAX_TERMS]
        last = len(pieces) - 1
        return cls(
            terms=tuple(
                Term(parts=parts, joined="".join(parts), is_last=number == last) for number, parts in enumerate(pieces)
            )
        )

    @cached_property
    def wholes(self) -> tuple[str, ...]:
        """All of it in one word, which may be a name; then what that may be the plural of."""
        return forms("".join(term.joined for term in self.terms))

    def score(self, texts: Texts) -> float | None:
        """How well *texts* match, None when they do not.

        Before the point: 3 for the name, 2 for its singular or another name, 1 when all terms are in the name, else 0.
        What is behind the point grows with the weights of where the terms were found.
        """
        fields = {
            NAME_WEIGHT: set(texts.names.split()),
            SYNONYM_WEIGHT: set(texts.synonyms.split()),
            DESCRIPTION_WEIGHT: set(texts.description.split()),
        }
        everything = frozenset[str]().union(*fields.values())
        if not self.terms or not all(term.is_in(everything) for term in self.terms):
            return None
        found = [
            next((weight for weight, words in fields.items() if term.is_in(words)), DESCRIPTION_WEIGHT)
            for term in self.terms
        ]
        names = texts.whole.split(" ")
        if self.wholes[0] == names[0]:
            closeness = 3
        elif not set(names).isdisjoint(self.wholes):
            closeness = 2
        else:
            closeness = int(all(weight == NAME_WEIGHT for weight in found))
        return total_score(closeness, sum(found) / len(found))


def total_score(closeness: int, strength: float) -> float:
    """*closeness* before the point, *strength* (0 or more, without limit) behind it."""
    return round(closeness + strength / (1 + strength), 6)
