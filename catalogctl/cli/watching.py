"""Watching a run to its end: beside those who do the work, or as the one who does it."""

import asyncio
import os
import signal
from contextlib import suppress
from functools import partial

from catalogctl.cli.displays import Display, display_for
from catalogctl.cli.exits import Exit, exit_of_outcome
from catalogctl.cli.following import Following
from catalogctl.cli.invocation import Invocation
from catalogctl.cli.loop import closing_stream, on_signal, run_loop
from catalogctl.cli.output import Output
from catalogctl.domain.errors import CatalogctlError, StreamLost, Timeout, Unavailable
from catalogctl.domain.events import RUN_ENDS, Event, FeedItem, Lost, Reset
from catalogctl.domain.runs import Run, Status
from catalogctl.render.measures import duration
from catalogctl.wiring.session import Session

_REFRESH = 0.1
_WORKER_LOOK = 5.0
# A store may be busy for a while, and whoever gives up the watch of his own run cancels it.
_TRIES = 2
_CANCEL_AGAIN = 0.5


def watch_run(call: Invocation, session: Session, run: Run, *, timeout: float | None) -> int:
    """Show the run to its end, and answer the exit status that tells of it; whatever ends the watch, the run goes on.

    Raises Timeout, StreamLost, KeyboardInterrupt.
    """
    again = f"Watch it again: catalogctl runs watch {run.number}"

    async def body() -> int:
        try:
            async with asyncio.timeout(timeout) as limit:
                return await Watch(following, run, display_for(call.output, run)).outcome()
        except TimeoutError:
            if not limit.expired():
                raise
            waited = duration(timeout or 0)
            raise Timeout(f"run {run.number} has not ended in {waited}, and goes on", hint=again) from None

    with Following(call, session) as following:
        try:
            return run_loop(body, output=call.output)
        except KeyboardInterrupt:
            call.output.say(f"Run {run.number} goes on. {again}")
            raise


def work_off(call: Invocation, session: Session, run: Run, *, timeout: float | None) -> int:
    """Do the work of the run in this process and show it; whatever ends this process early cancels the run."""
    with Following(call, session) as following, session.working(run.run_id):
        try:
            watch = OwnWatch(following, run, display_for(call.output, run), output=call.output, timeout=timeout)
            exit_code = run_loop(watch.outcome, output=call.output)
        except BaseException:
            with suppress(CatalogctlError):
                session.catalogue.cancel_run(run.run_id)
            raise
    if exit_code == Exit.TIMEOUT:
        # It may have been quicker than the word that was to end it.
        end = "was cancelled" if watch.end is Status.CANCELLED else f"has {watch.end} since"
        raise Timeout(f"run {run.number} had not ended in {duration(timeout or 0)}, and {end}")
    return exit_code


class Watch:
    """One watch of one run."""

    def __init__(self, following: Following, run: Run, display: Display) -> None:
        self._following = following
        self._run = run
        self._display = display

    async def outcome(self) -> int:
        """Show everything, and answer the exit status."""
        with self._display:
            chores = [asyncio.create_task(self._refresh()), asyncio.create_task(self._look_for_worker())]
            try:
                status = await self._to_the_end()
            finally:
                for chore in chores:
                    chore.cancel()
                await asyncio.gather(*chores, return_exceptions=True)
            exit_code = self._exit_code(status)
            self._display.end(status, exit_code=exit_code)
        return exit_code

    def _exit_code(self, status: Status) -> int:
        return exit_of_outcome(status)

    async def _to_the_end(self) -> Status:
        run_id, wants_history = self._run.run_id, self._display.wants_history
        if self._run.status.is_final and not (wants_history and await self._is_kept()):
            return self._run.status
        since = "earliest" if wants_history else str(self._run.last_seq)
        try:
            async with closing_stream(self._following.items(since=since, run_id=run_id)) as items:
                async for item in items:
                    if (status := await self._take(item)) is not None:
                        return status
        except CatalogctlError as error:
            return await self._state_after(error)
        raise StreamLost(f"the stream of run {self._run.number} has ended")

    async def _is_kept(self) -> bool:
        """True when the log still has the run's last event, and so has anything of it."""
        before_last = str(self._run.last_seq - 1)
        async with closing_stream(self._following.items(since=before_last, run_id=self._run.run_id)) as items:
            async for item in items:
                if isinstance(item, Event | Reset):
                    return isinstance(item, Event)
        return False

    async def _take(self, item: FeedItem) -> Status | None:
        """Show one item; answers the run's final status if this was its end."""
        if isinstance(item, Event):
            self._display.event(item)
            return self._end_in(item)
        if isinstance(item, Reset):
            self._display.reset(item)
            return await self._state_after_gap()
        if isinstance(item, Lost):
            # Who shows every event waits for them; for the others the state says as much.
            if not self._display.wants_history:
                with suppress(CatalogctlError, TimeoutError):
                    if (status := await self._renewed()) is not None:
                        return status
            self._display.notice(f"connection lost: {item.reason}; trying again in {duration(item.delay)}")
            return None
        self._display.settled()
        return None

    def _end_in(self, event: Event) -> Status | None:
        if self._run.status.is_final:
            return self._run.status if event.seq >= self._run.last_seq else None
        # Earlier attempts of the run have ended too: only an end that was still to come counts.
        is_end = event.type in RUN_ENDS and event.seq > self._run.last_seq
        return Status(event.type.removeprefix("run.")) if is_end else None

    async def _renewed(self) -> Status | None:
        run = await self._following.ask(lambda catalogue: catalogue.run(self._run.run_id))
        # Older events may still come, and the end of an attempt that has been tried again is not that of the run.
        self._run = run
        self._display.renewed(run)
        return run.status if run.status.is_final else None

    async def _state_after_gap(self) -> Status | None:
        """Events are missing, and the end may be one of them: only the state tells. Raises StreamLost."""
        for _ in range(_TRIES):
            with suppress(TimeoutError):
                return await self._renewed()
        raise StreamLost(f"events of run {self._run.number} are missing")

    async def _state_after(self, error: CatalogctlError) -> Status:
        """The stream has ended for good: how does the run stand? Raises StreamLost unless it has ended."""
        hint = f"Watch it again: catalogctl runs watch {self._run.number}"
        try:
            status = await self._renewed()
        except (CatalogctlError, TimeoutError):
            detail = f"{error.detail}; how run {self._run.number} stands could not be learnt either"
            raise StreamLost(detail, hint=hint) from error
        if status is None:
            raise StreamLost(f"{error.detail}; run {self._run.number} was still active", hint=hint) from error
        return status

    async def _refresh(self) -> None:
        while True:
            self._display.refresh()
            await asyncio.sleep(_REFRESH)

    async def _look_for_worker(self) -> None:
        had_worker = not self._run.status.is_final
        while True:
            with suppress(CatalogctlError, TimeoutError):
                has_worker = await self._following.ask(lambda catalogue: catalogue.has_worker(self._run.run_id))
                if had_worker and not has_worker:
                    self._display.notice(f"no live worker works on run {self._run.number}: catalogctl worker")
                had_worker = has_worker
            await asyncio.sleep(_WORKER_LOOK)


class OwnWatch(Watch):
    """The watch of a run that this very process works off: leaving early means to cancel it, and to see that end.

    *end* is the status with which it ended.
    """

    def __init__(
        self, following: Following, run: Run, display: Display, *, output: Output, timeout: float | None
    ) -> None:
        super().__init__(following, run, display)
        self._output = output
        self._timeout = timeout
        self._leaving: Exit | None = None
        self.end: Status | None = None
        self._cancelling: asyncio.Task[None] | None = None

    async def outcome(self) -> int:
        """Show everything, and answer the exit status; the first signal cancels, a second Ctrl-C ends the process."""
        for number, reason in ((signal.SIGINT, KeyboardInterrupt()), (signal.SIGTERM, SystemExit(Exit.TERMINATED))):
            on_signal(number, partial(self._leave, Exit(128 + number)), otherwise=reason, output=self._output)
        if self._timeout is not None:
            asyncio.get_running_loop().call_later(self._timeout, self._time_is_over)
        return await super().outcome()

    def _exit_code(self, status: Status) -> int:
        self.end = status
        return super()._exit_code(status) if self._leaving is None else self._leaving

    async def _look_for_worker(self) -> None:
        """It is us."""

    def _time_is_over(self) -> None:
        if self._leaving is None:
            self._leave(Exit.TIMEOUT)

    def _leave(self, exit_code: Exit) -> None:
        if self._leaving is not None:
            # ``timeout`` and service managers say it twice, to the process and to its group, and mean it once.
            if exit_code is Exit.TERMINATED:
                return
            self._display.restore()
            os._exit(exit_code)
        self._leaving = exit_code
        self._display.notice(f"cancelling run {self._run.number}; Ctrl-C again leaves at once")
        self._cancelling = asyncio.create_task(self._cancel(), name="cancel")

    async def _cancel(self) -> None:
        while True:
            try:
                await self._following.ask(lambda catalogue: catalogue.cancel_run(self._run.run_id))
            except (Unavailable, TimeoutError):
                # The work waits for a store that is held, and so must the word that ends it: nobody may say it again.
                await asyncio.sleep(_CANCEL_AGAIN)
            except CatalogctlError:
                # Too late is no harm.
                return
            else:
                return
