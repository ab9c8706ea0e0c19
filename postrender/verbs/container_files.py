"""
`files`: replaces or adds single files of the image, from a generated ConfigMap.

The value is a mapping of absolute path to the text, or to a mapping:

| key | means |
|---|---|
| `text` | the text |
| `file` | a file next to the rules file, or in a folder below it, that contains the text |
| `mode` | the file's mode; the default is 0644 |

```yaml
rules:
  settings:
    match: {kind: Deployment, name: web}
    containers:
      web:
        files:
          /etc/web/web.conf: {file: web.conf}
```

```ini
# web.conf
level = debug
```

```diff
+---
+apiVersion: v1
+kind: ConfigMap
+metadata:
+  name: web-settings
+  annotations:
+    kmod-post/rule: settings
+data:
+  etc_web_web.conf: |
+    # web.conf
+    level = debug
+---
 apiVersion: apps/v1
 kind: Deployment
 metadata:
   name: web
 spec:
   template:
+    metadata:
+      annotations:
+        kmod-post/checksum-settings: "7506fc69bb761238c568f0ecd86f7f5d96711f37338330b3331cd08166b7d14b"
     spec:
       containers:
         - name: web
           image: example/web:1.0
+          volumeMounts:
+            - name: kmod-settings
+              mountPath: /etc/web/web.conf
+              subPath: etc_web_web.conf
+              readOnly: true
+      volumes:
+        - name: kmod-settings
+          configMap:
+            name: web-settings
+            defaultMode: 420
```

Each file is mounted by `subPath`, so the other files in its folder stay. Kubernetes never updates
such a mount in a running pod, but a changed text changes the checksum on the pod template, so the
pods are replaced.

Only files in the folder of the rules file and below it can be read, because rules may come from
people who should not read everything that the process can read.

```yaml
rules:
  settings:
    match: {kind: Deployment, name: web}
    containers:
      web:
        files:
          /etc/web/web.conf: {file: ../web.conf}
```

```text
kmod.yaml:7:37: rule "settings": containers.web.files./etc/web/web.conf.file: "../web.conf" is outside the folder of the rules file; move it there
```
"""  # noqa: E501 - a table has long rows

from __future__ import annotations

from postrender.rules.checker import kind_of
from postrender.value import Value
from postrender.verbs.context import GeneratedFile
from postrender.verbs.generated_names import volume_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data, Object, Path
    from postrender.rules.checker import Checker
    from postrender.verbs.context import Context


class File(Value):
    """One file of a container: its path there, its text, its mode."""

    path: str
    text: str
    mode: int


MODE = 0o644
_KEYS = ("file", "text", "mode")
# What a ConfigMap's key is made of (k8s.io/apimachinery util/validation, IsConfigMapKey).
_KEY_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._")


def read(check: Checker, value: Data, path: Path) -> tuple[File, ...]:
    """The rule's value: a mapping of absolute path to text or `{file, text, mode}`."""
    found = []
    value = {} if value is None else check.mapping(value, path, '{/etc/app.conf: "text"}')
    for name, item in value.items():
        place = (*path, name)
        if not name.startswith("/") or name.endswith("/"):
            what = (
                "end it with the name of the file" if name.startswith("/") else 'begin it with "/"'
            )
            check.add(place, f'"{name}" is not the absolute path of a file', f"{what}")
        if item is None:
            advice = f"to take away a mount of the chart, write mounts: {{{name}: null}}"
            check.no_entry(value, place, advice)
            continue
        mode = MODE
        if isinstance(item, dict):
            check.known(item, place, _KEYS)
            if ("file" in item) == ("text" in item):
                check.add(place, 'it needs either "file" or "text"', value=True)
            mode = _read_mode(check, item.get("mode", MODE), (*place, "mode"))
            if "file" in item:
                text = check.file(item["file"], (*place, "file"))
            else:
                text = check.text(item.get("text", ""), (*place, "text"))
        else:
            text = check.text(item, place)
        found.append(File(name, text, mode))
    return tuple(found)


def apply(files: tuple[File, ...], container: str, context: Context) -> list[Object]:
    """Puts a container's files among the context's and returns their mounts."""
    mounts = []
    for file in files:
        key = key_of(file.path)
        what = f"container {container}: {file.path}"
        context.add_file(key, GeneratedFile(file.text, file.mode), what)
        mounts.append(
            {
                "name": volume_name(context.rule.name),
                "mountPath": file.path,
                "subPath": key,
                "readOnly": True,
            }
        )
    return mounts


def key_of(path: str) -> str:
    """The ConfigMap key of a file: its path, with `_` for what a key cannot hold."""
    name = "".join(sign if sign in _KEY_SIGNS else "_" for sign in path.strip("/"))
    if not name.strip("."):
        return "file"
    return f"file{name}" if name.startswith("..") else name


def _read_mode(check: Checker, value: Data, path: Path) -> int:
    """
    A file mode: 0644 as YAML 1.1 reads it (a number written with a leading zero is octal), or its
    digits as text.
    """
    if isinstance(value, str) and value.isdigit():
        try:
            value = int(value, 8)
        except ValueError:
            value = -1
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 0o777:
        is_scalar = isinstance(value, int | float | str)
        shown = check.values.written(path, value) if is_scalar else kind_of(value)
        check.add(path, f"{shown} is not a file mode", "write it as 0644", value=True)
        return MODE
    return value
