"""What ``doctor`` looks at: environment, settings, store, server and sources, a line each."""

import platform
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from catalogctl import __version__
from catalogctl.domain.errors import CatalogctlError
from catalogctl.settings import announcement
from catalogctl.settings.resolve import KEYS, Settings
from catalogctl.wiring.engine import open_engine
from catalogctl.wiring.session import running_server
from catalogctl.wiring.stores import StorePlace, place_of

LOW_DISK = 100 * 2**20
_STRICT_TABLES = (3, 37)
_EXTRAS = {"postgres": "psycopg", "mysql": "pymysql"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of the examination; *is_ok* is None for what is merely said."""

    name: str
    detail: str
    is_ok: bool | None = None
    hint: str | None = None

    def record(self) -> dict[str, str | bool | None]:
        """The line for programs."""
        return {"name": self.name, "ok": self.is_ok, "detail": self.detail, "hint": self.hint}


def examine(settings: Settings) -> Iterator[Check]:
    """Look at everything once, and go on after whatever is wrong."""
    yield from _environment()
    for name in KEYS:
        yield Check(name=f"setting {name}", detail=f"{settings.shown(name)} ({settings.origins[name]})")
    yield _model(settings)
    yield from _server(settings)
    yield from _store_and_sources(settings)


def _environment() -> Iterator[Check]:
    yield Check(
        name="catalogctl",
        detail=f"{__version__}, Python {platform.python_version()} at {sys.executable}, {platform.platform()}",
        is_ok=True,
    )
    is_able = sqlite3.sqlite_version_info >= _STRICT_TABLES
    hint = None if is_able else f"A store in a file takes SQLite {'.'.join(map(str, _STRICT_TABLES))} or newer."
    yield Check(name="sqlite", detail=sqlite3.sqlite_version, is_ok=is_able, hint=hint)
    for extra, package in _EXTRAS.items():
        try:
            yield Check(name=f"extra {extra}", detail=f"{package} {version(package)}", is_ok=True)
        except PackageNotFoundError:
            yield Check(name=f"extra {extra}", detail=f"not installed: pip install 'catalogctl[{extra}]'")


def _model(settings: Settings) -> Check:
    """Who would write the meaning; it is not asked, because that may cost money."""
    if settings.llm_url is None and settings.llm_model is None and settings.llm_api_key is None:
        return Check(name="model", detail="none is set up: the rules do the work")
    if settings.llm_url is None:
        half = "llm_model" if settings.llm_model is not None else "llm_api_key"
        detail = f"{half} is set and llm_url is not: the rules do the work"
        return Check(name="model", detail=detail, is_ok=False, hint="Set CATALOGCTL_LLM_URL")
    if settings.llm_model is None:
        hint = "See what there is: catalogctl llm models"
        return Check(name="model", detail="llm_url is set and llm_model is not", is_ok=False, hint=hint)
    detail = f"{settings.llm_model} at {settings.shown('llm_url')}"
    return Check(name="model", detail=detail, hint="Try it: catalogctl llm status")


def _server(settings: Settings) -> Iterator[Check]:
    from catalogctl.client.http import HttpCatalogue
    from catalogctl.client.trust import trusting

    url, token, certificate, name = settings.server, settings.token, None, "server"
    is_of_store = True
    if url is None:
        try:
            ours = running_server(settings)
            found = ours or announcement.find(place_of(settings).beside)
        except CatalogctlError:
            return  # The line about the store says what is wrong.
        if found is None:
            yield Check(name=name, detail="none runs for this store", hint="Start one: catalogctl serve")
            return
        url, token, certificate = found.url, found.secret, found.certificate
        is_of_store = ours is not None
    with closing(HttpCatalogue(url, token=token, verify=trusting(certificate))) as catalogue:
        try:
            catalogue.running_status()
        except CatalogctlError as error:
            yield Check(name=name, detail=f"{url}: {error.detail}", is_ok=False, hint=error.hint)
        else:
            if is_of_store:
                yield Check(name=name, detail=f"{url} answers", is_ok=True)
            else:
                detail = f"none runs for this store, and {url} serves another"
                yield Check(name=name, detail=detail, hint="Start one: catalogctl serve")


def _store_and_sources(settings: Settings) -> Iterator[Check]:
    try:
        place = place_of(settings)
        is_new = place.is_new
        # A server goes on with what its worker left; without one, this may be the first to notice.
        has_server = running_server(settings) is not None
        with open_engine(settings, has_successor=has_server) as engine:
            yield _store(place, is_new=is_new, epoch=engine.catalogue.position().epoch)
            for source in engine.catalogue.sources():
                outcome = engine.catalogue.test_source(source.name)
                yield Check(
                    name=f"source {source.name}",
                    detail=f"{source.display}: {outcome.message} in {outcome.seconds:.2f} s",
                    is_ok=outcome.is_ok,
                )
    except CatalogctlError as error:
        yield Check(name="store", detail=error.detail, is_ok=False, hint=error.hint)


def _store(place: StorePlace, *, is_new: bool, epoch: str) -> Check:
    facts = [*(["new"] if is_new else []), f"epoch {epoch}"]
    if (size := place.size()) is None:
        return Check(name="store", detail=f"{place.shown}: {', '.join(facts)}", is_ok=True)
    free = shutil.disk_usage(place.beside.parent).free
    facts += [f"{size / 2**20:.1f} MB", f"{free / 2**30:.1f} GB free"]
    is_ok = free >= LOW_DISK
    hint = None if is_ok else "The disk is nearly full."
    return Check(name="store", detail=f"{place.shown}: {', '.join(facts)}", is_ok=is_ok, hint=hint)
