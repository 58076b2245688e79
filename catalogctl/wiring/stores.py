"""What the setting ``store`` means: a file of this machine, or a schema of a PostgreSQL that several machines share."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from catalogctl.domain.errors import InvalidInput
from catalogctl.domain.ports.notifier import Notifier
from catalogctl.domain.ports.store import Store
from catalogctl.domain.sources import is_url, masked
from catalogctl.domain.times import Clock
from catalogctl.settings.places import data_folder
from catalogctl.settings.resolve import Settings

POSTGRES = re.compile(r"postgres(ql)?(\+psycopg)?://")


def now() -> datetime:
    """The clock: milliseconds, because that is what the wire carries, and a value equals itself after a trip."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenStore:
    """A store with its bell and its clock, which is the same for all who share the store."""

    store: Store
    notifier: Notifier
    clock: Clock


class StorePlace(ABC):
    """Where a store lies. *shown* may be shown; *beside* is a path of this machine next to which its servers and
    workers leave what concerns this machine alone.
    """

    shown: str
    beside: Path

    @abstractmethod
    def open(self) -> AbstractContextManager[OpenStore]:
        """Open it, made or migrated if need be. Raises StoreUnavailable."""

    @abstractmethod
    def epoch(self) -> str | None:
        """The epoch of its log; None when there is no store. Raises StoreUnavailable."""

    @abstractmethod
    def size(self) -> int | None:
        """Its bytes, None where nobody can say."""

    @property
    def is_new(self) -> bool:
        """True when it will be made by whoever opens it first. Raises StoreUnavailable."""
        return self.epoch() is None


class FilePlace(StorePlace):
    """A SQLite file."""

    def __init__(self, path: Path) -> None:
        self.shown = str(path)
        self.beside = path

    @contextmanager
    def open(self) -> Iterator[OpenStore]:
        """Open the file."""
        from catalogctl.notify.sqlite import SqliteNotifier
        from catalogctl.store.sqlite import SqliteStore

        with (
            closing(SqliteNotifier(self.beside)) as notifier,
            closing(SqliteStore.open(self.beside, on_commit=notifier.ring)) as store,
        ):
            yield OpenStore(store=store, notifier=notifier, clock=now)

    def epoch(self) -> str | None:
        """What the file says."""
        from catalogctl.store.sqlite import read_epoch

        return read_epoch(self.beside)

    def size(self) -> int | None:
        """The file and its journal, which comes and goes."""
        files = (self.beside, self.beside.with_name(f"{self.beside.name}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())


class ServerPlace(StorePlace):
    """A schema of a PostgreSQL database; *direct* leads to the same server where *url* leads through a pooler."""

    def __init__(self, url: str, *, direct: str | None) -> None:
        import hashlib

        self.shown = masked(url)
        # One folder for each store, whoever logs in to it.
        name = hashlib.sha256(_without_user(url).encode()).hexdigest()[:16]
        self.beside = data_folder() / "servers" / name / "store"
        self.url = url
        self._direct = direct

    def require_driver(self) -> None:
        """Raise InvalidInput when the driver is not installed."""
        from importlib.util import find_spec

        if find_spec("psycopg") is None:
            raise InvalidInput(
                "a store in PostgreSQL needs a driver that is not installed",
                hint="pip install 'catalogctl[postgres]'",
            )

    @contextmanager
    def open(self) -> Iterator[OpenStore]:
        """Connect."""
        self.require_driver()
        from catalogctl.notify.postgres import PostgresNotifier
        from catalogctl.store.postgres import PostgresStore
        from catalogctl.store.postgres.address import Address

        self.beside.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        pooled = Address.of(self.url)
        direct = pooled if self._direct is None else Address.of(self._direct, schema=pooled.schema)
        with (
            closing(PostgresNotifier(direct.connect, channel=pooled.channel)) as notifier,
            closing(PostgresStore.open(self.url, on_commit=notifier.ring, node=notifier.node)) as store,
        ):
            yield OpenStore(store=store, notifier=notifier, clock=store.clock())

    def epoch(self) -> str | None:
        """What the server says."""
        self.require_driver()
        from catalogctl.store.postgres import read_epoch

        return read_epoch(self.url)

    def size(self) -> int | None:
        """Others may live in the same database."""
        return None


def place_of(settings: Settings) -> StorePlace:
    """Where the store of *settings* lies. Raises InvalidInput for what cannot be one."""
    return place_at(settings.store, direct=settings.store_direct)


def place_at(location: str, *, direct: str | None = None) -> StorePlace:
    """Where the store at a path or URL lies. Raises InvalidInput."""
    if not is_url(location):
        return FilePlace(Path(location))
    if location.startswith("sqlite:///"):
        return FilePlace(Path(location.removeprefix("sqlite:///")).absolute())
    if POSTGRES.match(location):
        return ServerPlace(location, direct=direct)
    raise InvalidInput(
        f"{masked(location)} cannot be the store",
        hint="Give the path of a file, or postgresql://USER@HOST/DATABASE: --store PATH|URL",
    )


def _without_user(url: str) -> str:
    # Taken away first: a password may hold what ends a host.
    parts = urlsplit(re.sub(r"[^:/]*://(?:[^/]*@)?", "postgresql://", url, count=1))
    return urlunsplit(("postgresql", parts.netloc, parts.path, parts.query, ""))
