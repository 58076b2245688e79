import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from served_house import House, Serve, Served, serving

MakeCertificate = Callable[[str], tuple[Path, Path]]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def serve(house: House) -> Iterator[Serve]:
    """A server of the test's own, on its house."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(serving(house, **options))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """A server that the tests of a module share when they ask for the same options and change nothing."""
    with ExitStack() as stack:

        @cache
        def serve(**options: Any) -> Served:
            house = House(tmp_path_factory.mktemp("shared"))
            return stack.enter_context(serving(house, **options))

        yield serve


@pytest.fixture(scope="session")
def openssl(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., None]:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("certificates are made with the openssl program, which is not here")
    return lambda *words: subprocess.run([program, *map(str, words)], check=True, capture_output=True)


@pytest.fixture(scope="session")
def make_certificate(openssl: Callable[..., None], tmp_path_factory: pytest.TempPathFactory) -> MakeCertificate:
    folder = tmp_path_factory.mktemp("certificates")

    def make(name: str) -> tuple[Path, Path]:
        cert, key = folder / f"{name}.pem", folder / f"{name}.key"
        names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
        subject = ["-subj", "/CN=localhost", "-addext", names, "-days", "2"]
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        openssl("req", "-x509", *curve, *subject, "-keyout", key, "-out", cert)
        return cert, key

    return make


@pytest.fixture(scope="session")
def certificate(make_certificate: MakeCertificate) -> tuple[Path, Path]:
    """A certificate for localhost that signs itself, and its key."""
    return make_certificate("server")


@pytest.fixture
def encrypted_key(openssl: Callable[..., None], certificate: tuple[Path, Path], tmp_path: Path) -> Path:
    path = tmp_path / "encrypted.key"
    openssl("ec", "-in", certificate[1], "-aes256", "-passout", "pass:hunter2", "-out", path)
    return path
