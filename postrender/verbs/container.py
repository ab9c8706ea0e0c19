"""
Containers in a rule: a container has all fields that Kubernetes knows, and short forms.

Fields merge as `kubectl patch` merges them: mappings key by key, `ports` by `containerPort`,
`volumeMounts` by `mountPath`, `env` by name; other lists, such as `args`, are replaced. The chart's
entries keep their order, new ones come after them. A null deletes. If the chart has a variable
twice, the last one is changed, as Kubernetes uses that one. If it has two ports of one number, the
one with the rule's `name` is changed.

A new variable that another one uses as `$(NAME)` comes before it, as Kubernetes only knows the
variables above.

Where Kubernetes allows only one of several fields, the rule's replaces the chart's: another handler
of a probe or hook, with a warning, and the value or source of a variable.

| short form | means |
|---|---|
| `mounts: {/web: web}` | `volumeMounts`: path to volume, or to `{volume: web, subPath: a, readOnly: true}`; null removes the mount |
| `env: {A: "1", B: {secretKeyRef: {…}}}` | `env`: name to value or source; null removes the variable |
| `postStart: "script"`, `preStop: "script"` | `lifecycle…exec.command: [sh, -c, script]`; a mapping is a handler as Kubernetes writes it |
| `files: {/etc/app.conf: "text"}` | files that replace the image's, see `files` |
| `entrypoint: {script: "…"}` | a script that runs before the image's entrypoint, see `entrypoint` |
| `position` | where to put a new init container or sidecar: `first`, `last` (the default), `{before: NAME}`, `{after: NAME}` |

`$patch: replace` in `mounts` or `env` removes all others: `env: {$patch: replace, A: "1"}`.

You cannot set the same thing in a short form and in its long form (`mounts` and `volumeMounts`,
`preStop` and `lifecycle.preStop`).

```yaml
rules:
  web:
    match: {kind: Deployment, name: web}
    containers:
      web:
        env:
          PORT: 8080
          DEBUG: null
          PASSWORD: {secretKeyRef: {name: db, key: password}}
        mounts:
          /srv/uploads: {volume: uploads, subPath: web}
        preStop: sleep 5
    volumes:
      uploads: {persistentVolumeClaim: {claimName: uploads}}
```

```diff
 apiVersion: apps/v1
 kind: Deployment
 metadata:
   name: web
 spec:
   template:
     spec:
       containers:
         - name: web
           image: example/web:1.0
           env:
-            - name: DEBUG
-              value: "1"
+            - name: PORT
+              value: "8080"
+            - name: PASSWORD
+              valueFrom:
+                secretKeyRef:
+                  name: db
+                  key: password
+          lifecycle:
+            preStop:
+              exec:
+                command:
+                  - sh
+                  - -c
+                  - sleep 5
+          volumeMounts:
+            - name: uploads
+              mountPath: /srv/uploads
+              subPath: web
+      volumes:
+        - name: uploads
+          persistentVolumeClaim:
+            claimName: uploads
```

Every mount needs a volume, from the chart or from a rule:

```yaml
rules:
  web:
    match: {kind: Deployment, name: web}
    containers:
      web:
        mounts: {/srv/uploads: upload}
```

```text
kmod.yaml:2:3: rule "web": Deployment/web: container web mounts volume "upload", which the pod does not have; add it under volumes: (error: mount-without-volume)
```
"""  # noqa: E501 - a table has long rows

from __future__ import annotations

from postrender.data import get, same
from postrender.kubernetes.directives import DEFAULT, is_literal
from postrender.kubernetes.strategicmerge import MergeError, merge_container
from postrender.kubernetes.types import fields_of
from postrender.rules.content import add_unknown, read_content, read_field
from postrender.rules.directives import add_unknown as add_unknown_directive
from postrender.rules.directives import defaults_of
from postrender.value import Value
from postrender.verbs.container_env import read_env
from postrender.verbs.container_mounts import check_places, read_mounts, with_mounts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data, Object, Path
    from postrender.rules.checker import Checker
    from postrender.verbs.container_entrypoint import Entrypoint
    from postrender.verbs.container_files import File
    from postrender.verbs.context import Context


class ContainerChange(Value):
    """
    What a rule says, at a `place` in it, of a container. `fields` is a strategic merge patch,
    `mounts` are volumeMounts (None in place of a name takes one away).
    """

    name: str
    place: Path
    fields: Object
    mounts: list[Object]
    files: tuple[File, ...]
    entrypoint: Entrypoint | None


HOOKS = ("postStart", "preStop")
SHORT_FORMS = ("mounts", *HOOKS, "files", "entrypoint")
_PLACING = ("position", "native")  # keys of verbs that add a container


def read_container(
    check: Checker, name: str, value: Data, path: Path, further: tuple[str, ...] = ()
) -> ContainerChange:
    """
    A container of a rule. `further` are keys that the verb itself reads (`position`, `native`).
    """
    value = check.mapping(value, path, "the container's fields")
    table = fields_of("Container")
    forms = (*SHORT_FORMS, *further)
    fields = {}
    for key, item in value.items():
        if key in table and key not in {"env", "name"}:
            fields[key] = read_field(check, item, (*path, key), "Container", key)
        elif key[:1] == "$":
            if key != DEFAULT:
                add_unknown_directive(check, key, path, (DEFAULT,), has_data=False)
        elif key in _PLACING and key not in further:
            check.known({key: item}, path, forms)
        elif key not in table and key not in forms:
            add_unknown(check, key, path, "Container", further=forms)
            fields[key] = item
    if "env" in value:
        fields["env"] = read_env(check, value["env"], (*path, "env"))
    defaults = _read_defaults(check, value, path)
    if defaults:
        fields = {DEFAULT: defaults, **fields}
    if "lifecycle" in fields or any(hook in value for hook in HOOKS):
        fields["lifecycle"] = _read_lifecycle(check, fields.get("lifecycle"), value, path)
    mounts = read_mounts(check, value.get("mounts"), (*path, "mounts"))
    check_places(check, value, path)
    return ContainerChange(
        name,
        path[2:],
        fields,
        mounts,
        _read_files(check, value.get("files"), (*path, "files")),
        _read_entrypoint(check, value.get("entrypoint"), (*path, "entrypoint")),
    )


def _read_defaults(check: Checker, value: Object, path: Path) -> Object:
    """`$default` of a container and of its `env`."""
    below = (*path, DEFAULT)
    given = defaults_of(check, value, path)
    found: Object = {}
    for key, item in given.items():
        if key in fields_of("Container") and key not in {"env", "name"}:
            found[key] = read_field(check, item, (*below, key), "Container", key)
        elif key in SHORT_FORMS and key not in HOOKS:
            advice = "write it under mounts" if key == "mounts" else "write it beside $default"
            check.add((*below, key), f"{key} cannot be a default", advice)
        elif key not in {"env", *HOOKS}:
            add_unknown(check, key, below, "Container", further=HOOKS)
    if any(hook in given for hook in HOOKS):
        found["lifecycle"] = _read_lifecycle(check, found.get("lifecycle"), given, below)
    env = read_env(check, given["env"], (*below, "env")) or [] if "env" in given else []
    if isinstance(value.get("env"), dict):
        place = (*path, "env")
        env += read_env(check, defaults_of(check, value["env"], place), (*place, DEFAULT)) or []
    return {**found, "env": env} if env else found


def _read_files(check: Checker, value: Data, path: Path) -> tuple[File, ...]:
    """`files`, whose module is loaded when a rule has them."""
    if value is None:
        return ()
    from postrender.verbs import container_files

    return container_files.read(check, value, path)


def _read_entrypoint(check: Checker, value: Data, path: Path) -> Entrypoint | None:
    """`entrypoint`, whose module is loaded when a rule has one."""
    if value is None:
        return None
    from postrender.verbs import container_entrypoint

    return container_entrypoint.read(check, value, path)


def apply_container(container: Object, change: ContainerChange, context: Context) -> Object:
    """The container with the rule applied; the same object if nothing changes."""
    name = container.get("name") or change.name
    _warn_of_replaced_scripts(container, change, name, context)
    note = context.noting(change.fields, ("container", name))
    try:
        new: Object = merge_container(
            container, change.fields, note, context.seeking(change.place, change.fields)
        )
    except MergeError as error:
        context.fail(f"container {name}: {error}")
    if new is not container and container.get("command"):
        from postrender.verbs.handover import with_scripts

        new = with_scripts(container, new, context)
    new = with_mounts(new, change.mounts, context, change.place)
    if change.files:
        from postrender.verbs import container_files

        new = with_mounts(new, container_files.apply(change.files, name, context), context)
    if change.entrypoint is not None:
        from postrender.verbs import container_entrypoint

        new = container_entrypoint.apply(new, change.entrypoint, context)
        new = with_mounts(new, [container_entrypoint.mount(context)], context)
    return new


def new_container(change: ContainerChange, context: Context, known: list[Data]) -> Object:
    """
    A new container, next to the known ones: its name first, as people write it.
    """
    if not change.fields.get("image") and not context.is_overlay:
        others = " or ".join(names_of(known))
        mistyped = f", or is it {others}?" if others else ""
        context.fail(
            f"container {change.name}: it is new and has no image",
            f'add "image:"{mistyped}',
            id="no-image",
        )
    if id(change) in context.made:
        return context.made[id(change)]
    new = apply_container({"name": change.name}, change, context)
    if not (change.files or change.entrypoint) and is_literal([change.fields, change.mounts]):
        context.made[id(change)] = new
    return new


def names_of(known: list[Data]) -> list[str]:
    """The names of a list's containers."""
    return [str(container.get("name")) for container in known if isinstance(container, dict)]


def _warn_of_replaced_scripts(
    container: Object, change: ContainerChange, name: str, context: Context
) -> None:
    """A command of a hook of the chart that the rule's takes the place of is lost: that is said."""
    for hook in HOOKS:
        path = ("lifecycle", hook, "exec", "command")
        old, new = get(container, path), get(change.fields, path)
        if old and new is not None and not same(old, new):
            context.warn(f"container {name}: its {hook} hook is replaced", id="hook-replaced")


def _read_lifecycle(check: Checker, lifecycle: Data, value: Object, path: Path) -> Data:
    """
    `lifecycle` with the hooks of the short forms. A layer can set one of the two forms to null next
    to the other, to remove it.
    """
    long = lifecycle if isinstance(lifecycle, dict) else {}
    hooks = {}
    for hook in HOOKS:
        if hook in value and (value[hook] is not None or long.get(hook) is None):
            if long.get(hook) is not None:
                check.add((*path, hook), f"lifecycle.{hook} is set too", "keep one of the two")
            hooks[hook] = _read_handler(check, value[hook], (*path, hook))
    return {**long, **hooks} if hooks else lifecycle


def _read_handler(check: Checker, value: Data, path: Path) -> Data:
    """A lifecycle handler; text is a script for sh."""
    if value is None:
        return None
    if isinstance(value, dict):
        return read_content(check, value, path, "LifecycleHandler")
    return {"exec": {"command": ["sh", "-c", check.text(value, path)]}}
