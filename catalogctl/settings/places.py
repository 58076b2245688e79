"""Where catalogctl keeps things when nobody says otherwise."""

import ipaddress
from pathlib import Path

from platformdirs import user_config_path, user_data_path

PROJECT_FILE = "catalogctl.toml"


def data_folder() -> Path:
    """The platform's folder for a user's data."""
    return user_data_path("catalogctl", appauthor=False)


def default_store() -> Path:
    """The store in that folder."""
    return data_folder() / "catalogctl.db"


def user_file() -> Path:
    """The user's own settings file; it need not exist."""
    return user_config_path("catalogctl", appauthor=False) / "config.toml"


def project_file(cwd: Path) -> Path | None:
    """The nearest project file in *cwd* or above it."""
    for folder in (cwd, *cwd.parents):
        if (candidate := folder / PROJECT_FILE).is_file():
            return candidate
    return None


def is_loopback(host: str) -> bool:
    """True for a name or an address by which only this machine can be reached."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
