"""Starting a run and seeing it through: in the background, by a server, or in this very process."""

from catalogctl.cli.exits import Exit
from catalogctl.cli.invocation import Invocation
from catalogctl.cli.watching import watch_run, work_off
from catalogctl.domain.errors import InvalidInput
from catalogctl.domain.run_records import run_record
from catalogctl.domain.runs import RunKind, RunOptions
from catalogctl.render import listings
from catalogctl.wiring.session import Session


def start(
    call: Invocation,
    session: Session,
    kind: RunKind,
    *,
    source: str | None,
    options: RunOptions | None = None,
    is_detached: bool = False,
    timeout: float | None = None,
) -> int:
    """Start a run and answer the exit status: of its outcome, or of the start alone when it is detached.

    Raises InvalidInput for a time-out of a run that nobody waits for.
    """
    if is_detached and timeout is not None:
        raise InvalidInput(
            "--timeout ends the wait for the run, and with --detach nobody waits",
            hint="Leave out one of the two; runs watch takes --timeout later.",
        )
    chosen = options or RunOptions()
    run = session.begin(lambda: session.catalogue.start_run(kind, source=source, options=chosen))
    if is_detached:
        session.hand_over(run.run_id)
        call.output.row(listings.runs([run]), run_record(run))
        call.output.say(f"Run {run.number} is started. Watch it: catalogctl runs watch {run.number}")
        return Exit.OK
    see = watch_run if session.server is not None else work_off
    return see(call, session, run, timeout=timeout)
