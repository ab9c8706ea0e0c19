"""Random values for a shape: small ones that Kubernetes likely takes, and ones of a wrong type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from judging.openapi import (
    ANY,
    BOOLEAN,
    BYTES,
    INT_OR_TEXT,
    INTEGER,
    LIST,
    MAP,
    NUMBER,
    OBJECT,
    QUANTITY,
    TEXT,
    TIME,
)

if TYPE_CHECKING:
    from random import Random

    from judging.openapi import Shape, Types

# Texts that validation takes, by the name of the field; others get one of _TEXTS.
_NAMED = {
    "image": ("example/a:1.0", "registry.example.com/a/b@sha256:" + "0" * 64),
    "mountPath": ("/mnt", "/srv/data"),
    "path": ("/a", "a", "a/b"),
    "key": ("a", "example.com/a"),
    "topologyKey": ("kubernetes.io/hostname",),
    "host": ("example.com",),
    "hostname": ("web-0",),
    "ip": ("10.0.0.1",),
    "cidr": ("10.0.0.0/8",),
    "schedule": ("*/5 * * * *",),
    "timeZone": ("Europe/Berlin",),
    "apiVersion": ("v1", "apps/v1"),
    "fieldPath": ("metadata.name", "status.podIP"),
    "resource": ("limits.cpu", "requests.memory"),
    "containerName": ("web",),
    "serviceAccountName": ("web",),
    "operator": ("Exists", "In", "Equal"),
    "apiGroup": ("", "apps", "rbac.authorization.k8s.io"),
    "apiGroups": ("", "apps"),
    "verbs": ("get", "list"),
    "clusterIP": ("None", "10.96.0.10"),
}
_TEXTS = ("a", "web", "http", "a-b", "1", "true", "")
_INTEGERS = (0, 1, 2, 5, 10, 80, 8080, 1000, 65535)
_QUANTITIES = ("1", "500m", "1Gi", "128Mi", "1e3", "0.5", 2, 0)
_TIMES = ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5+01:00")

# What a type needs that its schema does not say, as its validation does: one member of a union.
_NEEDED: dict[str, tuple[Any, ...]] = {
    "Probe": ({"tcpSocket": {"port": 80}}, {"exec": {"command": ["true"]}}),
    "LifecycleHandler": ({"exec": {"command": ["true"]}}, {"sleep": {"seconds": 1}}),
    "Volume": ({"emptyDir": {}}, {"secret": {"secretName": "a"}}),
    "VolumeProjection": ({"secret": {"name": "a"}}, {"downwardAPI": {}}),
    "EnvVar": ({"value": "a"}, {}),
    "EnvVarSource": ({"configMapKeyRef": {"name": "a", "key": "a"}},),
    "EnvFromSource": ({"secretRef": {"name": "a"}},),
    "DownwardAPIVolumeFile": ({"fieldRef": {"fieldPath": "metadata.name"}},),
    "NodeSelectorTerm": ({"matchExpressions": [{"key": "a", "operator": "Exists"}]},),
    "NodeSelectorRequirement": ({"operator": "Exists"},),
    "LabelSelectorRequirement": ({"operator": "Exists"},),
    "LabelSelector": ({"matchLabels": {"a": "b"}}, {}),
    "Toleration": ({"operator": "Exists"},),
    "IngressBackend": ({"service": {"name": "a", "port": {"number": 80}}},),
    "ServiceBackendPort": ({"number": 80}, {"name": "http"}),
    "HTTPIngressPath": ({"path": "/a", "pathType": "Prefix"},),
    "NetworkPolicyPeer": ({"podSelector": {}}, {"ipBlock": {"cidr": "10.0.0.0/8"}}),
    "ConfigMapVolumeSource": ({"name": "a"},),
    "SecretVolumeSource": ({"secretName": "a"},),
    "Container": ({"image": "example/a:1.0"},),
    "TopologySpreadConstraint": ({"maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"},),
    "PersistentVolumeClaimSpec": (
        {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    ),
}
# Of these each mapping in them is a member of a union, which may have one.
UNIONS = (
    *("Probe", "LifecycleHandler", "Volume", "VolumeProjection", "EnvVarSource", "EnvFromSource"),
    *("DownwardAPIVolumeFile", "IngressBackend", "NetworkPolicyPeer"),
)
_DEEP = 4


def minimal(random: Random, types: Types, type_: str, depth: int = 0) -> dict[str, Any]:
    """A mapping of a type with what it needs and nothing more."""
    found: dict[str, Any] = {
        field.name: fitting(random, types, field.shape, field.name, depth + 1)
        for field in types.fields(type_).values()
        if field.required
    }
    return found | random.choice(_NEEDED.get(short(type_), ({},)))


def short(type_: str) -> str:
    """The name of a type without its package."""
    return type_.rpartition(".")[2]


def fitting(random: Random, types: Types, shape: Shape, name: str, depth: int = 0) -> Any:
    """A value that fits a shape; `name` is that of its field."""
    match shape.kind:
        case "object":
            found = minimal(random, types, shape.type, depth)
            optional = [f for f in types.fields(shape.type).values() if f.name not in found]
            if (
                optional
                and depth < _DEEP
                and short(shape.type) not in UNIONS
                and random.random() < 0.5
            ):
                field = random.choice(optional)
                found[field.name] = fitting(random, types, field.shape, field.name, depth + 1)
            return found
        case "array":
            assert shape.item is not None
            return [fitting(random, types, shape.item, name, depth + 1)]
        case "map":
            assert shape.item is not None
            key = random.choice(("cpu", "memory", "a", "example.com/a"))
            return {key: fitting(random, types, shape.item, name, depth + 1)}
    if shape.values:
        return random.choice(shape.values)
    choices: dict[str, tuple[Any, ...]] = {
        TEXT: _NAMED.get(name, _TEXTS),
        INTEGER: _INTEGERS,
        NUMBER: (0.5, 1),
        BOOLEAN: (True, False),
        QUANTITY: _QUANTITIES,
        INT_OR_TEXT: (1, 80, "http", "25%", "0%"),
        TIME: _TIMES,
        BYTES: ("MQ==", ""),
        ANY: ({}, {"a": 1}, {"a": {"b": [1]}}),
    }
    return random.choice(choices[shape.kind])


_WRONG: dict[str, tuple[Any, ...]] = {
    TEXT: ({}, {"a": "b"}, [], ["a"], {"name": "a"}),
    INTEGER: ({}, [1], True, 1.5, 2**31, 2**63, {"port": 1}),
    NUMBER: ({}, [1], "1", True),
    BOOLEAN: ("yes", "true", "on", 1, 0, {}, []),
    QUANTITY: ({}, ["1"], True, {"cpu": 1}),
    INT_OR_TEXT: ({}, [80], True, 1.5, {"number": 80}),
    TIME: (1, "yesterday", "2026-01-01", {}),
    BYTES: ("not base64!", "a", 1, {}),
    OBJECT: ("a", "", 1, True, [], [{}], ["a"]),
    LIST: ("a", 1, {}, {"a": 1}, True),
    MAP: ("a", [], ["a=b"], [{"name": "a", "value": "b"}], 1),
}


def wrong(random: Random, shape: Shape) -> Any:
    """A value of another type; for a list or a map perhaps only what is in it."""
    inside = shape.item
    if inside is not None and inside.kind in _WRONG and random.random() < 0.5:
        value = wrong(random, inside)
        return [value] if shape.kind == LIST else {"a": value}
    return random.choice(_WRONG[shape.kind])
