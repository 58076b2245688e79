"""What a copy of a store holds, table by table."""

from collections.abc import Sequence

from catalogctl.domain.copies import Content
from catalogctl.render.listing import Column, Listing
from catalogctl.render.palette import QUIET, TITLE


def contents(found: Sequence[tuple[str, Content]]) -> Listing[tuple[str, Content]]:
    """The tables of a copy with their rows and checksums."""
    return Listing(
        rows=found,
        columns=(
            Column(title="TABLE", plain=lambda row: row[0], style=TITLE),
            Column(title="ROWS", plain=lambda row: row[1].rows, is_number=True),
            Column(title="CHECKSUM", plain=lambda row: row[1].checksum, can_shrink=True, style=QUIET),
        ),
    )
