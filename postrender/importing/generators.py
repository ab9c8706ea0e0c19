"""
`configMapGenerator` and `secretGenerator`: the objects that they make.

Source: sigs.k8s.io/kustomize/api/internal/generators and kv/kv.go.
"""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

from postrender.importing.model import Generated

if TYPE_CHECKING:
    from postrender.data import Data, Object
    from postrender.importing.part import Part


def generated(part: Part, key: str) -> None:
    """Reads the generators of one of the two fields."""
    kind = "ConfigMap" if key == "configMapGenerator" else "Secret"
    common = _mapping(part.data.get("generatorOptions"))
    for i, item in part.entries(key):
        place = part.place(key, i)
        pairs = _pairs(part, place, item)
        if pairs is None:
            continue
        own = _mapping(item.get("options"))
        options = {**common, **own}
        for name in ("labels", "annotations"):
            options[name] = {**_mapping(common.get(name)), **_mapping(own.get(name))}
        obj = _object(kind, item, options, pairs)
        behavior = str(item.get("behavior") or "create")
        is_hashed = not options.get("disableNameSuffixHash")
        if is_hashed:
            part.note(
                place,
                f"kustomize adds a hash to the name {item.get('name')}; here the name stays",
                "when the data changes, give workloads new pods with rollout: true",
            )
        if kind == "Secret":
            part.note(place, "the rules file has the Secret's data; keep the file secret")
        part.add(place, Generated(obj, behavior, is_hashed))
        given = {k: v for k, v in item.items() if k in ("name", "namespace", "behavior", "type")}
        literals = [f"{name}={value.decode('utf-8', 'replace')}" for name, value in pairs.items()]
        part.keep(
            key,
            [
                {
                    **given,
                    "literals": literals,
                    "options": {**options, "disableNameSuffixHash": True},
                }
            ],
        )


def _mapping(value: Data) -> Object:
    return value if isinstance(value, dict) else {}


def _list(value: Data) -> list[Data]:
    return value if isinstance(value, list) else []


def _pairs(part: Part, place: str, item: Object) -> dict[str, bytes] | None:
    """The data of a generator; None where a file of it is not there."""
    found: dict[str, bytes] = {}
    for text in _list(item.get("literals")):
        name, _, value = str(text).partition("=")
        if value[:1] in "'\"" and value[:1] == value[-1:] and len(value) > 1:
            value = value[1:-1]
        found[name] = value.encode()
    envs = [*_list(item.get("envs")), *([item["env"]] if item.get("env") else ())]
    for text in [*_list(item.get("files")), *envs]:
        name, equals, path = str(text).partition("=")
        path = path if equals else name
        content = part.files.read(path)
        if content is None:
            part.refuse(place, f"{path}: {part.files.why(path)}", "put it there, and import again")
            return None
        if text not in envs:
            found[name if equals else os.path.basename(path)] = content
            continue
        for line in content.decode().splitlines():
            if line.strip() and not line.lstrip().startswith("#"):
                variable, _, value = line.strip().partition("=")
                found[variable] = value.encode()
    return found


def _object(kind: str, item: Object, options: Object, pairs: dict[str, bytes]) -> Object:
    metadata: Object = {"name": str(item.get("name"))}
    if item.get("namespace"):
        metadata["namespace"] = str(item["namespace"])
    for name in ("labels", "annotations"):
        if options.get(name):
            metadata[name] = {str(k): str(v) for k, v in options[name].items()}
    obj: Object = {"apiVersion": "v1", "kind": kind, "metadata": metadata}
    if kind == "Secret":
        obj["type"] = str(item.get("type") or "Opaque")
    data: dict[str, Data] = {}
    binary: dict[str, Data] = {}
    for name, value in sorted(pairs.items()):
        encoded = base64.b64encode(value).decode()
        if kind == "Secret":
            data[name] = encoded
            continue
        try:
            data[name] = value.decode()
        except UnicodeDecodeError:
            binary[name] = encoded
    if data:
        obj["data"] = data
    if binary:
        obj["binaryData"] = binary
    if options.get("immutable"):
        obj["immutable"] = True
    return obj
