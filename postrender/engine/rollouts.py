"""
Pods that keep running with old data: a rule changes a ConfigMap or a Secret, and nothing in the pod
template of the workloads that use it changes with it. A chart's own checksum was computed before
the rules.

With `rollout: true` the rule's workloads get an annotation with a hash of the data, so that they
roll. Jobs run once, and a reloader replaces the pods of the workloads that ask it to.
"""

from __future__ import annotations

from postrender.data import get, put, same
from postrender.engine.changes import Step, by_object
from postrender.errors import listed
from postrender.kubernetes.objects import (
    CONTAINER_LISTS,
    group,
    identity,
    mappings,
    pod_kinds,
    pod_places,
    text_of,
    texts_of,
)
from postrender.verbs.generated_annotations import data_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeAlias

    from postrender.data import Object, Path
    from postrender.errors import Message
    from postrender.kubernetes.objects import Workloads
    from postrender.stream.manifest import Home
    from postrender.stream.manifests import Manifests

    # What a pod uses: kind and name, and the keys of it; None where it uses all.
    Use: TypeAlias = tuple[str, str, frozenset[str] | None]
    # A workload, where it is, and the keys that it uses.
    User: TypeAlias = tuple[tuple[Home, Path], Object, frozenset[str] | None]
    # A changed ConfigMap or Secret: what rules did to it, as it is now, the keys that have changed.
    Changed: TypeAlias = tuple[list[Step], Object, frozenset[str]]

_DATA = ("binaryData", "data", "stringData")
# Kinds with pods whose controller does not replace them when the template changes.
_NOT_ROLLED = frozenset(
    (
        *("AnalysisRun", "AnalysisTemplate", "Experiment", "GameServer", "HealthCheck", "JobSet"),
        *("JobTemplate", "Pod", "PodTemplate", "ReplicaSet", "ReplicationController"),
        *("Sandbox", "SandboxTemplate"),
    )
)
# Annotations by which a workload asks to be restarted: github.com/stakater/Reloader, with prefixes
# such as `configmap.`, and github.com/wave-k8s/wave.
_RELOADERS = ("reloader.stakater.com/", "wave.pusher.com/")


def rolled(steps: Sequence[Step], manifests: Manifests, workloads: Workloads) -> Iterator[Step]:
    """
    What `rollout: true` does: each workload that uses changed data, with a hash of it in an
    annotation of its pods. A step is to be put into its place before the next is asked for.
    """
    from postrender.verbs.metadata import put_texts

    changed = _changed_ones([step for step in steps if step.rule.rollout])
    for (own, _, _), users in zip(changed, _users_of(changed, manifests, workloads), strict=True):
        home, path = own[-1].home
        data = home.current(path) or {}
        text = {data_key(*_named(data)): _hash(data)}
        for (where, place), _ in users:
            before = after = where.current(place) or {}
            for pod in pod_places(before, workloads):
                if pod.template is not None:
                    template = put_texts(get(after, pod.template), "annotations", text)
                    after = put(after, pod.template, template)
            if after is not before:
                yield Step(own[-1].rule, (where, place), before, after, {}, [])


def stale_pods(steps: Sequence[Step], manifests: Manifests, workloads: Workloads) -> list[Message]:
    """A warning for each changed ConfigMap or Secret with the workloads that use its old data."""
    changed = _changed_ones([step for step in steps if not step.rule.rollout])
    # Hashing loads OpenSSL, so only where pods may have one.
    has_rollout = any(step.rule.rollout for step in steps)
    found = []
    for (own, end, _), users in zip(changed, _users_of(changed, manifests, workloads), strict=True):
        if has_rollout:
            home, path = own[-1].home
            data = home.current(path) or end
            key, text = data_key(*_named(data)), _hash(data)
            users = [one for one in users if not _has_hash(one[1], key, text, workloads)]
        names = dict.fromkeys(identity(user) for _, user in users)
        if names:
            step = next(step for step in reversed(own) if _changed(step.before, step.after or {}))
            found.append(_warning(step, end, [*names]))
    return found


def _has_hash(user: Object, key: str, text: str, workloads: Workloads) -> bool:
    """Whether the pods of a workload have the hash of some data, by another rule's `rollout`."""
    return any(
        texts_of(get(user, pod.template), "annotations").get(key) == text
        for pod in pod_places(user, workloads)
        if pod.template is not None
    )


def _changed_ones(steps: Sequence[Step]) -> list[Changed]:
    """The ConfigMaps and Secrets whose data the steps have changed."""
    changed = []
    for history in by_object(steps):
        start, end = history.before, history.after
        keys = _changed(start, end) if end is not None and _has_data(start) else frozenset()
        if end is not None and keys:
            changed.append((history.steps, end, keys))
    return changed


def _users_of(
    changed: Sequence[Changed], manifests: Manifests, workloads: Workloads
) -> list[list[tuple[tuple[Home, Path], Object]]]:
    """For each changed ConfigMap or Secret, the workloads that use a changed key of it."""
    if not changed:
        return []
    users = _users([text_of(end, "name") for _, end, _ in changed], manifests, workloads)
    return [
        [
            (home, user)
            for home, user, used in users.get((manifests.key(end)[2], *_named(end)), ())
            if used is None or used & keys
        ]
        for _, end, keys in changed
    ]


def _hash(obj: Object) -> str:
    """A hash of the data of a ConfigMap or Secret."""
    from json import dumps

    from postrender.verbs.generated_names import sha256

    text = dumps([obj.get(field) for field in _DATA], sort_keys=True)
    return sha256(text.encode()).hexdigest()


def _warning(step: Step, obj: Object, users: list[str]) -> Message:
    use = "uses it, and its" if len(users) == 1 else "use it, and their"
    return step.rule.message(
        identity(obj),
        f"{listed(users)} {use} pods are not replaced when only this data changes",
        "write rollout: true in the rule",
        id="config-without-rollout",
    )


def _named(obj: Object) -> tuple[str, str]:
    return text_of(obj, "kind"), text_of(obj, "name")


def _has_data(obj: Object) -> bool:
    return group(obj) == "" and text_of(obj, "kind") in ("ConfigMap", "Secret")


def _changed(before: Object, after: Object) -> frozenset[str]:
    """The keys of the data that two states of a ConfigMap or Secret have not in common."""
    keys: set[str] = set()
    for field in _DATA:
        old, new = (get(obj, (field,)) or {} for obj in (before, after))
        if isinstance(old, dict) and isinstance(new, dict):
            keys.update(key for key in {**old, **new} if not same(old.get(key), new.get(key)))
    return frozenset(keys)


def _users(
    names: Sequence[str], manifests: Manifests, workloads: Workloads
) -> dict[tuple[str, str, str], list[User]]:
    """
    The workloads that use ConfigMaps and Secrets of these names, by the namespace, kind and name of
    what they use.
    """
    kinds = {kind for kind in pod_kinds(workloads) if _is_rolled(kind)} & manifests.by_kind.keys()
    found: dict[tuple[str, str, str], list[User]] = {}
    for home in manifests.users(kinds, names):
        for path, subject in manifests.subjects_of(home):
            user = subject.obj
            if not _is_rolled(text_of(user, "kind")):
                continue
            for pod in pod_places(user, workloads):
                template = get(user, pod.template) if pod.template is not None else {}
                for kind, name, keys in _uses(get(user, pod.spec)):
                    if not _is_reloaded(user, template):
                        used = (manifests.key(user)[2], kind, name)
                        found.setdefault(used, []).append(((home, path), user, keys))
    return found


def _is_rolled(kind: str) -> bool:
    return kind not in _NOT_ROLLED and not kind.endswith("Job")


def _is_reloaded(obj: Object, template: Object) -> bool:
    return any(
        key.startswith(reloader) or f".{reloader}" in key
        for one in (obj, template)
        for key in texts_of(one, "annotations")
        for reloader in _RELOADERS
    )


def _uses(spec: Object) -> Iterator[Use]:
    """What the volumes, variables and `envFrom` of a pod use."""
    for volume in mappings(spec.get("volumes")):
        for source in (volume, *mappings(get(volume, ("projected", "sources")))):
            yield from _of_source(source)
    for field in CONTAINER_LISTS:
        for container in mappings(spec.get(field)):
            for source in mappings(container.get("envFrom")):
                yield "ConfigMap", _name(source, "configMapRef"), None
                yield "Secret", _name(source, "secretRef"), None
            for variable in mappings(container.get("env")):
                for kind, ref in (("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")):
                    key = get(variable, ("valueFrom", ref, "key"))
                    name = get(variable, ("valueFrom", ref, "name"))
                    yield kind, str(name), frozenset((str(key),))


def _of_source(source: Object) -> Iterator[Use]:
    """What a volume, or a source of a projected one, shows."""
    for kind, field, key in (
        ("ConfigMap", "configMap", "name"),
        ("Secret", "secret", "secretName"),
        ("Secret", "secret", "name"),
    ):
        shown = source.get(field)
        if isinstance(shown, dict):
            items = mappings(shown.get("items"))
            keys = frozenset(str(item.get("key")) for item in items) if items else None
            yield kind, str(shown.get(key)), keys


def _name(source: Object, field: str) -> str:
    return str(get(source, (field, "name")))
