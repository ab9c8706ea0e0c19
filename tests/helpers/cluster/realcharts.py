"""Real renders as charts that can be installed again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from corpus import documents

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

_CRD = "CustomResourceDefinition"
# Helm reads templates, and a render may hold what looks like one.
_TEMPLATE = (
    '{{ range $name, $_ := .Files.Glob "objects/*" }}---\n{{ $.Files.Get $name }}\n{{ end }}'
)


def wrap(render: Path, folder: Path, served: Collection[tuple[str, str]]) -> Path:
    """
    A chart of a render's documents, with its CRDs in `crds/`. Left out is what the cluster does not
    serve, by apiVersion and kind: objects whose CRDs are not in the render.
    """
    chart = folder / render.stem
    for name in ("crds", "objects", "templates"):
        (chart / name).mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: real\nversion: 0.1.0\n")
    (chart / "templates" / "all.yaml").write_text(_TEMPLATE)
    found = list(documents(render))
    known = {*served, *(pair for _, data in found for pair in _defined(data))}
    for number, (text, data) in enumerate(found):
        if data["kind"] == _CRD:
            (chart / "crds" / f"{number:03}.yaml").write_text(text)
        elif (data["apiVersion"], data["kind"]) in known:
            (chart / "objects" / f"{number:03}.yaml").write_text(text)
    return chart


def _defined(data: Any) -> list[tuple[str, str]]:
    """What a CRD defines."""
    if data["kind"] != _CRD:
        return []
    spec = data["spec"]
    return [
        (f"{spec['group']}/{version['name']}", spec["names"]["kind"])
        for version in spec["versions"]
        if version["served"]
    ]
