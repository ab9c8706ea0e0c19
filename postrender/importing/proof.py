"""
Whether the rules do what the source did: compared with the reference, and with kustomize where it
is installed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from postrender.importing import reference
from postrender.importing.folders import objects_in
from postrender.importing.likeness import is_hollow, unlike
from postrender.importing.pointers import PatchError
from postrender.importing.texts import pages
from postrender.importing.trial import objects_of, tried_text
from postrender.importing.wishes import POSITION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postrender.data import Object, Path
    from postrender.importing.model import Reading

_PATIENCE = 60
_MOST = 5


class Proof(NamedTuple):
    """
    What a comparison found: `differences` are lines about where results differ, `said` is what was
    compared, in a sentence.
    """

    differences: list[str]
    said: list[str]


def proof(text: str, reading: Reading, render: bytes) -> Proof:
    """Compares what a rules file makes of a render with what the source makes of it."""
    outcome = tried_text(text, render)
    if outcome.errors:
        return Proof([f"the rules fail: {error.what}" for error in outcome.errors], [])
    made = objects_of(outcome.data)
    differences, said = [], []
    objects = objects_of(render)
    try:
        for step in reading.steps:
            objects = reference.done(step, objects)
    except PatchError as error:
        differences.append(f"the source itself fails: {error}")
    else:
        found = _lines(made, objects)
        differences += found
        if not found:
            said.append("the result is the same as by the patches")
    theirs = _kustomized(reading, render)
    if isinstance(theirs, str):
        said.append(theirs)
    else:
        found = [line for line in _lines(made, theirs, "kustomize") if line not in differences]
        differences += found
        if not found:
            said.append("the result is the same as by kustomize")
    again = tried_text(text, outcome.data)
    if again.errors:
        differences += [f"the rules fail on their own output: {one.what}" for one in again.errors]
    elif again.data != outcome.data:
        differences.append("the rules change their own output; look at jsonPatch")
    return Proof(differences, said)


def _lines(made: Sequence[Object], wanted: Sequence[Object], who: str = "the patches") -> list[str]:
    """Lines about objects that differ."""
    lines = []
    ours = {_name(obj): obj for obj in made}
    theirs = {_name(obj): obj for obj in wanted}
    for key, places in unlike(made, wanted):
        name = "/".join(part for part in key[1:] if part)
        if not places:
            has = "the rules" if any(_name(obj) == name for obj in made) else who
            lines.append(f"{name}: only {has} have it" if who == "the patches" else f"{name}: only {has}'s result has it")
            continue
        for path in places[:_MOST]:
            why = _why(ours.get(name, {}), theirs.get(name, {}), path)
            if why:
                lines.append(f"{name}: {_spelled(path)} differs{why}")
    return lines


def _why(ours: Object, theirs: Object, path: Path) -> str:
    """What is known about a difference; empty where it means nothing."""
    if is_hollow(ours, theirs, path):
        return ""
    return ": kustomize writes a directive out" if str(path[-1])[:1] == "$" else " "


def _name(obj: Object) -> str:
    from postrender.kubernetes.objects import identity

    return identity(obj)


def _spelled(path: Path) -> str:
    from postrender.importing.texts import spelled

    return spelled(path) or POSITION


def program() -> list[str] | None:
    """The command that runs kustomize; None where it is not installed."""
    if shutil.which("kustomize"):
        return ["kustomize", "build"]
    return ["kubectl", "kustomize"] if shutil.which("kubectl") else None


def _kustomized(reading: Reading, render: bytes) -> list[Object] | str:
    """What kustomize makes of a render; a sentence where it does not tell."""
    command = program()
    if command is None:
        return "kustomize is not installed, so its own result was not compared"
    data = render
    for layer in reading.kustomizations:
        if not layer:
            continue
        try:
            data = _built(command, layer, data)
        except (OSError, subprocess.SubprocessError):
            return "kustomize failed, so its own result was not compared"
    return objects_in(pages("kustomize", data))


def _built(command: list[str], layer: Object, data: bytes) -> bytes:
    """The output of kustomize for one kustomization over a stream."""
    with TemporaryDirectory() as folder:

        def write(name: str, content: bytes) -> str:
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)
            return name

        resources = [write("all.yaml", data)]
        for i, obj in enumerate(layer.get("resources", ())):
            resources.append(write(f"{i}.yaml", json.dumps(obj).encode()))
        whole = {**layer, "resources": resources}
        write("kustomization.yaml", json.dumps(whole).encode())
        done = subprocess.run(  # noqa: S603 - kustomize, found on PATH
            [*command, folder], check=True, capture_output=True, timeout=_PATIENCE
        )
    return done.stdout
