"""What rules refer to, by name or number, and the chart no longer has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from postrender.compare.containers import named
from postrender.compare.finding import Finding
from postrender.compare.places import MISSING, at, differing, text_of_place
from postrender.data import get
from postrender.kubernetes.objects import identity, mappings, text_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from postrender.compare.matching import Met
    from postrender.compare.places import Place
    from postrender.compare.side import Side
    from postrender.data import Data, Object
    from postrender.kubernetes.objects import Workloads

# What a reference names, by the last two steps of its place.
_REFERENCES = {
    ("configMap", "name"): "ConfigMap",
    ("configMapRef", "name"): "ConfigMap",
    ("configMapKeyRef", "name"): "ConfigMap",
    ("secret", "name"): "Secret",
    ("secret", "secretName"): "Secret",
    ("secretRef", "name"): "Secret",
    ("secretKeyRef", "name"): "Secret",
    ("persistentVolumeClaim", "claimName"): "PersistentVolumeClaim",
    ("spec", "serviceAccountName"): "ServiceAccount",
    ("scaleTargetRef", "name"): "",
    ("targetRef", "name"): "",
    ("roleRef", "name"): "",
    ("service", "name"): "Service",
}
_KEYS = {("configMapKeyRef", "key"): "ConfigMap", ("secretKeyRef", "key"): "Secret"}
_PORTS = ("port", "targetPort")
# How a Service is named in an address: `web:80`, `http://web/`, `web.shop.svc`.
_ADDRESS = r"(?<![\w.-]){}(?=:\d|\.[\w-]+(?:\.svc|:\d|/|$)|/)"


def references(
    rule: str, before: Object, after: Object, sides: tuple[Side, Side], gone: Collection[str]
) -> Iterator[Finding]:
    """
    What a change refers to and the new chart no longer has. `before` may be empty; `gone` are the
    names of Services that are gone.
    """
    subject = identity(after)
    for place in differing(before, after):
        known = at(before, place)
        for inner, value, owner in _texts(at(after, place), at(after, place[:-1]), place):
            if isinstance(known, list) and _holds(known, value):
                continue
            text = _lost(inner[-2:], value, owner, sides, gone)
            if text:
                yield Finding("reference-lost", rule, subject, text_of_place(place), text)


def _texts(data: Data, owner: Data, place: Place) -> Iterator[tuple[Place, str, Data]]:
    """The texts in a value, each with its place and the mapping that holds it."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _texts(value, data, (*place, key))
    elif isinstance(data, list):
        for item in data:
            yield from _texts(item, owner, place)
    elif isinstance(data, str):
        yield place, data, owner


def _holds(items: list[Data], text: str) -> bool:
    """Whether a text is somewhere in the items."""
    return any(value == text for _, value, _ in _texts(items, None, ()))


def _lost(
    last: Place, value: str, owner: Data, sides: tuple[Side, Side], gone: Collection[str]
) -> str:
    """What a text refers to and only the old chart has, as a sentence; empty for nothing."""
    old, new = sides
    name = str(owner.get("name")) if isinstance(owner, dict) else ""
    if last in _REFERENCES:
        kind = _REFERENCES[last] or (str(owner.get("kind")) if isinstance(owner, dict) else "")
        if _has(old, kind, value) and not _has(new, kind, value):
            return f"the rule refers to {kind}/{value}, which the chart no longer has"
        return ""
    if last in _KEYS:
        kind = _KEYS[last]
        if value in _data(old, kind, name) and value not in _data(new, kind, name):
            return f"the rule refers to {value} in {kind}/{name}, which the chart no longer has"
        return ""
    for service in gone:
        if re.search(_ADDRESS.format(re.escape(service)), value):
            return f"the rule names the Service {service}, which the chart no longer has"
    return ""


def ports(rule: str, met: Met, workloads: Workloads) -> Iterator[Finding]:
    """Ports that the rule's probes and hooks ask, and that the object no longer has."""
    if met.old is None or met.new is None or met.new.after is None:
        return
    known = _numbers(met.old.before, workloads) - _numbers(met.new.after, workloads)
    for place in differing(met.new.before, met.new.after):
        value = at(met.new.after, place)
        if place[-1] in _PORTS and value is not MISSING and str(value) in known:
            text = f"the rule refers to port {value}, which the chart no longer has"
            yield Finding(
                "reference-lost", rule, identity(met.pair.things[0].obj), text_of_place(place), text
            )


def _numbers(obj: Object, workloads: Workloads) -> set[str]:
    """The ports of an object's containers, by number and by name."""
    ports_ = (
        port
        for _, container in named(obj, workloads).values()
        for port in mappings(container.get("ports"))
    )
    return {str(port[key]) for port in ports_ for key in ("containerPort", "name") if key in port}


def _has(side: Side, kind: str, name: str) -> bool:
    """Whether the chart has an object of this kind and name."""
    return _find(side, kind, name) is not None


def _find(side: Side, kind: str, name: str) -> Object | None:
    words = [name.encode()]
    manifests = side.manifests
    homes = [*manifests.by_kind.get(kind, ()), *manifests.unsure]
    for home in manifests.mentioning(homes, words):
        for path, obj in home.objects():
            thing = side.things.get((home, path))
            start = thing.start if thing else obj
            if start and text_of(start, "kind") == kind and text_of(start, "name") == name:
                return start
    return None


def _data(side: Side, kind: str, name: str) -> set[str]:
    """The keys of a ConfigMap or Secret of the chart."""
    found = _find(side, kind, name) or {}
    parts = (get(found, (field,)) for field in ("data", "stringData", "binaryData"))
    return {key for part in parts if isinstance(part, dict) for key in part}
