"""Which certificate a server must show."""

import ssl

import httpx


def trusting(certificate: str | None) -> ssl.SSLContext | bool:
    """How to verify a server: one found by its own word must show that very certificate, any other a known one's."""
    if certificate is None:
        return True
    context = ssl.create_default_context(cafile=certificate)
    # It is reached as 127.0.0.1, whatever name it was certified for.
    context.check_hostname = False
    return context


def checking(url: str, verify: ssl.SSLContext | bool) -> ssl.SSLContext | bool:  # noqa: FBT001 - passed on as it is
    """*verify* where there is a certificate to show: reading those of all authorities takes a tenth of a second.

    SSL_CERT_FILE and SSL_CERT_DIR count for loopback too, where no proxy of the environment does.
    """
    if not url.startswith("https:"):
        return False
    return httpx.create_ssl_context() if verify is True else verify


def distrust(error: BaseException | None) -> str | None:
    """Why a certificate was not believed, where that is at the root of *error*."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error.__cause__ or error.__context__
    return None
