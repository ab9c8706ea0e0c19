"""The program under test: the one that KMOD_POST names, or the console script of this Python."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

NAMED = os.environ.get("KMOD_POST", "")


@cache
def program() -> Path:
    """Its path. Its name must be kmod-post: shells and hosts find it on PATH."""
    found = Path(NAMED).absolute() if NAMED else Path(sys.executable).with_name("kmod-post")
    assert found.name == "kmod-post", f"KMOD_POST={NAMED}: the file must be called kmod-post"
    assert os.access(found, os.X_OK), f"{found} is not installed; run scripts/setup"
    return found
