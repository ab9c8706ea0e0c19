"""What scripts/types and scripts/customtypes share: modules from Go, and tables as Python text."""

from __future__ import annotations

import difflib
import json
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def run(*command: str, folder: Path) -> str:
    """What a command prints; its own complaint if it fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def module(name: str, version: str, folder: Path) -> dict:
    """A Go module, downloaded: Version, Zip and Dir."""
    command = ("go", "mod", "download", "-json", f"{name}@{version}")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout or "{}")
    # Go says so of a module that needs a newer Go, too; it is only read here.
    if "Zip" not in found:
        sys.exit(f"{' '.join(command)}: {found.get('Error') or done.stderr.strip()}")
    return found


def field_line(name: str, shape: str, *words: str, required: bool) -> str:
    """A field of a type, as types.py reads it."""
    return " ".join(filter(None, (name + "!" * required, shape, *words)))


def kind_line(kind: str, type_name: str, when: str = "", *, cluster: bool) -> str:
    """A kind of an apiVersion, as types.py reads it."""
    return (kind if type_name == kind else f"{kind}:{type_name}") + "^" * cluster + when


def constant(name: str, entries: dict[str, str], comment: str) -> str:
    """A table of texts as Python: each a line, or one below its name."""
    lines = [*(f"# {line}\n" for line in comment.split("\n")), f"{name}: dict[str, str] = {{\n"]
    for key, text in entries.items():
        lines.append(f'    "{key}": """\n{text}""",\n' if text else f'    "{key}": "",\n')
    return "".join([*lines, "}\n"])


def enumerations(entries: dict[str, list[str]]) -> str:
    """The table of enumerations as Python."""
    lines = [f'    "{name}": "{"|".join(values)}",\n' for name, values in sorted(entries.items())]
    head = "# Enumeration -> its values, `|` between them.\nENUMERATIONS: dict[str, str] = {\n"
    return "".join([head, *lines, "}\n"])


KINDS_COMMENT = """\
apiVersion -> its kinds: `Kind:Type` where the type has another name, `^` for a cluster-scoped
one, `@since-until`."""
TYPES_COMMENT = """\
Type -> its fields, one a line: NAME, `!` if required, SHAPE, keys, `@since-until`.
SHAPE: a scalar, `=Enumeration`, `Type`; `[]` is a list of it, `{}` a map of text to it.
`merge=A,B`: strategic merge by these fields (none: a set of scalars); `key=A`: server-side
apply tells entries apart by them; `replace`: strategic merge replaces the whole mapping."""


def write(files: dict[Path, str], *, check: bool) -> bool:
    """Writes the files, or only compares them and shows what differs. Whether any differs."""
    different = False
    for file, text in files.items():
        old = file.read_text() if file.exists() else ""
        if not check:
            file.write_text(text)
        elif old != text:
            different = True
            lines = old.splitlines(True), text.splitlines(True)
            sys.stdout.writelines(difflib.unified_diff(*lines, str(file)))
    return different
