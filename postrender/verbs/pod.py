"""
`pod`: fields of the pod spec, merged as `kubectl patch` merges them.

Mappings merge key by key, and lists with a merge key in Kubernetes (containers, volumes, …) by that
key; other lists, such as tolerations, are replaced. A null deletes a field. The chart's entries
keep their order, new ones come after them. A volume source or probe handler of another type
replaces the existing one, with a warning.

```yaml
rules:
  fast-nodes:
    match: {kind: Deployment, name: web}
    pod:
      priorityClassName: high
      nodeSelector: {disk: ssd, zone: null}
      tolerations:
        - {key: reserved, operator: Exists}
```

```diff
 apiVersion: apps/v1
 kind: Deployment
 metadata:
   name: web
 spec:
   template:
     spec:
       nodeSelector:
-        disk: hdd
-        zone: b
+        disk: ssd
       containers:
         - name: web
           image: example/web:1.0
+      priorityClassName: high
+      tolerations:
+        - key: reserved
+          operator: Exists
```
"""

from __future__ import annotations

from postrender.data import dotted
from postrender.kubernetes.objects import containers
from postrender.kubernetes.strategicmerge import MergeError, merge_pod_spec
from postrender.kubernetes.types import fields_of, knative_pod_fields
from postrender.rules.content import read_content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data, Object, Path
    from postrender.rules.checker import Checker
    from postrender.verbs.context import Context


def read(check: Checker, value: Data, path: Path) -> Object:
    """The rule's value: pod spec fields as a strategic merge patch."""
    fields = check.mapping(value, path, "fields of the pod spec")
    others = {} if fields.keys() <= fields_of("PodSpec").keys() else _others(check, fields)
    known = {key: item for key, item in fields.items() if key not in others}
    return {**read_content(check, known, path, "PodSpec"), **read_content(check, others, path)}


def _others(check: Checker, fields: Object) -> Object:
    """
    Fields of a Knative revision's spec, which is a pod spec with more: they may be meant unless the
    rule is for other kinds.
    """
    if check.types():
        return {}
    own = knative_pod_fields()
    return {key: item for key, item in fields.items() if key in own}


def apply(spec: Object, value: Object, context: Context) -> Object:
    """The pod spec with the patch merged in."""
    try:
        merged: Object = merge_pod_spec(
            spec, value, context.noting(value), context.seeking(("pod",), value)
        )
    except MergeError as error:
        place = dotted(("pod", *error.path))
        context.fail(f"{place}: {error}")
    if merged is spec or not any(one.get("command") for _, one in containers(spec)):
        return merged
    from postrender.verbs.handover import pod_with_scripts

    return pod_with_scripts(spec, merged, context)
