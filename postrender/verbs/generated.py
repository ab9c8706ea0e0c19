"""
Generated files: the text of `entrypoint` and `files` gets into the pod by one of two carriers.

| `carrier` | the text is in | choose it |
|---|---|---|
| `configMap` | a ConfigMap that is added to the stream; the default | for files of more than 256 KiB, and for pods without metadata |
| `pod` | an annotation of the pod template, shown as a file by a `downwardAPI` volume; the default for hooks of Helm and Argo CD | where pods of an earlier revision must be able to start on any node, also while an upgrade is stuck |

A rule says it for all its files, `entrypoint` or an entry of `files` for itself:

```yaml
rules:
  greet:
    match: {kind: Deployment, name: web}
    carrier: pod
    containers:
      web:
        files:
          /etc/motd: Welcome
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
+        kmod-post/file-greet.etc_motd: Welcome
     spec:
       containers:
         - name: web
           image: example/web:1.0
+          volumeMounts:
+            - name: kmod-greet
+              mountPath: /etc/motd
+              subPath: etc_motd
+              readOnly: true
+      volumes:
+        - name: kmod-greet
+          downwardAPI:
+            items:
+              - path: etc_motd
+                fieldRef:
+                  fieldPath: metadata.annotations['kmod-post/file-greet.etc_motd']
+                mode: 420
```

With both carriers, changed files make new pods, and a pod that is there keeps its files. If an
upgrade gets stuck because the new script fails, a container of an old pod that starts again runs
the old script. A rollback brings the old files back.

The carriers differ when Kubernetes creates a pod of an earlier revision while an upgrade is in
progress or stuck, for example because a node is drained or an autoscaler scales up. With
`carrier: pod`, the new pod has its files. With a ConfigMap it does not, because Helm deletes the
ConfigMap of the earlier revision during the upgrade: the pod starts only on a node whose kubelet
still has it in its cache. On any other node it waits until the upgrade or a rollback succeeds.

The volume is called `kmod-<rule>`, and scripts are mounted in `/kmod-post/<rule>`. A rule that uses
both carriers for one pod gets a `projected` volume of both.

### In a ConfigMap

There is one for each object and rule, named `<object>-<rule>-<hash>`, with the object's labels and
namespace. It comes before the object, and has the template path that the host needs. See the
example in `entrypoint` above.

- The hash is that of the files, the object and the rule, and the ConfigMap is `immutable`. Names
  longer than 63 characters are cut before the hash.
- The pod template also gets `kmod-post/checksum-<rule>`, which changes only when the files change.
- In the output of an earlier run with other files, the new ConfigMap takes the place of the old.
- If the object is a hook, the ConfigMap is a hook too, with a lower weight, so that it exists
  before the object. A hook with the lowest weight of all is an error. The ConfigMap has the deletion policy of its hook. For Jobs and Pods, which Helm waits
  for, it always has `hook-succeeded`: Helm deletes it after all hooks of the event.
  `helm test --logs` fails, as it asks for the log of every hook, and a ConfigMap has none.
- A ConfigMap can hold 1 MiB; more is an error.
- No rule matches a generated ConfigMap.

### In the pod

- The annotation is called `kmod-post/file-<rule>.<file>`; a name that Kubernetes does not take, or
  that is longer than 63 characters, is cut and gets a hash.
- All annotations of a pod can have 256 KiB together, with the chart's own; more is an error.
  `kubectl apply` without `--server-side` copies the whole object into an annotation of the object,
  for which the same limit holds.
- The text is part of the object, and all who can read pods or workloads can read it. No carrier is
  a place for secrets: mount a Secret.
- Kinds that have a pod spec without metadata have no place for it, which is an error.

The pod template of an installed Job cannot change, whatever the carrier: delete the Job before an
upgrade with other files, or make it a hook.
"""  # noqa: E501 - a table has long rows

from __future__ import annotations

from postrender.data import get, put
from postrender.kubernetes.objects import containers, is_hook, mappings, text_of, texts_of
from postrender.kubernetes.strategicmerge import merge_volume
from postrender.rules.model import CONFIG_MAP, POD
from postrender.verbs.generated_annotations import (
    annotation_key,
    check_size,
    field_path,
    key_in,
    key_prefix,
)
from postrender.verbs.generated_config_map import checksum, config_map, is_generated_name
from postrender.verbs.generated_names import checksum_key, volume_name
from postrender.verbs.metadata import put_texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from postrender.data import Object
    from postrender.kubernetes.objects import PodPlace
    from postrender.verbs.context import Context, GeneratedFile

    Files = dict[str, GeneratedFile]

# Argo CD's own mark of a hook (gitops-engine pkg/sync/common, AnnotationKeyHook).
_ARGO_HOOK = "argocd.argoproj.io/hook"


def attach(obj: Object, places: Sequence[PodPlace], context: Context) -> Object:
    """
    The object with the volume in those of its pods that mount it, and on their templates the
    annotations. The context gets the ConfigMap, if there is to be one, and the names of those that
    the object has from earlier runs.
    """
    default = _default_carrier(obj, places)
    files: dict[str, Files] = {CONFIG_MAP: {}, POD: {}}
    for key, file in sorted(context.files.items()):
        files[file.carrier or default][key] = file
    if files[CONFIG_MAP]:
        context.config_map = config_map(obj, files[CONFIG_MAP], context)
    for place in places:
        obj = _attached(obj, place, files, context)
    return obj


def _default_carrier(obj: Object, places: Sequence[PodPlace]) -> str:
    """
    What carries files of which the rule does not say it: the pod for hooks, if all their pods have
    metadata. Helm could leave a hook's ConfigMap behind, and Argo CD would make it after the hook.
    """
    has_metadata = all(place.template is not None for place in places)
    is_any_hook = is_hook(obj) or _ARGO_HOOK in texts_of(obj, "annotations")
    return POD if is_any_hook and has_metadata else CONFIG_MAP


def _attached(obj: Object, place: PodPlace, files: dict[str, Files], context: Context) -> Object:
    """The object with the volume and the annotations for one of its pods, if that mounts it."""
    rule, spec = context.rule.name, get(obj, place.spec)
    name = volume_name(rule)
    mounts = (mount for _, c in containers(spec) for mount in mappings(c.get("volumeMounts")))
    if not any(mount.get("name") == name for mount in mounts):
        return obj
    if files[POD] and place.template is None:
        context.fail("its pod has no metadata that could carry a file", "write carrier: configMap")
    old = next((v for v in mappings(spec.get("volumes")) if v.get("name") == name), None)
    shown = list(_shown(old or {}))
    if old is not None and not (shown and all(_is_own(*one, rule) for one in shown)):
        context.fail(f"the chart has a volume {name} of its own", "rename the rule")
    context.outdated |= {what for carrier, what in shown if carrier == CONFIG_MAP}
    new = merge_volume(old or {"name": name}, _source(files, context))
    if old is None:
        spec = {**spec, "volumes": [*(spec.get("volumes") or []), new]}
    elif new is not old:
        spec = {**spec, "volumes": [new if v is old else v for v in spec["volumes"]]}
    obj = put(obj, place.spec, spec)
    if place.template is None:
        return obj
    digest = checksum(files[CONFIG_MAP]) if files[CONFIG_MAP] else None
    annotations: dict[str, str | None] = {checksum_key(rule): digest}
    annotations.update((what, None) for carrier, what in shown if carrier == POD)
    annotations.update((annotation_key(rule, key), file.text) for key, file in files[POD].items())
    template = put_texts(get(obj, place.template), "annotations", annotations)
    if files[POD]:
        check_size(template, context)
    changed: Object = put(obj, place.template, template)
    return changed


def _source(files: dict[str, Files], context: Context) -> Object:
    """
    The volume's source, as a patch of what an earlier run may have put there: the ConfigMap, the
    pod's annotations, or both.
    """
    mapped, carried = files[CONFIG_MAP], files[POD]
    if not carried:
        return {"configMap": _config_map_source(mapped, context)}
    items = [
        {
            "path": key,
            "fieldRef": {"fieldPath": field_path(annotation_key(context.rule.name, key))},
            "mode": file.mode,
        }
        for key, file in carried.items()
    ]
    if not mapped:
        return {"downwardAPI": {"items": items}}
    source = {"name": text_of(context.config_map or {}, "name"), "items": _items(mapped)}
    return {"projected": {"sources": [{"configMap": source}, {"downwardAPI": {"items": items}}]}}


def _config_map_source(files: Files, context: Context) -> Object:
    """One mode for all files, or each file's own next to the scripts' mode."""
    modes = {file.mode for file in files.values()}
    return {
        "name": text_of(context.config_map or {}, "name"),
        "defaultMode": max(modes),
        "items": _items(files) if len(modes) > 1 else None,
    }


def _items(files: Files) -> list[Object]:
    return [{"key": key, "path": key, "mode": file.mode} for key, file in files.items()]


def _shown(volume: Object) -> Iterator[tuple[str, str]]:
    """
    What a volume shows, by its carrier: names of ConfigMaps, annotations of the pod. Empty names
    for all else.
    """
    projected = mappings(get(volume, ("projected", "sources")))
    for source in projected or [volume]:
        for kind in source:
            if kind == "configMap":
                name = get(source, (kind, "name"))
                yield CONFIG_MAP, name if isinstance(name, str) else ""
            elif kind == "downwardAPI":
                for item in mappings(get(source, (kind, "items"))):
                    yield POD, key_in(get(item, ("fieldRef", "fieldPath")))
            elif kind != "name":
                yield "", kind


def _is_own(carrier: str, what: str, rule: str) -> bool:
    """Whether kmod-post shows this for a rule."""
    if carrier == CONFIG_MAP:
        return is_generated_name(what)
    return carrier == POD and what.startswith(key_prefix(rule))
