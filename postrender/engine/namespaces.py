"""
What `namespace` moves: the objects of a rule, and references to them.

Sources: kubernetes pkg/apis/rbac/types.go (Subject), admissionregistration/types.go
(ServiceReference), kube-aggregator apis/apiregistration/types.go, apiextensions types.go
(WebhookClientConfig); cert-manager pkg/apis/certmanager/v1/types.go (inject-ca-from).
"""

from __future__ import annotations

import re

from postrender.data import expand, get, put
from postrender.errors import listed
from postrender.kubernetes.objects import (
    group,
    identity,
    is_hook,
    own_kinds,
    text_of,
    texts_of,
)
from postrender.kubernetes.types import is_built_in
from postrender.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from postrender.data import Data, Object, Path
    from postrender.errors import Message
    from postrender.kubernetes.crds import Types
    from postrender.kubernetes.objects import Workloads
    from postrender.rules.model import Rule
    from postrender.stream.manifest import Home
    from postrender.stream.manifests import Manifests
    from postrender.verbs.context import Context

_RBAC = "rbac.authorization.k8s.io"
# Where objects refer to Services: by kind, the paths of the references.
_SERVICES = {
    "APIService": ("spec.service",),
    "CustomResourceDefinition": ("spec.conversion.webhook.clientConfig.service",),
    "MutatingWebhookConfiguration": ("webhooks[*].clientConfig.service",),
    "ValidatingWebhookConfiguration": ("webhooks[*].clientConfig.service",),
}
_BINDINGS = ("ClusterRoleBinding", "RoleBinding")
# Annotations with `namespace/name`: what they refer to, as group and kind.
_INJECTED = {
    "cert-manager.io/inject-ca-from": ("cert-manager.io", "Certificate"),
    "cert-manager.io/inject-ca-from-secret": ("", "Secret"),
}
_DEFAULT = "default"
# Fields that hold names of namespaces.
_FIELDS = frozenset(("matchNames", "namespace", "namespaces", "targetNamespace", "watchNamespace"))
_SHOWN = 6


class _Reference(Value):
    """A reference: what it names, and the path of its namespace, or the key of its annotation."""

    group: str
    kind: str
    name: str
    namespace: str
    place: Path
    annotation: str


class Moves:
    """
    What one rule moves to a namespace. `old` are the namespaces that objects leave, as far as they
    are known.
    """

    def __init__(
        self,
        name: str,
        objects: Sequence[Object],
        manifests: Manifests,
        workloads: Workloads,
        types: Types,
    ) -> None:
        self.name = name
        self._manifests = manifests
        self._workloads = workloads
        self._types = types
        self._roles = {text_of(obj, "name") for obj in objects if text_of(obj, "kind") == "Role"}
        # What moves, with the namespace that it leaves; empty where that is not known.
        self._leaving: dict[tuple[str, str, str], set[str]] = {}
        for obj in objects:
            namespace = self._namespace(obj)
            if namespace != name and self._scope(obj) != "Cluster" and not self._stays(obj):
                key = (group(obj), text_of(obj, "kind"), text_of(obj, "name"))
                self._leaving.setdefault(key, set()).add(namespace)
        self.old = {old for olds in self._leaving.values() for old in olds if old}
        if any("" in olds for olds in self._leaving.values()):
            kinds = {*_BINDINGS, *_SERVICES} & manifests.by_kind.keys()
            for home in manifests.candidates(kinds):
                for _, subject in manifests.subjects_of(home):
                    found = filter(self._is_moved, _references(subject.obj))
                    self.old |= {one.namespace for one in found}

    def moves_some(self) -> bool:
        """Whether any object moves."""
        return bool(self._leaving)

    def _namespace(self, obj: Object) -> str:
        return text_of(obj, "namespace") or self._manifests.default_namespace

    def _is_moved(self, reference: _Reference) -> bool:
        """Whether a reference means an object that moves."""
        key = (reference.group, reference.kind, reference.name)
        olds = self._leaving.get(key, ())
        if reference.namespace in olds:
            return True
        if "" not in olds:
            is_default = key == ("", "ServiceAccount", _DEFAULT)
            return is_default and reference.namespace in self.old
        # The object names no namespace: it is this one, unless the stream has it there, too.
        metadata = {"name": reference.name, "namespace": reference.namespace}
        api = f"{reference.group}/v1" if reference.group else "v1"
        known = {"apiVersion": api, "kind": reference.kind, "metadata": metadata}
        return self._manifests.find(known) is None

    def moved(self, obj: Object, context: Context) -> Object:
        """An object of the rule in its namespace, and with references to what moves."""
        new = obj
        if self._namespace(obj) != self.name and self._is_namespaced(obj, context):
            if self._stays(obj):
                context.warn(
                    f"it stays in its namespace, as its Role {_role_of(obj)} does not move",
                    "move the Role with it, or accept it",
                    id="namespace-left-behind",
                    even_unchanged=True,
                )
            else:
                new = _in_namespace(obj, self.name)
        for one in _references(obj):
            if one.namespace != self.name and self._is_moved(one):
                text = f"{self.name}/{one.name}" if one.annotation else self.name
                new = put(new, one.place, text)
        return new

    def _stays(self, obj: Object) -> bool:
        """Whether an object is a RoleBinding whose Role is none of the rule's."""
        return bool(_role_of(obj)) and _role_of(obj) not in self._roles

    def _is_namespaced(self, obj: Object, context: Context) -> bool:
        """Whether objects of this kind are in namespaces. Raises VerbError where nobody says it."""
        scope = self._scope(obj)
        if not scope and not text_of(obj, "namespace"):
            kind = text_of(obj, "kind")
            context.fail(
                f"it is not known whether a {kind} has a namespace",
                f"write kinds: {{{kind}.{group(obj)}: {{scope: Namespaced}}}}, or scope: Cluster",
            )
        return scope != "Cluster"

    def _scope(self, obj: Object) -> str:
        """The scope of an object's kind; empty where it is not known."""
        for one in own_kinds(obj, self._workloads):
            if one.scope:
                return one.scope
        version = text_of(obj, "apiVersion")
        known = self._types.kinds_of(version).get(text_of(obj, "kind"))
        if known is None:
            return "Namespaced" if is_built_in(version) else ""
        return "Cluster" if known.is_cluster_scoped else "Namespaced"


def _in_namespace(obj: Object, name: str) -> Object:
    """The object in a namespace, which stands behind its name if it had none."""
    metadata = obj.get("metadata") or {}
    if "namespace" in metadata:
        moved: Object = put(obj, ("metadata", "namespace"), name)
        return moved
    fields: Object = {}
    for key, value in metadata.items():
        fields[key] = value
        if key == "name":
            fields["namespace"] = name
    return {**obj, "metadata": {**fields, "namespace": name}}


def _role_of(obj: Object) -> str:
    """The Role that a RoleBinding binds; empty where it binds a ClusterRole."""
    if (group(obj), text_of(obj, "kind")) != (_RBAC, "RoleBinding"):
        return ""
    role = get(obj, ("roleRef",)) or {}
    return str(role.get("name")) if role.get("kind") == "Role" else ""


def _references(obj: Object) -> Iterator[_Reference]:
    """The references of an object to others, with their namespaces."""
    kind = text_of(obj, "kind")
    if kind in _BINDINGS:
        for path in expand(obj, "subjects[*]"):
            subject = get(obj, path)
            if isinstance(subject, dict) and subject.get("kind") == "ServiceAccount":
                yield from _reference("", "ServiceAccount", subject, path)
    for pattern in _SERVICES.get(kind, ()):
        for path in expand(obj, pattern):
            yield from _reference("", "Service", get(obj, path), path)
    annotations = texts_of(obj, "annotations")
    for key, (of, what) in _INJECTED.items():
        namespace, slash, name = annotations.get(key, "").partition("/")
        if slash:
            place = ("metadata", "annotations", key)
            yield _Reference(of, what, name, namespace, place, key)


def _reference(of: str, kind: str, value: Data, path: Path) -> Iterator[_Reference]:
    if isinstance(value, dict) and isinstance(value.get("namespace"), str):
        place = (*path, "namespace")
        yield _Reference(of, kind, str(value.get("name")), value["namespace"], place, "")


def left_behind(moves: Iterable[tuple[Rule, Moves]], manifests: Manifests) -> Iterator[Message]:
    """A warning for each rule that leaves mentions of a namespace behind."""
    for rule, move in moves:
        found: dict[str, None] = {}
        homes: list[Home] = [*manifests.all, *manifests.resources]
        olds = move.old - {move.name}
        pattern = _pattern_of(olds)
        for home in homes if move.moves_some() else ():
            for _, subject in manifests.subjects_of(home):
                what = _mention(subject.obj, olds, pattern, rule)
                if what:
                    found[f"{identity(subject.obj)} ({what})"] = None
        if found:
            names = " or ".join(f'"{name}"' for name in sorted(move.old)) or "the old namespace"
            yield rule.message(
                "namespace",
                f"{names} is still mentioned in {listed([*found], _SHOWN)}",
                "change them with other verbs, match hooks: include, or accept it",
                id="namespace-left-behind",
            )


def _pattern_of(olds: set[str]) -> re.Pattern[str]:
    """What mentions one of these namespaces in a text. `kubernetes.default` is the API server."""
    names = "|".join(map(re.escape, sorted(olds)))
    return re.compile(
        rf"(?<!\bkubernetes)\.(?:{names})(?:\.svc\b|(?=:\d|/))"
        rf"|system:serviceaccounts?:(?:{names})\b|^--[\w-]*namespaces?=(?:{names})$"
    )


def _mention(obj: Object, olds: set[str], pattern: re.Pattern[str], rule: Rule) -> str:
    """How an object mentions one of these namespaces; empty where it does not."""
    namespace = text_of(obj, "namespace")
    if text_of(obj, "apiVersion") == "v1" and text_of(obj, "kind") == "Namespace":
        return "the namespace itself" if text_of(obj, "name") in olds else ""
    if is_hook(obj) and rule.match.hooks == "exclude" and (namespace in olds or not namespace):
        return "a hook"
    if not olds:
        return ""
    for one in _references(obj):
        if one.namespace in olds and one.kind != "ServiceAccount":
            return one.annotation or f"{one.kind} {one.name}"
    rest = {key: value for key, value in obj.items() if key not in ("subjects", "metadata")}
    return _in_values(rest, "", olds, pattern)


def _in_values(value: Data, field: str, olds: set[str], pattern: re.Pattern[str]) -> str:
    """The first mention in a value below a field."""
    if isinstance(value, dict):
        name = value.get("name")
        if isinstance(name, str) and "NAMESPACE" in name and value.get("value") in olds:
            return f"variable {name}"
        found = (_in_values(item, str(key), olds, pattern) for key, item in value.items())
        return next(filter(None, found), "")
    if isinstance(value, list):
        found = (_in_values(item, field, olds, pattern) for item in value)
        return next(filter(None, found), "")
    if not isinstance(value, str):
        return ""
    if value in olds and field in _FIELDS:
        return field
    host = pattern.search(value)
    return host[0].lstrip(".") if host else ""
