"""
`entrypoint`: a script that runs before the image's own entrypoint, in the same container.

| key | means |
|---|---|
| `script`, `file` | the script, or a file next to the rules file that contains it |
| `shell` | the shell that runs it: a path or a name; the default is `sh`. It must be in the image |
| `original` | the image's ENTRYPOINT followed by its CMD, exactly as in the image |
| `platform` | which platform's ENTRYPOINT and CMD to use if the lock file has different ones: `linux/arm64` |
| `pin: true` | the image gets the digest that the lock file has for it: `nginx:1.19@sha256:…` |
| `carrier` | `configMap` (the default) or `pod`: what the script is in, see [generated files](#generated-files) |

The script gets `#!<shell>` before it and `exec "$@"` after it, and goes into a generated ConfigMap,
or into an annotation of the pod (see [generated files](#generated-files)).
`command` becomes the script, and `args` becomes what the container ran before. So the application
starts as before, in the same process, and sees the variables that the script exports.

```yaml
rules:
  greet:
    match: {kind: Deployment, name: web}
    containers:
      web:
        entrypoint:
          script: echo "starting as $(id -un)"
          original: ["/docker-entrypoint.sh", "nginx", "-g", "daemon off;"]
```

```diff
+---
+apiVersion: v1
+kind: ConfigMap
+metadata:
+  name: web-greet-9kfbdtc55g
+  annotations:
+    kmod-post/rule: greet
+data:
+  web.sh: |
+    #!/bin/sh
+    echo "starting as $(id -un)"
+    exec "$@"
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
+        kmod-post/checksum-greet: "40773bd632ebb2bc2b102c73a17113bd340d8c44cfa0886e15844fcf918dfa1f"
     spec:
       containers:
         - name: web
           image: nginx:1.27
+          command:
+            - /kmod-post/greet/web.sh
+          args:
+            - /docker-entrypoint.sh
+            - nginx
+            - -g
+            - daemon off;
+          volumeMounts:
+            - name: kmod-greet
+              mountPath: /kmod-post/greet
+              readOnly: true
+      volumes:
+        - name: kmod-greet
+          configMap:
+            name: web-greet-9kfbdtc55g
+            defaultMode: 493
```

The command that the container ran before comes from the first of these that has it:

1. `command` and `args` of the container in the chart, by Kubernetes' rules: `command` without
   `args` drops the image's CMD, `args` without `command` still need the image's ENTRYPOINT,
2. `original` in the rule,
3. the lock file, which `kmod-post lock` writes from the image's registry.

Nothing is fetched while rendering. If none of them has it, the run fails:

```yaml
rules:
  greet:
    match: {kind: Deployment, name: web}
    containers:
      web:
        entrypoint: {script: echo starting}
```

```text
kmod.yaml:2:3: rule "greet": Deployment/web: container web: what nginx:1.27 starts is not known; write its ENTRYPOINT and CMD as "original:", or run "kmod-post lock"
```

If the script ends before its last line (`exit`, or a failing line under `set -e`), the application
does not start. A script for a program that is not a shell (`shell: python3`) gets no `exec "$@"`
and must start its arguments itself.
"""  # noqa: E501 - a table has long rows

from __future__ import annotations

from postrender.errors import LockError
from postrender.kubernetes.images import escaped, needs_image, platform_of, started
from postrender.kubernetes.objects import SHELLS
from postrender.rules.model import CARRIERS
from postrender.value import Value
from postrender.verbs.context import GeneratedFile
from postrender.verbs.generated_names import folder_of, volume_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from postrender.data import Data, Object, Path
    from postrender.kubernetes.images import Locked
    from postrender.rules.checker import Checker
    from postrender.verbs.context import Context


class Entrypoint(Value):
    """
    What a rule says of a container's entrypoint; `original` is None, and `carrier` empty, where it
    does not say.
    """

    script: str
    shell: str
    original: list[str] | None
    platform: str
    pin: bool
    carrier: str


EXEC = 'exec "$@"'
MODE = 0o755
_KEYS = ("script", "file", "shell", "original", "platform", "pin", "carrier")


def read(check: Checker, value: Data, path: Path) -> Entrypoint | None:
    """The rule's value, its script read from the file where it names one."""
    if value is None:
        return None
    if not isinstance(value, dict):
        check.mapping(value, path, "script: and below it the lines")
        return None
    check.known(value, path, _KEYS)
    value = {key: item for key, item in value.items() if item is not None}
    script = ""
    if "script" in value and "file" in value:
        check.add((*path, "file"), 'it has "script" and "file"', "keep one")
    elif "file" in value:
        script = check.file(value["file"], (*path, "file"))
    elif "script" in value:
        script = check.text(value["script"], (*path, "script"))
    else:
        check.add(path, 'it has no "script"', "add script: and below it the lines", value=True)
    if "shell" in value and script.startswith("#!"):
        check.add((*path, "shell"), 'the script has a "#!" line of its own', "keep one of the two")
    original = check.texts(value["original"], (*path, "original")) if "original" in value else None
    if value.get("original") == []:
        check.add(
            (*path, "original"), "it is empty", "write the image's ENTRYPOINT and CMD", value=True
        )
    shell = check.text(value.get("shell", "sh"), (*path, "shell"))
    for key in ("platform", "pin"):
        if key in value and "original" in value:
            text = 'it asks the lock file, which "original" replaces'
            check.add((*path, key), text, "keep one of the two")
    platform = check.text(value.get("platform", ""), (*path, "platform"))
    if platform and not platform_of(platform):
        text = f'"{platform}" is not a platform'
        check.add((*path, "platform"), text, "write one such as linux/amd64", value=True)
    pin = check.flag(value.get("pin", False), (*path, "pin"))
    carrier = ""
    if "carrier" in value:
        carrier = check.one_of(value["carrier"], (*path, "carrier"), CARRIERS)
    change = Entrypoint(script, shell, original, platform_of(platform), pin, carrier)
    if script and not _is_for_a_shell(script_text(change)) and "exec" not in script:
        check.add(
            path,
            f"the script is not for a shell, so no '{EXEC}' is added, and it starts nothing",
            "end it with a call that runs its arguments, such as Python's os.execvp",
            value=True,
        )
    return change


def apply(container: Object, change: Entrypoint, context: Context) -> Object:
    """
    The container with its argv moved behind the script, and the script among the context's files.
    """
    name = container.get("name") or ""
    key = f"{name}.sh"
    script = f"{mount(context)['mountPath']}/{key}"
    file = GeneratedFile(script_text(change), MODE, change.carrier or context.rule.carrier)
    context.add_file(key, file, f"container {name}: its script")
    command, args = container.get("command") or [], container.get("args") or []
    if script in (*command, *args):
        return container  # done in an earlier run, perhaps behind another rule's script
    argv = _argv(container, change, context)
    new = {key: value for key, value in container.items() if key not in {"command", "args"}}
    if change.pin:
        new["image"] = _pinned(container, change, context)
    return _beside_image(new, {"command": [script], "args": argv})


def mount(context: Context) -> Object:
    """Where the scripts of this rule are mounted."""
    return {
        "name": volume_name(context.rule.name),
        "mountPath": folder_of(context.rule.name),
        "readOnly": True,
    }


def script_text(change: Entrypoint) -> str:
    """The whole script: interpreter line, the user's lines, the hand-over to the original argv."""
    body = change.script.replace("\r\n", "\n")
    if body and not body.endswith("\n"):
        body += "\n"
    text = body if body.startswith("#!") else f"#!{interpreter(change.shell)}\n{body}"
    if text.endswith(f"\n{EXEC}\n") or not _is_for_a_shell(text):
        return text
    return f"{text}{EXEC}\n"


def _is_for_a_shell(text: str) -> bool:
    """Whether a script's first line names a shell: `#!/bin/sh -e`, `#!/usr/bin/env bash`."""
    words = text.partition("\n")[0].removeprefix("#!").split()
    return any(word.rpartition("/")[2] in SHELLS for word in words)


def interpreter(shell: str) -> str:
    """
    What stands behind `#!`. A path stays; a bare name is looked up on the container's PATH, for
    bash is not in /bin in every image; with arguments it is taken from /bin, as `env` takes but
    one.
    """
    if shell.startswith("/"):
        return shell
    if shell == "sh" or " " in shell:
        return f"/bin/{shell}"
    return f"/usr/bin/env {shell}"


def _argv(container: Object, change: Entrypoint, context: Context) -> list[str]:
    """The argv that the script hands over to."""
    name = container.get("name")
    command, args = container.get("command") or [], container.get("args") or []
    entrypoint: Sequence[str] = ()
    cmd: Sequence[str] = ()
    if needs_image(command):
        if change.original is None:
            locked = _locked(container, change, context)
            entrypoint, cmd = locked.entrypoint, locked.cmd
        else:
            entrypoint = change.original
            if args:
                context.warn(
                    f"container {name}: it has args, so original: is taken "
                    "as the image's ENTRYPOINT alone",
                    id="original-with-args",
                )
    # The chart's own are moved as they are: Kubernetes expands them behind the script as before.
    argv = started(command, args, [*map(escaped, entrypoint)], [*map(escaped, cmd)])
    if not argv:
        context.fail(
            f"container {name}: {container.get('image')} has neither ENTRYPOINT nor CMD, so there "
            "is nothing to start",
            'write it as "original:"',
        )
    return argv


def _pinned(container: Object, change: Entrypoint, context: Context) -> str:
    """The container's image with the digest that the lock file has for it."""
    image = str(container.get("image") or "")
    return image if "@" in image else f"{image}@{_locked(container, change, context).digest}"


def _locked(container: Object, change: Entrypoint, context: Context) -> Locked:
    """What the lock file says of the container's image."""
    image = str(container.get("image") or "")
    try:
        locked = context.argv_of(image, change.platform)
    except LockError as error:
        context.fail(f"container {container.get('name')}: {error}")
    if locked is None:
        advice = "" if change.pin else 'write its ENTRYPOINT and CMD as "original:", or '
        context.fail(
            f"container {container.get('name')}: what {image or 'its image'} starts is not known",
            f'{advice}run "kmod-post lock"',
        )
    return locked


def _beside_image(container: Object, entries: Object) -> Object:
    """The container with entries right after its image, where people look for them."""
    new: Object = {}
    for key, value in container.items():
        new[key] = value
        if key == "image":
            new.update(entries)
    return {**new, **entries}
