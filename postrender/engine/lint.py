"""
Warnings: changes that have surprising effects in Kubernetes.

A warning does not change the output; it goes to standard error and to the log file. With
`--strict` it is an error: the run fails, and nothing is printed.

Warnings are only about what rules add or change, never about the chart, and only if it is still
there after all rules. Objects that do not change give no warnings, so rules on their own output are
silent.

Each warning has an id at its end. [docs/messages.md](messages.md#findings) says what each means and
what to do; a rule that means it so accepts it: `accept: [post-start-race]`. Equal warnings of one
rule about several objects are one line, which counts them and names three.

```yaml
rules:
  register:
    match: {kind: Deployment, name: web}
    containers:
      web: {postStart: register-me}
  quiet:
    match: {kind: Deployment}
    labels: {team: shop}
  loud:
    match: {kind: Deployment, name: web}
    labels: {team: web}
```

```diff
 apiVersion: apps/v1
 kind: Deployment
 metadata:
   name: web
+  labels:
+    team: web
 spec:
   template:
     spec:
       containers:
         - name: web
           image: example/web:1.0
+          lifecycle:
+            postStart:
+              exec:
+                command:
+                  - sh
+                  - -c
+                  - register-me
```

```text
kmod.yaml:2:3: rule "register": Deployment/web: container web: its postStart hook and its ENTRYPOINT start together, in no particular order; put what must come first into entrypoint: or an init container (warning: post-start-race)
kmod.yaml:9:3: rule "loud": Deployment/web: it changes metadata.labels.team, which rule "quiet" has set; keep one of the two (warning: rules-conflict)
```

Rules that build on the current value do not conflict with earlier rules: `images` changes parts of
a name, `entrypoint` runs a script before another, `jsonPatch` describes operations, not a result.
"""  # noqa: E501 - a message is one line

from __future__ import annotations

from postrender.data import get
from postrender.errors import parts_of
from postrender.kubernetes.objects import (
    CONTAINER_LISTS,
    SHELLS,
    container_kind,
    group,
    identity,
    mappings,
    pod_places,
    text_of,
    volume_source,
)
from postrender.verbs.generated_names import folder_of, volume_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from postrender.data import Object
    from postrender.engine.changes import History, Step
    from postrender.errors import Message
    from postrender.kubernetes.objects import Workloads

    # An id of WORDS and what its text is about: the container first.
    Finding = tuple[str, ...]
    # The chart's containers: name to the paths that are mounted there.
    Known = dict[str, set[str]]

# Sources: kubernetes.io on container lifecycle hooks ("no guarantee … before the container
# ENTRYPOINT"), sidecar containers and Jobs, ConfigMaps ("subPath … will not receive updates");
# kubernetes pkg/features/kube_features.go (SidecarContainers, on since 1.29), pkg/api/pod/util.go
# (before that, restartPolicy of init containers is dropped); pkg/apis/core/v1/defaults.go and
# validation.go (with hostNetwork every port is one of the node, and may be there once).
WORDS = {
    "sidecar-in-job": "container {0}: the pod does not complete before this sidecar ends; "
    "add it as a sidecar with native: true",
    "native-sidecar": "container {0}: native sidecars need Kubernetes 1.29, and an older cluster "
    "waits forever for them to end; check its version",
    "post-start-race": "container {0}: its postStart hook and its ENTRYPOINT start together, in no "
    "particular order; put what must come first into entrypoint: or an init container",
    "empty-dir-hides-files": "container {0}: the emptyDir {2} hides what the image has in {1}; "
    "mount it elsewhere, or copy what is needed there",
    "sub-path-not-updated": "container {0}: {1} is a subPath of volume {2} and is never updated in "
    "a running pod; mount the whole volume, or replace the pods when it changes",
    "write-to-read-only": "container {0}: its script writes to {1}, but its root filesystem is "
    "read-only; mount a volume there",
    "flag-near-another": "container {0}: it has --{2}, and now --{1} too; did you mean --{2}?",
    "host-port-twice": "containers {0}: with hostNetwork they want the same port of the node, {1}; "
    "give one another port",
}

# What the Filesystem Hierarchy Standard (3.0) lets be empty at any start: nothing of an image is
# missed there.
_SCRATCH = ("/tmp", "/var/tmp", "/run", "/var/run", "/var/cache", "/dev/shm")  # noqa: S108 - names only
_NOT_UPDATED = ("configMap", "secret", "projected", "downwardAPI")


def lint(histories: Sequence[History], workloads: Workloads) -> list[Message]:
    """
    The warnings of a run: what its steps (one rule, one object) warned of themselves, and what is
    found in what they made.
    """
    warnings: list[tuple[int, Message]] = []
    for history in histories:
        if history.after is None or history.is_kept:
            continue
        own, places = history.steps, history.places
        for i, step in zip(places, own, strict=True):
            warnings += [(i, message) for message in step.warnings]
        found = [] if history.keeps_content else [*_added(own, workloads)]
        if len(own) > 1:
            from postrender.engine.conflicts import contradictions

            found += contradictions(own)
        if not history.keeps_content:
            found += _new_flags(own, workloads)
        for at, key, sentence in found:
            text, advice = parts_of(sentence)
            message = own[at].rule.message(identity(own[at].before), text, advice, id=key)
            warnings.append((places[at], message))
    warnings.sort(key=lambda entry: entry[0])
    return list(dict.fromkeys(message for _, message in warnings))


def _new_flags(steps: list[Step], workloads: Workloads) -> Iterator[tuple[int, str, str]]:
    """Flags that may be mistyped, where a rule changes the words of containers of the chart."""
    may_change = any(key in ("containers", "merge") for step in steps for key, _ in step.rule.verbs)
    start, end = steps[0].before, steps[-1].after or {}
    if may_change and not _words(end, workloads) <= _words(start, workloads):
        from postrender.engine.nearflags import near_flags

        for at, *about in near_flags(steps, workloads):
            yield at, "flag-near-another", WORDS["flag-near-another"].format(*about)


def _words(obj: Object, workloads: Workloads) -> set[tuple[str, int, int]]:
    """The containers of an object, each with the identities of its `command` and `args`."""
    return {
        (str(one.get("name")), id(one.get("command")), id(one.get("args")))
        for place in pod_places(obj, workloads)
        for _, one in _containers(get(obj, place.spec))
    }


def _added(steps: list[Step], workloads: Workloads) -> Iterator[tuple[int, str, str]]:
    """
    New findings in an object after all rules: the step that caused each, its id, its sentence.
    """
    scripts = {
        f"{folder_of(step.rule.name)}/{key}": file.text
        for step in steps
        for key, file in step.files.items()
    }
    generated = {volume_name(step.rule.name) for step in steps if step.files}
    known: Known = {}
    for place in pod_places(steps[0].before, workloads):
        for _, container in _containers(get(steps[0].before, place.spec)):
            paths = known.setdefault(str(container.get("name")), set())
            paths.update(path for path, _, _ in _mounts(container))
    wanted = set(_findings(steps[-1].after or {}, workloads, known, scripts, generated))
    if not wanted:
        return
    before = set(_findings(steps[0].before, workloads, known, scripts, generated))
    wanted -= before
    if any(key == "native-sidecar" for key, *_ in before):
        wanted = {finding for finding in wanted if finding[0] != "native-sidecar"}
    for i, step in enumerate(steps):
        if not wanted:
            return
        for finding in _findings(step.after or {}, workloads, known, scripts, generated):
            if finding in wanted:
                wanted.remove(finding)
                key, *about = finding
                yield i, key, WORDS[key].format(*about)


def _findings(
    obj: Object,
    workloads: Workloads,
    known: Known,
    scripts: Mapping[str, str],
    generated: AbstractSet[str],
) -> Iterator[Finding]:
    """
    All that is to be said of an object's pods. `scripts` are generated ones, by their paths, and
    `generated` the volumes of such files, whose pods are replaced when they change.
    """
    for place in pod_places(obj, workloads):
        spec = get(obj, place.spec)
        completes = spec.get("restartPolicy") in ("Never", "OnFailure") or (
            group(obj) == "batch" and text_of(obj, "kind") in ("Job", "CronJob")
        )
        for field, container in _containers(spec):
            name = str(container.get("name"))
            if container_kind(field, container) == "sidecar":
                yield "native-sidecar", name
            if field == "containers" and completes and known and name not in known:
                yield "sidecar-in-job", name
            hook = get(container, ("lifecycle", "postStart"))
            if hook:
                yield "post-start-race", name, repr(hook)
            if container.get("volumeMounts"):
                yield from _volumes(spec, container, known, generated)
            if container.get("securityContext"):
                yield from _writes(container, scripts)
        if spec.get("hostNetwork") is True:
            yield from _ports(spec)


def _volumes(
    spec: Object, container: Object, known: Known, generated: AbstractSet[str]
) -> Iterator[Finding]:
    """An emptyDir over files of the image; single files that are never updated."""
    name = str(container.get("name"))
    volumes = mappings(spec.get("volumes"))
    types = {str(volume.get("name")): volume_source(volume)[0] for volume in volumes}
    for path, volume, is_single in _mounts(container):
        is_over_image = path not in known.get(name, {path}) and not _is_in(path, _SCRATCH)
        if is_over_image and types.get(volume) == "emptyDir":
            yield "empty-dir-hides-files", name, path, volume
        if is_single and volume not in generated and types.get(volume) in _NOT_UPDATED:
            yield "sub-path-not-updated", name, path, volume


def _writes(container: Object, scripts: Mapping[str, str]) -> Iterator[Finding]:
    """Scripts that plainly write to a root filesystem that cannot be written to."""
    if get(container, ("securityContext", "readOnlyRootFilesystem")) is not True:
        return
    elsewhere = ["/dev", "/proc", *(path for path, _, _ in _mounts(container))]
    for script in _scripts(container, scripts):
        for path in _redirections(script):
            if not _is_in(path, elsewhere):
                yield "write-to-read-only", str(container.get("name")), path


def _ports(spec: Object) -> Iterator[Finding]:
    """With hostNetwork, containers of a pod that need the same port of the node."""
    owners: dict[tuple[str, ...], dict[str, None]] = {}
    for field, container in _containers(spec):
        if container_kind(field, container) == "init":
            continue  # has ended when the others start
        for port in mappings(container.get("ports")):
            fields = (port.get("containerPort"), port.get("protocol") or "TCP", port.get("hostIP"))
            owners.setdefault(tuple(map(str, fields)), {})[str(container.get("name"))] = None
    for (number, protocol, _), names in owners.items():
        if len(names) > 1:
            yield "host-port-twice", " and ".join(names), f"{number}/{protocol}"


def _containers(spec: Object) -> Iterator[tuple[str, Object]]:
    """All containers of a pod spec with the list they are in."""
    for field in CONTAINER_LISTS:
        for container in mappings(spec.get(field)):
            yield field, container


def _mounts(container: Object) -> Iterator[tuple[str, str, bool]]:
    """The mounts of a container: path, volume, whether only a part of that is shown."""
    for mount in mappings(container.get("volumeMounts")):
        path = str(mount.get("mountPath")).rstrip("/") or "/"
        yield path, str(mount.get("name")), "subPath" in mount or "subPathExpr" in mount


def _is_in(path: str, folders: Iterable[str]) -> bool:
    """Whether a path is one of the folders or in one."""
    return any(f"{path}/".startswith(f"{folder.rstrip('/')}/") for folder in folders)


# Scripts


def _scripts(container: Object, scripts: Mapping[str, str]) -> Iterator[str]:
    """The shell scripts that a container is seen to run."""
    hooks = (get(container, ("lifecycle", hook, "exec")) for hook in ("postStart", "preStop"))
    for owner in (container, *hooks):
        parts = (get(owner, (field,)) for field in ("command", "args"))
        words = [str(word) for part in parts if isinstance(part, list) for word in part]
        for i, word in enumerate(words):
            if word in scripts:
                yield scripts[word]
            options, script = (*words[i + 1 : i + 3], "", "")[:2]
            is_shell = word.rpartition("/")[2] in SHELLS
            if is_shell and options.startswith("-") and "c" in options:
                yield script


def _redirections(script: str) -> list[str]:
    """
    The absolute paths that a shell script sends output to; what is quoted, commented out, in a here
    document or made of variables is passed over.
    """
    import re

    # A here document: what follows `<<WORD` on its line stays, its lines go.
    here = r"(<<-?[ \t]*(['\"]?)(\w+)\2(?!<)[^\n]*)\n.*?^\t*\3$"
    script = re.sub(here, r"\1", script, flags=re.DOTALL | re.MULTILINE)
    tokens = (
        r"(?:^|(?<=[\s;&|()0-9]))>{1,2}\|?[ \t]*(?:(/[^\s;&|()<>\"'$`*?\\]+)(?=[\s;&|)]|$)"
        r"|\"(/[^\"$`\\]+)\"|'(/[^']+)')"
        r"|\\.|'[^']*'|\"(?:\\.|[^\"\\])*\"|(?<!\S)#[^\n]*"
    )
    found = re.finditer(tokens, script, flags=re.DOTALL)
    return [path for match in found for path in match.groups() if path]
