"""Looks up one image in one registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.errors import LockError
from postrender.registry.client import Client
from postrender.registry.images import ask_all
from postrender.registry.transport import Transport

if TYPE_CHECKING:
    from pathlib import Path

    from postrender.engine.lockfile import Entry
    from postrender.registry.credentials import Login


def ask(
    reference: str,
    *platforms: str,
    login: Login | None = None,
    ca: Path | None = None,
    read_timeout: float = 5.0,
    patience: float = 10.0,
) -> Entry:
    """What one image starts; raises the LockError that names it."""
    client = Client(Transport(ca_file=str(ca or ""), read_timeout=read_timeout), lambda *_: login)
    answer = ask_all(client, {reference: set(platforms)}, patience=patience)[reference]
    if isinstance(answer, LockError):
        raise answer
    return answer
