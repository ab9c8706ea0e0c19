"""Fixtures for the tests of registries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from registry import certificates
from registry.debian import docker_registry

from postrender.registry import transport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.certificates import Certificates
    from registry.debian import Registry


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxies of the machine, and no long pauses."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr(transport, "PAUSES", (0.01, 0.01))


@pytest.fixture(scope="session")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """An own CA, and a certificate for loopback."""
    return certificates.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """Debian's registry, open and without TLS."""
    with docker_registry(tmp_path_factory.mktemp("plain")) as running:
        yield running
