"""The token that a server makes for itself when it listens to other machines and was given none."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def token_file(store: Path) -> Path:
    """Where the token is kept."""
    return store.with_name(f"{store.name}.token")


def kept_token(store: Path) -> tuple[str, bool]:
    """The token kept beside the store, readable by the owner only, and whether it was made just now.

    It is written whole or not at all: half a token, or none where the disk was full, would keep nobody out.
    """
    path = token_file(store)
    with suppress(FileNotFoundError):
        if token := path.read_text(encoding="ascii").strip():
            return token, False
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    # Of two that start at once the later one's counts for both.
    return path.read_text(encoding="ascii").strip(), True
