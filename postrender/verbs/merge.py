"""
`merge`: fields of the object, merged as `kubectl patch --type strategic` merges them.

Mappings merge key by key. Lists that have a key in Kubernetes (containers, volumes, env, ports, …)
merge by it, on custom kinds, too; other lists are replaced. A null deletes a field. In a mapping,
`$patch: replace` puts it in the place of the one that is there; in an entry of a list, `$patch:
delete` takes the entry out.

```yaml
rules:
  service:
    match: {kind: Service, name: web}
    merge:
      spec:
        type: ClusterIP
        loadBalancerIP: null
        ports:
          - {port: 443, name: https, targetPort: 8443}
          - {port: 8080, $patch: delete}
```

```diff
 apiVersion: v1
 kind: Service
 metadata:
   name: web
 spec:
-  type: LoadBalancer
-  loadBalancerIP: 192.0.2.1
+  type: ClusterIP
   ports:
+    - port: 443
+      name: https
+      targetPort: 8443
     - port: 80
       name: http
-    - port: 8080
-      name: debug
```

`merge` does what it is told: it can also change what Kubernetes does not let change, such as a
selector.
"""

from __future__ import annotations

from postrender.rules.content import read_content
from postrender.strategicmerge import MergeError, merge_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.objects import Data, Object, Path
    from postrender.rules.checker import Checker
    from postrender.verbs.scene import Scene


def read(check: Checker, value: Data, path: Path) -> Object:
    """The rule's value: fields of the object as a strategic merge patch."""
    patch: Object = read_content(check, check.mapping(value, path, "fields of the object"), path)
    return patch


def apply(obj: Object, value: Object, scene: Scene) -> Object:
    """The object with the patch merged in."""
    try:
        merged: Object = merge_object(obj, value)
    except MergeError as error:
        where = ".".join(map(str, error.path))
        scene.fail(f"merge: {where}: {error}")
    return merged
