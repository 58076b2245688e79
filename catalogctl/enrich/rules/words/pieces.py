"""Names taken apart: between separators, capitals, digits and symbols."""

import re
import unicodedata
from functools import lru_cache

_PIECE = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z]?[^\W\d_A-Z]+\d*|\d+[^\W\d_]*|[^\W_]+")
_NUMBERED = re.compile(r"([^\W\d_]{4,})(\d+)")
_ID = re.compile(r"(?<=[a-z\d])ID(s(?![a-z]))?(?!entif)")
_SYMBOLS = str.maketrans({"%": " pct ", "#": " number ", "\N{EURO SIGN}": " eur ", "\N{POUND SIGN}": " gbp "})


@lru_cache(maxsize=65536)
def pieces(name: str) -> tuple[str, ...]:
    """The parts of *name* between separators, capitals and digits, in their own case.

    ``customerID`` gives ``customer``, ``id``; ``address2`` gives ``address``, ``2``; ``2B`` stays whole.
    """
    found: list[str] = []
    for piece in _PIECE.findall(_ID.sub(r"_id\1_", name.translate(_SYMBOLS))):
        numbered = _NUMBERED.fullmatch(piece)
        found.extend(numbered.groups() if numbered and not piece.isupper() else [piece])
    return tuple(found)


def folded(word: str) -> str:
    """*word* in lower case without accents, as vocabularies know it."""
    if word.isascii():
        return word.lower()
    apart = unicodedata.normalize("NFKD", word.lower().replace("ß", "ss"))
    return "".join(char for char in apart if not unicodedata.combining(char))
