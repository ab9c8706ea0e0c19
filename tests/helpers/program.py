"""The program under test: the one that KMOD_POST names, or the console script of this Python."""

from __future__ import annotations

import os
import sys
from pathlib import Path

NAMED = os.environ.get("KMOD_POST", "")

# What PYTEST_CURRENT_TEST was when a test asked for the program.
asked: set[str] = set()


def program() -> Path:
    """Its path. Its name must be kmod-post: shells and hosts find it on PATH."""
    asked.add(os.environ.get("PYTEST_CURRENT_TEST", "").partition(" (")[0])
    found = Path(NAMED).absolute() if NAMED else Path(sys.executable).with_name("kmod-post")
    assert found.name == "kmod-post", f"KMOD_POST={NAMED}: the file must be called kmod-post"
    assert os.access(found, os.X_OK), f"{found} is not installed; run scripts/setup"
    return found
