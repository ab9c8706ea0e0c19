"""The console script."""

from __future__ import annotations

import os
import sys

from postrender.commands import interrupts


def console_script() -> None:
    """
    The command `kmod-post`: runs `main`, and ends the process immediately after a render.

    An orderly shutdown of the interpreter takes a tenth of such a run and does nothing: all files
    are closed and all output is flushed. The chart helper's libraries may need the shutdown.
    """
    interrupts.answer()
    from postrender.commands.main import main

    code = main()
    interrupts.ignore()
    if "postrender.commands.helper" in sys.modules:
        sys.exit(code)
    os._exit(code)
