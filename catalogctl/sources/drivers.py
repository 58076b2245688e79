"""The kinds of source: what lies at a location, and the reader for it."""

import os
import re
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from catalogctl.domain.errors import SourceFailed, SourceNotFound, SourceUnusable
from catalogctl.domain.ports import Drivers, SourceReader
from catalogctl.domain.sources import Identity, Source, is_url, masked
from catalogctl.sources import files
from catalogctl.sources.engines.untouched import Copies, is_sqlite

_PATH_SCHEMES = ("sqlite:///", "duckdb:///")
_OUR_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg", "mysql": "mysql+pymysql"}
_EXTRAS = {"postgresql": "catalogctl[postgres]", "postgres": "catalogctl[postgres]", "mysql": "catalogctl[mysql]"}
_DUCKDB_MAGIC = (8, b"DUCK")


class SourceDrivers(Drivers):
    """All kinds of source; *environ* may hold a password: ``CATALOGCTL_SOURCE_<NAME>_PASSWORD``."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._copies = Copies()

    def identify(self, location: str) -> Identity:
        for scheme in _PATH_SCHEMES:
            if location.startswith(scheme):
                return self._identify_path(Path("/" + unquote(location.removeprefix(scheme)).lstrip("/")))
        return self._identify_url(location) if is_url(location) else self._identify_path(Path(location))

    def open(self, source: Source) -> SourceReader:
        if is_url(source.location):
            return self._open_server(source)
        path = Path(source.location)
        if not path.exists():
            raise SourceFailed(f"{path} is not there any more", hint="Put it back, or remove the source.")
        if source.kind == "sqlite":
            from catalogctl.sources.engines.sqlite import SqliteReader  # noqa: PLC0415 - each kind pays for itself

            return SqliteReader(path, self._copies)
        from catalogctl.sources.engines.duck import DuckDbReader  # noqa: PLC0415

        return DuckDbReader(path, files=None if source.kind == "duckdb" else files.tables_of(path))

    def _identify_path(self, path: Path) -> Identity:
        path = Path(os.path.normpath(path))
        if not path.exists():
            raise SourceNotFound(f"there is no file or folder {path}", hint="Check the path, or give a URL.")
        if not os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)):
            raise SourceUnusable(f"{path} may not be read", hint="Ask its owner for the permission to read it.")
        kind = "files" if path.is_dir() else _kind_of_file(path)
        if kind == "files" and not files.tables_of(path):
            endings = ", ".join(sorted(files.READERS))
            raise SourceUnusable(f"{path} holds no data files", hint=f"Known are {endings}, packed with .gz or not.")
        return Identity(location=str(path), kind=kind, name=_name(files.stem(path) if path.is_file() else path.name))

    def _identify_url(self, location: str) -> Identity:
        from sqlalchemy.engine import make_url  # noqa: PLC0415
        from sqlalchemy.exc import ArgumentError, NoSuchModuleError  # noqa: PLC0415

        try:
            url = make_url(location)
            url = url.set(drivername=_OUR_DRIVERS.get(url.drivername, url.drivername))
            url.get_dialect().import_dbapi()
        except (ArgumentError, ValueError):
            raise SourceUnusable(
                f"{masked(location)} is not the URL of a database", hint="As in postgresql://user@host/database."
            ) from None
        except (NoSuchModuleError, ImportError):
            scheme = location.partition("://")[0]
            extra = _EXTRAS.get(scheme.partition("+")[0])
            hint = f"pip install '{extra}'" if extra else f"Install the SQLAlchemy dialect for {scheme}."
            raise SourceUnusable(f"no driver for {scheme} is installed", hint=hint) from None
        canonical = url.render_as_string(hide_password=False)
        return Identity(location=canonical, kind=url.get_backend_name(), name=_name(url.database or url.host or "db"))

    def _open_server(self, source: Source) -> SourceReader:
        from sqlalchemy.engine import make_url  # noqa: PLC0415

        from catalogctl.sources.engines.server import ServerReader  # noqa: PLC0415

        url = make_url(source.location)
        variable = f"CATALOGCTL_SOURCE_{re.sub(r'[^A-Z0-9]', '_', source.name.upper())}_PASSWORD"
        if url.username and not url.password and (password := self._environ.get(variable)):
            url = url.set(password=password)
        return ServerReader(url)


def _kind_of_file(path: Path) -> str:
    if not path.is_file():
        raise SourceUnusable(f"{path} is neither a file nor a folder", hint="Give a database, a data file or a folder.")
    offset, magic = _DUCKDB_MAGIC
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise SourceUnusable(f"{path} cannot be read: {error.strerror}") from None
    if head[offset : offset + len(magic)] == magic:
        return "duckdb"
    if files.is_known(path):
        return "files"
    if head.startswith(b"SQLite format 3\0") or (not head and _may_be_empty_database(path)):
        return "sqlite"
    raise SourceUnusable(
        f"{path} is no database and no data file",
        hint="Known are SQLite and DuckDB databases, CSV, Parquet and JSON files, and folders of those.",
    )


def _may_be_empty_database(path: Path) -> bool:
    try:
        return is_sqlite(path)
    except sqlite3.Error:
        return False


def _name(text: str) -> str:
    """*text* as a name that a source may have."""
    cleaned = re.sub(r"[^\w .-]+", "-", text).strip(" .-_")[:100].rstrip(" .-")
    return cleaned or "source"
