"""
`labels`: labels on the object itself, never on selectors or pods; null removes one.

```yaml
rules:
  team:
    match: {kind: "*", name: web}
    labels: {team: shop, legacy: null}
```

```diff
 apiVersion: v1
 kind: Service
 metadata:
   name: web
   labels:
     app: web
-    legacy: "true"
+    team: shop
 spec:
   selector:
     app: web
```
"""

from __future__ import annotations

from postrender.verbs.metadata import apply_texts, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Object
    from postrender.verbs.context import Context

__all__ = ["apply", "read"]


def apply(obj: Object, value: dict[str, str | None], context: Context) -> Object:
    """The object with the labels."""
    return apply_texts(obj, "labels", value, "labels", context)
