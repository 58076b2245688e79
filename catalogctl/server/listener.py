"""The sockets on which the server listens, bound before anything is announced, and the TLS that they speak."""

import errno
import http.client
import ipaddress
import json
import socket
import ssl
from contextlib import suppress

from catalogctl.domain.errors import CatalogctlError, Conflict, InvalidInput
from catalogctl.server.options import ServerOptions

# What one reader that has stopped reading may leave unsent in the kernel. A fixed SO_SNDBUF would bound it too, but
# it also bounds what is on its way, which makes every large answer over a long line slow.
_UNSENT = 16 * 1024
# A heartbeat goes out every 15 s; a peer that has not acknowledged one for this long is gone.
_PEER_TIMEOUT = 40
_PROBE_TIMEOUT = 1.0
_BACKLOG = 2048


def bind(options: ServerOptions) -> list[socket.socket]:
    """Bind every address that the host means, all to one port, and listen.

    Raises Conflict for a port that is taken, InvalidInput for whatever else is in the way.
    """
    bound: list[socket.socket] = []
    port = options.port
    absent: OSError | None = None
    try:
        for family, address in _resolve(options):
            try:
                bound.append(_bind(family, address, port))
            except OSError as error:
                if error.errno not in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                    raise
                # A name may mean an IPv6 address on a machine that has none.
                absent = error
            else:
                port = bound[0].getsockname()[1]
        if absent is not None and not bound:
            raise absent
    except OSError as error:
        for listener in bound:
            listener.close()
        raise _refusal(error, options) from None
    return bound


def local_url(options: ServerOptions, port: int) -> str:
    """The address by which programs of this machine, or the first that was named, reach the server."""
    host = options.host
    if options.is_wildcard:
        host = "::1" if ":" in host else "127.0.0.1"
    return f"{options.scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def tls_context(options: ServerOptions) -> ssl.SSLContext | None:
    """The TLS of the listeners, None for plain HTTP. Raises InvalidInput when certificate and key do not serve."""
    if options.tls_cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for path in filter(None, (options.tls_cert, options.tls_key)):
        if not path.is_file():
            raise InvalidInput(f"cannot read {path}: there is no such file")
    try:
        # Without an answer of our own, an encrypted key would ask for its password at the terminal.
        context.load_cert_chain(options.tls_cert, options.tls_key, password=lambda: "")
    except OSError as error:
        reason = getattr(error, "reason", None) or error.strerror
        raise InvalidInput(
            f"the TLS certificate {options.tls_cert} cannot be used: {reason}",
            hint="Give a PEM certificate with --tls-cert and its unencrypted key with --tls-key.",
        ) from None
    return context


def _resolve(options: ServerOptions) -> list[tuple[socket.AddressFamily, str]]:
    try:
        found = socket.getaddrinfo(options.host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise InvalidInput(f"cannot listen on {options.host}: {getattr(error, 'strerror', error)}") from None
    return list(dict.fromkeys((family, str(address[0])) for family, _, _, _, address in found))


def _bind(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # Every IPv6 address includes IPv4 when it means the whole machine, and only then.
            is_narrow = not ipaddress.ip_address(address.partition("%")[0]).is_unspecified
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, is_narrow)
        _bound_readers(listener)
        listener.bind((address, port))
        # Two programs may bind the same port; that only one may listen is what tells them apart.
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _bound_readers(listener: socket.socket) -> None:
    """Limit what a reader that has gone, or reads nothing, can hold; accepted sockets inherit it."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    wanted = {"TCP_NOTSENT_LOWAT": _UNSENT, "TCP_USER_TIMEOUT": _PEER_TIMEOUT * 1000, "TCP_KEEPIDLE": _PEER_TIMEOUT}
    for name, value in wanted.items():
        if (option := getattr(socket, name, None)) is not None:
            with suppress(OSError):
                listener.setsockopt(socket.IPPROTO_TCP, option, value)


def _refusal(error: OSError, options: ServerOptions) -> CatalogctlError:
    where = f"port {options.port} on {options.host}"
    if error.errno == errno.EADDRINUSE:
        holder, hint = _holder(options)
        return Conflict(f"{where} is in use by {holder}", hint=hint)
    if error.errno == errno.EACCES:
        return InvalidInput(f"{where} may only be used by the administrator", hint="Choose --port 1024 or above.")
    return InvalidInput(
        f"cannot listen at {where}: {error.strerror}", hint="--host must be an address of this machine."
    )


def _holder(options: ServerOptions) -> tuple[str, str]:
    """Who has the port, as far as it says so itself, and what can be done."""
    url = local_url(options, options.port)
    other = "Choose another port with --port, or 0 for any free one."
    host = url.removeprefix(f"{options.scheme}://").rpartition(":")[0].strip("[]")
    connection = http.client.HTTPConnection(host, options.port, timeout=_PROBE_TIMEOUT)
    try:
        connection.request("GET", "/health")
        health = json.loads(connection.getresponse().read(10_000))
        if isinstance(health, dict) and health.get("name") == "catalogctl":
            return f"another catalogctl server ({health.get('version')})", f"Use it with --server {url}. {other}"
    except (OSError, http.client.HTTPException, ValueError):
        pass
    finally:
        connection.close()
    return "another program", other
