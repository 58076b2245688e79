"""``workers``: the processes that do the work."""

from typing import Any

import typer

from catalogctl.cli.invocation import Invocation
from catalogctl.cli.tree import Panel, group
from catalogctl.domain.worker_records import station_record
from catalogctl.render import listings


def build() -> Any:
    """The group."""
    return group("workers", help="See who does the work.", panel=Panel.WATCH, members={"list": list_workers})


def list_workers(context: typer.Context) -> None:
    """List every worker that is known, on any machine, and what each works on."""
    call = Invocation.of(context)
    with call.session() as session:
        found = session.catalogue.workers()
    call.output.listing(listings.workers(found), map(station_record, found))
