"""
`transformers` of kustomize that are built in: the same steps as the fields of a kustomization.

Source: sigs.k8s.io/kustomize/api/builtins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.importing.model import Pairs
from postrender.importing.part import Part
from postrender.importing.texts import At, pages
from postrender.kubernetes.objects import mappings

if TYPE_CHECKING:
    from collections.abc import Callable

    from postrender.data import Data, Object

    Read = Callable[[Part], None]


def transformers(part: Part, key: str, read: Read) -> None:
    """Reads them, from files or as they stand there; `read` reads a kustomization."""
    for i, item in part.items(key):
        place = part.place(key, i)
        if isinstance(item, dict):
            _one(part, place, item, read)
            continue
        text = str(item)
        is_inline = "\n" in text
        content = text.encode() if is_inline else part.files.read(text)
        if content is None:
            part.refuse(place, f"{text}: {part.files.why(text)}", "put it there, and import again")
            continue
        for page in pages(part.page.file if is_inline else part.files.path(text), content):
            where = place if is_inline else f"{place} ({page.file}:{page.line})"
            _one(part, where, page.data, read)


def _one(part: Part, place: str, data: Data, read: Read) -> None:
    if not isinstance(data, dict) or data.get("apiVersion") != "builtin":
        part.refuse(place, "programs of kustomize are not run", "write a rule by hand")
        return
    part.keep("transformers", [_json(data)])
    kind = str(data.get("kind"))
    if kind in ("LabelTransformer", "AnnotationsTransformer"):
        _pairs(part, place, data, "labels" if kind[0] == "L" else "annotations")
    elif kind in _AS_FIELDS:
        _as_field(part, place, data, read)
    else:
        part.refuse(place, f"{kind} cannot become a rule", "write a rule by hand")


def _mapping(value: Data) -> Object:
    return value if isinstance(value, dict) else {}


def _json(data: Data) -> str:
    import json

    return json.dumps(data)


def _pairs(part: Part, place: str, data: Object, field: str) -> None:
    """Labels or annotations, where they are set in metadata or pod templates only."""
    given = data.get(field)
    pairs = {str(k): str(v) for k, v in given.items()} if isinstance(given, dict) else {}
    paths = [str(one.get("path")) for one in mappings(data.get("fieldSpecs"))]
    own = f"metadata/{field}"
    odd = [path for path in paths if path != own and not path.endswith(f"template/{own}")]
    if odd:
        part.refuse(place, f"{field} in {odd[0]} cannot become a rule", "write a rule with merge:")
    elif paths and own not in paths:
        part.refuse(
            place,
            f"{field} of pods alone cannot become a rule",
            "write podLabels: or podAnnotations:",
        )
    else:
        part.add(place, Pairs(field, pairs, in_templates=len(paths) > 1, in_selectors=False))


# Transformers that a field of a kustomization stands for, and what of them that field has.
_AS_FIELDS = {
    "ImageTagTransformer": "images",
    "ReplicaCountTransformer": "replicas",
    "NamespaceTransformer": "namespace",
    "PatchTransformer": "patches",
    "PatchStrategicMergeTransformer": "patchesStrategicMerge",
    "PatchJson6902Transformer": "patchesJson6902",
    "ReplacementTransformer": "replacements",
    "PrefixTransformer": "namePrefix",
    "SuffixTransformer": "nameSuffix",
    "PrefixSuffixTransformer": "namePrefix",
}


def _as_field(part: Part, place: str, data: Object, read: Read) -> None:
    kind = str(data["kind"])
    field = _AS_FIELDS[kind]
    metadata = _mapping(data.get("metadata"))
    value: Data = {
        "images": [data.get("imageTag")],
        "replicas": [data.get("replica")],
        "namespace": metadata.get("namespace"),
        "patches": [{k: data[k] for k in ("patch", "path", "target") if k in data}],
        "patchesStrategicMerge": data.get("paths") or [data.get("patches")],
        "patchesJson6902": [
            {"target": data.get("target"), "path": data.get("path"), "patch": data.get("jsonOp")}
        ],
        "replacements": data.get("replacements"),
    }.get(field, data.get("prefix") or data.get("suffix"))
    if not value:
        part.refuse(place, f"{kind} says nothing", "correct it")
        return
    inner = Part(At(place, part.page), (), {field: value}, part.files)
    read(inner)
    part.steps += inner.steps
    part.problems += inner.problems
    part.notes += inner.notes
