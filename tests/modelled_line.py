"""The program with a model set up for it: a scripted one, or a real small one."""

import json

from command_line import CommandLine
from scripted_model import KEY

PRICES = {"input": 100.0, "output": 1000.0}
"""Of a model, in USD a million tokens."""
A_CALL = 0.03
"""What a call of the scripted model costs then, in USD: it takes 100 tokens and answers 20."""


def set_up(cli: CommandLine, url: str, *, model: str = "tiny", is_priced: bool = True, **settings: str) -> None:
    """Let *cli* ask *model* at *url*, a table a time, for the rest of its life."""
    cli.environ |= {
        "CATALOGCTL_LLM_URL": url,
        "CATALOGCTL_LLM_MODEL": model,
        "CATALOGCTL_LLM_API_KEY": KEY,
        "CATALOGCTL_MAX_TABLES_PER_BATCH": "1",
        "CATALOGCTL_CONCURRENCY": "1",
        **({"CATALOGCTL_LLM_PRICES": json.dumps({model: PRICES})} if is_priced else {}),
        **settings,
    }
