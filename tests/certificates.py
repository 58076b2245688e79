"""Certificates that sign themselves, made by the openssl program."""

import shutil
import subprocess
from pathlib import Path

import pytest


def certificate(folder: Path, name: str = "server") -> tuple[Path, Path]:
    """A certificate for localhost, and its key."""
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-days", "2"]
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    _openssl("req", "-x509", *curve, *subject, "-keyout", key, "-out", cert)
    return cert, key


def encrypted(key: Path) -> Path:
    """The same key behind a password."""
    path = key.with_suffix(".encrypted")
    _openssl("ec", "-in", key, "-aes256", "-passout", "pass:hunter2", "-out", path)
    return path


def _openssl(*words: str | Path) -> None:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("certificates are made with the openssl program, which is not here")
    subprocess.run([program, *map(str, words)], check=True, capture_output=True)
