"""
`replicas`: how many pods an object has: a Deployment, a StatefulSet, or another kind with replicas.

```yaml
rules:
  small:
    match: {kind: [Deployment, StatefulSet], name: web}
    replicas: 1
```

```diff
 apiVersion: apps/v1
 kind: Deployment
 metadata:
   name: web
 spec:
-  replicas: 3
+  replicas: 1
```

For a custom kind, its schema says whether it has replicas, or the object itself. If an autoscaler
in the stream targets the object, it decides, and a warning says so (`replicas-autoscaled`).
"""

from __future__ import annotations

from postrender.data import get, put
from postrender.kubernetes.types import fields_of, is_built_in, is_type, type_of
from postrender.rules.checker import kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from postrender.data import Data, Object, Path
    from postrender.kubernetes.types import Field
    from postrender.rules.checker import Checker
    from postrender.verbs.context import Context

_PLACE = ("spec", "replicas")
_MOST = (1 << 31) - 1  # an int32
_ADVICE = "match Deployments, StatefulSets or other kinds with replicas"


def read(check: Checker, value: Data, path: Path) -> int:
    """The rule's value: a whole number of pods."""
    if isinstance(value, bool) or not isinstance(value, int):
        check.add(path, f"must be a number, not {kind_of(value)}", "write replicas: 2", value=True)
        return 0
    if not 0 <= value <= _MOST:
        check.add(path, "no object has so many replicas", f"write 0 to {_MOST}", value=True)
    types = check.types()
    if types and not any(_has_replicas(name, fields_of) for name in types):
        check.add(path, "the kinds of match: have no replicas", _ADVICE)
    return value


def apply(obj: Object, value: int, context: Context) -> Object:
    """The object with so many replicas."""
    version, kind = str(obj.get("apiVersion")), str(obj.get("kind"))
    if get(obj, _PLACE) is None:
        if is_built_in(version):
            has_some = _has_replicas(type_of(version, kind), fields_of)
        else:
            known = context.types()
            has_some = _has_replicas(known.type_of(version, kind), known.fields_of)
        if not has_some:
            context.fail(f"replicas: a {kind} has none", _ADVICE)
        return {**obj, "spec": {"replicas": value, **(obj.get("spec") or {})}}
    changed: Object = obj if get(obj, _PLACE) == value else put(obj, _PLACE, value)
    return changed


def _has_replicas(type_name: str, fields: Callable[[str], dict[str, Field]]) -> bool:
    """Whether a type of objects has `spec.replicas`."""
    spec = fields(type_name).get("spec") if type_name else None
    if spec is None or not (is_type(spec.shape) or "/" in spec.shape):
        return False
    return "replicas" in fields(spec.shape)
