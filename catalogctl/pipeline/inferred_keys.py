"""Keys that nobody declared: the candidates tested on the source itself."""

from catalogctl.domain.catalogue import Datasource
from catalogctl.domain.errors import CatalogctlError, DeadlineExceeded, Interrupted
from catalogctl.domain.meaning import InferredKey
from catalogctl.domain.ports.enriching import Enricher
from catalogctl.domain.runs import Note
from catalogctl.pipeline.plan import Desk


def infer_keys(
    source: Datasource, enricher: Enricher, desk: Desk, *, deadline: float
) -> tuple[list[InferredKey], list[Note]]:
    """The keys that the data confirms, and notes on those that could not be tested, be it within *deadline* seconds.

    Raises Interrupted, and SourceFailed when the source cannot be opened.
    """
    candidates = enricher.key_candidates(source)
    keys: list[InferredKey] = []
    notes: list[Note] = []
    if not candidates:
        return keys, notes
    tested = 0
    try:
        with desk.reader(deadline=deadline) as reader:
            for candidate in candidates:
                try:
                    [(distinct, found)] = reader.query(candidate.sql, limit=2)
                except Interrupted:
                    raise
                except CatalogctlError as error:
                    message = f"not tested as a key: {error.detail}"
                    notes.append(Note(table=candidate.table, column=candidate.column, message=message))
                else:
                    key = enricher.accepted(candidate, distinct=int(distinct or 0), found=int(found or 0))
                    keys += [] if key is None else [key]
                tested += 1
    except DeadlineExceeded as late:
        left = len(candidates) - tested
        notes.append(Note(message=f"{left} of {len(candidates)} possible keys were not tested: {late.detail}"))
    return keys, notes
