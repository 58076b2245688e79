"""The web pages: files without any data in them, open to everybody. What they show, they ask the other calls for."""

import gzip
import hashlib
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalogctl.server.routing import route

FOLDER = "/web/"
_SCREENS = ("/", "/runs", "/runs/{run}", "/llm")
_SHELL = "index.html"
_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_HEADERS = {
    # Kept by the browser, and asked about each time: a new version of the program is seen at once.
    "Cache-Control": "no-cache",
    "Vary": "Accept-Encoding",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types feed"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
}


def is_page(path: str) -> bool:
    """True for what the routes of the pages answer: screens and their files."""
    return path in _SCREENS or path.startswith(("/runs/", FOLDER))


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFile:
    """A file as it is sent; *etag* changes with its content, and with how that is packed."""

    content: bytes
    media_type: str
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A file, as it is and packed: read, packed and hashed once."""

    plain: PageFile
    packed: PageFile


class PageRoutes:
    """The screens, which are one document, and the files that it asks for."""

    def __init__(self) -> None:
        folder = resources.files("catalogctl.server") / "web"
        self._files = {file.name: _read(file) for file in folder.iterdir() if _suffix(file.name) in _TYPES}

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            *(route(screen, {"GET": self._screen}) for screen in _SCREENS),
            route("/web/{name}", {"GET": self._file}),
        ]

    async def _screen(self, request: Request) -> Response:
        return _answer(request, self._files[_SHELL])

    async def _file(self, request: Request) -> Response:
        found = self._files.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        return _answer(request, found)


def _read(file: Traversable) -> Page:
    content = file.read_bytes()
    media_type, digest = _TYPES[_suffix(file.name)], hashlib.sha256(content).hexdigest()[:32]
    return Page(
        plain=PageFile(content=content, media_type=media_type, etag=f'"{digest}"'),
        packed=PageFile(content=gzip.compress(content, mtime=0), media_type=media_type, etag=f'"{digest}-gzip"'),
    )


def _suffix(name: str) -> str:
    return name.rpartition(".")[2]


def _answer(request: Request, page: Page) -> Response:
    is_packed = _takes_gzip(request.headers.get("accept-encoding", ""))
    file = page.packed if is_packed else page.plain
    headers = {**_HEADERS, "ETag": file.etag}
    if _is_known(request.headers.get("if-none-match", ""), file.etag):
        return Response(status_code=304, headers=headers)
    if is_packed:
        headers["Content-Encoding"] = "gzip"
    return Response(file.content, media_type=file.media_type, headers=headers)


def _takes_gzip(accepted: str) -> bool:
    """True unless gzip is not named, or refused by ``q=0`` (RFC 9110, 12.5.3)."""
    choices = [choice.replace(" ", "").lower().partition(";q=") for choice in accepted.split(",")]
    return any(name == "gzip" and (not weight or weight.strip("0.")) for name, _, weight in choices)


def _is_known(condition: str, etag: str) -> bool:
    """Compare weakly, as RFC 9110 asks for: proxies that compress mark what they pass on as weak."""
    tags = {tag.strip().removeprefix("W/") for tag in condition.split(",")}
    return etag in tags or "*" in tags
