"""The kinds of source that can be read: says what lies at a location, and opens it."""

from collections.abc import Mapping
from dataclasses import replace

from catalogctl.domain.errors import SourceUnusable
from catalogctl.domain.ports.sources import SourceReader
from catalogctl.domain.sources import Identity, Source, is_url
from catalogctl.sources.engines.untouched import Copies
from catalogctl.sources.failures import failed
from catalogctl.sources.locations import identify_path, identify_url


class SourceDrivers:
    """The Drivers of the ports. *environ* may hold passwords that are left out of URLs, see ``password_variable``."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._copies = Copies()

    def identify(self, location: str) -> Identity:
        return identify_url(location) if is_url(location) else identify_path(location)

    # What reads a kind of source is imported when one is opened: together they take half a second.
    def open(self, source: Source) -> SourceReader:
        match source.kind:
            case "sqlite":
                from catalogctl.sources.engines.sqlite import SqliteReader  # noqa: PLC0415 -- see above

                return SqliteReader(source, self._copies)
            case "duckdb":
                from catalogctl.sources.engines.duckdb import DuckDbReader  # noqa: PLC0415 -- see above

                return DuckDbReader(source)
            case "files":
                from catalogctl.sources.engines.files import FilesReader  # noqa: PLC0415 -- see above

                return FilesReader(source)
            case _:
                return self._open_server(source)

    def _open_server(self, source: Source) -> SourceReader:
        from catalogctl.sources.engines.server import ServerReader  # noqa: PLC0415 -- see above
        from catalogctl.sources.urls import parse_url, with_driver, with_password  # noqa: PLC0415 -- see above

        complete = replace(source, location=with_password(source, self._environ))
        try:
            url = with_driver(parse_url(complete.location))
        except SourceUnusable as error:
            raise failed(source, error.detail, hint=error.hint) from error
        return ServerReader(complete, url)
