"""`python -m postrender` is `kmod-post`."""

from __future__ import annotations

import sys

from postrender.commands.main import main

if __name__ == "__main__":
    sys.exit(main())
