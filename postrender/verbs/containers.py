"""
`containers`: changes to existing containers.

The value is a mapping of a glob to fields that are merged into each container whose name matches:
the pod's own, init containers, and sidecars that rules have added. It never adds a container.

```yaml
rules:
  harden:
    match: {kind: Deployment, name: web}
    containers:
      "*":
        securityContext: {allowPrivilegeEscalation: false}
      web:
        livenessProbe: null
        env: {LOG_LEVEL: debug}
```

```diff
 apiVersion: apps/v1
 kind: Deployment
 metadata:
   name: web
 spec:
   template:
     spec:
       initContainers:
         - name: migrate
           image: example/web:1.0
+          securityContext:
+            allowPrivilegeEscalation: false
       containers:
         - name: web
           image: example/web:1.0
           env:
             - name: PORT
               value: "8080"
-          livenessProbe:
-            tcpSocket:
-              port: 8080
+            - name: LOG_LEVEL
+              value: debug
+          securityContext:
+            allowPrivilegeEscalation: false
```

A null deletes the field. `$patch: delete` takes the container out, also an init container or a
sidecar:

```yaml
rules:
  slim:
    match: {kind: Deployment, name: web}
    containers:
      migrate: {$patch: delete}
```

```diff
 apiVersion: apps/v1
 kind: Deployment
 metadata:
   name: web
 spec:
   template:
     spec:
-      initContainers:
-        - name: migrate
-          image: example/web:1.0
       containers:
         - name: web
           image: example/web:1.0
```

If a key finds no container in any of the matched objects, the run fails:

```yaml
rules:
  debug:
    match: {kind: Deployment, name: web}
    containers:
      nginx: {env: {LOG_LEVEL: debug}}
```

```text
kmod.yaml:2:3: rule "debug": containers: no container "nginx" in Deployment/web; there: migrate, web
```

`init` says which containers a glob is for: with `exclude` no init containers, with `only` nothing
else. A native sidecar (an init container with `restartPolicy: Always`) keeps running, so it is no
init container here.

```yaml
rules:
  resources:
    match: {kind: Deployment, name: web}
    containers:
      "*": {init: exclude, resources: {limits: {memory: 1Gi}}}
```

```diff
 apiVersion: apps/v1
 kind: Deployment
 metadata:
   name: web
 spec:
   template:
     spec:
       initContainers:
         - name: migrate
           image: example/web:1.0
         - name: logs
           image: example/logs:1.0
           restartPolicy: Always
+          resources:
+            limits:
+              memory: 1Gi
       containers:
         - name: web
           image: example/web:1.0
+          resources:
+            limits:
+              memory: 1Gi
```
"""

from __future__ import annotations

from postrender.data import get, put
from postrender.kubernetes.directives import PATCH
from postrender.kubernetes.objects import (
    CONTAINER_LISTS,
    containers,
    identity,
    pod_places,
    running_only,
)
from postrender.rules.directives import add_unknown
from postrender.rules.match import Globs, is_exact
from postrender.value import Value
from postrender.verbs.container import (
    ContainerChange,
    apply_container,
    names_of,
    read_container,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data, Object, Path
    from postrender.kubernetes.objects import Workloads
    from postrender.rules.checker import Checker
    from postrender.verbs import Done
    from postrender.verbs.context import Context


INIT = ("exclude", "only")


class Entry(Value):
    """
    The containers that a rule means: `globs` of their names, and `init`, one of INIT, or empty for
    init containers and others. Their change is None where they are to go.
    """

    globs: Globs
    init: str
    change: ContainerChange | None

    def means(self, container: Object, field: str) -> bool:
        """Whether a container of a pod's list is one of them."""
        if str(container.get("name") or "") not in self.globs:
            return False
        is_init = field == "initContainers" and container.get("restartPolicy") != "Always"
        return not self.init or is_init == (self.init == "only")


def read(check: Checker, value: Data, path: Path) -> list[Entry]:
    """The rule's value: glob of names to container fields."""
    found: list[Entry] = []
    given = check.mapping(value, path, "a container's name and below it the fields")
    for glob, item in given.items():
        if glob[:1] == "$":
            add_unknown(check, glob, path, ())
            continue
        if item is None:
            advice = "to take the container out, write {$patch: delete}"
            check.no_entry(given, (*path, glob), advice)
            continue
        if isinstance(item, dict) and item.get(PATCH) == "delete":
            from postrender.verbs.deletion import check_deletion

            init = _read_init(check, item, (*path, glob))
            rest = {key: each for key, each in item.items() if key != "init"}
            check_deletion(check, rest, (*path, glob), "container")
            found.append(Entry(Globs([glob]), init, None))
            continue
        if isinstance(item, dict) and "name" in item:
            check.add((*path, glob, "name"), "a container cannot be renamed", "remove the name")
        init = _read_init(check, item, (*path, glob))
        change = read_container(check, glob, item, (*path, glob), ("init",))
        found.append(Entry(Globs([glob]), init, change))
    return found


def _read_init(check: Checker, value: Data, path: Path) -> str:
    """`init` of an entry."""
    init = value.get("init") if isinstance(value, dict) else None
    return "" if init is None else check.one_of(init, (*path, "init"), INIT)


def apply(spec: Object, value: list[Entry], context: Context) -> Object:
    """
    The pod spec with every container changed, or taken out, whose name matches. Which globs found
    one is noted in the context.
    """
    for entry in value:
        change = entry.change
        if change is None:
            spec = _without(spec, entry, context)
            continue
        for path, container in list(containers(spec)):
            if entry.means(container, str(path[0])):
                context.named[change.name] = None
                fitting = change
                if path[0] == "initContainers":
                    fitting = _for_init(container, change)
                spec = put(spec, path, apply_container(container, fitting, context))
    return spec


def _without(spec: Object, entry: Entry, context: Context) -> Object:
    """The pod spec without the containers, of whichever list, that an entry means."""
    from postrender.verbs.deletion import with_list

    names = []
    is_found = False
    for field in CONTAINER_LISTS:
        known = spec.get(field) or []
        names += names_of(known)
        left = [x for x in known if not (isinstance(x, dict) and entry.means(x, field))]
        if len(left) < len(known):
            is_found = True
            spec = with_list(spec, field, left)
    context.seek(("containers", str(entry.globs)), names, is_found=is_found, is_entry=True)
    return spec


def check(value: list[Entry], done: list[Done], workloads: Workloads) -> list[str]:
    """A glob must have found a container in one of the matched objects."""
    missing = [
        entry
        for entry in value
        if entry.change is not None and not any(entry.change.name in c.named for _, c in done)
    ]
    if not missing:
        return []
    known = {
        str(container.get("name"))
        for obj, _ in done
        for pod in pod_places(obj, workloads)
        for _, container in containers(get(obj, pod.spec))
    }
    where = ", ".join(identity(obj) for obj, _ in done[:6])
    there = ", ".join(sorted(known)) or "none"
    return [
        f'no container "{entry.globs}"{f" (init: {entry.init})" * bool(entry.init)} in {where}; '
        f"there: {there}"
        for entry in missing
    ]


def _for_init(container: Object, change: ContainerChange) -> ContainerChange:
    """
    What of a change is for an init container: one that ends has no hooks and no probes (Kubernetes
    refuses them), so that a glob passes them over. With a name in full they are set, and the check
    of the result refuses them.
    """
    fields = running_only(change.fields)
    if not fields or is_exact(change.name):
        return change
    if change.fields.get("restartPolicy", container.get("restartPolicy")) == "Always":
        return change
    rest = {key: value for key, value in change.fields.items() if key not in fields}
    return change.replaced(fields=rest)
