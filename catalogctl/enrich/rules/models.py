"""Who writes the meaning when no model is set up."""

from catalogctl.domain.errors import InvalidInput
from catalogctl.domain.meaning import LlmStatus
from catalogctl.domain.ports.enriching import RULES, Enricher, Models
from catalogctl.enrich.rules.enricher import RulesEnricher


class RulesOnly(Models):
    """No endpoint is set up; *reason* says so in words."""

    def __init__(self, *, max_tables: int, reason: str = "no model is set up") -> None:
        self._max_tables = max_tables
        self._reason = reason

    def enricher(self, *, model: str | None) -> Enricher:
        if model not in {None, RULES}:
            raise InvalidInput(
                f"model {model!r} was asked for, and no endpoint is set up",
                hint="Set CATALOGCTL_LLM_URL (and CATALOGCTL_LLM_API_KEY), or leave --model out.",
            )
        return RulesEnricher(max_tables=self._max_tables)

    def status(self) -> LlmStatus:
        return LlmStatus(is_ok=True, message=f"{self._reason}: the rules do the work", model=RULES, provider=RULES)

    def models(self) -> list[str]:
        return [RULES]
