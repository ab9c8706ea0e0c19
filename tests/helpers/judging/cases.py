"""Random cases: an object, a rule that changes it at random, and the object as the rule means it."""

from __future__ import annotations

import random as randomness
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from judging.patches import Patch, completed, laid, some_patch
from judging.values import minimal

if TYPE_CHECKING:
    from random import Random

    from judging.openapi import Types

    Mapping = dict[str, Any]

# Where a kind has its pod spec.
_PODS: dict[str, tuple[str, ...]] = {
    "Pod": ("spec",),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    **dict.fromkeys(
        ("Deployment", "StatefulSet", "DaemonSet", "Job"), ("spec", "template", "spec")
    ),
}
# For a kind with pods; `merge` alone for the others.
_VERBS = ("merge", "pod", "containers", "volumes", "initContainers", "sidecars", "jsonPatch")
_NEW = "extra"


class Case(NamedTuple):
    """
    The object as the chart has it, the verb and its value, the object with what the value says, and
    the mistake in it and where that is.
    """

    base: Mapping
    verb: str
    value: Any
    meant: Mapping
    mistake: str
    place: str

    def rules(self) -> Mapping:
        """The rules as in a rules file."""
        match = {"kind": self.base["kind"], "name": self.base["metadata"]["name"]}
        return {"rules": {"judged": {"match": match, self.verb: self.value}}}


@cache
def objects() -> tuple[Mapping, ...]:
    """The objects that are changed, one of each kind."""
    text = Path(__file__).with_name("objects.yaml").read_text()
    return tuple(yaml.safe_load(text)["objects"])


def some_case(types: Types, seed: str) -> Case:
    """The case of a seed: the same for the same server."""
    random = randomness.Random(seed)
    base = random.choice(objects())
    path = _PODS.get(base["kind"], ())
    if path and random.random() < 0.5:
        # Kinds with pods are few and have most fields.
        base = random.choice([each for each in objects() if each["kind"] in _PODS])
        path = _PODS[base["kind"]]
    verb = (
        random.choice(_VERBS) if path else random.choice(("merge", "merge", "merge", "jsonPatch"))
    )
    type_ = types.of_kind(base["apiVersion"], base["kind"])
    if verb in ("merge", "jsonPatch"):
        patch = some_patch(random, types, type_, base)
        meant = laid(types, type_, base, patch.data)
        value = patch.data if verb == "merge" else _operations(base, patch.data, meant)
        return Case(base, verb, value, meant, patch.mistake, patch.place)
    spec = base
    for name in path:
        spec = spec[name]
    value, whole, patch = _VERB[verb](
        random, types, types.of_field(type_, *path[:-1], path[-1]), spec
    )
    for name in reversed(path):
        whole = {name: whole}
    return Case(base, verb, value, laid(types, type_, base, whole), patch.mistake, patch.place)


def _operations(base: Mapping, patch: Mapping, meant: Mapping) -> list[Mapping]:
    """A patch as a JSON Patch: at each place where it changes something, the value that is meant."""
    found: list[Mapping] = []

    def walk(old: Any, new: Any, meant: Any, pointer: str) -> None:
        for name, value in new.items():
            at = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            if value is None:
                if name in old:
                    found.append({"op": "remove", "path": at})
            elif isinstance(value, dict) and isinstance(old.get(name), dict):
                walk(old[name], value, meant[name], at)
            else:
                found.append({"op": "add", "path": at, "value": meant[name]})

    walk(base, patch, meant, "")
    return found or [{"op": "test", "path": "/kind", "value": base["kind"]}]


# What each verb on pods has as its value, and the same as a patch for the pod spec


def _pod(random: Random, types: Types, type_: str, spec: Mapping) -> tuple[Any, Mapping, Patch]:
    patch = some_patch(random, types, type_, spec)
    return patch.data, patch.data, patch


def _containers(
    random: Random, types: Types, type_: str, spec: Mapping
) -> tuple[Any, Mapping, Patch]:
    (now,) = spec["containers"]
    inner = _item(types, type_, "containers")
    patch = some_patch(random, types, inner, now, ("name",))
    return {now["name"]: patch.data}, {"containers": [{"name": now["name"], **patch.data}]}, patch


def _volumes(random: Random, types: Types, type_: str, spec: Mapping) -> tuple[Any, Mapping, Patch]:
    inner = _item(types, type_, "volumes")
    if random.random() < 0.3:
        now = random.choice(spec["volumes"])
        patch = some_patch(random, types, inner, now, ("name",))
        return {now["name"]: patch.data}, {"volumes": [{"name": now["name"], **patch.data}]}, patch
    return _new(random, types, inner, "volumes")


def _init_containers(
    random: Random, types: Types, type_: str, _: Mapping
) -> tuple[Any, Mapping, Patch]:
    return _new(random, types, _item(types, type_, "containers"), "initContainers")


def _sidecars(random: Random, types: Types, type_: str, _: Mapping) -> tuple[Any, Mapping, Patch]:
    if random.random() < 0.5:
        return _new(random, types, _item(types, type_, "containers"), "containers")
    value, whole, patch = _new(random, types, _item(types, type_, "containers"), "initContainers")
    value[_NEW]["native"] = True
    whole["initContainers"][0].setdefault("restartPolicy", "Always")
    return value, whole, patch


def _new(random: Random, types: Types, type_: str, field: str) -> tuple[Any, Mapping, Patch]:
    """An entry that the pod does not have."""
    least = minimal(random, types, type_) | {"name": _NEW}
    patch = some_patch(random, types, type_, least, ("name",))
    entry = completed(types, type_, least, patch.data)
    return {_NEW: {key: entry[key] for key in entry if key != "name"}}, {field: [entry]}, patch


def _item(types: Types, type_: str, field: str) -> str:
    shape = types.fields(type_)[field].shape.item
    assert shape is not None
    return shape.type


_VERB = {
    "pod": _pod,
    "containers": _containers,
    "volumes": _volumes,
    "initContainers": _init_containers,
    "sidecars": _sidecars,
}
