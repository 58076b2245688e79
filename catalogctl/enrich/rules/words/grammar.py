"""English as the descriptions need it: singular and plural, articles, and lists in a sentence."""

from collections.abc import Sequence
from functools import lru_cache

from catalogctl.enrich.rules.words.lists import word_set

_IRREGULAR = {
    "person": "people",
    "child": "children",
    "man": "men",
    "woman": "women",
    "foot": "feet",
    "tooth": "teeth",
    "mouse": "mice",
    "index": "indexes",
    "matrix": "matrices",
    "vertex": "vertices",
    "criterion": "criteria",
    "analysis": "analyses",
    "basis": "bases",
    "diagnosis": "diagnoses",
    "hypothesis": "hypotheses",
    "crisis": "crises",
    "axis": "axes",
    "half": "halves",
    "leaf": "leaves",
    "shelf": "shelves",
    "life": "lives",
    "knife": "knives",
    "movie": "movies",
    "cookie": "cookies",
    "tie": "ties",
    "calorie": "calories",
    "quiz": "quizzes",
    "bus": "buses",
    "gas": "gases",
    "lens": "lenses",
    "hero": "heroes",
    "echo": "echoes",
    "cargo": "cargoes",
    "veto": "vetoes",
    "employee": "employees",
    "house": "houses",
}
_SINGULAR = {plural: singular for singular, plural in _IRREGULAR.items()} | {
    "indices": "index",
    "persons": "person",
    "statuses": "status",
    "aliases": "alias",
    "viruses": "virus",
    "campuses": "campus",
    "bonuses": "bonus",
    "censuses": "census",
    "shoes": "shoe",
    "toes": "toe",
    "menus": "menu",
    "skus": "sku",
    "canoes": "canoe",
}

UNCOUNTABLE = word_set(
    """
    advice attendance baggage batting cash clothing content data equipment feedback fielding freight furniture
    hardware help history housing infrastructure information insurance inventory knowledge learning luggage mail
    marketing media merchandise metadata money music news pay payroll personnel pitching population pricing progress
    research scheduling series shipping signage software species sports staff storage telemetry traffic weather
    """
)
"""Nouns that are never counted: no article, no plural."""

_SINGULAR_ENDINGS = ("ss", "us", "is", "as", "os")
_PLURAL_ENDINGS = (
    ("ies", 3, "y"), ("sses", 2, ""), ("shes", 2, ""), ("ches", 2, ""), ("xes", 2, ""), ("zzes", 2, ""),
    ("oes", 2, ""), ("s", 1, ""),
)  # fmt: skip
"""An ending, how much of it goes, and what comes instead; the first that fits counts."""


@lru_cache(maxsize=8192)
def singular(noun: str) -> str:
    """One of *noun*, which may be singular already; case is kept for unknown words."""
    lower = noun.lower()
    if noun.endswith("s") and noun[:-1].isupper() and len(noun) > 2:
        return noun[:-1]
    if lower in _SINGULAR:
        return _SINGULAR[lower]
    is_singular = lower in _IRREGULAR or lower in UNCOUNTABLE or lower.endswith(_SINGULAR_ENDINGS)
    if is_singular or len(lower) < 3:
        return noun
    fitting = (ending for ending in _PLURAL_ENDINGS if lower.endswith(ending[0]) and len(lower) > len(ending[0]) + 1)
    _, cut, instead = next(fitting, ("", 0, ""))
    return noun[: len(noun) - cut] + instead


@lru_cache(maxsize=8192)
def plural(noun: str) -> str:
    """Several of *noun*, which must be singular; an uncountable noun stays as it is."""
    lower = noun.lower()
    if lower in UNCOUNTABLE:
        return noun
    if lower in _IRREGULAR:
        return _IRREGULAR[lower]
    if noun.isupper() and len(noun) > 1:
        return noun + "s"
    if lower.endswith("y") and lower[-2:-1] not in ("a", "e", "i", "o", "u", ""):
        return noun[:-1] + "ies"
    if lower.endswith(("s", "sh", "ch", "x", "z")):
        return noun + "es"
    return noun + "s"


def is_plural(noun: str) -> bool:
    """True when *noun* reads as several of something."""
    return noun.lower() not in UNCOUNTABLE and singular(noun) != noun


def with_article(noun: str) -> str:
    """*noun* behind ``a`` or ``an``, by how it is pronounced."""
    first = noun.split(" ", maxsplit=1)[0]
    if first.isupper() and len(first) > 1:
        return f"{'an' if first[0] in 'AEFHILMNORSX' else 'a'} {noun}"
    lower = first.lower()
    sounds_like_vowel = lower.startswith(("a", "e", "i", "o", "u", "hour", "honour", "honor", "heir"))
    if lower.startswith(("uni", "use", "usa", "usu", "uti", "eu", "one")) and not lower.startswith(("unin", "unim")):
        sounds_like_vowel = False
    return f"{'an' if sounds_like_vowel else 'a'} {noun}"


def listed(parts: Sequence[str], word: str = "and") -> str:
    """*parts* as in a sentence: ``a``, ``a and b``, ``a, b and c``."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def counted(number: int, noun: str) -> str:
    """*number* and *noun*, which must be singular, in the form that fits: ``1 row``, ``1,200 rows``."""
    return f"{number:,} {noun if number == 1 else plural(noun)}"


def sentence(text: str) -> str:
    """*text* with a capital in front and a full stop behind."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
