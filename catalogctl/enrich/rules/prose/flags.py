"""How columns of yes and no are spoken of."""

from typing import Any

from catalogctl.enrich.rules.prose.figures import percent
from catalogctl.enrich.rules.prose.phrases import is_quality
from catalogctl.enrich.rules.reading.catalogue import ColumnReading, TableReading
from catalogctl.enrich.rules.reading.facts import Facts
from catalogctl.enrich.rules.words.grammar import with_article
from catalogctl.enrich.rules.words.vocabulary import NOUNS, QUALIFIERS

_VERBS = {"is": "is", "are": "is", "was": "was", "were": "was", "has": "has", "have": "has", "can": "can", "may": "may",
          "should": "should", "must": "must", "allow": "allows", "allows": "allows", "need": "needs",
          "needs": "needs",
          "require": "requires", "requires": "requires"}  # fmt: skip
_YES = frozenset({"1", "y", "yes", "true", "t", "oui", "ja", "si", "on"})


def flag_head(column: ColumnReading, table: TableReading) -> str:
    """*Whether the product is discontinued*, or the bare name where the name is no claim."""
    thing = f" the {table.one}" if table.is_noun_known else ""
    words, spelled = column.name.words, column.name.spelled
    if words[0] in _VERBS and len(words) > 1:
        claim = " ".join(spelled[1:])
        needs_article = (
            _VERBS[words[0]] == "is" and len(words) == 2 and words[1] in NOUNS and words[1] not in QUALIFIERS
        )
        verb = _VERBS[words[0]] if thing else {"is": "", "was": ""}.get(_VERBS[words[0]], f"it {_VERBS[words[0]]}")
        return " ".join(f"Whether{thing} {verb} {with_article(claim) if needs_article else claim}".split())
    if words[-1] in ("flag", "indicator") and len(words) > 1:
        words, spelled = words[:-1], spelled[:-1]
    if len(words) == 1 and is_quality(words[0]):
        return f"Whether{thing} is {spelled[0]}" if thing else f"Whether {spelled[0]}"
    if len(words) > 1 and words[-1].endswith("ed") and words[-2] in NOUNS:
        return f"Whether the {' '.join(spelled[:-1])} is {spelled[-1]}"
    return f"{' '.join(spelled)}, yes or no"


def flag_tail(column: ColumnReading) -> str:
    """How often the answer is yes."""
    facts = column.facts
    share = yes_share(facts)
    if share is None:
        return ""
    if share in (0.0, 1.0) and not facts.nulls:
        return f"; always {'yes' if share else 'no'}"
    return f"; yes in {percent(share)} of the rows"


def yes_share(facts: Facts) -> float | None:
    """The share (0..1) of rows that say yes; None when the values are not known."""
    return sum(share for value, share in facts.top if is_yes(value)) if facts.top else None


def is_yes(value: Any) -> bool:
    """True for any of the ways to write yes."""
    return value is True or str(value).strip().lower() in _YES
