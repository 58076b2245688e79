import pytest

from catalogctl.enrich.rules.words.outcomes import Outcome, english_outcome, outcome_of


@pytest.mark.parametrize(
    "value",
    ["paid", "PAID", "payée", "Payé", "payées", "honoré", "bezahlt", "geliefert", "pagada", "entregado", "actif"],
)
def test_what_ended_well(value: str) -> None:
    assert outcome_of(value) is Outcome.GOOD


@pytest.mark.parametrize(
    "value",
    ["cancelled", "canceled", "past_due", "Past due", "annulé", "annulée", "impayées", "storniert", "überfällig",
     "unbezahlt", "anulada", "rechazado", "vencida"],
)  # fmt: skip
def test_what_ended_badly(value: str) -> None:
    assert outcome_of(value) is Outcome.BAD


@pytest.mark.parametrize(
    "value", ["open", "en attente", "pendiente", "in Bearbeitung", "planifié", "", "42", 3, None, "é"]
)
def test_what_has_not_ended_or_does_not_tell(value: object) -> None:
    assert outcome_of(value) is None


def test_only_english_words_stand_before_a_noun() -> None:
    assert english_outcome("Past_Due") == (Outcome.BAD, "past due")
    assert english_outcome("payée") is None
