"""A certificate authority for the tests, made with openssl."""

from __future__ import annotations

import subprocess
from collections import namedtuple
from typing import TYPE_CHECKING

from tools import find

if TYPE_CHECKING:
    from pathlib import Path

# Files: the authority's certificate, and a server's certificate and key.
Certificates = namedtuple("Certificates", "ca certificate key")


# Names of loopback, and one that only a proxy knows.
NAMES = "IP:127.0.0.1,DNS:localhost,DNS:registry.invalid"


def make(folder: Path, *, names: str = NAMES, days: int = 1) -> Certificates:
    """Certificates for these names; the server's is valid for so many days."""
    folder.mkdir(parents=True, exist_ok=True)
    files = Certificates(folder / "ca.crt", folder / "server.crt", folder / "server.key")
    ca_key, request, extensions = folder / "ca.key", folder / "server.csr", folder / "names"
    extensions.write_text(f"subjectAltName={names}\n", encoding="utf-8")
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", "-days", "1", "-subj", "/CN=test CA", *new_key,
            "-addext", "keyUsage=critical,keyCertSign,digitalSignature",
            "-keyout", ca_key, "-out", files.ca)  # fmt: skip
    openssl("req", "-subj", "/CN=127.0.0.1", *new_key, "-keyout", files.key, "-out", request)
    openssl("x509", "-req", "-days", str(days), "-in", request, "-CA", files.ca, "-CAkey", ca_key,
            "-CAcreateserial", "-extfile", extensions, "-out", files.certificate)  # fmt: skip
    return files


def openssl(*words: str | Path, stdin: bytes = b"") -> bytes:
    """Runs openssl and returns what it prints."""
    return subprocess.run(
        [find("openssl"), *words], input=stdin, capture_output=True, check=True
    ).stdout
