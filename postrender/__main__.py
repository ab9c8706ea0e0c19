"""`python -m postrender` is `kmod-post`."""

from __future__ import annotations

from postrender.commands.start import console_script

if __name__ == "__main__":
    console_script()
