"""What a search compares: words without accents, case and the forms of names. All engines see the same words."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

MAX_TERMS = 16
"""How many words of a search count, and how many parts of each; nobody types more."""

NAME_WEIGHT, SYNONYM_WEIGHT, DESCRIPTION_WEIGHT = 10.0, 5.0, 1.0

# Where a capital begins a word: orderItems, HTTPServer; but IDs is one.
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z](?!s(?![a-z]))[a-z])")
_WORD = re.compile(r"[^\W_]+")


# Remembered, because a catalogue says the same few thousand words again and again.
@lru_cache(maxsize=8192)
def _parts(text: str) -> tuple[str, ...]:
    plain = text if text.isascii() else _without_accents(text)
    return tuple(_WORD.findall(_CAPITAL.sub(" ", plain).casefold()))


def _without_accents(text: str) -> str:
    return "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))


def whole_name(name: str) -> str:
    """A name in one word: ``order_items``, ``orderItems`` and ``Order items`` are all ``orderitems``."""
    return "".join(_parts(name))


def words_of(text: str) -> str:
    """The words of a text, separated by spaces; what was written in one piece is there in one word as well."""
    return " ".join(word for piece in text.split() for word in _forms(piece))


def words_of_names(names: Iterable[str]) -> str:
    """The words of names, each name taken as one piece."""
    return " ".join(word for name in names for word in _forms(name))


def _forms(piece: str) -> tuple[str, ...]:
    parts = _parts(piece)
    return (*parts, "".join(parts)) if len(parts) > 1 else parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What can be found of a table or a column, as words separated by spaces; *whole* is its name in one word."""

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

    def is_in(self, words: Collection[str]) -> bool:
        """True when *words* hold it."""
        *firsts, last = self.parts
        return self._ends_in(words, self.joined) or (
            all(part in words for part in firsts) and self._ends_in(words, last)
        )

    def _ends_in(self, words: Collection[str], end: str) -> bool:
        return any(word.startswith(end) for word in words) if self.is_last else end in words


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
    def whole(self) -> str:
        """All of it in one word, which may be a name."""
        return "".join(term.joined for term in self.terms)

    def score(self, texts: Texts) -> float | None:
        """How well *texts* match, None when they do not.

        A whole name is above 2, all terms in the name above 1, anything else below; what is behind the point grows
        with the weights of where the terms were found.
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
        closeness = (self.whole == texts.whole) + all(weight == NAME_WEIGHT for weight in found)
        return total_score(closeness, sum(found) / len(found))


def total_score(closeness: int, strength: float) -> float:
    """*closeness* before the point, *strength* (0 or more, without limit) behind it."""
    return round(closeness + strength / (1 + strength), 6)
