"""`kmod-post schema`: prints the JSON Schema of the rules file."""

from __future__ import annotations

import sys
from importlib.resources import files


def schema() -> None:
    """
    Print the JSON Schema of the rules file, for editors and checkers.

    kmod-post schema > kmod.schema.json

    An editor with the YAML language server reads it where a rules file begins with

    # yaml-language-server: $schema=kmod.schema.json
    """
    sys.stdout.buffer.write(files("postrender").joinpath("kmod.schema.json").read_bytes())
