"""What lies at a path or URL, judged by a shallow look: names, first bytes and permissions."""

import os
import re
import sqlite3
from pathlib import Path
from urllib.parse import unquote, urlsplit

from catalogctl.domain.errors import SourceNotFound, SourceUnusable
from catalogctl.domain.sources import Identity, masked
from catalogctl.sources.engines.folder import SUFFIXES, Format, format_of, stem, tables_at
from catalogctl.sources.engines.untouched import is_sqlite

_HEAD = 64
_DUCKDB_AT, _DUCKDB_MAGIC = 8, b"DUCK"
_PARQUET_MAGIC = b"PAR1"
_SQLITE_SUFFIXES = frozenset({".db", ".db3", ".sqlite", ".sqlite3", ".sqlitedb", ".s3db"})
_DUCKDB_SUFFIXES = frozenset({".duckdb", ".ddb"})
_READABLE = f"Readable are SQLite and DuckDB databases, files that end in {SUFFIXES}, and folders of such files."
_PATH_SCHEMES = frozenset({"sqlite", "duckdb", "file"})


def identify_path(location: str) -> Identity:
    """What lies at an absolute path. Raises SourceNotFound, SourceUnusable."""
    path = Path(os.path.normpath(location))
    try:
        is_folder = path.is_dir()
        if not path.exists():
            raise SourceNotFound(
                f"there is nothing at {location}", hint="Check the path; it has to be on this machine."
            )
        kind = _kind_of_folder(path) if is_folder else _kind_of_file(path)
    except PermissionError as error:
        raise _not_permitted(path) from error
    except OSError as error:
        raise SourceUnusable(f"{location} cannot be read: {error.strerror or type(error).__name__}") from error
    name = path.name if is_folder else stem(path) if kind == "files" else path.stem
    return Identity(location=str(path), kind=kind, name=suggested_name(name))


def identify_url(location: str) -> Identity:
    """What a URL names; servers are not asked. Raises SourceNotFound, SourceUnusable."""
    scheme = location.partition("://")[0].lower().partition("+")[0]
    if scheme in _PATH_SCHEMES:
        return identify_path(_path_in(location, scheme))
    # Half of what is catalogued needs no SQLAlchemy, which takes its time to load.
    from catalogctl.sources.urls import parse_url, with_driver  # noqa: PLC0415 -- as said above

    url = parse_url(location)
    with_driver(url)
    kind = url.get_backend_name()
    if kind in {"mysql", "mariadb"} and not url.database:
        raise SourceUnusable(f"{masked(location)} names no database", hint=f"Add it: {kind}://USER@HOST/DATABASE")
    return Identity(
        location=url.render_as_string(hide_password=False),
        kind=kind,
        name=suggested_name(url.database or url.host or kind),
    )


def suggested_name(text: str) -> str:
    """*text* as a name that a source may have."""
    plain = re.sub(r"[^\w .-]+", "-", text)[:100]
    return plain.strip(" .-_") or "source"


def _path_in(location: str, scheme: str) -> str:
    parts = urlsplit(location)
    path = unquote(parts.path)
    if scheme != "file":
        # sqlite:///relative/path, sqlite:////absolute/path
        path = path.removeprefix("/")
    if not path or path == ":memory:":
        raise SourceUnusable(f"{masked(location)} names no file", hint=f"Write {scheme}:///PATH, or just the path.")
    return str(Path(path).absolute())


def _kind_of_folder(path: Path) -> str:
    if not os.access(path, os.R_OK | os.X_OK):
        raise _not_permitted(path)
    if not tables_at(path):
        raise SourceUnusable(f"folder {path} holds no data files", hint=_READABLE)
    return "files"


def _kind_of_file(path: Path) -> str:
    if not path.is_file():
        raise SourceUnusable(f"{path} is neither a file nor a folder", hint=_READABLE)
    if not os.access(path, os.R_OK):
        raise _not_permitted(path)
    # SQLite takes a file of a single byte, such as a line end, for an empty one.
    return _kind_of_empty_file(path) if path.stat().st_size <= 1 else _kind_by_content(path)


def _kind_of_empty_file(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix in _SQLITE_SUFFIXES:
        return "sqlite"  # as SQLite itself sees it
    if format_of(path):
        return "files"
    raise SourceUnusable(f"{path} is empty", hint=_READABLE)


def _kind_by_content(path: Path) -> str:
    # SQLite is asked first: opening one of its files by hand could drop locks on it, see ``untouched``.
    if _is_sqlite(path):
        return "sqlite"
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head[_DUCKDB_AT : _DUCKDB_AT + len(_DUCKDB_MAGIC)] == _DUCKDB_MAGIC:
        return "duckdb"
    if head.startswith(_PARQUET_MAGIC):
        return "files"
    expected = format_of(path)
    if expected is Format.PARQUET:
        raise SourceUnusable(f"{path} is not a Parquet file, for all its name", hint=_READABLE)
    if expected:
        return "files"
    if path.suffix.lower() in _SQLITE_SUFFIXES | _DUCKDB_SUFFIXES:
        what = "it holds text" if _is_text(head) else "it may be encrypted, or of another program"
        raise SourceUnusable(f"{path} is neither a SQLite nor a DuckDB database: {what}", hint=_READABLE)
    raise SourceUnusable(f"{path} is of no format that can be read here", hint=_READABLE)


def _is_sqlite(path: Path) -> bool:
    try:
        return is_sqlite(path)
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_CORRUPT:
            return True  # damaged, and one all the same: reading it will say so
        raise SourceUnusable(f"{path} cannot be opened: {error}") from error


def _is_text(head: bytes) -> bool:
    return b"\0" not in head and all(byte >= 0x20 or byte in b"\t\n\r\f" for byte in head)


def _not_permitted(path: Path) -> SourceUnusable:
    return SourceUnusable(f"reading {path} is not permitted", hint="Check the permissions of it and of its folder.")
