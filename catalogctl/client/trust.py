"""Which certificate a server must show."""

import ssl


def trusting(certificate: str | None) -> ssl.SSLContext | bool:
    """How to verify a server: one found by its own word must show that very certificate, any other a known one's."""
    if certificate is None:
        return True
    context = ssl.create_default_context(cafile=certificate)
    # It is reached as 127.0.0.1, whatever name it was certified for.
    context.check_hostname = False
    return context


def checking(url: str, verify: ssl.SSLContext | bool) -> ssl.SSLContext | bool:  # noqa: FBT001 - passed on as it is
    """*verify* where there is a certificate to show: reading those of all authorities takes a tenth of a second."""
    return verify if url.startswith("https:") else False
