"""Names of tables and columns, read as words: taken apart, abbreviations expanded, other languages understood."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from catalogctl.enrich.rules.words.grammar import singular
from catalogctl.enrich.rules.words.languages import LINKING_WORDS, NOUN_FIRST, PHRASES, TAILS, languages_in, translated
from catalogctl.enrich.rules.words.legacy import from_capitals
from catalogctl.enrich.rules.words.lists import word_set
from catalogctl.enrich.rules.words.pieces import folded, pieces
from catalogctl.enrich.rules.words.vocabulary import (
    ABBREVIATIONS,
    ACRONYMS,
    COLLECTIONS,
    COMPOUND_ENDINGS,
    CONTEXTUAL,
    LAST_ONLY,
    LETTER_UNITS,
    MEASURED,
    NOUNS,
    QUALIFIERS,
    SPELLINGS,
    UNITS,
)

_TAIL = "tail"
_Word = tuple[str, str]  # as it is looked up, and as it is written in a sentence
_VOWELS = frozenset("aeiouyàáâäãåæèéêëìíîïòóôöõøùúûüœ")
_TABLE_PREFIXES = word_set("tbl tb t vw v dim fct fact stg stage raw ref lkp lu mst trn")
_TABLE_SUFFIXES = word_set("tbl table dim fct fact lkp lookup view vw")
_BOUNDS = {"from date": "start", "date from": "start", "to date": "end", "date to": "end"}
"""Names of the first and the last day, which are no words that a sentence could take up."""
_NOT_OF_AN_ID = word_set("badge card code document number proof type")
"""Words before which *id* stands for a proof of identity."""

_NO_UNIT_BEHIND = word_set("to per from by")
"""A *rate to EUR* is not in EUR."""

_LASTING = word_set("duration runtime delay latency elapsed length time wait")
"""Words behind which *min* stands for minutes."""

_LONGEST = frozenset({"max", "maximum"})

_SPELLED = {"email": "e-mail", "emails": "e-mails"}
_SMALL_WORDS = word_set("and or in at from than per has have was were are can may up down back over through out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A name as words in English.

    *words* are in lower case, *singulars* the same in the singular, *spelled* as they are written in a sentence.
    *is_known*: every word is understood. *is_readable*: each at least looks like a word. *was_expanded*: the words are
    not simply those that stand in the name. *prefix* and *suffix* are technical words cut off a table's name, as
    ``dim``.
    """

    original: str
    words: tuple[str, ...]
    singulars: tuple[str, ...]
    spelled: tuple[str, ...]
    is_known: bool
    is_readable: bool
    was_expanded: bool = False
    prefix: str | None = None
    suffix: str | None = None

    @property
    def phrase(self) -> str:
        """The words as they stand in a sentence."""
        return " ".join(self.spelled)

    @property
    def last(self) -> str:
        """The last word, in the singular; empty when there is none."""
        return self.singulars[-1] if self.singulars else ""

    @property
    def nouns(self) -> tuple[str, ...]:
        """The words, in the singular, that say what a row is: the *customer* of a ``customer_list``."""
        end = len(self.singulars)
        while end > 1 and self.singulars[end - 1] in COLLECTIONS:
            end -= 1
        return self.singulars[:end]

    @property
    def noun(self) -> str:
        """The last of these words; empty when there is none."""
        return self.nouns[-1] if self.singulars else ""

    def has(self, *words: str) -> bool:
        """True when any of *words* is among this name's, in the singular or as it stands."""
        return any(word in words or one in words for word, one in zip(self.words, self.singulars, strict=True))


def spelled(word: str) -> str:
    """*word* as it is written in a sentence: acronyms in capitals, e-mail with its dash."""
    if word in ACRONYMS:
        return word.upper()
    if word.endswith("s") and word[:-1] in ACRONYMS:
        return word[:-1].upper() + "s"
    return _SPELLED.get(word, word)


def looks_like_a_word(word: str) -> bool:
    """True when *word* could be one that people read: long enough, letters only, with vowels in between."""
    if not 4 <= len(word) <= 40 or not word.isalpha():
        return False
    vowels = sum(1 for char in word.lower() if char in _VOWELS)
    return vowels * 6 >= len(word)


def _reads_well(word: str, written: str) -> bool:
    """True for a known word, and for one that looks like it and is not a short one in capitals."""
    return is_known(word) or (looks_like_a_word(word) and not (written.isupper() and len(written) < 6))


class Lexicon:
    """What the words of one catalogue mean; made of all its names, since they explain each other."""

    def __init__(self, names: Iterable[str]) -> None:
        read = [frozenset(folded(piece) for piece in pieces(name)) for name in set(names)]
        self._words = frozenset[str]().union(*read)
        self._bounded = frozenset[str]().union(*(words for words in read if not words.isdisjoint(_LONGEST)))
        self.languages = languages_in(self._words)
        self._known: dict[str, tuple[str, ...]] = {}
        self._columns: dict[tuple[str, str | None], Name] = {}

    def column(self, name: str, *, without: str | None = None) -> Name:
        """The name of a column; *without* is a prefix that all columns of its table share, left out."""
        if (name, without) not in self._columns:
            parts = pieces(name)
            if without and len(parts) > 1 and parts[0].lower() == without:
                parts = parts[1:]
            self._columns[name, without] = self._read(name, parts)
        return self._columns[name, without]

    def table(self, name: str) -> Name:
        """The name of a table without its schema and without technical prefixes and suffixes."""
        parts = list(pieces(name.rpartition(".")[2] or name))
        prefix = suffix = None
        if len(parts) > 1 and parts[0].lower() in _TABLE_PREFIXES:
            prefix = parts.pop(0).lower()
        if len(parts) > 1 and parts[-1].lower() in _TABLE_SUFFIXES:
            suffix = parts.pop().lower()
        return self._read(name, tuple(parts), prefix=prefix, suffix=suffix)

    def _read(self, name: str, parts: tuple[str, ...], *, prefix: str | None = None, suffix: str | None = None) -> Name:
        parts = self._joined(parts)
        following = [*parts[1:], None]
        read = [self._meaning(part, following=after) for part, after in zip(parts, following, strict=False)]
        if self._is_in_minutes(parts, read):
            read[-1] = ((("minutes", "minutes"),), _TAIL)
        meanings = _in_english_order([(meaning, language) for meaning, language in read if meaning])
        if _is_half_translated(read):
            meanings = _as_written(parts)
        words = tuple(word for word, _ in meanings)
        if (bound := _BOUNDS.get(" ".join(words))) is not None:
            words, meanings = (bound, "date"), [(bound, bound), ("date", "date")]
        if words == ("kwh",):
            words, meanings = ("energy", "kwh"), [("energy", "energy"), ("kwh", "kWh")]
        named = words[:-1] if ends_in_unit(words) else words
        return Name(
            original=name,
            words=words,
            singulars=tuple(map(singular, words)),
            spelled=tuple(text for _, text in meanings),
            is_known=bool(words) and all(map(is_known, named)),
            is_readable=_is_said(words) and all(map(_reads_well, named, (text for _, text in meanings))),
            was_expanded=[folded(part) for part in parts] != list(words),
            prefix=prefix,
            suffix=suffix,
        )

    def _is_in_minutes(self, parts: tuple[str, ...], read: list[tuple[tuple[_Word, ...], str | None]]) -> bool:
        """True for ``duration_min``, unless some ``duration_max`` tells that it is the shortest."""
        if len(parts) < 2 or parts[-1].lower() != "min" or not read[-2][0]:
            return False
        word = read[-2][0][-1][0]
        return word in _LASTING and self._bounded.isdisjoint({word, folded(parts[-2])})

    def _joined(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        """*parts* with those that mean something together put together, where another language is spoken."""
        if not self.languages:
            return parts
        joined: list[str] = []
        for part in parts:
            if folded(part) in LINKING_WORDS:
                continue
            together = f"{folded(joined[-1])} {folded(part)}" if joined else ""
            if together in PHRASES:
                joined[-1] = together
            else:
                joined.append(part)
        return tuple(joined)

    def _meaning(self, part: str, *, following: str | None) -> tuple[tuple[_Word, ...], str | None]:
        """What *part* of a name says, and the language that it says it in, None for English or unknown."""
        word = folded(part)
        if self.languages and word in LINKING_WORDS:
            return (), None
        if (listed := self._listed(part, following=following)) is not None:
            return _words(listed[0]), listed[1]
        if word not in self._known:
            self._known[word] = self._expanded(word)
        if self._known[word] == (word,) and not is_known(word):
            is_shown_as_is = part.isupper() or not part.isalpha()
            return ((word, part if is_shown_as_is else word),), None
        return tuple((meaning, spelled(meaning)) for meaning in self._known[word]), None

    def _listed(self, part: str, *, following: str | None) -> tuple[str, str | None] | None:
        """What *part* is in English by the lists of short forms and of other languages, and its language."""
        word = folded(part)
        if (short := self._short_form(word, following and folded(following))) is not None:
            return short, None
        if self.languages and word in PHRASES:
            return PHRASES[word], self.languages[0]
        if self.languages and word in TAILS:
            return TAILS[word], _TAIL
        if foreign := translated(word, self.languages):
            return foreign
        is_short = part.isupper() and not is_known(word)
        told = from_capitals(part, is_german="de" in self.languages) if is_short else ()
        return (" ".join(told), None) if told else None

    def _short_form(self, word: str, following: str | None) -> str | None:
        """What a short form stands for whose sense depends on what is around it."""
        if word in LAST_ONLY and following in (None, "of"):
            return LAST_ONLY[word]
        if word in CONTEXTUAL and CONTEXTUAL[word][1] & self._words:
            return CONTEXTUAL[word][0]
        return None

    def _expanded(self, word: str) -> tuple[str, ...]:
        if word in SPELLINGS:
            return tuple(SPELLINGS[word].split())
        if word in ABBREVIATIONS:
            return tuple(ABBREVIATIONS[word].split())
        if is_known(word):
            return (word,)
        parts = self._taken_apart(word)
        return tuple(meaning for part in parts for meaning, _ in self._meaning(part, following=None)[0]) or (word,)

    def _taken_apart(self, word: str) -> tuple[str, ...]:
        """``unitprice`` as ``unit``, ``price``; empty unless every part is understood."""
        for cut in range(2, len(word) - 1):
            head, ending = word[:cut], word[cut:]
            if not self._may_end(ending) or (ending == "id" and len(head) < 4):
                continue
            if self._may_begin(head):
                return (head, ending)
            if inner := self._taken_apart(head):
                return (*inner, ending)
        return ()

    def _may_begin(self, word: str) -> bool:
        return len(word) > 2 and (
            is_known(word)
            or word in ABBREVIATIONS
            or (len(word) > 4 and word in self._words)
            or translated(word, self.languages) is not None
        )

    def _may_end(self, word: str) -> bool:
        if word in COMPOUND_ENDINGS or word.removesuffix("s") in COMPOUND_ENDINGS:
            return True
        if ABBREVIATIONS.get(word) in COMPOUND_ENDINGS:
            return True
        foreign = translated(word, self.languages)
        return foreign is not None and foreign[1] not in NOUN_FIRST


@lru_cache(maxsize=65536)
def is_known(word: str) -> bool:
    """True when *word* is one whose sense in a name is understood."""
    return (
        word in NOUNS
        or word in QUALIFIERS
        or word in ACRONYMS
        or word in _SMALL_WORDS
        or word.isdigit()
        or singular(word) in NOUNS
        or (word.endswith("s") and word[:-1] in ACRONYMS)
        or (word.endswith(("ed", "ing")) and looks_like_a_word(word))
    )


def _is_half_translated(read: list[tuple[tuple[_Word, ...], str | None]]) -> bool:
    """True when a part is of another language and one is of none that is known: *Eintritts date* is neither."""
    is_foreign = any(language not in (None, _TAIL) for meaning, language in read if meaning and meaning[0][0] != "id")
    return is_foreign and not all(is_known(word) for meaning, _ in read for word, _ in meaning)


def _as_written(parts: tuple[str, ...]) -> list[_Word]:
    """The words as they stand; an id comes last, where its words are looked for."""
    words = [(folded(part), part if part.isupper() else part.lower()) for part in parts]
    return [*words[1:], words[0]] if words[0][0] == "id" else words


def _words(text: str) -> tuple[_Word, ...]:
    return tuple((word, spelled(word)) for word in text.split())


def _in_english_order(read: list[tuple[tuple[_Word, ...], str | None]]) -> list[_Word]:
    """The words with the head last: ``delivery date`` for ``date livraison``, ``first name`` for ``name_first``."""
    tails = [part for part in read if part[1] == _TAIL]
    rest = [part for part in read if part[1] != _TAIL]
    nouns = [part for part in rest if not part[0][0][0].isdigit()]
    if len(nouns) > 1 and nouns[0][0][0][0] == "id" and _has_head_first(nouns):
        return [*_in_english_order([*nouns[1:], *(part for part in rest if part not in nouns)]), *nouns[0][0]]
    if len(nouns) > 1 and _has_head_first(nouns):
        rest = [*nouns[1:], nouns[0], *(part for part in rest if part not in nouns)]
    elif len(rest) == 2 and _is_turned(rest[0][0][0][0], rest[1][0][0][0]):
        rest = rest[::-1]
    return [word for meaning, _ in [*rest, *tails] for word in meaning]


def _has_head_first(nouns: list[tuple[tuple[_Word, ...], str | None]]) -> bool:
    """True for ``date livraison`` and ``id customer``; an id at the end stands where it should."""
    first, second, last = nouns[0][0][0][0], nouns[1][0][0][0], nouns[-1][0][-1][0]
    if "id" in (first, last):
        return first == "id" and second not in _NOT_OF_AN_ID
    others = all(language in NOUN_FIRST or not is_known(words[0][0]) for words, language in nouns)
    return nouns[0][1] in NOUN_FIRST and others


def _is_said(words: tuple[str, ...]) -> bool:
    """True when there are words, and they are not what a tool calls a column without a name."""
    return bool(words) and not (words[0] in ("column", "unnamed") and all(word.isdigit() for word in words[1:]))


def ends_in_unit(words: tuple[str, ...]) -> bool:
    """True when the last word is the unit of what those before it measure."""
    if len(words) < 2 or words[-2] in _NO_UNIT_BEHIND:
        return False
    return words[-1] in UNITS or (words[-1] in LETTER_UNITS and words[-2] in MEASURED)


def _is_turned(first: str, second: str) -> bool:
    """True for ``name first`` and ``points max``."""
    return (first == "name" and second in QUALIFIERS) or second in ("maximum", "minimum", "average", "net", "gross")
