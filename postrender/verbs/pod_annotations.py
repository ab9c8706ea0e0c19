"""
`podAnnotations`: annotations on the pod template; null removes one.

```yaml
rules:
  scrape:
    match: {kind: Deployment, name: web}
    podAnnotations:
      prometheus.io/scrape: true
      prometheus.io/port: 8080
```

```diff
 apiVersion: apps/v1
 kind: Deployment
 metadata:
   name: web
 spec:
   template:
+    metadata:
+      annotations:
+        prometheus.io/scrape: "true"
+        prometheus.io/port: "8080"
     spec:
       containers:
         - name: web
           image: example/web:1.0
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


def apply(template: Object, value: Texts, context: Context) -> Object:
    """The pod template with the annotations."""
    return apply_texts(template, "annotations", value, "podAnnotations", context)
