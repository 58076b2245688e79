"""Which certificate a server must show."""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from catalogctl.domain.errors import InvalidInput


def trusting(certificate: str | None) -> ssl.SSLContext | bool:
    """How to verify a server: one found by its own word must show that very certificate, any other a known one's.

    Raises InvalidInput.
    """
    if certificate is None:
        return True
    with _reading(certificate, "It is the certificate of the server that runs for this store."):
        context = ssl.create_default_context(cafile=certificate)
    # It is reached as 127.0.0.1, whatever name it was certified for.
    context.check_hostname = False
    return context


def checking(url: str, verify: ssl.SSLContext | bool) -> ssl.SSLContext | bool:  # noqa: FBT001 - passed on as it is
    """*verify* where there is a certificate to show: reading those of all authorities takes a tenth of a second.

    SSL_CERT_FILE and SSL_CERT_DIR count for loopback too, where no proxy of the environment does. Raises InvalidInput.
    """
    if not url.startswith("https:"):
        return False
    if verify is not True:
        return verify
    with _reading(os.environ.get("SSL_CERT_FILE", ""), "SSL_CERT_FILE names it: a PEM file is wanted."):
        return httpx.create_ssl_context()


@contextmanager
def _reading(name: str, hint: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # that of a file that holds no certificate is one too
        raise InvalidInput(f"no certificate can be read from {name}: {error.strerror or error}", hint=hint) from error


def distrust(error: BaseException | None) -> str | None:
    """Why a certificate was not believed, where that is at the root of *error*."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error.__cause__ or error.__context__
    return None
