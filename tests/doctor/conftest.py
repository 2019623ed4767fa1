"""What the tests of the doctor share."""

import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import need
from tests.doctor.played import Server


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Start a server that answers as it is told: `serve()`, `serve("::1")`."""
    started: list[Server] = []

    def start(host: str = "127.0.0.1", context: ssl.SSLContext | None = None) -> Server:
        started.append(Server(host, context).start())
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a certificate for localhost that nobody has signed, and its key."""
    need("openssl")
    folder = tmp_path_factory.mktemp("tls")
    words = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    words += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    words += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    program = shutil.which("openssl") or "openssl"
    subprocess.run([program, *words], check=True, capture_output=True, timeout=20)
    both = (folder / "certificate.pem").read_text() + (folder / "key.pem").read_text()
    (folder / "both.pem").write_text(both)
    return folder / "both.pem"


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """What a server of https needs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
