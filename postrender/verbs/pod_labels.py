"""
`podLabels`: labels on the pod template; null removes one.

```yaml
rules:
  mesh:
    match: {kind: Deployment, name: web}
    podLabels:
      sidecar.istio.io/inject: false
```

```diff
 apiVersion: apps/v1
 kind: Deployment
 metadata:
   name: web
 spec:
   selector:
     matchLabels:
       app: web
   template:
     metadata:
       labels:
         app: web
+        sidecar.istio.io/inject: "false"
     spec:
       containers:
         - name: web
           image: example/web:1.0
```

You cannot change a label that the object's selector uses: the object would lose its pods.

```yaml
rules:
  rename:
    match: {kind: Deployment, name: web}
    podLabels: {app: shop}
```

```text
kmod.yaml:2:3: rule "rename": Deployment/web: podLabels: the selector uses label "app", which cannot change; remove it from the rule
```
"""  # noqa: E501 - a table has long rows

from __future__ import annotations

from postrender.verbs.metadata import apply_texts, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Object
    from postrender.verbs.context import Context
    from postrender.verbs.metadata import Texts

__all__ = ["apply", "read"]


def apply(template: Object, value: Texts, context: Context) -> Object:
    """The pod template with the labels."""
    labels = (template.get("metadata") or {}).get("labels") or {}
    gone = dict.fromkeys(labels) if value.is_whole else {}
    for key, text in {**gone, **value.entries}.items():
        if key in context.selected and labels.get(key) != text:
            context.fail(
                f'podLabels: the selector uses label "{key}", which cannot change',
                "remove it from the rule" if key in value.entries else "keep it in the rule",
            )
    return apply_texts(template, "labels", value, "podLabels", context)
