"""
The fields of a kustomization. Kustomize refuses all others, because one that is misspelled may be
what a patch is limited by.

Sources: sigs.k8s.io/kustomize/api types (Kustomization.Unmarshal is strict, and takes the names in
any case, as encoding/json of Go does); github.com/fluxcd/pkg apis/kustomize/kustomize_types.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Data, Object, Path


# What a value holds: the fields of a mapping, the items of a list, or anything.
Shape = dict[str, "Shape"] | list["Shape"] | None
Fields = dict[str, Shape]


def _of(*names: str, **others: Shape) -> Fields:
    return {**dict.fromkeys(names), **others}


_OBJECT = _of("group", "version", "kind", "name", "namespace")
_SELECTOR = _of(*_OBJECT, "labelSelector", "annotationSelector")
_OPERATIONS = _of("patch", target=_SELECTOR)
_PATCH = _of("patch", "path", target=_SELECTOR, options=_of("allowNameChange", "allowKindChange"))
_IMAGE = _of("name", "newName", "newTag", "digest")
_FIELD = _of("group", "version", "kind", "path", "create")
_GENERATOR_OPTIONS = _of("labels", "annotations", "disableNameSuffixHash", "immutable")
_GENERATOR = _of(
    *("name", "namespace", "behavior", "literals", "files", "envs", "env"),
    options=_GENERATOR_OPTIONS,
)
_VALUE_OPTIONS = _of("delimiter", "index", "encoding", "create")
_REPLACEMENT = _of(
    "path",
    source=_of(*_OBJECT, "fieldPath", options=_VALUE_OPTIONS),
    targets=[_of("fieldPaths", select=_SELECTOR, reject=[_SELECTOR], options=_VALUE_OPTIONS)],
)

KUSTOMIZATION: Fields = _of(
    *("apiVersion", "kind", "resources", "bases", "components", "namespace"),
    *("namePrefix", "nameSuffix", "commonLabels", "commonAnnotations", "patchesStrategicMerge"),
    *("transformers", "generators", "validators", "configurations", "crds", "openapi"),
    *("buildMetadata", "vars", "helmGlobals", "helmCharts", "helmChartInflationGenerator"),
    metadata=_of("name", "namespace", "labels", "annotations"),
    sortOptions=_of("order", legacySortOptions=_of("orderFirst", "orderLast")),
    generatorOptions=_GENERATOR_OPTIONS,
    configMapGenerator=[_GENERATOR],
    secretGenerator=[_of(*_GENERATOR, "type", options=_GENERATOR_OPTIONS)],
    patches=[_PATCH],
    patchesJson6902=[_PATCH],
    images=[_of(*_IMAGE, "tagSuffix")],
    imageTags=[_of(*_IMAGE, "tagSuffix")],
    replicas=[_of("name", "count")],
    labels=[_of("pairs", "includeSelectors", "includeTemplates", fields=[_FIELD])],
    replacements=[_REPLACEMENT],
)
FLUX: Fields = _of(
    "patchesStrategicMerge", patches=[_OPERATIONS], patchesJson6902=[_OPERATIONS], images=[_IMAGE]
)


def shape_at(shape: Shape, path: Path) -> Shape:
    """What is at a path."""
    for part in path:
        if isinstance(shape, dict):
            shape = shape.get(str(part))
        elif isinstance(shape, list):
            shape = shape[0]
    return shape


def unknown(data: Data, shape: Shape, path: Path = ()) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """The paths of the unknown fields of some data, each with the names that are known there."""
    if isinstance(shape, dict) and isinstance(data, dict):
        for key, value in data.items():
            if key in shape:
                yield from unknown(value, shape[key], (*path, key))
            else:
                yield (*path, str(key)), tuple(shape)
    elif isinstance(shape, list) and isinstance(data, list):
        for i, item in enumerate(data):
            yield from unknown(item, shape[0], (*path, i))


def misshapen(data: Data, shape: Shape, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """The paths of what should be a mapping or a list and is neither, each with what it should."""
    if data is None or shape is None:
        return
    if isinstance(shape, dict) and isinstance(data, dict):
        for key, inner in shape.items():
            yield from misshapen(data.get(key), inner, (*path, key))
    elif isinstance(shape, list) and isinstance(data, list):
        for i, item in enumerate(data):
            yield from misshapen(item, shape[0], (*path, i))
    else:
        yield path, "mapping" if isinstance(shape, dict) else "list"


def spelled_out(data: Object, fields: Fields = KUSTOMIZATION) -> Object:
    """A kustomization with its fields in the case that the docs of kustomize write them in."""
    names = {name.lower(): name for name in fields}
    pairs = ((names.get(str(key).lower(), key), value) for key, value in data.items())
    return {key: _spelled(value, fields.get(str(key))) for key, value in pairs}


def _spelled(data: Data, shape: Shape) -> Data:
    if isinstance(shape, list) and isinstance(data, list):
        return [_spelled(item, shape[0]) for item in data]
    if isinstance(shape, dict) and isinstance(data, dict):
        return spelled_out(data, shape)
    return data
