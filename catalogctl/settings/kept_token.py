"""The token that a server makes for itself when it listens to other machines and was given none."""

import os
import secrets
from pathlib import Path


def kept_token(store: Path) -> tuple[str, bool]:
    """The token kept beside the store, readable by the owner only, and whether it was made just now."""
    path = store.with_name(f"{store.name}.token")
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip(), False
    token = secrets.token_urlsafe(32)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(token + "\n")
    return token, True
