"""``status``: whether anything runs: once, on every change, or until nothing does."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

import typer

from catalogctl.cli import arguments
from catalogctl.cli.exits import Exit
from catalogctl.cli.following import Following
from catalogctl.cli.invocation import Invocation
from catalogctl.cli.loop import closing_stream, run_loop
from catalogctl.cli.output import Shape
from catalogctl.cli.tree import Panel, command
from catalogctl.domain.errors import CatalogctlError, InvalidInput, StreamLost, Timeout
from catalogctl.domain.events import Event, Lost, Reset
from catalogctl.domain.run_records import status_from, status_record
from catalogctl.domain.runs import RunningStatus
from catalogctl.domain.times import format_time
from catalogctl.render import listings
from catalogctl.render.details import status_facts, tab_separated
from catalogctl.render.lines import status_line
from catalogctl.render.measures import duration

# A store or a server may be away for a moment.
_TRIES = 5
_PAUSE = 0.5


def build() -> Any:
    """The command."""
    return command(status, name="status", panel=Panel.WATCH)


def status(
    context: typer.Context,
    *,
    follow: Annotated[bool, typer.Option("--follow", help="Show every change, until Ctrl-C.")] = False,
    wait_idle: Annotated[bool, typer.Option("--wait-idle", help="Return once nothing runs.")] = False,
    timeout: arguments.Timeout = None,
) -> int:
    """Tell whether anything runs; a pending run counts."""
    call = Invocation.of(context)
    if timeout is not None and not follow and not wait_idle:
        raise InvalidInput(
            "--timeout goes with --follow or --wait-idle: nothing is waited for without them", hint="Add one of them."
        )
    with call.session() as session:
        now = session.catalogue.running_status()
        if not follow and not wait_idle:
            if call.output.shape is Shape.TERMINAL and now.is_running:
                found = [session.catalogue.run(run_id) for run_id in now.active_run_ids]
                call.output.listing(listings.runs(found), ())
            else:
                _show(call, now)
            return Exit.OK
        with Following(call, session) as following:
            watch = _StatusWatch(call, following, now, is_shown=follow, ends_idle=wait_idle, timeout=timeout)
            run_loop(watch.to_the_end, output=call.output)
    return Exit.OK


def _show(call: Invocation, now: RunningStatus) -> None:
    facts = status_facts(now)
    call.output.present(
        record=status_record(now), lines=tab_separated(facts), draw=lambda _: call.output.line(status_line(now))
    )


class _StatusWatch:
    """Follows the status from *now* on."""

    def __init__(
        self,
        call: Invocation,
        following: Following,
        now: RunningStatus,
        *,
        is_shown: bool,
        ends_idle: bool,
        timeout: float | None,
    ) -> None:
        self._call = call
        self._following = following
        self._now = now
        self._is_shown = is_shown
        self._ends_idle = ends_idle
        self._timeout = timeout

    async def to_the_end(self) -> None:
        """Show every change; ends when nothing runs, if that is wanted. Raises Timeout."""
        self._tell(self._call.output.eye().now)
        try:
            async with asyncio.timeout(self._timeout) as limit:
                await self._follow()
        except TimeoutError:
            if not limit.expired():
                raise
            still = f"{status_line(self._now)} after {duration(self._timeout or 0)}"
            raise Timeout(still, hint="See what runs: catalogctl runs list --status running") from None

    async def _follow(self) -> None:
        if self._is_over:
            return
        items = self._following.items(since=str(self._now.seq), topics=["status"])
        async with closing_stream(items):
            async for item in items:
                if isinstance(item, Event):
                    # After a cut the status is asked for at once, and what led to it is told later.
                    if item.seq > self._now.seq:
                        self._take(replace(status_from(item.decoded()), seq=item.seq), at=item.at)
                elif isinstance(item, Lost):
                    await self._ask_after_loss(item)
                elif isinstance(item, Reset):
                    await self._ask_after_gap(item)
                if self._is_over:
                    return

    @property
    def _is_over(self) -> bool:
        return self._ends_idle and not self._now.is_running

    async def _ask_after_loss(self, lost: Lost) -> None:
        if not await self._ask_again():
            self._call.output.say(f"connection lost: {lost.reason}; trying again in {duration(lost.delay)}")

    async def _ask_after_gap(self, reset: Reset) -> None:
        """Events are missing, and the end may be one of them: only the state tells. Raises StreamLost."""
        for _ in range(_TRIES):
            if await self._ask_again():
                return
            await asyncio.sleep(_PAUSE)
        if self._ends_idle:
            raise StreamLost("events are missing, and whether anything runs could not be learnt")
        self._now = replace(self._now, seq=reset.latest)

    async def _ask_again(self) -> bool:
        """Take the state as it is now; false when it cannot be learnt."""
        try:
            now = await self._following.ask(lambda catalogue: catalogue.running_status())
        except (CatalogctlError, TimeoutError):
            return False
        self._take(now, at=self._call.output.eye().now)
        return True

    def _take(self, now: RunningStatus, *, at: datetime) -> None:
        is_new = now.active_run_ids != self._now.active_run_ids
        self._now = now
        if is_new:
            self._tell(at)

    def _tell(self, at: datetime) -> None:
        output = self._call.output
        if not self._is_shown:
            return
        if output.shape is Shape.JSON:
            output.record(status_record(self._now))
        elif not output.is_quiet:
            output.line(f"{format_time(at)}  {status_line(self._now)}")
