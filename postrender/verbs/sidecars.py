"""
`sidecars`: containers that run next to the pod's own, as long as the pod lives.

The value is a mapping of name to container, or Kubernetes' list. If the pod has a container with
that name, the fields are merged into it; otherwise a new one is added, at the end or where
`position` says.

```yaml
rules:
  proxy:
    match: {kind: Deployment, name: web}
    sidecars:
      proxy:
        image: example/proxy:2.1
        ports: [{containerPort: 8443}]
```

```diff
 apiVersion: apps/v1
 kind: Deployment
 metadata:
   name: web
 spec:
   template:
     spec:
       containers:
         - name: web
           image: example/web:1.0
+        - name: proxy
+          image: example/proxy:2.1
+          ports:
+            - containerPort: 8443
```

A sidecar must not end, or Kubernetes restarts it again and again. No other container waits for it.
With `native: true` it is a native sidecar (Kubernetes 1.29 and later), which is an init container
with `restartPolicy: Always`: it starts before the pod's own containers, in the order of the list,
stops after them, and does not keep a Job from completing.

```yaml
rules:
  proxy:
    match: {kind: Job, name: load}
    sidecars:
      proxy:
        image: example/proxy:2.1
        native: true
```

```diff
 apiVersion: batch/v1
 kind: Job
 metadata:
   name: load
 spec:
   template:
     spec:
       restartPolicy: Never
+      initContainers:
+        - name: proxy
+          image: example/proxy:2.1
+          restartPolicy: Always
       containers:
         - name: load
           image: example/load:1.0
```

```text
kmod.yaml:2:3: rule "proxy": Job/load: container proxy: native sidecars need Kubernetes 1.29, and an older cluster waits forever for them to end; check its version (warning: native-sidecar)
kmod.yaml:2:3: rule "proxy": Job/load: spec.template cannot change while the object exists, so an upgrade of a release that was installed without this rule will fail; delete the object before that upgrade (warning: immutable-field)
```

You cannot turn a container of the chart into a native sidecar, as two containers cannot have the
same name.
"""  # noqa: E501 - a table has long rows

from __future__ import annotations

from postrender.verbs.placing import Placed, place, read_placed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data, Object, Path
    from postrender.rules.checker import Checker
    from postrender.verbs.context import Context


def read(check: Checker, value: Data, path: Path) -> list[Placed]:
    """The rule's value: name to container, or Kubernetes' list."""
    found = []
    for entry in read_placed(check, value, path, ("native",)):
        if entry.native:
            fields = entry.change.fields
            lead = {key: fields[key] for key in ("image",) if key in fields}
            fields = {**lead, "restartPolicy": "Always", **fields}
            entry = entry.replaced(change=entry.change.replaced(fields=fields))
        found.append(entry)
    return found


def apply(spec: Object, value: list[Placed], context: Context) -> Object:
    """The pod spec with the sidecars."""
    for entry in value:
        spec = place(spec, "initContainers" if entry.native else "containers", entry, context)
    return spec
