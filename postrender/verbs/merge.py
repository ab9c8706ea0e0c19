"""
`merge`: fields of the object, merged as `kubectl patch --type strategic` merges them.

Mappings merge key by key. Lists with a merge key in Kubernetes (containers, volumes, env, ports, …)
merge by that key, also in custom kinds; other lists are replaced. A null deletes a field. Keys with
`$` do more, see below.

Some things are not as in kubectl, because what kubectl makes of them is never meant:

- Where Kubernetes allows only one of several fields, the rule's replaces the chart's, with a
  warning: another probe handler, another volume source, `type: Recreate` and `rollingUpdate`,
  `minAvailable` and `maxUnavailable`.
- `volumeClaimTemplates` merge by `metadata.name`, and `versions` of a CustomResourceDefinition by
  `name`. The entry `$patch: replace` in such a list replaces the list, as kubectl does without it.
- A deletion adds nothing: `securityContext: {runAsUser: null}` gives no empty `securityContext`.
- In `env` the chart's variables keep their order. New ones come last, or before the first that uses
  them as `$(NAME)`.
- Of several ports with one number, the one with the rule's `protocol` or `name` is meant.

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

### Keys with `$`

Where a verb merges, a key that begins with `$` says how. [Lists and texts](#lists-and-texts) has
those that change a list or a text. These are kubectl's:

| key | value | does |
|---|---|---|
| `$patch` | `replace` | in a mapping: what the rule says is all that is left; as an entry of a list with a merge key (`- $patch: replace`): the same for the list |
| `$patch` | `delete` | in an entry of such a list: takes the entry out; in a mapping: empties it |
| `$retainKeys` | list of fields | of the mapping, only these stay |
| `$deleteFromPrimitiveList/FIELD` | list | takes these values out of a list of texts or numbers |
| `$setElementOrder/FIELD` | list | the order of the entries of a list |

```yaml
rules:
  owner:
    match: {kind: Deployment, name: web}
    merge:
      metadata:
        annotations: {$patch: replace, owner: shop}
        $deleteFromPrimitiveList/finalizers: [example.com/wait]
      spec:
        strategy: {$retainKeys: [type], type: Recreate}
```

```diff
 apiVersion: apps/v1
 kind: Deployment
 metadata:
   name: web
   annotations:
-    legacy: "true"
+    owner: shop
   finalizers:
     - example.com/keep
-    - example.com/wait
 spec:
   strategy:
-    type: RollingUpdate
-    rollingUpdate:
-      maxSurge: 1
+    type: Recreate
```

`$patch: replace` also does so in the mappings of `env`, `mounts`, `volumes`, `labels`, `annotations`,
`podLabels` and `podAnnotations`; what kmod-post has generated itself stays. Other keys with `$` are
mistakes:

```yaml
rules:
  owner:
    match: {kind: Deployment, name: web}
    merge: {metadata: {annotations: {$ptach: replace, owner: shop}}}
    labels: {$patch: merge}
```

```text
kmod.yaml:4:38: rule "owner": merge.metadata.annotations: unknown key "$ptach"; did you mean "$patch"?
kmod.yaml:5:22: rule "owner": labels.$patch: can only be replace here; set an entry to null to remove it
```

A field whose own name begins with `$` is written with another one: `$$ref` is the field `$ref`. New
entries of lists without a merge key are data, and so are `resources`, `files` and the values of
`jsonPatch`: there `$ref` is `$ref`.

### Pods that use changed data

Kubernetes does not replace pods when a ConfigMap or a Secret changes, and a checksum that the chart
puts there does not know of rules. With `rollout: true` in the rule, Deployments, StatefulSets,
DaemonSets and custom kinds that roll get an annotation with a hash of the data, if they use what the
rule has changed: in a volume, in `envFrom` or in `env`. Without it a warning names them
(`config-without-rollout`). Jobs are left alone, and so are workloads that a reloader replaces.

```yaml
rules:
  settings:
    match: {kind: ConfigMap, name: settings}
    rollout: true
    merge: {data: {level: debug}}
```

```diff
 apiVersion: v1
 kind: ConfigMap
 metadata:
   name: settings
 data:
-  level: info
+  level: debug
 ---
 apiVersion: apps/v1
 kind: Deployment
 metadata:
   name: web
 spec:
   template:
+    metadata:
+      annotations:
+        kmod-post/data-configmap-settings: "8f7a645dd4879de7d33dfe42cd7630b421af239d5e15aed3edac8ccbbed63b20"
     spec:
       containers:
         - name: web
           image: example/web:1.0
           envFrom:
             - configMapRef:
                 name: settings
```

### What `merge` refuses

A patch pasted from elsewhere may name the object that it is for. Where that is another one than the
matched object, `merge` would make another object of it, and the run fails (`rename`):

```yaml
rules:
  scale:
    match: {kind: Deployment}
    merge:
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: any}
      spec: {replicas: 2}
```

```yaml
# rendered.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
```
```text
kmod.yaml:2:3: rule "scale": Deployment/web: merge: it changes metadata.name, which makes another object of it; leave metadata.name out, as match: says which objects the rule is for (error: rename)
```

`merge` can also change fields that Kubernetes does not allow to change, such as a selector. But it
refuses a selector that does not match the object's own pods, and an object without a name:

```yaml
rules:
  rename:
    match: {kind: Deployment, name: web}
    merge: {spec: {template: {metadata: {labels: {app: shop}}}}}
```

```yaml
# rendered.yaml
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
    spec:
      containers:
        - name: web
          image: example/web:1.0
```
```text
kmod.yaml:2:3: rule "rename": Deployment/web: merge: its selector asks for label "app", which the pod template does not have any more; change both or neither
```
"""  # noqa: E501 - a table has long rows

from __future__ import annotations

from postrender.data import dotted, get
from postrender.kubernetes.strategicmerge import MergeError, merge_object
from postrender.rules.content import read_object
from postrender.verbs import integrity
from postrender.verbs.by_type import by_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data, Object, Path
    from postrender.rules.checker import Checker
    from postrender.verbs.by_type import ByType
    from postrender.verbs.context import Context


def read(check: Checker, value: Data, path: Path) -> ByType:
    """The rule's value: fields of the object as a strategic merge patch."""
    fields = check.mapping(value, path, "fields of the object")
    parts = {part: ((*path, *part), get(fields, part)) for part in integrity.IDENTITY}
    integrity.check_early(check, parts)
    return by_type(check, lambda twin, shape, known: read_object(twin, fields, path, shape, known))


def apply(obj: Object, value: ByType, context: Context) -> Object:
    """The object with the patch merged in."""
    patch = value.for_object(obj, context)
    try:
        merged: Object = merge_object(
            obj, patch, context.noting(patch), context.seeking(("merge",), patch)
        )
    except MergeError as error:
        place = dotted(("merge", *error.path))
        context.fail(f"{place}: {error}")
    integrity.check(obj, merged, "merge", context)
    return merged
