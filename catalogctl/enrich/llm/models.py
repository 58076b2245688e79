"""Who writes the meaning when an endpoint is set up: its model, on top of the rules."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from catalogctl.domain.errors import InvalidInput
from catalogctl.domain.meaning import LlmStatus
from catalogctl.domain.ports.enriching import RULES, Enricher, Models
from catalogctl.enrich.llm.endpoint import LlmEndpoint
from catalogctl.enrich.llm.enricher import LlmEnricher
from catalogctl.enrich.llm.manner import Memory
from catalogctl.enrich.llm.question import Patience
from catalogctl.enrich.prices import Prices, own_prices
from catalogctl.enrich.rules.enricher import RulesEnricher


class EndpointModels(Models):
    """An endpoint is set up, with *model* as its default; *prices* are the configured ones.

    *timeout* is for one call, in seconds; *patience* says how often one is made; *provider* is who bills, where the
    address does not tell.
    """

    def __init__(
        self,
        *,
        url: str,
        model: str | None,
        api_key: str | None,
        prices: Mapping[str, Any],
        timeout: float,
        shares_samples: bool,
        max_tables: int,
        context_tokens: int | None,
        shares_comments: bool = False,
        provider: str | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._url = url
        self._model = model
        self._api_key = api_key
        self._prices = Prices(own_prices(prices))
        self._timeout = timeout
        self._patience = patience
        self._shares_samples = shares_samples
        self._shares_comments = shares_comments
        self._provider = provider
        self._max_tables = max_tables
        self._context_tokens = context_tokens
        # What a model can do is learnt once for all who ask it.
        self._memories: dict[str, Memory] = defaultdict(Memory)

    def enricher(self, *, model: str | None) -> Enricher:
        rules = RulesEnricher(max_tables=self._max_tables)
        if model == RULES:
            return rules
        return LlmEnricher(
            endpoint=self._endpoint(self._chosen(model)),
            rules=rules,
            prices=self._prices,
            shares_samples=self._shares_samples,
            shares_comments=self._shares_comments,
            max_tables=self._max_tables,
            context_tokens=self._context_tokens,
        )

    def status(self) -> LlmStatus:
        try:
            endpoint = self._endpoint(self._chosen(None))
        except InvalidInput as error:
            # Whoever asks for the status wants to know what is wrong, and not that asking was wrong.
            message = f"{error.detail}. {error.hint}" if error.hint else error.detail
            return LlmStatus(is_ok=False, message=message, model=self._model or "", provider=self._provider or "")
        with endpoint:
            probe = endpoint.probe()
            return LlmStatus(
                is_ok=probe.is_ok,
                message=probe.message,
                model=endpoint.model,
                provider=endpoint.provider,
                seconds=probe.seconds,
                calls=probe.calls,
            )

    def models(self) -> list[str]:
        # Whoever has not chosen one yet looks here for what there is.
        with self._endpoint(self._model or "") as endpoint:
            return endpoint.models()

    def _chosen(self, model: str | None) -> str:
        chosen = model or self._model
        if chosen is None:
            raise InvalidInput(
                "which model? An endpoint is set up, but no model",
                hint="Set CATALOGCTL_LLM_MODEL, or give --model. See what there is: catalogctl llm models",
            )
        return chosen

    def _endpoint(self, model: str) -> LlmEndpoint:
        return LlmEndpoint(
            url=self._url,
            model=model,
            api_key=self._api_key,
            timeout=self._timeout,
            provider=self._provider,
            prices=self._prices,
            patience=self._patience,
            memory=self._memories[model],
        )
