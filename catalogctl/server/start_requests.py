"""What ``POST /catalog/extract`` asks for: reading it, and checking it against the catalogue."""

from dataclasses import dataclass, replace

from starlette.requests import Request

from catalogctl.domain.errors import NothingSelected
from catalogctl.domain.ports import Catalogue
from catalogctl.domain.runs import Run, RunKind, RunOptions
from catalogctl.domain.sources import MASK
from catalogctl.server.access import Admission
from catalogctl.server.parameters import read_body
from catalogctl.server.security import admission_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRequest:
    """A run that somebody asks for; tables are chosen by name, by the ids of the catalogue, or both."""

    kind: RunKind
    source: str | None
    table_ids: tuple[int, ...] | None
    options: RunOptions
    admission: Admission

    def start(self, catalogue: Catalogue) -> Run:
        """Queue the run. Raises SourceNotRegistered, NothingSelected, and what ``start_run`` does."""
        if self.source is not None and not self.admission.is_privileged and not _has(catalogue, self.source):
            self.admission.require_token("no source of this name is registered, and registering one needs the token")
        options = self.options
        if self.table_ids is not None:
            options = replace(options, tables=(*options.tables, *self._named_tables(catalogue)))
        return catalogue.start_run(self.kind, source=self.source, options=options)

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
    options = RunOptions(
        tables=tables or (), sample=body.number("sample"), deadline=body.amount("deadline"), model=body.text("model")
    )
    return StartRequest(
        kind=kind,
        source=body.text("source"),
        table_ids=table_ids or None,
        options=options,
        admission=admission_of(request),
    )
