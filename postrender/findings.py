"""
The one table of findings: warnings, and errors that a rule may permit with `accept`. Each has an id
that is printed behind its message. docs/messages.md shows the table; a test compares it with the
ids in the source.
"""

from __future__ import annotations

from postrender.value import Value

ERROR, WARNING = "error", "warning"


class Finding(Value):
    """
    One kind of finding: its id, whether it is an ERROR or a WARNING, whether `accept` may name it,
    what it means, what to do about it.

    `is_steady` says that rules have it or not whatever the stream is like: an `accept` that excused
    none is then out of date. One that is not may be needed for the next stream only.
    """

    id: str
    severity: str
    is_acceptable: bool
    is_steady: bool
    means: str
    act: str


def _error(key: str, means: str, act: str) -> Finding:
    """An error that rules may accept."""
    return Finding(key, ERROR, True, True, means, act)


def _warning(key: str, means: str, act: str) -> Finding:
    """A warning that rules may accept."""
    return Finding(key, WARNING, True, True, means, act)


def _refused(key: str, means: str, act: str) -> Finding:
    """An error that objects have or not by what the chart has: those of the result's checks."""
    return Finding(key, ERROR, True, False, means, act)


def _by_chance(key: str, means: str, act: str) -> Finding:
    """A warning that rules may have for one chart and not for the next."""
    return Finding(key, WARNING, True, False, means, act)


# In the order of their ids.
_ALL = (
    _by_chance(
        "accept-unused",
        "an `accept` that excused nothing, although its rule matched",
        "remove the id from `accept`",
    ),
    _by_chance(
        "config-without-rollout",
        "a rule changes a ConfigMap or Secret, and the pods that use it are not replaced when only "
        "that changes: their template stays the same",
        "change an annotation of the pods, too; accept it if they reload it themselves",
    ),
    _warning(
        "duplicate-entry",
        "a rule brings a second environment variable of one name, or a second port of one "
        "number, into a container; Kubernetes takes it",
        "keep one",
    ),
    _refused(
        "duplicate-mount",
        "a rule mounts a second volume at one path of a container",
        "mount one elsewhere, or remove it",
    ),
    _refused(
        "duplicate-name",
        "a rule brings a second container or volume of one name into a pod, or a key of a "
        "ConfigMap that is in `data` and `binaryData`",
        "choose another name",
    ),
    _refused(
        "duplicate-port",
        "a rule brings a second port of one name or number into a Service, of one name into a "
        "container, or a second claim to one port of the node",
        "take one out: `{port: 80, $patch: delete}` in a Service",
    ),
    _warning(
        "empty-dir-hides-files",
        "an `emptyDir` that a rule mounts into a container of the chart hides what the image has "
        "there; not said of `/tmp`, `/run`, `/var/cache` and the like",
        "mount it elsewhere, or copy the files into it with an init container",
    ),
    _warning(
        "field-of-other-type",
        "a Service has a field that does not go with its type, such as `nodePort` with "
        "ClusterIP; Kubernetes refuses it when the Service is new",
        "set the field to null, or change the type",
    ),
    _warning(
        "field-replaced",
        "a rule sets a field that cannot stand beside one of the chart's, such as another handler "
        "of a probe, and the chart's is taken out",
        "set the chart's field to null in the rule if that is meant",
    ),
    _refused(
        "finds-nothing",
        "a rule takes out something that none of its objects has, such as a field, a variable, a "
        "container or a label, or changes images that none has",
        "correct the name, or remove what is out of date; accept it where the rule runs over its "
        "own output, where it is gone already",
    ),
    _by_chance(
        "flag-near-another",
        "a rule adds a flag to a container that has almost the same one; often it is that one, "
        "mistyped",
        "correct the flag; accept it if the program has both",
    ),
    _warning(
        "hook-replaced",
        "a rule replaces a `postStart` or `preStop` hook of the chart, which no longer runs",
        "call what the chart's hook did from the new one, if it is still needed",
    ),
    _refused(
        "host-port-differs",
        "with `hostNetwork`, a `hostPort` is not the same as its `containerPort`",
        "remove `hostPort`",
    ),
    _warning(
        "host-port-twice",
        "with `hostNetwork`, two containers need the same port of the node",
        "give one of them another port",
    ),
    _by_chance(
        "images-left-behind",
        "a rule replaces a registry, and there are images of it that the rule does not reach: in "
        "other objects, in arguments, variables, fields of custom resources or texts",
        "match those objects too, add `anywhere: true` to the entry, or change the fields with "
        "`merge` or `jsonPatch`; `kmod-post inspect --images -f FILE` lists them all; accept it if "
        "they may stay",
    ),
    _by_chance(
        "immutable-field",
        "a rule changes a field that nobody can change once the object is installed, such as the "
        "pod template of a Job, or a selector; the next upgrade of a release that was installed "
        "without this rule fails",
        "delete the object before that upgrade, or leave it out with `match`; accept it for a new "
        "release",
    ),
    _refused(
        "invalid-encoding",
        "a field that is base64, such as `data` of a Secret, holds something else",
        "encode it; in a Secret, write it under `stringData`",
    ),
    _refused(
        "invalid-name",
        "a name that Kubernetes does not take: of a container, a volume, a port, a label, an "
        "annotation, or a key of a ConfigMap or Secret",
        "correct the name",
    ),
    _by_chance(
        "list-replaced",
        "a rule replaces a list that Kubernetes does not merge by a key, such as `args`, "
        "`tolerations` or the `rules` of a Role, and items of the chart are lost",
        "repeat the items that must stay; accept it if the list is meant to be all there is",
    ),
    Finding(
        "log-not-written",
        WARNING,
        is_acceptable=False,
        is_steady=False,
        means="the file of `--log-file` cannot be written",
        act="name another file",
    ),
    _refused(
        "missing-field",
        "a field is missing that Kubernetes requires, such as the image of a container",
        "add the field",
    ),
    _warning(
        "mount-replaced",
        "a rule mounts another volume at a path where the chart has mounted one",
        "mount it elsewhere if the container needs both",
    ),
    _refused(
        "mount-without-volume",
        "a container mounts a volume that its pod does not have",
        "add the volume, or remove the mount; accept it if a controller adds the volume",
    ),
    _by_chance(
        "namespace-left-behind",
        "a rule moves objects to another namespace, and something else still means the old one: "
        "host names, variables, the Namespace, hooks, a RoleBinding whose Role does not move",
        "change it with other verbs, or accept it where the old namespace is meant",
    ),
    _warning(
        "native-sidecar",
        "a rule adds a native sidecar: before Kubernetes 1.29 it is an init container that never "
        "ends, and the pod does not start",
        "check the version of the cluster",
    ),
    Finding(
        "no-image",
        ERROR,
        is_acceptable=False,
        is_steady=False,
        means="a rule adds a container without an image; often its name is mistyped",
        act="correct the name, or add the image",
    ),
    _warning(
        "original-with-args",
        "`original` of an entrypoint is read as the image's ENTRYPOINT alone, because the "
        "container has `args`",
        "write only the ENTRYPOINT there, and leave out the CMD",
    ),
    _by_chance(
        "position-ignored",
        "a rule gives the `position` of a container that the pod has already, elsewhere; only a "
        "new container is put where `position` says",
        "remove `position`",
    ),
    _warning(
        "post-start-race",
        "a `postStart` hook runs at the same time as the ENTRYPOINT, not before it",
        "put what must come first into `entrypoint` or an init container",
    ),
    _refused(
        "privilege-conflict",
        "a container has `allowPrivilegeEscalation: false` with `privileged: true` or "
        "`CAP_SYS_ADMIN`",
        "remove one, or leave the container out of the rule",
    ),
    _refused(
        "probe-on-init-container",
        "an init container that ends has a probe or `lifecycle`",
        "remove it, or make the container a native sidecar",
    ),
    _refused(
        "rename",
        "a rule changes the apiVersion, kind, name or namespace of an object, which makes another "
        "object of it: Helm removes the one that it had installed",
        "leave the field out, as in a patch pasted from elsewhere; accept it if another object is "
        "meant",
    ),
    _by_chance(
        "replicas-autoscaled",
        "a rule sets the replicas of an object that a HorizontalPodAutoscaler or a ScaledObject of "
        "the stream scales",
        "change `minReplicas` and `maxReplicas` of the autoscaler, or remove it with a rule",
    ),
    _by_chance(
        "resources-not-added",
        "the stream is empty, and then `resources` are not added: it may be a part of a chart "
        "whose objects come in another stream",
        "check why the chart has no objects; accept it if that is meant",
    ),
    _refused(
        "restart-policy",
        "pods have a `restartPolicy` or deadline that the kind of their object does not allow",
        "write what the kind allows",
    ),
    _warning(
        "rules-conflict",
        "a rule changes a field that an earlier rule has set to something else",
        "keep one of the two",
    ),
    _refused(
        "same-name",
        "a rule adds a container that the chart has already, with another image",
        "choose another name; to change the chart's, write `containers`; accept it if the chart's "
        "container is to be replaced",
    ),
    _by_chance(
        "selector-finds-nothing",
        "a Service, PodDisruptionBudget, NetworkPolicy, ServiceMonitor or PodMonitor found pods or "
        "Services of the chart before the rules, and finds none after them",
        "keep the labels that it asks for, or change its selector too",
    ),
    _warning(
        "sidecar-in-job",
        "a rule adds a plain sidecar to a Job, a CronJob or a pod that is not restarted: the pod "
        "does not complete before the sidecar ends",
        "add it with `native: true`",
    ),
    _warning(
        "sub-path-not-updated",
        "a rule mounts a `subPath` of a ConfigMap, a Secret or the like, and a running pod never "
        "sees it change; not said of `files`, whose pods are replaced",
        "mount the whole volume, or replace the pods when it changes",
    ),
    _refused(
        "two-of-one",
        "two fields that exclude each other, such as two handlers of a probe",
        "keep one of them",
    ),
    _error(
        "unknown-field",
        "a field that Kubernetes does not know",
        "correct its name, or move it to where it belongs; accept it if the cluster is newer than "
        "kmod-post",
    ),
    _warning(
        "volume-source-replaced",
        "a rule replaces the source of a volume of the chart, with what is in it",
        "check that no container needs what the chart's volume holds",
    ),
    _warning(
        "write-to-read-only",
        "a container gets `readOnlyRootFilesystem`, and its script has a `> /path` outside its "
        "mounts, which fails when it runs",
        "mount a volume there",
    ),
)
FINDINGS = {finding.id: finding for finding in _ALL}
