"""
Whether the rules do what the source did: compared with the reference, and with kustomize where it
is installed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from postrender.importing import reference
from postrender.importing.folders import objects_in
from postrender.importing.likeness import by_key, explained
from postrender.importing.pointers import PatchError
from postrender.importing.texts import pages, spelled
from postrender.importing.trial import objects_of, tried
from postrender.kubernetes.objects import identity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postrender.data import Object
    from postrender.importing.model import Step
    from postrender.importing.writing import Written

_PATIENCE = 60
_PREFIX = "kmod-post-import-"
_FOLDER = re.compile(rf"[^\s'\"]*/{_PREFIX}\w+/?")
_MOST = 5
_FAILS = "kustomize fails where the rules do not: "
# What kubectl writes around the message of kustomize.
_ERROR = re.compile(r'.*"command failed" err=(?:<|"(.*)"$)?', re.DOTALL)
# Where kustomize says why it does not take a file; it puts the names of folders around that.
_CAUSE = re.compile(
    r".*accumulating resources from '[^']*': (.*?)': must build at directory", re.DOTALL
)


class Proof(NamedTuple):
    """
    What a comparison found: `differences` are lines about where results differ, `faults` about
    where kustomize is wrong, `said` is what was compared, in a sentence.
    """

    differences: list[str]
    faults: list[str]
    said: list[str]


def proof(
    written: Written,
    steps: list[Step],
    runs: list[list[Object]] | None,
    render: bytes,
    left_out: Sequence[str] = (),
) -> Proof:
    """
    Compares what a rules file makes of a render with what the steps make of it, by our own reading
    of them and, where `runs` are the same as kustomizations, by kustomize. `left_out` says what
    this proves nothing of.
    """
    outcome = tried(written, render)
    if outcome.errors:
        return Proof([f"the rules fail: {error.what}" for error in outcome.errors], [], [])
    found = Proof([], [], [])
    made, wanted = objects_of(outcome.data), objects_of(render)
    for step in steps:
        try:
            wanted = reference.done(step, wanted)
        except PatchError as error:
            return Proof([f"{step.place}: kustomize fails: {error}"], [], [])
    is_same = _compare(made, wanted, "the patches", found)
    theirs = [] if runs is None else _kustomized(runs, render)
    if runs is None or isinstance(theirs, str):
        if is_same and steps:
            found.said.append(
                _equal("what the patches say, as kmod-post reads them", made, left_out)
            )
        if isinstance(theirs, str):
            (found.differences if theirs.startswith(_FAILS) else found.said).append(theirs)
    elif _compare(made, theirs, "kustomize", found) and is_same:
        found.said.append(_equal("kustomize's", made, left_out))
    again = tried(written, outcome.data)
    if again.errors:
        found.differences.extend(
            f"the rules fail on their own output: {one.what}" for one in again.errors
        )
    elif again.data != outcome.data:
        found.differences.append("the rules change their own output; look at jsonPatch")
    return found


def _equal(whose: str, objects: Sequence[Object], left_out: Sequence[str]) -> str:
    count = f"{len(objects)} object{'s' * (len(objects) != 1)}"
    lead = f"apart from what is {' or '.join(left_out)}, " if left_out else ""
    return f"{lead}kmod-post's result for the render equals {whose} ({count} compared)"


def _compare(made: Sequence[Object], wanted: Sequence[Object], who: str, found: Proof) -> bool:
    """Adds what differs between the two results; whether nothing does."""
    ours, theirs = by_key(made), by_key(wanted)
    is_same = True
    for key, places in explained(made, wanted):
        name = identity((ours.get(key) or theirs[key])[0])
        if not places:
            counts = len(ours.get(key, ())), len(theirs.get(key, ()))
            _add(found.differences, f"{name}: {counts[0]} of it by the rules, {counts[1]} by {who}")
            is_same = False
            continue
        for path, why in places[:_MOST]:
            if why is None:
                _add(found.differences, f"{name}: {spelled(path)} is not as by {who}")
                is_same = False
            elif why:
                _add(found.faults, f"{name}: {spelled(path)}: {why}")
    return is_same


def _add(lines: list[str], line: str) -> None:
    if line not in lines:
        lines.append(line)


def program() -> list[str] | None:
    """The command that runs kustomize; None where it is not installed."""
    if shutil.which("kustomize"):
        return ["kustomize", "build"]
    return ["kubectl", "kustomize"] if shutil.which("kubectl") else None


def _kustomized(runs: list[list[Object]], render: bytes) -> list[Object] | str:
    """What kustomize makes of a render; a sentence where it does not tell."""
    command = program()
    if command is None:
        return "kustomize is not installed, so its own result was not compared"
    data = render
    for layers in runs:
        try:
            data = built(command, layers, data)
        except subprocess.CalledProcessError as error:
            return f"{_FAILS}{_reason(error.stderr.decode(errors='replace'))}"
        except (OSError, subprocess.SubprocessError):
            return "kustomize cannot be run, so its own result was not compared"
    return objects_in(pages("kustomize", data))


def _reason(stderr: str) -> str:
    """The message of kustomize in one line, without the folder that only it has seen."""
    text = _FOLDER.sub("", stderr.strip())
    wrapped = _ERROR.match(text)
    if wrapped:
        text = (wrapped[1] or text[wrapped.end() :]).replace('\\"', '"')
    cause = _CAUSE.match(text)
    if cause:
        text = cause[1]
    return " ".join(text.removeprefix("Error: ").removesuffix(">").split())


def built(command: list[str], layers: list[Object], data: bytes) -> bytes:
    """
    The output of kustomize for a stream and kustomizations, each of which has the one before it as
    its base: kustomize remembers what names and namespaces objects had below.
    """
    with TemporaryDirectory(prefix=_PREFIX) as top:
        folder = base = os.path.join(top, "all")
        _write(folder, {"resources": ["all.yaml"]}, {"all.yaml": data})
        for number, layer in enumerate(layers):
            objects = {
                f"{i}.yaml": json.dumps(obj).encode()
                for i, obj in enumerate(layer.get("resources", ()))
            }
            folder = os.path.join(top, str(number))
            resources = [os.path.relpath(base, folder), *objects]
            _write(folder, {**layer, "resources": resources}, objects)
            base = folder
        done = subprocess.run(  # noqa: S603 - kustomize, found on PATH
            [*command, folder], check=True, capture_output=True, timeout=_PATIENCE
        )
    return done.stdout


def _write(folder: str, kustomization: Object, files: dict[str, bytes]) -> None:
    os.mkdir(folder)
    whole = {"kustomization.yaml": json.dumps(kustomization).encode(), **files}
    for name, content in whole.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)
