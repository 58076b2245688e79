"""What the other rooms log, passed on as talk: always by services, by other commands for those who want more."""

import logging

from catalogctl.cli.output import Output


class _Talk(logging.Handler):
    """A log handler that talks."""

    def __init__(self, output: Output) -> None:
        super().__init__(logging.WARNING)
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        self._output = output

    def emit(self, record: logging.LogRecord) -> None:
        """Say it."""
        self._output.say(self.format(record))


def log_to(output: Output, *, is_service: bool) -> None:
    """Decide where log records go; without this the interpreter would write them into the middle of a picture."""
    is_wanted = is_service or output.is_verbose
    logging.getLogger().addHandler(_Talk(output) if is_wanted else logging.NullHandler())
