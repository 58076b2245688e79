"""``server.json``: how a running server tells the command line of its own store that it is there.

The file lies beside the store, readable by the owner only, because it holds the secret that counts as the token.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

FILE_NAME = "server.json"
_PATIENCE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """Where a server listens, which log it serves, and the secret that its own machine's callers send.

    *certificate* is the path of the one that it shows under TLS: who reads this file needs no other proof.
    """

    url: str
    pid: int
    epoch: str
    secret: str
    certificate: str | None = None


def new_secret() -> str:
    """A fresh local secret."""
    import secrets  # noqa: PLC0415 - only a server makes one, and every command reads what it has announced

    return secrets.token_urlsafe(32)


def announce(store: Path, announcement: Announcement) -> Path:
    """Write the file whole or not at all, and answer where.

    Two stores in one folder: the second server writes ``<store's name>.server.json``.
    """
    path = next(
        (
            candidate
            for candidate in _candidates(store)
            if (other := _read(candidate)) is None or other.epoch == announcement.epoch or not _lives(other)
        ),
        _candidates(store)[-1],
    )
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(announcement), file)
    draft.replace(path)
    return path


def withdraw(path: Path, announcement: Announcement) -> None:
    """Remove the file if it is still this server's."""
    if _read(path) == announcement:
        with suppress(FileNotFoundError):
            path.unlink()


def find(store: Path, *, epoch: str | None = None) -> Announcement | None:
    """The announcement of a server that lives and, when *epoch* is given, serves that log."""
    return next((found for found in _announcements(store) if epoch in {None, found.epoch} and _lives(found)), None)


def _announcements(store: Path) -> Iterator[Announcement]:
    for candidate in _candidates(store):
        if (found := _read(candidate)) is not None:
            yield found


def _candidates(store: Path) -> tuple[Path, Path]:
    return store.with_name(FILE_NAME), store.with_name(f"{store.name}.{FILE_NAME}")


def _read(path: Path) -> Announcement | None:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        certificate = values.get("certificate")
        return Announcement(
            url=str(values["url"]),
            pid=int(values["pid"]),
            epoch=str(values["epoch"]),
            secret=str(values["secret"]),
            certificate=None if certificate is None else str(certificate),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _lives(server: Announcement) -> bool:
    # After a power cut, and in another container, its number may be that of another process.
    return _is_alive(server.pid) and _is_listened_at(server.url)


def _is_listened_at(url: str) -> bool:
    """False when nobody listens there for sure; one who is slow to answer is there."""
    import socket  # noqa: PLC0415 - where there is no server, nothing is to be asked

    try:
        parts = urlsplit(url)
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=_PATIENCE).close()
    except ValueError:
        return False
    except OSError as error:
        return not isinstance(error, ConnectionRefusedError)
    return True


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
