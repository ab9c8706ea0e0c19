"""
`annotations`: annotations on the object itself; null removes one.

```yaml
rules:
  internal:
    match: {kind: Service, name: web}
    annotations:
      service.beta.kubernetes.io/aws-load-balancer-internal: true
```

```diff
 apiVersion: v1
 kind: Service
 metadata:
   name: web
+  annotations:
+    service.beta.kubernetes.io/aws-load-balancer-internal: "true"
 spec:
   type: LoadBalancer
```
"""

from __future__ import annotations

from postrender.verbs.metadata import apply_texts, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Object
    from postrender.verbs.context import Context
    from postrender.verbs.metadata import Texts

__all__ = ["apply", "read"]


def apply(obj: Object, value: Texts, context: Context) -> Object:
    """The object with the annotations."""
    return apply_texts(obj, "annotations", value, "annotations", context)
