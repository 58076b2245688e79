"""What people type for a source, a run or a length of time, and what is meant by it."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from catalogctl.domain.bounds import MAX_LIMIT
from catalogctl.domain.errors import InvalidInput, SourceNotFound
from catalogctl.domain.ports.catalogue import Catalogue
from catalogctl.domain.runs import Status
from catalogctl.domain.sources import is_url
from catalogctl.domain.tasks import Task
from catalogctl.wiring.session import Session

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?", re.ASCII)


def duration(text: str) -> float:
    """Read ``90``, ``1.5``, ``90s``, ``5m`` or ``1h30m`` as seconds above 0."""
    match = _DURATION.fullmatch(text.strip())
    hours, minutes, seconds = match.groups(default="0") if match else ("0", "0", "0")
    total = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    if total <= 0:
        raise typer.BadParameter(f"{text!r} is not a length of time, such as 90, 90s, 5m or 1h30m.")
    return total


def dollars(text: str) -> float:
    """Read ``0.5``, an amount of USD above 0."""
    try:
        amount = float(text)
    except ValueError:
        amount = 0.0
    if not 0 < amount < float("inf"):
        raise typer.BadParameter(f"{text!r} is not an amount of USD above 0, such as 0.50.")
    return amount


Run = Annotated[str, typer.Argument(metavar="RUN", help="`latest`, a number, an id, or its first characters.")]
Source = Annotated[str | None, typer.Argument(metavar="SOURCE", help="A registered name, a path or a URL.")]
Timeout = Annotated[
    float | None, typer.Option(parser=duration, metavar="TIME", help="Give up after this time, such as 90 or 5m.")
]
Tables = Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this table; may be repeated.")]
Sample = Annotated[int | None, typer.Option(min=1, metavar="N", help="Profile at most so many rows of each table.")]
Estimate = Annotated[
    bool,
    typer.Option(
        "--estimate", help="Read no rows: take the server's own statistics, and a small sample where there are none."
    ),
]
Deadline = Annotated[
    float | None, typer.Option(parser=duration, metavar="TIME", help="Give up on a table after this time.")
]
Model = Annotated[str | None, typer.Option(metavar="NAME", help="Ask this model instead of the one that is set up.")]
MaxCost = Annotated[
    float | None, typer.Option(parser=dollars, metavar="USD", help="Send nothing more once the run has cost so much.")
]
Detach = Annotated[bool, typer.Option("--detach", help="Start it and leave; it goes on in the background.")]
Limit = Annotated[int, typer.Option(min=1, max=MAX_LIMIT, metavar="N", help="Show at most so many.")]


def located(source: str | None, session: Session) -> str | None:
    """The source that is meant: a registered name, a URL as it is, or a path made absolute.

    A name wins over a path of the same spelling; ``./name`` is the path. Raises SourceNotFound, and InvalidInput for
    a path when the catalogue is on another machine.
    """
    if source is None or is_url(source):
        return source
    if not is_surely_path(source):
        if any(registered.name == source for registered in session.catalogue.sources()):
            return source
        if not Path(source).exists():
            raise SourceNotFound(
                f"no source is called {source!r}, and there is no file or folder of that name here",
                hint="See the registered ones: catalogctl sources list",
            )
    return path_for(source, session)


def path_for(path: str, session: Session) -> str:
    """*path*, made absolute, for the other side of the session.

    Raises InvalidInput when it is empty or that is another machine.
    """
    if not session.is_local_machine:
        raise InvalidInput(
            f"{path!r} is a path, and the server {session.server} is on another machine",
            hint="Name a registered source or give a URL that the server can reach.",
        )
    return absolute(path)


def absolute(path: str) -> str:
    """*path* as the store keeps it: absolute, links left as they are. Raises InvalidInput when it is empty."""
    if not path:
        # It would stand for the folder that one happens to be in, with all that lies below.
        raise InvalidInput(
            "the SOURCE that was given is empty",
            hint="Is a variable not set? Give a name, a path or a URL; . is this folder.",
        )
    return os.path.abspath(Path(path).expanduser())  # noqa: PTH100 - a source may be behind a link


def is_surely_path(text: str) -> bool:
    """True for what can be neither a name nor a URL."""
    return text.startswith((".", "~")) or "/" in text or (os.sep != "/" and os.sep in text)


def every_task(catalogue: Catalogue, job_id: int, status: Status | None) -> Iterator[Task]:
    """All tasks of a job, page by page."""
    after: int | None = None
    while page := catalogue.tasks(job_id, status=status, after=after):
        yield from page
        after = page[-1].id
