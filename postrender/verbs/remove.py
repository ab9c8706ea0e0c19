"""
`remove`: `true` removes the object from the stream. It must be the only verb of its rule.

```yaml
rules:
  no-hook:
    match: {kind: PodDisruptionBudget, name: web}
    expect: any
    remove: true
```

```diff
-apiVersion: policy/v1
-kind: PodDisruptionBudget
-metadata:
-  name: web
 ---
 apiVersion: v1
 kind: Service
 metadata:
   name: web
```

When the rule runs on its own output, the object no longer exists: `expect: any` allows that.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data, Object, Path
    from postrender.rules.checker import Checker
    from postrender.verbs.context import Context


def read(check: Checker, value: Data, path: Path) -> bool:
    """The rule's value: true; anything else would say nothing."""
    check.flag(value, path)
    if value is False:
        check.add(
            path,
            "remove: false does nothing",
            "remove it, or disable the rule with enabled: false",
        )
    return True


def apply(obj: Object, value: bool, context: Context) -> Object | None:  # noqa: ARG001 - all verbs are called alike
    """Nothing: the object is no more."""
    return None
