"""What ``POST /catalog/extract`` and its like ask for: reading it, and checking it against the catalogue."""

from dataclasses import dataclass, replace

from starlette.requests import Request

from catalogctl.domain.errors import InvalidInput, NothingSelected
from catalogctl.domain.meaning import Estimate
from catalogctl.domain.ports.catalogue import Catalogue
from catalogctl.domain.runs import Run, RunKind, RunOptions
from catalogctl.domain.sources import MASK
from catalogctl.server.access import Admission
from catalogctl.server.routes.parameters import read_body
from catalogctl.server.security import admission_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRequest:
    """A run that somebody asks for; tables are chosen by name, by the ids of the catalogue, or both.

    One that *is_dry* asks only what it would take.
    """

    kind: RunKind
    source: str | None
    table_ids: tuple[int, ...] | None
    options: RunOptions
    admission: Admission
    is_dry: bool = False

    def start(self, catalogue: Catalogue) -> Run:
        """Queue the run. Raises SourceNotRegistered, NothingSelected, and what ``start_run`` does."""
        return catalogue.start_run(self.kind, source=self.source, options=self._checked(catalogue))

    def estimate(self, catalogue: Catalogue) -> Estimate:
        """Say what the run would take, and start nothing. Raises as ``start``."""
        return catalogue.estimate(source=self.source, options=self._checked(catalogue))

    def _checked(self, catalogue: Catalogue) -> RunOptions:
        """The options with every table by its name, once the caller may name the source."""
        if self.source is not None and not self.admission.is_privileged and not _has(catalogue, self.source):
            self.admission.require_token("no source of this name is registered, and registering one needs the token")
        if self.table_ids is None:
            return self.options
        return replace(self.options, tables=(*self.options.tables, *self._named_tables(catalogue)))

    def _named_tables(self, catalogue: Catalogue) -> tuple[str, ...]:
        names = {
            table.id: table.name
            for source in catalogue.catalogue(source=self.source, profile=False)
            for table in source.tables
        }
        wanted = self.table_ids or ()
        if unknown := [str(table_id) for table_id in wanted if table_id not in names]:
            raise NothingSelected(f"the catalogue has no table with the id {', '.join(unknown[:10])}")
        return tuple(names[table_id] for table_id in wanted)


def _has(catalogue: Catalogue, source: str) -> bool:
    """True when *source* is the name or, unless that hides a secret, the location of a registered source."""
    return any(source in {known.name, known.location} and MASK not in source for known in catalogue.sources())


async def read_start_request(request: Request, kind: RunKind) -> StartRequest:
    """Read the body of a request for a run; an explicitly empty selection raises NothingSelected."""
    body = await read_body(request)
    tables, table_ids = body.texts("tables"), body.numbers("table_ids")
    if () in {tables, table_ids} and not (tables or table_ids):
        raise NothingSelected("no tables were selected", hint="Leave `tables` and `table_ids` out to mean all.")
    is_dry = body.flag("dry_run")
    if is_dry and kind is not RunKind.ENRICHMENT:
        # Ignored, it would start what somebody only wanted to know about.
        raise InvalidInput("only an enrichment can be estimated", hint="POST /catalog/enrich takes `dry_run`.")
    options = RunOptions(
        tables=tables or (),
        sample=body.number("sample"),
        estimates=body.flag("estimate"),
        deadline=body.amount("deadline"),
        model=body.text("model"),
        max_cost=body.amount("max_cost"),
    )
    return StartRequest(
        kind=kind,
        source=body.text("source"),
        table_ids=table_ids or None,
        options=options,
        admission=admission_of(request),
        is_dry=is_dry,
    )
