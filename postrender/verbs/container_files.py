"""
`files`: replaces or adds single files of the image.

The value is a mapping of absolute path to the text, or to a mapping:

| key | means |
|---|---|
| `text` | the text |
| `file` | a file next to the rules file, or in a folder below it, that contains the text |
| `mode` | the file's mode; the default is 0644 |
| `carrier` | `configMap` (the default) or `pod`: what the text is in, see [generated files](#generated-files) |

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
+  name: web-settings-d82g5k685g
+  annotations:
+    kmod-post/rule: settings
+data:
+  etc_web_web.conf: |
+    # web.conf
+    level = debug
+immutable: true
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
+            name: web-settings-d82g5k685g
+            defaultMode: 420
```

Each file is mounted by `subPath`, so the other files in its folder stay. A changed text makes new
pods; a pod that is there keeps the files that it was made with.

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
from postrender.rules.model import CARRIERS
from postrender.value import Value
from postrender.verbs.context import GeneratedFile
from postrender.verbs.generated_names import sha256, volume_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data, Object, Path
    from postrender.rules.checker import Checker
    from postrender.verbs.context import Context


class File(Value):
    """One file of a container: its path there, its text, its mode, and what carries it, if said."""

    path: str
    text: str
    mode: int
    carrier: str


MODE = 0o644
_KEYS = ("file", "text", "mode", "carrier")
# What a ConfigMap's key is made of (k8s.io/apimachinery util/validation, IsConfigMapKey).
_MAX_KEY = 253
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
        mode, carrier = MODE, ""
        if isinstance(item, dict):
            check.known(item, place, _KEYS)
            if ("file" in item) == ("text" in item):
                check.add(place, 'it needs either "file" or "text"', value=True)
            mode = _read_mode(check, item.get("mode", MODE), (*place, "mode"))
            if item.get("carrier") is not None:
                carrier = check.one_of(item["carrier"], (*place, "carrier"), CARRIERS)
            if "file" in item:
                text = check.file(item["file"], (*place, "file"))
            else:
                text = check.text(item.get("text", ""), (*place, "text"))
        else:
            text = check.text(item, place)
        found.append(File(name, text, mode, carrier))
    return tuple(found)


def apply(files: tuple[File, ...], container: str, context: Context) -> list[Object]:
    """Puts a container's files among the context's and returns their mounts."""
    mounts = []
    for file in files:
        key = key_of(file.path)
        what = f"container {container}: {file.path}"
        carrier = file.carrier or context.rule.carrier
        context.add_file(key, GeneratedFile(file.text, file.mode, carrier), what)
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
    """
    What a file is called in its ConfigMap or volume: its path, with `_` for what a key cannot hold;
    what is too long is cut and gets a hash.
    """
    name = "".join(sign if sign in _KEY_SIGNS else "_" for sign in path.strip("/"))
    if not name.strip("."):
        return "file"
    name = f"file{name}" if name.startswith("..") else name
    if len(name) <= _MAX_KEY:
        return name
    return f"{name[: _MAX_KEY - 9]}-{sha256(name.encode()).hexdigest()[:8]}"


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
