"""
Real renders: `helm template` of public charts, as Helm 3 and Helm 4 pass them to a post-renderer.

They are not part of this repository: KMOD_CORPUS names the folder, which contains `helm3/` and
`helm4/`. Without it, tests that need the corpus are skipped with a message.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from paths import ROOT

from postrender.kubernetes.objects import pod_places
from postrender.stream.text import Stream
from postrender.yamltext.reader import read

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(os.environ.get("KMOD_CORPUS") or ROOT.parent / "shared" / "corpus")
FORMS = ("helm3", "helm4")


class Workload(NamedTuple):
    """A document with pods in it."""

    name: str
    text: str
    data: dict[str, object]


def files() -> list[Path]:
    """All renders, in both forms; none where there is no corpus."""
    return sorted(path for form in FORMS for path in (FOLDER / form).glob("*.yaml"))


@cache
def workloads() -> tuple[Workload, ...]:
    """All documents of all renders that hold a pod; without a corpus, those of our own chart."""
    found = []
    for path in files() or sorted((ROOT / "charts").glob("*/rendered/*.yaml")):
        stream = Stream(path.read_bytes())
        for document in stream.documents:
            if document.kind == "CustomResourceDefinition":
                continue
            text = stream.text(document)
            root = read(text)
            if root is not None and isinstance(root.data, dict) and pod_places(root.data, {}):
                name = f"{path.parent.name}/{path.stem}:{stream.line_of(document.body)}"
                found.append(Workload(name, text, root.data))
    return tuple(found)


def documents(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each object of a render: its text and its data."""
    stream = Stream(path.read_bytes())
    for document in stream.documents:
        text = stream.text(document)
        root = read(text)
        if root is not None and isinstance(root.data, dict):
            yield text, root.data


needed = pytest.mark.skipif(
    not files(), reason="there is no corpus of real renders; name its folder in KMOD_CORPUS"
)
