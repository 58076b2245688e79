"""The server's worker process: kept alive for as long as the server lives, and not longer."""

import asyncio
import logging
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

_FIRST_DELAY = 0.5
_LONGEST_DELAY = 30.0
_SETTLED = 10.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerCommand:
    """How to start the worker; secrets travel in *env*, because every user of the machine can read arguments.

    The worker's standard input is a pipe that the server holds open and never writes to: at its end the server is
    gone, however it went, and the worker must end too.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(repr=False)


class Supervisor:
    """Runs one worker at a time, and another when it dies, each time a little later unless it had settled."""

    def __init__(self, command: WorkerCommand) -> None:
        self._command = command
        self._process: Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the worker, and from now on see to it that there is one."""
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self, *, grace: float) -> None:
        """End the worker: politely, and after *grace* seconds by force."""
        if self._keeper is None:
            return
        self._keeper.cancel()
        with suppress(asyncio.CancelledError):
            await self._keeper
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), grace)
        except TimeoutError:
            self.kill()
            await process.wait()

    def kill(self) -> None:
        """End the worker by force and at once; safe in a signal handler."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()

    async def _keep(self) -> None:
        delay = _FIRST_DELAY
        while True:
            began = time.monotonic()
            outcome = await self._run()
            if time.monotonic() - began > _SETTLED:
                delay = _FIRST_DELAY
            _log.warning("the worker %s; the next one starts in %.1f s", outcome, delay)
            await asyncio.sleep(delay)
            delay = min(2 * delay, _LONGEST_DELAY)

    async def _run(self) -> str:
        """Run one worker to its end, and say how it ended."""
        try:
            # Of a session of its own: a Ctrl-C at the terminal is for the server, which then ends the worker.
            self._process = await asyncio.create_subprocess_exec(
                *self._command.argv, env=self._command.env, stdin=PIPE, stdout=DEVNULL, start_new_session=True
            )
        except OSError as error:
            return f"could not be started ({error.strerror})"
        status = await self._process.wait()
        return f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
