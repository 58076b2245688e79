"""Who may do what: the rules on hosts, origins and tokens, decided from a request's headers alone."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from catalogctl.domain.errors import Forbidden, InvalidInput, SourceNotRegistered, Unauthorized
from catalogctl.server.forwarding import Caller
from catalogctl.server.options import LOCALHOST, ServerOptions, is_address
from catalogctl.server.origins import (
    Authority,
    origin_of,
    parse_allowed_host,
    parse_allowed_origin,
    parse_authority,
    parse_origin,
    with_port,
)
from catalogctl.server.pages import is_page
from catalogctl.server.sessions import SessionCookie, Sessions

Headers = Mapping[bytes, bytes]
_LOOPBACK_HOSTS = frozenset({LOCALHOST, "127.0.0.1", "::1"})
_OPEN = frozenset({("GET", "/health"), ("GET", "/ready"), ("POST", "/session")})
_READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """How a call was let in: with the token, without, or without although it showed a wrong one."""

    is_privileged: bool
    has_wrong_token: bool = False

    def require_token(self, refusal: str) -> None:
        """Raise SourceNotRegistered, which says *refusal*, unless the call came with the token."""
        if self.is_privileged:
            return
        hint = "Use the command line on the server's machine, or start the server with --token-file and send the token."
        raise SourceNotRegistered(
            refusal, hint=f"The token that was sent is not this server's. {hint}" if self.has_wrong_token else hint
        )


class AccessRules:
    """Decides about every call. Refusals are raised: InvalidInput, Forbidden, Unauthorized."""

    def __init__(self, *, options: ServerOptions, sessions: Sessions, cookie: SessionCookie) -> None:
        self._options = options
        self._sessions = sessions
        self._cookie = cookie
        self._tokens = tuple(_digest(secret) for secret in (options.token, options.secret) if secret is not None)
        self._allowed_origins = frozenset(parse_allowed_origin(origin) for origin in options.allow_origins)
        self._allowed_hosts = frozenset(parse_allowed_host(host) for host in options.allow_hosts)
        own = parse_authority(options.host) or parse_authority(f"[{options.host}]")
        self._own_host = own and own.host
        self._needs_token = options.token is not None or not options.is_loopback

    def check_host(self, caller: Caller) -> Authority:
        """The host must be one of ours: a page that made its own name point here (DNS rebinding) is found out."""
        authority = parse_authority(caller.host)
        if authority is None:
            raise InvalidInput("the request does not say, by one Host header, which host it means")
        if not self._is_ours(caller.scheme, authority):
            raise Forbidden(
                f"this server does not answer as {authority.host}",
                hint=f"If that is its name, start it with --allow-host {authority.host}.",
            )
        return authority

    def _is_ours(self, scheme: str, authority: Authority) -> bool:
        if not self._allowed_hosts.isdisjoint({with_port(scheme, authority), Authority(host=authority.host)}):
            return True
        if authority.host in _LOOPBACK_HOSTS:
            return self._options.is_loopback or self._options.is_wildcard
        if self._options.is_wildcard:
            # No name leads a page's script to an address: only names can be rebound.
            return is_address(authority.host)
        return authority.host == self._own_host

    def check_origin(self, caller: Caller, authority: Authority, *, method: str, headers: Headers) -> bytes | None:
        """The allowed foreign origin of the page that calls, None when it is ours or no page at all."""
        written = headers.get(b"origin")
        if written is not None:
            origin = parse_origin(written.decode("latin-1"))
            if origin is not None and origin in self._allowed_origins:
                return written
            if origin != origin_of(caller.scheme, authority):
                raise Forbidden(
                    f"pages of {written.decode('latin-1')[:200]} may not call this server",
                    hint="Allow them with --allow-origin, if you trust them.",
                )
        if headers.get(b"sec-fetch-site") in {b"cross-site", b"same-site"} and not _is_navigation(method, headers):
            raise Forbidden("pages of other sites may not call this server")
        return None

    def check_token(self, *, method: str, path: str, headers: Headers) -> Admission:
        """Let in who shows the token or a session that stands for it, and others where neither is needed."""
        bearer = _bearer(headers)
        if bearer is not None and self.accepts(bearer):
            return Admission(is_privileged=True)
        session = self._cookie.read(headers.get(b"cookie", b""))
        if session is not None and self._sessions.holds(session):
            return Admission(is_privileged=True)
        if self._needs_token and not _is_open("GET" if method == "HEAD" else method, path):
            raise Unauthorized(
                "this server needs a token" if bearer is None else "the token is not this server's",
                hint="Send it as `Authorization: Bearer TOKEN`; the command line takes --token or CATALOGCTL_TOKEN.",
            )
        return Admission(is_privileged=False, has_wrong_token=bearer is not None)

    def accepts(self, token: str) -> bool:
        """True for the token and for the local secret; how long a refusal takes tells nothing about them."""
        given = _digest(token)
        return any(hmac.compare_digest(given, own) for own in self._tokens)


def _is_open(method: str, path: str) -> bool:
    return (method, path) in _OPEN or (method == "GET" and is_page(path))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _bearer(headers: Headers) -> str | None:
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _is_navigation(method: str, headers: Headers) -> bool:
    """Somebody follows a link to us: the page that holds the link learns nothing of the answer."""
    is_document = headers.get(b"sec-fetch-dest", b"document") == b"document"
    return method in _READS and headers.get(b"sec-fetch-mode") == b"navigate" and is_document
