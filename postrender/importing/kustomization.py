"""
What a kustomization says, as steps in kustomize's order.

Sources: sigs.k8s.io/kustomize/api types/kustomization.go; internal/target/kusttarget.go
(AccumulateTarget: resources, generators, components, transformers) and
kusttarget_configplugin.go (configureBuiltinTransformers: the order of the fields).

A kustomization may also be a part of another file: of a Flux HelmRelease, a helmfile or an Argo CD
Application. Then `files` opens nothing but what that file names.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from postrender.errors import KmodError
from postrender.importing.generators import generated
from postrender.importing.model import (
    Images,
    Namespace,
    Operations,
    Pairs,
    Replacement,
    Replicas,
    Strategic,
    Target,
)
from postrender.importing.part import Part, absent
from postrender.importing.texts import Page, as_patch, pages
from postrender.importing.transformers import transformers
from postrender.kubernetes.objects import group, text_of

if TYPE_CHECKING:
    from postrender.data import Data, Object

_VARIABLE = re.compile(r"\$\{\w+\}")
# In the order in which kustomize does them.
_GENERATORS = ("configMapGenerator", "secretGenerator")
_FIELDS = (
    "patchesStrategicMerge",
    "patches",
    "namespace",
    "namePrefix",
    "nameSuffix",
    "commonLabels",
    "labels",
    "commonAnnotations",
    "patchesJson6902",
    "replicas",
    "images",
    "imageTags",
    "replacements",
    "transformers",
)
_NOT = {
    "namePrefix": ("names of objects do not change by rules", "set the chart's fullnameOverride"),
    "nameSuffix": ("names of objects do not change by rules", "set the chart's fullnameOverride"),
    "vars": ("rules copy no values between objects", "write the value into the rule"),
    "helmCharts": ("it is the chart itself", "render it by Helm, with kmod-post as post-renderer"),
    "helmChartInflationGenerator": (
        "it is the chart itself",
        "render it by Helm, with kmod-post as post-renderer",
    ),
    "helmGlobals": ("it belongs to the chart", "give its values to Helm"),
    "generators": ("programs of kustomize are not run", "add what they make under resources:"),
    "validators": ("programs of kustomize are not run", "check the output by other means"),
    "configurations": ("own fields for transformers are not read", "write a rule with merge:"),
    "crds": ("own fields for references are not read", "write a rule with merge:"),
    "openapi": ("own merge keys are not read", "look at patches of custom kinds yourself"),
}
_NO_MATTER = {
    "buildMetadata": "it only adds annotations about the build; left out",
    "sortOptions": "the order of objects is Helm's; left out",
}


def read(part: Part) -> None:
    """Reads all but resources and components."""
    generate(part)
    transform(part)


def generate(part: Part) -> None:
    """Reads the generators, which come after resources and before components."""
    if not part.is_known("generatorOptions", data=part.data.get("generatorOptions")):
        return
    for key in _GENERATORS:
        if part.data.get(key):
            generated(part, key)


def transform(part: Part) -> None:
    """Reads what comes after components."""
    known = {key: value for key, value in part.data.items() if key in part.fields}
    part.is_known(data={key: part.data[key] for key in part.data if key not in known})
    for key in known:
        if key in _NOT:
            why, advice = _NOT[key]
            part.refuse(part.place(key), f"{key} cannot become a rule: {why}", advice)
        elif key in _NO_MATTER:
            part.note(part.place(key), _NO_MATTER[key])
    for key in ("metadata", "sortOptions"):
        part.is_known(key, data=known.get(key))
    for key in _FIELDS:
        if known.get(key) and key not in _NOT:
            _READERS[key](part, key)


def _patches(part: Part, key: str) -> None:
    for i, item in part.entries(key):
        place = part.place(key, i)
        options = item.get("options") or {}
        if options.get("allowNameChange") or options.get("allowKindChange"):
            part.refuse(
                place,
                "it changes the name or the kind of objects, which rules do not",
                "add the object under resources:",
            )
            continue
        _patch(part, place, item.get("patch"), item.get("path"), item.get("target"))


def _patch(part: Part, place: str, text: Data, path: Data, target: Data) -> None:
    """One patch: a text or a file, with objects or operations."""
    content = _content(part, place, text, path)
    if content is None:
        return
    for page in content:
        where = place if page.file == part.page.file else f"{place} ({page.file}:{page.line})"
        is_merge = isinstance(page.data, dict) and not isinstance(text, dict)
        _one_patch(part, where, as_patch(page) if is_merge else page.data, _target(target))


def _content(part: Part, place: str, text: Data, path: Data) -> list[Page] | None:
    """What a patch says, document by document; None where that cannot be read."""
    try:
        return _pages(part, place, text, path)
    except KmodError as error:
        message = error.messages[0]
        is_file = message.where is not None and message.where.file != part.page.file
        part.refuse(f"{place} ({message.where})" if is_file else place, message.what, "correct it")
        return None


def _pages(part: Part, place: str, text: Data, path: Data) -> list[Page] | None:
    if isinstance(text, str) and text.strip():
        return pages(part.page.file, text.encode())
    if isinstance(text, dict | list):
        return [Page(part.page.file, part.page.line, "", part.page.root, text)]
    if not isinstance(path, str):
        part.refuse(place, "it has neither a patch nor a path", "correct it")
        return None
    found = part.files.read(path)
    if found is None:
        part.refuse(
            place, f"{path}: {part.files.why(path)}", "put the patch there, and import again"
        )
        return None
    return pages(part.files.path(path), found)


def _one_patch(part: Part, place: str, data: Data, target: Target | None) -> None:
    if _VARIABLE.search(_json(data)):
        part.note(
            place,
            "it has variables for envsubst, which stay as they are written",
            "write values, or give them with --set",
        )
    wrong = _fault_of(data, target)
    if wrong:
        part.refuse(place, wrong, "correct it")
    elif isinstance(data, list) and target:
        part.add(place, Operations(target, _without_overwritten(data)))
        part.keep("patches", [{"target": _written(target), "patch": _json(data)}])
    elif isinstance(data, dict):
        named = Target(
            group(data),
            text_of(data, "apiVersion").rpartition("/")[2],
            text_of(data, "kind"),
            text_of(data, "name"),
            text_of(data, "namespace"),
            is_exact=True,
        )
        part.add(place, Strategic(target or named, data))
        written = {"target": _written(target)} if target else {}
        part.keep("patches", [{**written, "patch": _json(data)}])


def _without_overwritten(operations: list[Object]) -> list[Object]:
    """
    The operations without each `replace` whose place the next one replaces or removes: after both,
    nothing of the first is left, but on the rule's own output it would find nothing to replace.
    """
    rest = [*operations[1:], {}]
    return [
        one
        for one, following in zip(operations, rest, strict=True)
        if one["op"] != "replace"
        or following.get("op") not in ("replace", "remove")
        or following["path"] != one["path"]
    ]


# The operations of a JSON patch, and the fields that each needs.
_NEEDED = {
    "add": ("path", "value"),
    "replace": ("path", "value"),
    "test": ("path", "value"),
    "remove": ("path",),
    "copy": ("path", "from"),
    "move": ("path", "from"),
}


def _fault_of(data: Data, target: Target | None) -> str:
    """What is wrong with a patch; empty if nothing is."""
    if isinstance(data, list):
        return _fault_of_operations(data) or ("" if target else "operations need a target")
    if not isinstance(data, dict):
        return "it is neither an object nor a list of operations"
    field = absent(data)
    return f"it has no {field}, so kustomize takes it for no patch" if field else ""


def _fault_of_operations(operations: list[Data]) -> str:
    """What is wrong with the operations of a JSON patch; empty if nothing is."""
    if not operations:
        return "it has no operations"
    for number, one in enumerate(operations, 1):
        if not isinstance(one, dict):
            return f"entry {number} is no operation"
        if "op" not in one:
            return f"entry {number} has no op"
        if str(one["op"]) not in _NEEDED:
            return f'entry {number}: "{one["op"]}" is no operation (known: {", ".join(_NEEDED)})'
        absent = [field for field in _NEEDED[one["op"]] if field not in one]
        if absent:
            return f"entry {number} has no {absent[0]}"
    return ""


def _json(data: Data) -> str:
    import json

    return json.dumps(data)


_SELECTING = ("group", "version", "kind", "name", "namespace", "labels", "annotations")
_NAMES = {"labels": "labelSelector", "annotations": "annotationSelector"}


def _target(data: Data) -> Target | None:
    """A target as it is written; None where there is none."""
    if not isinstance(data, dict) or not data:
        return None

    def text(key: str) -> str:
        return str(data.get(_NAMES.get(key, key)) or "")

    return Target(
        *(text("group"), text("version"), text("kind"), text("name"), text("namespace")),
        *(text("labels"), text("annotations")),
        is_exact=False,
    )


def _written(target: Target) -> Object:
    values = ((_NAMES.get(key, key), getattr(target, key)) for key in _SELECTING)
    return {key: value for key, value in values if value}


def _merges(part: Part, key: str) -> None:
    for i, item in part.items(key):
        place = part.place(key, i)
        if isinstance(item, dict):
            _one_patch(part, place, item, None)
        elif isinstance(item, str) and "\n" in item:
            _patch(part, place, item, None, None)
        else:
            _patch(part, place, None, item, None)


def _json6902(part: Part, key: str) -> None:
    for i, item in part.entries(key):
        place = part.place(key, i)
        target = _target(item.get("target"))
        if target is None:
            part.refuse(place, "operations need a target", "add one")
            continue
        _patch(part, place, item.get("patch"), item.get("path"), item.get("target"))


def _namespace(part: Part, key: str) -> None:
    part.add(part.place(key), Namespace(str(part.data[key])))
    part.keep(key, str(part.data[key]))


def _common(part: Part, key: str) -> None:
    field = "labels" if key == "commonLabels" else "annotations"
    pairs = _texts(part.data[key])
    part.add(
        part.place(key), Pairs(field, pairs, in_templates=True, in_selectors=field == "labels")
    )
    part.keep(key, pairs)


def _labels(part: Part, key: str) -> None:
    for i, item in part.entries(key):
        if item.get("fields"):
            part.refuse(
                part.place(key, i),
                "labels in fields of your own are not read",
                "write a rule with merge:",
            )
            continue
        selectors = bool(item.get("includeSelectors"))
        templates = selectors or bool(item.get("includeTemplates"))
        part.add(
            part.place(key, i), Pairs("labels", _texts(item.get("pairs")), templates, selectors)
        )
        part.keep(key, [item])


def _texts(data: Data) -> dict[str, str]:
    return {str(k): _as_text(v) for k, v in data.items()} if isinstance(data, dict) else {}


def _as_text(value: Data) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _replicas(part: Part, key: str) -> None:
    for i, item in part.entries(key):
        place, count = part.place(key, i), item.get("count")
        if isinstance(count, bool) or not isinstance(count, int):
            part.refuse(place, "count is no number", "correct it")
            continue
        part.add(place, Replicas(str(item.get("name")), count))
        part.keep(key, [item])


def _images(part: Part, key: str) -> None:
    entries = []
    for i, item in part.entries(key):
        if item.get("name"):
            entries.append({k: _as_text(v) for k, v in item.items() if v not in (None, "")})
        else:
            part.refuse(part.place(key, i), "it has no name", "correct it")
    if entries:
        part.add(part.place(key), Images(entries))
        part.keep("images", entries)


def _replacements(part: Part, key: str) -> None:
    for i, item in part.items(key):
        place = part.place(key, i)
        found: list[Data] = [item]
        if isinstance(item, dict) and isinstance(item.get("path"), str):
            text = part.files.read(item["path"])
            if text is None:
                why = part.files.why(item["path"])
                part.refuse(place, f"{item['path']}: {why}", "put it there, and import again")
                continue
            found = [
                one
                for page in pages(part.files.path(item["path"]), text)
                for one in (page.data if isinstance(page.data, list) else [page.data])
            ]
        known = [one for one in found if part.is_known(key, i, data=one)]
        for one in known:
            part.add(place, _replacement(one))
        part.keep(key, known)


def _replacement(data: Data) -> Replacement:
    """A replacement as it is written; of what is none, one that finds nothing."""
    given = data if isinstance(data, dict) else {}
    source, targets = given.get("source"), given.get("targets")
    listed = targets if isinstance(targets, list) else []
    return Replacement(
        source if isinstance(source, dict) else {},
        [target for target in listed if isinstance(target, dict)],
    )


def _transformers(part: Part, key: str) -> None:
    transformers(part, key, read)


_READERS = {
    "patchesStrategicMerge": _merges,
    "patches": _patches,
    "namespace": _namespace,
    "commonLabels": _common,
    "labels": _labels,
    "commonAnnotations": _common,
    "patchesJson6902": _json6902,
    "replicas": _replicas,
    "images": _images,
    "imageTags": _images,
    "replacements": _replacements,
    "transformers": _transformers,
}
