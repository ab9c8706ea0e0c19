"""
`namespace`: puts objects into a namespace, with what refers to them.

In every matched object, `metadata.namespace` is set, if the object's kind has namespaces. References
from matched objects to objects that this moves are changed too:

| in | reference |
|---|---|
| RoleBinding, ClusterRoleBinding | subjects; also the ServiceAccount `default` of a namespace that objects leave |
| ValidatingWebhookConfiguration, MutatingWebhookConfiguration, APIService, CustomResourceDefinition | services |
| any object | cert-manager's annotations `inject-ca-from` and `inject-ca-from-secret` |

```yaml
rules:
  tools:
    match: {kind: "*"}
    namespace: tools
```

```diff
 apiVersion: v1
 kind: ServiceAccount
 metadata:
   name: web
-  namespace: default
+  namespace: tools
 ---
 apiVersion: rbac.authorization.k8s.io/v1
 kind: ClusterRoleBinding
 metadata:
   name: web
 roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: web}
 subjects:
   - kind: ServiceAccount
     name: web
-    namespace: default
+    namespace: tools
   - kind: ServiceAccount
     name: somebody-else
     namespace: default
```

An object without a namespace counts as in `--default-namespace`; without that option, as in the
namespace by which others refer to it. A RoleBinding whose Role does not move stays where it is, and
a warning says so.

Kubernetes' own kinds and well-known custom kinds, and those of CustomResourceDefinitions in the
stream, are known to have namespaces or not. Write the `scope` of others under [kinds](#kinds):

```yaml
rules:
  tools:
    match: {kind: "*"}
    namespace: tools
```

```yaml
# rendered.yaml
apiVersion: example.com/v1
kind: Tenant
metadata:
  name: web
```

```text
kmod.yaml:2:3: rule "tools": Tenant/web: it is not known whether a Tenant has a namespace; write kinds: {Tenant.example.com: {scope: Namespaced}}, or scope: Cluster
```

What else mentions the old namespace is not changed, as nobody can tell what it means: host names
such as `web.default.svc`, variables such as `WATCH_NAMESPACE`, the Namespace itself, hooks that the
rule does not match. The warning `namespace-left-behind` names them. Put the rule before rules with
`entrypoint` or `files`, so that what these generate gets the new namespace.
"""  # noqa: E501 - a table has long rows

from __future__ import annotations

from postrender.kubernetes.validation.names import is_label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data, Object, Path
    from postrender.rules.checker import Checker
    from postrender.verbs.context import Context


def read(check: Checker, value: Data, path: Path) -> str:
    """The rule's value: a namespace."""
    name = check.text(value, path)
    if name and not is_label(name):
        what = f'"{name}" is not the name of a namespace'
        check.add(path, what, "use a-z, 0-9, and - within, at most 63", value=True)
    return name


def apply(obj: Object, value: str, context: Context) -> Object:  # noqa: ARG001 - all verbs are called alike
    """The object in the namespace, and with references to what the rule moves."""
    assert context.moves is not None  # noqa: S101 - the engine sets it for rules with this verb
    return context.moves.moved(obj, context)
