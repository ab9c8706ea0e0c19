"""
`volumes`: volumes of the pod.

The value is a mapping of name to a source as Kubernetes writes it, or Kubernetes' list. If the pod
has a volume with that name, the source is merged into it; a source of another type replaces the
existing one, with a warning. Otherwise the volume is added. `$patch: replace` beside the names
removes all other volumes.

```yaml
rules:
  storage:
    match: {kind: Deployment, name: web}
    volumes:
      cache: {emptyDir: {sizeLimit: 1Gi}}
      uploads: {persistentVolumeClaim: {claimName: uploads}}
      tls: {secret: {secretName: web-tls}}
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
       volumes:
         - name: cache
-          emptyDir: {}
+          emptyDir:
+            sizeLimit: 1Gi
         - name: uploads
-          emptyDir: {}
+          persistentVolumeClaim:
+            claimName: uploads
+        - name: tls
+          secret:
+            secretName: web-tls
```

```text
kmod.yaml:2:3: rule "storage": Deployment/web: volume uploads: its source is replaced (warning: volume-source-replaced)
```

A new volume needs a source. `NAME: {$patch: delete}` takes a volume out, which no container may
mount any more.
"""  # noqa: E501 - a message is one line

from __future__ import annotations

from postrender.data import same
from postrender.kubernetes.directives import DEFAULT, PATCH
from postrender.kubernetes.objects import mappings
from postrender.kubernetes.strategicmerge import MergeError, merge_volume
from postrender.rules.content import read_content
from postrender.rules.directives import add_unknown, defaults_of, is_whole
from postrender.value import Value
from postrender.verbs.generated_names import is_ours
from postrender.verbs.placing import named_entries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data, Object, Path
    from postrender.rules.checker import Checker
    from postrender.verbs.context import Context


class Volumes(Value):
    """
    Volumes of a rule by name, as patches (None: it is taken out); whether no others may be there.
    """

    entries: list[tuple[str, Object | None]]
    is_whole: bool


def read(check: Checker, value: Data, path: Path) -> Volumes:
    """The rule's value: name to volume, or Kubernetes' list."""
    found: list[tuple[str, Object | None]] = []
    advice = "to take the volume out, write {$patch: delete}"
    for name, item, place in named_entries(check, value, path, advice, (PATCH, DEFAULT)):
        item = check.mapping(item, place, "{emptyDir: {}}")
        if item.get(PATCH) == "delete":
            from postrender.verbs.deletion import check_deletion

            check_deletion(check, item, place, "volume")
            found.append((name, None))
            continue
        for key in [key for key in item if key[:1] == "$"]:
            if key == PATCH:
                check.add((*place, key), "can only be delete here", "remove it", value=True)
            elif key != DEFAULT:
                add_unknown(check, key, place, (PATCH, DEFAULT))
        found.append((name, _read_volume(check, item, place)))
    if isinstance(value, list):
        return Volumes(found, {PATCH: "replace"} in value)
    if isinstance(value, dict):
        below = (*path, DEFAULT)
        for name, item in defaults_of(check, value, path).items():
            item = check.mapping(item, (*below, name), "{emptyDir: {}}")
            found.append((name, {DEFAULT: _read_volume(check, item, (*below, name))}))
    return Volumes(found, isinstance(value, dict) and is_whole(check, value, path))


def _read_volume(check: Checker, value: Object, path: Path) -> Object:
    content = read_content(check, value, path, "Volume")
    return {key: each for key, each in content.items() if key != "name"}


def apply(spec: Object, value: Volumes, context: Context) -> Object:
    """The pod spec with the volumes."""
    old = spec.get("volumes") or []
    new = {**spec, "volumes": []} if value.is_whole else spec
    for name, patch in value.entries:
        if patch is None:
            new = _without(new, name, context)
        else:
            new = put_volume(new, name, patch, context)
    if not value.is_whole:
        return new
    # What rules show of what they generate stays: scripts start from there.
    ours = [one for one in mappings(old) if is_ours(str(one.get("name")))]
    left = new.get("volumes") or []
    volumes = [*left, *(one for one in ours if one not in left)]
    if same(old, volumes):
        return spec
    from postrender.verbs.deletion import with_list

    return with_list(spec, "volumes", volumes)


def _without(spec: Object, name: str, context: Context) -> Object:
    """The pod spec without a volume, which no container may mount any more."""
    from postrender.verbs.deletion import with_list

    known = spec.get("volumes") or []
    left = [item for item in known if not (isinstance(item, dict) and item.get("name") == name)]
    names = [str(item.get("name")) for item in known if isinstance(item, dict)]
    context.seek(("volumes", name), names, is_found=len(left) < len(known), is_entry=True)
    if len(left) == len(known):
        return spec
    return with_list(spec, "volumes", left)


def put_volume(spec: Object, name: str, patch: Object, context: Context) -> Object:
    """The pod spec with one volume; the same object if it is already there."""
    known = spec.get("volumes") or []
    at = next(
        (i for i, item in enumerate(known) if isinstance(item, dict) and item.get("name") == name),
        None,
    )
    old = {} if at is None else known[at]
    try:
        new = merge_volume(
            old,
            patch,
            context.noting(patch, ("volume", name)),
            context.seeking(("volumes", name), patch),
        )
    except MergeError as error:
        context.fail(f"volume {name}: {error}")
    if at is not None:
        return spec if new is old else {**spec, "volumes": [*known[:at], new, *known[at + 1 :]]}
    if not new:
        context.fail(f"volume {name}: it is new and has no source", "add one such as emptyDir: {}")
    return {**spec, "volumes": [*known, {"name": name, **new}]}
