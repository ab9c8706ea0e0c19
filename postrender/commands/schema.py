"""`kmod-post schema`: prints the JSON Schema of the rules file."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Annotated, Any

from postrender.commands.console import show
from postrender.commands.parameters import option
from postrender.errors import UsageError
from postrender.kubernetes.table import FIRST, NEWEST
from postrender.rules.schema import with_kubernetes

EXAMPLES = (
    ("for all releases of Kubernetes", "kmod-post schema > kmod.schema.json"),
    ("for one release", f"kmod-post schema --kubernetes 1.{NEWEST} > kmod.schema.json"),
)


def schema(
    *,
    kubernetes: Annotated[
        str | None,
        option(metavar="RELEASE", help="Only the kinds and fields of this release, such as 1.34"),
    ] = None,
) -> None:
    """
    Print the JSON Schema of the rules file, with Kubernetes' own fields, for editors and checkers.

    An editor with the YAML language server uses it if a rules file begins with

    # yaml-language-server: $schema=kmod.schema.json
    """
    release = None if kubernetes is None else _minor(kubernetes)
    grammar = _read("rules", "schema.json")
    descriptions = _read("kubernetes", "descriptions.json")
    found = with_kubernetes(grammar, release, descriptions)
    show(f"{json.dumps(found, separators=(',', ':'))}\n")


def _minor(text: str) -> int:
    """The number of a minor release: 34 for `1.34`, `v1.34` or `1.34.2`."""
    found = re.fullmatch(r"v?1\.(\d{1,3})(\.\d.*)?", text, re.ASCII)
    if not found or not FIRST <= int(found[1]) <= NEWEST:
        raise UsageError(
            f"schema: --kubernetes {text}: must be a release from 1.{FIRST} to 1.{NEWEST}",
            "leave it out for all of them",
        )
    return int(found[1])


def _read(room: str, name: str) -> Any:
    return json.loads(files(f"postrender.{room}").joinpath(name).read_text(encoding="utf-8"))
