"""
`volumes`: volumes of the pod.

The value is a mapping of name to a source as Kubernetes writes it, or Kubernetes' list. If the pod
has a volume with that name, the source is merged into it; a source of another type replaces the
existing one, with a warning. Otherwise the volume is added.

```yaml
rules:
  storage:
    match: {kind: Deployment, name: web}
    volumes:
      cache: {emptyDir: {sizeLimit: 1Gi}}
      uploads: {persistentVolumeClaim: {claimName: uploads}}
      tls: {secret: {secretName: web-tls}}
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
       volumes:
         - name: cache
-          emptyDir: {}
+          emptyDir:
+            sizeLimit: 1Gi
         - name: uploads
-          emptyDir: {}
+          persistentVolumeClaim:
+            claimName: uploads
+        - name: tls
+          secret:
+            secretName: web-tls
```

```text
kmod.yaml:2:3: rule "storage": Deployment/web: volume uploads: its source is replaced (warning: volume-source-replaced)
```

A new volume needs a source.
"""  # noqa: E501 - a message is one line

from __future__ import annotations

from postrender.kubernetes.strategicmerge import MergeError, merge_volume
from postrender.kubernetes.types import fields_of
from postrender.rules.content import read_content
from postrender.verbs.deletion import DELETION, is_deletion, with_list
from postrender.verbs.placing import named_entries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data, Object, Path
    from postrender.rules.checker import Checker
    from postrender.verbs.context import Context


def read(check: Checker, value: Data, path: Path) -> list[tuple[str, Object]]:
    """The rule's value: name to volume, or Kubernetes' list."""
    found = []
    advice = "to take the volume out, write {$patch: delete}"
    for name, item, place in named_entries(check, value, path, advice):
        item = check.mapping(item, place, "{emptyDir: {}}")
        if is_deletion(check, item, place, "volume"):
            found.append((name, DELETION))
            continue
        directives = {key: each for key, each in item.items() if key[:1] == "$"}
        check.known(directives, place, fields_of("Volume"))
        content = read_content(check, item, place, "Volume")
        found.append((name, {key: each for key, each in content.items() if key != "name"}))
    return found


def apply(spec: Object, value: list[tuple[str, Object]], context: Context) -> Object:
    """The pod spec with the volumes."""
    for name, patch in value:
        if patch == DELETION:
            spec = _without(spec, name, context)
        else:
            spec = put_volume(spec, name, patch, context)
    return spec


def _without(spec: Object, name: str, context: Context) -> Object:
    """The pod spec without a volume, which no container may mount any more."""
    known = spec.get("volumes") or []
    left = [item for item in known if not (isinstance(item, dict) and item.get("name") == name)]
    names = [str(item.get("name")) for item in known if isinstance(item, dict)]
    context.seek(("volumes", name), names, is_found=len(left) < len(known), is_entry=True)
    if len(left) == len(known):
        return spec
    return with_list(spec, "volumes", left)


def put_volume(spec: Object, name: str, patch: Object, context: Context) -> Object:
    """The pod spec with one volume; the same object if it is already there."""
    known = spec.get("volumes") or []
    at = next(
        (i for i, item in enumerate(known) if isinstance(item, dict) and item.get("name") == name),
        None,
    )
    old = {} if at is None else known[at]
    try:
        new = merge_volume(
            old,
            patch,
            context.noting(patch, ("volume", name)),
            context.seeking(("volumes", name), patch),
        )
    except MergeError as error:
        context.fail(f"volume {name}: {error}")
    if at is not None:
        return spec if new is old else {**spec, "volumes": [*known[:at], new, *known[at + 1 :]]}
    if not new:
        context.fail(f"volume {name}: it is new and has no source", "add one such as emptyDir: {}")
    return {**spec, "volumes": [*known, {"name": name, **new}]}
