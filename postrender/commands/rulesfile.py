"""Writing the rules file that `init` and `import` make."""

from __future__ import annotations

import os

from postrender.errors import KmodError, UsageError, reason_of
from postrender.files import write_file


def refuse_existing(to: str, *, force: bool) -> None:
    """Raises UsageError if a file is there that nobody has said to replace."""
    if to != "-" and os.path.exists(to) and not force:
        raise UsageError(_there(to))


def write_rules(to: str, text: str, *, force: bool) -> None:
    """Writes a file. Raises KmodError."""
    try:
        write_file(to, text.encode(), must_be_new=not force)
    except FileExistsError:
        raise UsageError(_there(to)) from None
    except OSError as error:
        reason = reason_of(error)
        raise KmodError(f"--to {to}: cannot be written ({reason})", "name another file") from None


def _there(to: str) -> str:
    advice = "name another file (kmod-post -f takes several), or give --force"
    return f"--to {to}: already exists; {advice}"
