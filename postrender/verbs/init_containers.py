"""
`initContainers`: containers that run one after another, each to its end, before the pod's own.

The value is a mapping of name to container, or Kubernetes' list. If the pod has an init container
with that name, the fields are merged into it; otherwise a new one is added, at the end or where
`position` says.

```yaml
rules:
  warm-up:
    match: {kind: Deployment, name: web}
    initContainers:
      warm-up:
        image: busybox:1.28
        command: [sh, -c, "echo hello > /cache/hello"]
        mounts: {/cache: cache}
        position: first
    volumes:
      cache: {emptyDir: {}}
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
+        - name: warm-up
+          image: busybox:1.28
+          command:
+            - sh
+            - -c
+            - echo hello > /cache/hello
+          volumeMounts:
+            - name: cache
+              mountPath: /cache
         - name: migrate
           image: example/web:1.0
           args: [migrate]
       containers:
         - name: web
           image: example/web:1.0
+      volumes:
+        - name: cache
+          emptyDir: {}
```

A new container needs an image, and a name that no other container of the pod has. An entry with the
name of an init container of the chart is merged into it, but may not replace its image
(`same-name`). An error here often means a mistyped name:

```yaml
rules:
  migrate:
    match: {kind: Deployment, name: web}
    initContainers:
      migration:
        env: {VERBOSE: 1}
```

```text
kmod.yaml:2:3: rule "migrate": Deployment/web: container migration: it is new and has no image; add "image:", or is it migrate? (error: no-image)
```
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
    return read_placed(check, value, path)


def apply(spec: Object, value: list[Placed], context: Context) -> Object:
    """The pod spec with the init containers."""
    for entry in value:
        spec = place(spec, "initContainers", entry, context)
    return spec
