"""Asking a catalogctl server: one call out, one record or one error back."""

from collections.abc import Callable
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any, TypeVar

import httpx

from catalogctl import __version__
from catalogctl.client.address import checked_url, is_loopback
from catalogctl.client.answers import not_catalogctl, read_answer, unreachable
from catalogctl.client.trust import checking
from catalogctl.domain.errors import CatalogctlError, NotFound

T = TypeVar("T")
Decode = Callable[[Any], T]
Fields = dict[str, Any]

_CONNECT_TIMEOUT = 5.0
_SLOW_FACTOR = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerIdentity:
    """Which server answers, and which log it serves."""

    version: str
    epoch: str


class Connection:
    """The way to the server at *base_url*; arguments as for the HttpCatalogue. What is None is not sent."""

    def __init__(self, base_url: str, *, token: str | None, timeout: float, verify: SSLContext | bool) -> None:
        self.url = checked_url(base_url)
        self._timeout = timeout
        headers = {"User-Agent": f"catalogctl/{__version__}", "Accept": "application/json"}
        self._http = httpx.Client(
            base_url=self.url,
            headers=headers | ({} if token is None else {"Authorization": f"Bearer {token}"}),
            timeout=httpx.Timeout(timeout, connect=min(timeout, _CONNECT_TIMEOUT)),
            verify=checking(self.url, verify),
            follow_redirects=False,
            trust_env=not is_loopback(self.url),
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def identity(self) -> ServerIdentity:
        """Which server this is. Raises ServerUnreachable for anything that is not catalogctl."""
        try:
            return self.ask("/health", _identity_from)
        except CatalogctlError as error:
            if isinstance(error, NotFound):
                raise not_catalogctl(self.url, "no /health") from None
            raise

    def ask(self, path: str, decode: Decode[T], params: Fields | None = None, *, is_slow: bool = False) -> T:
        """GET; one that *is_slow* makes the server reach out itself."""
        return self.call("GET", path, decode, params=params, is_slow=is_slow)

    def tell(self, path: str, decode: Decode[T], body: Fields | None = None) -> T:
        """POST."""
        return self.call("POST", path, decode, body=body or {})

    def call(
        self,
        method: str,
        path: str,
        decode: Decode[T],
        *,
        params: Fields | None = None,
        body: Fields | None = None,
        is_slow: bool = True,
    ) -> T:
        """What *decode* makes of the answer; what changes something takes its time. Raises what the server tells of."""
        request = self._http.build_request(
            method,
            path,
            params=_given(params or {}),
            json=None if body is None else _given(body),
            timeout=self._timeout * _SLOW_FACTOR if is_slow else httpx.USE_CLIENT_DEFAULT,
        )
        try:
            return read_answer(self._send(request), self.url, decode)
        except NotFound as error:
            if type(error) is NotFound and path != "/health":
                # Nothing at the path: perhaps because something else altogether answers here.
                self.identity()
            raise

    def _send(self, request: httpx.Request) -> httpx.Response:
        try:
            try:
                return self._http.send(request)
            except httpx.RemoteProtocolError:
                if request.method != "GET":
                    raise
                # The server closed a kept connection just as it was used again.
                return self._http.send(request)
        except httpx.HTTPError as error:
            raise unreachable(self.url, error) from None


def _identity_from(answer: Any) -> ServerIdentity:
    if answer["name"] != "catalogctl":
        raise ValueError(answer["name"])
    return ServerIdentity(version=answer["version"], epoch=answer["epoch"])


def _given(values: Fields) -> Fields:
    return {key: value for key, value in values.items() if value is not None}
