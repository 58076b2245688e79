"""Values of a status that say that something ended well or badly, in the languages that the rules read."""

from collections.abc import Iterator
from enum import Enum, auto

from catalogctl.enrich.rules.words.lists import word_set
from catalogctl.enrich.rules.words.pieces import folded, pieces


class Outcome(Enum):
    """How something ended."""

    GOOD = auto()
    BAD = auto()


_ENGLISH = {
    Outcome.GOOD: word_set(
        """
        accepted active approved closed complete completed confirmed delivered done enabled fulfilled won paid published
        received resolved sent settled shipped signed solved succeeded success successful
        """
    ),
    Outcome.BAD: word_set(
        """
        aborted blocked cancelled canceled churned declined defaulted delayed denied disputed error expired failed
        failure inactive invalid late lost overdue refunded rejected returned suspended uncollectible unpaid
        """
    )
    | {"past due", "written off"},
}
_ABROAD = {
    Outcome.GOOD: word_set(
        """
        accepte actif approuve cloture confirme envoye honore livre paye publie recu regle resolu signe solde termine
        valide
        aceptado activo aprobado cerrado completado confirmado entregado enviado finalizado firmado pagado publicado
        recibido resuelto
        abgeschlossen aktiv akzeptiert angenommen bestatigt bestaetigt bezahlt erledigt geliefert gelost geloest
        genehmigt unterschrieben versandt versendet zugestellt
        """
    ),
    Outcome.BAD: word_set(
        """
        absent abandonne annule bloque echoue expire impaye inactif perdu refuse rejete rembourse resilie suspendu
        anulado bloqueado caducado cancelado devuelto fallido impagado inactivo perdido rechazado reembolsado suspendido
        vencido
        abgebrochen abgelehnt fehlgeschlagen gekundigt gekuendigt gesperrt inaktiv storniert uberfallig ueberfaellig
        unbezahlt verloren zuruckgegeben zurueckgegeben
        """
    ),
}


def english_outcome(value: object) -> tuple[Outcome, str] | None:
    """How what is called *value* ended, and the English word for it, to stand before a noun."""
    text = " ".join(folded(piece) for piece in pieces(str(value)))
    return next(((outcome, text) for outcome, words in _ENGLISH.items() if text in words), None)


def is_same_outcome(value: object, other: object) -> bool:
    """True for spellings of one English word, as *paid* and *PAID*, *cancelled* and *canceled*."""
    mine, theirs = english_outcome(value), english_outcome(other)
    return mine is not None and theirs is not None and mine[1].replace("ll", "l") == theirs[1].replace("ll", "l")


def outcome_of(value: object) -> Outcome | None:
    """How what is called *value*, in any language, ended; None when it does not tell."""
    if (english := english_outcome(value)) is not None:
        return english[0]
    text = " ".join(folded(piece) for piece in pieces(str(value)))
    forms = set(_forms(text))
    return next((outcome for outcome, words in _ABROAD.items() if not forms.isdisjoint(words)), None)


def _forms(word: str) -> Iterator[str]:
    """*word*, and what it is without the endings of the feminine and the plural."""
    one = word.removesuffix("s")
    yield from (word, one, one.removesuffix("e"))
    if one.endswith("a"):
        yield f"{one[:-1]}o"
