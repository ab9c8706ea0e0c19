"""`kmod-post schema`: prints the JSON Schema of the rules file."""

from __future__ import annotations

from importlib.resources import files

from postrender.commands.console import show


def schema() -> None:
    """
    Print the JSON Schema of the rules file, for editors and checkers.

    kmod-post schema > kmod.schema.json

    An editor with the YAML language server uses it if a rules file begins with

    # yaml-language-server: $schema=kmod.schema.json
    """
    show(files("postrender.rules").joinpath("schema.json").read_text(encoding="utf-8"))
