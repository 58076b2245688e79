"""Text that came from a database, a server or a driver, made fit to be shown: it can do nothing to a terminal."""

import re
from functools import lru_cache
from unicodedata import category

# Controls, format characters (bidirectional overrides among them), surrogates and unusual line ends. The two joiners
# stay: scripts and emoji need them and they have no width.
_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"
_PLAIN = re.compile(r"[ -~¡-¬®-˿Ͱ-҂一-鿿]*")
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t", "\x1b": r"\e"}


def harmless(text: str) -> str:
    r"""*text* on one line, every character that a terminal might obey written out, such as ``\e`` or ``\u202e``."""
    if _PLAIN.fullmatch(text):
        return text
    return "".join(_shown(character) for character in text)


def harmless_lines(text: str) -> str:
    """The same for a document of many lines: newlines and tabs stay."""
    return "\n".join("\t".join(harmless(part) for part in line.split("\t")) for line in text.split("\n"))


def harmless_json(text: str) -> str:
    """The same for JSON text, which goes on meaning what it meant."""
    if _PLAIN.fullmatch(text):
        return text
    return "".join(_json_escape(character) if _is_harmful(character) else character for character in text)


def field(value: object) -> str:
    r"""*value* as one tab-separated field: tab, newline and backslash are written ``\t``, ``\n`` and ``\\``."""
    return "" if value is None else harmless(str(value).replace("\\", "\\\\"))


@lru_cache(maxsize=4096)
def _is_harmful(character: str) -> bool:
    return character not in _JOINERS and category(character) in _HARMFUL


def _shown(character: str) -> str:
    if not _is_harmful(character):
        return character
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_escape(character: str) -> str:
    code = ord(character)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
