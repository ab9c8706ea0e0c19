"""
Lists and texts: where a verb merges, a list or a text can be changed instead of replaced.

A mapping of the keys below stands in place of the list or the text. What it does not name stays as
it is, in its order, with its comments. This holds for `merge` and `pod`, for the fields of
containers such as `args` and `envFrom`, for variables, labels and annotations.

### Change a list

| key | value | does |
|---|---|---|
| `$remove` | list | removes every item that fits: a text by glob, a mapping by all the fields it names |
| `$change` | mapping of glob to text, or list of `{match: …, set: …}` | a text that fits becomes the new one; `set` is merged into every item that fits `match` (`{}`: every item) |
| `$add` | list | appends each item that is not there; a list with a merge key (containers, ports, …) is merged by it |
| `$flags` | mapping of flag to value | changes the flags of a command, see below |

They are applied in this order.

```yaml
rules:
  web:
    match: {kind: Deployment, name: web}
    containers:
      web:
        args:
          $remove: ["--debug*"]
          $change: {"--listen=*": "--listen=:8443"}
          $add: [--tls]
    pod:
      tolerations:
        $change: [{match: {key: gpu}, set: {operator: Exists}}]
```

```diff
 apiVersion: apps/v1
 kind: Deployment
 metadata:
   name: web
 spec:
   template:
     spec:
       tolerations:
         - key: gpu
+          operator: Exists
         - key: spot
           operator: Exists
       containers:
         - name: web
           image: example/web:1.0
           args:
-            - --listen=:8080  # for the Service
-            # remove this in production
-            - --debug-http
+            - --listen=:8443  # for the Service
             - --workers=4
+            - --tls
```

A text in `$remove` or `match` is a glob; `[[]` is a bracket and `[*]` a star. In a list of texts, a
list is a run of words that belong together: `$add: [[-c, b=2]]`, `$remove: [[-c, "*"]]`. What finds
nothing in any object is an error (`finds-nothing`).

### Change the flags of a command

| value | does |
|---|---|
| text | `--flag=old` becomes `--flag=text`. A bare `--flag` gets the text in the word behind it, unless that begins with `-` |
| list of texts | the same for a flag that repeats: one text for each |
| `true` | the bare flag is there; what stands behind it is not touched |
| `false` | `--flag=false` |
| null | removes the flag. If a word stands behind a bare flag, nobody can tell whether it is the flag's value: that is an error, write `$remove` |

```yaml
rules:
  web:
    match: {kind: Deployment, name: web}
    containers:
      web:
        args:
          $flags: {--log-level: debug, --leader-elect: null, --port: 8443}
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
           args:
             - --leader-elect-namespace=web
-            - --log-level=info
-            - --leader-elect
+            - --log-level=debug
             - --port
-            - "8080"
+            - "8443"
```

A new flag comes last, before a bare `--`: as `--flag=text`, or in two words if all other flags with
values are written so. A flag that differs from one that is there only in its dashes or in `no-` is
an error. So are `$flags` and `$add` if the command is a shell with `-c`: the words behind a script
are its parameters. Change the script instead:
`$change: {"*": {$substitute: {"--port 80 ": "--port 8080 "}}}`.

### Change a text

| key | value | does |
|---|---|---|
| `$yaml` | mapping, or a list operation | the text is YAML or JSON: merges into it, and keeps its comments, order and quotes |
| `$lines` | `$remove`, `$change`, `$add`; `$below` | the text is a list of lines. A glob ignores the blanks before a line and must fit one line. `$below: {HEADER: …}` is for the lines below a line, up to the next line that begins like it |
| `$substitute` | mapping of text to text | every occurrence; one that is part of the new text already stays |
| `$file` | path | the text of a file beside the rules file, or in a folder below it |

```yaml
rules:
  settings:
    match: {kind: ConfigMap, name: settings}
    merge:
      data:
        app.yaml: {$yaml: {log: {level: debug}, listeners: {$add: [tcp]}, umask: 0027}}
        grafana.ini: {$lines: {$below: {"[log]": {$change: {"mode = *": "mode = file"}}}}}
        url: {$substitute: {"http://": "https://"}}
        dashboard.json: {$yaml: {refresh: 1m}}
```

```diff
 apiVersion: v1
 kind: ConfigMap
 metadata:
   name: settings
 data:
   app.yaml: |
     # see the manual
     log:
-      level: info  # or debug
-    umask: 0022
+      level: debug  # or debug
+    umask: 0027
     listeners:
       - udp
+      - tcp
   grafana.ini: |
     [server]
     mode = http
     [log]
-    mode = console
+    mode = file
     level = info
-  url: http://example.com
+  url: https://example.com
-  dashboard.json: '{"title": "Web", "refresh": "30s"}'
+  dashboard.json: '{"title": "Web", "refresh": "1m"}'
```

In YAML, numbers and flags are written as in the rule: `0027` stays `0027`. An anchor that aliases
use cannot be changed. The `data` of a Secret is decoded, changed and encoded; its text is never
shown.

### Set only what is absent

`$default` in a mapping has fields that are set only if the object does not have them. To Kubernetes,
null, an empty list and an empty text are as good as absent. A default never brings a second one of
fields that exclude each other: a `tcpSocket` probe of the chart stays alone. `env`, `mounts`,
`volumes`, `labels` and `annotations` can have it too.

```yaml
rules:
  defaults:
    match: {kind: Deployment}
    containers:
      "*":
        $default:
          resources: {requests: {cpu: 100m, memory: 64Mi}}
          livenessProbe: {httpGet: {path: /healthz, port: 8080}}
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
           resources:
             requests:
               cpu: "1"
+              memory: 64Mi
           livenessProbe:
             tcpSocket:
               port: 8080
         - name: logs
           image: example/logs:1.0
+          resources:
+            requests:
+              cpu: 100m
+              memory: 64Mi
+          livenessProbe:
+            httpGet:
+              path: /healthz
+              port: 8080
```
"""  # noqa: E501 - tables have long rows

from __future__ import annotations

from postrender.kubernetes.directives import (
    BASE64,
    DEFAULT,
    FILE,
    LIST_OPERATIONS,
    LOWER,
    TEXT_OPERATIONS,
    is_operation,
    key_of,
)
from postrender.kubernetes.entries import MergeError
from postrender.kubernetes.texts import decoded, encoded
from postrender.kubernetes.types import ANY, element, is_list, is_map, is_type
from postrender.rules.checker import kind_of
from postrender.rules.directives import add_unknown, defaults_of, is_data
from postrender.yamltext.literal import Literal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    from postrender.data import Data, Object, Path
    from postrender.rules.checker import Checker
    from postrender.rules.homes import Around

    class Reader(Protocol):
        """Reads what lists hold: see `content`."""

        check: Checker

        def twin(self, check: Checker) -> Reader:
            """The same, with another checker."""

        def value(
            self, value: Data, path: Path, shape: str, around: Around, *, is_new: bool
        ) -> Data:
            """A value of a shape."""

        def free(self, value: Data, path: Path, at: Path | None, *, is_new: bool) -> Data:
            """Content of no known type."""

        def entry(
            self, value: Data, path: Path, shape: str, around: Around, keys: tuple[str, ...] = ()
        ) -> Data:
            """An entry of a list."""


# Shapes of texts that operations can change.
_TEXTS = ("string", "bytes")
_LINES = ("$remove", "$change", "$add", "$below")
_EXAMPLES = {
    "$remove": "[…]",
    "$change": "[{match: {…}, set: {…}}]",
    "$add": "[…]",
    "$flags": "{--flag: value}",
}


class Place:
    """
    Where an operation stands: its path, the shape of the list or text that Kubernetes has there
    ("": not known), the types around it, the keys that its entries are merged by, its place in an
    object as far as it is known.
    """

    __slots__ = ("around", "at", "keys", "path", "shape")

    def __init__(
        self,
        path: Path,
        shape: str = "",
        around: Around = (),
        keys: tuple[str, ...] = (),
        at: Path | None = None,
    ) -> None:
        self.path = path
        self.shape = "" if shape == ANY else shape
        self.around = around
        self.keys = keys
        self.at = at

    @property
    def item(self) -> str:
        """The shape of an item of the list."""
        return element(self.shape) if is_list(self.shape) else ""


def read_operation(reader: Reader, value: Object, place: Place) -> Data:
    """The operations of a list or a text; a new text where they only name its file."""
    check, path, shape = reader.check, place.path, place.shape
    names: tuple[str, ...]
    if is_list(shape):
        names = LIST_OPERATIONS
    elif shape in _TEXTS:
        names = TEXT_OPERATIONS
    elif shape:
        names = ()
    else:
        is_text = not value.keys().isdisjoint(TEXT_OPERATIONS) or isinstance(value.get(LOWER), str)
        names = TEXT_OPERATIONS if is_text else LIST_OPERATIONS
    known = {key: item for key, item in value.items() if key in names}
    for key in value.keys() - known.keys():
        if key == LOWER and path in check.values.layered:
            continue
        _add_misplaced(check, key, path, names, shape)
    if names == LIST_OPERATIONS:
        return _list_operations(reader, value, known, place)
    return _text_operations(reader, value, known, place)


def _add_misplaced(
    check: Checker, key: str, path: Path, names: tuple[str, ...], shape: str
) -> None:
    """Notes a key that means nothing there."""
    if key in (*LIST_OPERATIONS, *TEXT_OPERATIONS):
        wanted = "a list" if key in LIST_OPERATIONS else "a text"
        if not shape:
            check.add((*path, key), f"{key} is for {wanted}, other keys here are not", "keep one")
        else:
            advice = f"use {' or '.join(names)}" if names else "write the value"
            check.add((*path, key), f"{key} is for {wanted}, and this is {_noun(shape)}", advice)
    else:
        add_unknown(check, key, path, names, has_data=not names)


def _noun(shape: str) -> str:
    """What a user calls a value of a shape."""
    if is_list(shape):
        return "a list"
    if is_map(shape) or is_type(shape):
        return "a mapping"
    return "a text" if shape in _TEXTS else "a value of another kind"


def _parts(check: Checker, value: Data, path: Path) -> Iterator[tuple[str | int, Data]]:
    """The entries of a list, or of a mapping by names for layers; null is withdrawn by a layer."""
    if isinstance(value, dict):
        for key, item in value.items():
            if item is None:
                check.no_entry(value, (*path, key), "remove it")
            else:
                yield key, item
    elif isinstance(value, list):
        yield from enumerate(value)
    else:
        example = _EXAMPLES.get(str(path[-1]), "[…]")
        check.add(path, f"must be a list, not {kind_of(value)}", f"write {example}", value=True)


def _like(value: Data, parts: dict[str | int, Data]) -> Data:
    """Parts as a mapping or a list, as they were given."""
    return parts if isinstance(value, dict) else list(parts.values())


# Lists


def _list_operations(reader: Reader, value: Object, known: Object, place: Place) -> Object:
    content: Object = {}
    if LOWER in value:
        below = (*place.path, LOWER)
        content[LOWER] = [
            _item(reader, item, (*below, i), place, is_entry=True)
            for i, item in enumerate(value[LOWER])
        ]
    for key, item in known.items():
        path = (*place.path, key)
        if item is None:
            reader.check.no_entry(known, path, "remove it")
        elif key == "$flags":
            content[key] = _flags(reader.check, item, path, place)
        elif key == "$change":
            content[key] = _changes(reader, item, path, place)
        else:
            read = _removed if key == "$remove" else _added
            parts = {
                name: read(reader, part, (*path, name), place)
                for name, part in _parts(reader.check, item, path)
            }
            content[key] = _like(item, parts)
    if content.keys() <= {LOWER}:  # all were withdrawn: still no mapping for the list
        content["$add"] = []
    return content


def _item(reader: Reader, value: Data, path: Path, place: Place, *, is_entry: bool) -> Data:
    """An item of the list, as an entry of it or as what is merged into one."""
    if not place.item:
        at = None if place.at is None else (*place.at, 0)
        return reader.free(value, path, at, is_new=is_entry and not place.keys)
    if is_entry:
        return reader.entry(value, path, place.item, place.around, place.keys)
    return reader.value(value, path, place.item, place.around, is_new=False)


def _may_hold_texts(place: Place) -> bool:
    """Whether a list may hold texts."""
    return not place.item or place.item in _TEXTS


def _added(reader: Reader, value: Data, path: Path, place: Place) -> Data:
    """An item of `$add`; in a list of texts, a list is a run of words."""
    if isinstance(value, list) and _may_hold_texts(place):
        return _run(reader, value, path, place)
    return _item(reader, value, path, place, is_entry=True)


def _run(reader: Reader, value: list[Data], path: Path, place: Place) -> list[Data]:
    if not value:
        reader.check.add(path, "the run of words is empty", "remove it", value=True)
    return [_item(reader, word, (*path, i), place, is_entry=True) for i, word in enumerate(value)]


def _removed(reader: Reader, value: Data, path: Path, place: Place) -> Data:
    """An item of `$remove`."""
    if value == {}:
        reader.check.add(path, "{} would remove every item", "name a field", value=True)
    if isinstance(value, list) and _may_hold_texts(place):
        return _run(reader, value, path, place)
    return _wanted(reader, value, path, place)


def _wanted(reader: Reader, value: Data, path: Path, place: Place) -> Data:
    """What an item must be like: texts are globs."""
    if not isinstance(value, dict) or not place.item:
        return _item(reader, value, path, place, is_entry=False)
    # Globs are no quantities, and none of a few words: only the names of fields are checked.
    check = reader.check
    twin = check.twin()
    content = reader.twin(twin).value(value, path, place.item, place.around, is_new=False)
    check.found += [one for one in twin.found if one[1].id == "unknown-field"]
    check.excused |= twin.excused
    return content


def _changes(reader: Reader, value: Data, path: Path, place: Place) -> Data:
    """`$change`: entries with `match` and `set`, or a mapping of glob to text."""
    parts: dict[str | int, Data] = {}
    for name, part in _parts(reader.check, value, path):
        at = (*path, name)
        if isinstance(part, dict) and not part.keys().isdisjoint(("match", "set")):
            parts[name] = _change(reader, part, at, place)
        elif isinstance(value, dict) and not (place.item and is_type(place.item)):
            parts[name] = _set(reader, part, at, place)
        else:
            what = "must be {match: {…}, set: {…}}"
            reader.check.add(at, what, value=True)
    return _like(value, parts)


def _change(reader: Reader, part: Object, path: Path, place: Place) -> Object:
    check = reader.check
    check.known(part, path, ("match", "set"))
    for key in ("match", "set"):
        if part.get(key) is None:
            check.add(path, f"it has no {key}", f"add {key}:", value=True)
    match = _wanted(reader, part.get("match"), (*path, "match"), place)
    return {"match": match, "set": _set(reader, part.get("set"), (*path, "set"), place)}


def _set(reader: Reader, value: Data, path: Path, place: Place) -> Data:
    """What an item becomes, or what is merged into it. A text may be changed by operations, too."""
    if is_operation(value):
        return read_operation(reader, value, Place(path, place.item, place.around))
    if value is None:
        return None
    return _item(reader, value, path, place, is_entry=False)


def _flags(check: Checker, value: Data, path: Path, place: Place) -> Object:
    """`$flags`: flag to a text, a list of texts, true, false, or null."""
    if place.item and place.item not in _TEXTS:
        check.add(path, "$flags is for a list of texts", "use $change", value=True)
    flags: Object = {}
    for flag, item in check.mapping(value, path, _EXAMPLES["$flags"]).items():
        at = (*path, flag)
        if flag[:1] != "-" or "=" in flag or not flag.strip("-"):
            name = flag.partition("=")[0].lstrip("-")
            check.add(at, f'"{name or flag}" is no flag', f"write --{name or 'NAME'}: value")
        elif isinstance(item, list):
            flags[flag] = check.texts(item, at)
        elif item is None or isinstance(item, bool):
            flags[flag] = item
        else:
            flags[flag] = check.text(item, at)
    return flags


# Texts


def read_text_operation(check: Checker, value: Object, path: Path) -> Data:
    """The operations of a text outside of Kubernetes content: an annotation, a variable's value."""
    return read_operation(_Embedded(check), value, Place(path, "string"))


def _text_operations(reader: Reader, value: Object, known: Object, place: Place) -> Data:
    check = reader.check
    content: Object = {}
    is_base64 = place.shape == "bytes"
    files = {check.values.file((*place.path, key)) for key in known}
    if len(known) > 1 and len(files) == 1:  # layers may bring several
        check.add(place.path, f"it has {' and '.join(known)}", "keep one of them", value=True)
    if LOWER in value:
        content[LOWER] = check.text(value[LOWER], (*place.path, LOWER))
        if is_base64:
            try:
                content[LOWER] = decoded(content[LOWER], place.path)
            except MergeError as error:
                check.add(place.path, str(error), value=True)
    for key, item in known.items():
        path = (*place.path, key)
        if item is None:
            check.no_entry(known, path, "remove it")
        elif key == FILE:
            content[LOWER] = check.file(item, path)
        elif key == "$yaml":
            content[key] = _yaml(check, item, path)
        elif key == "$lines":
            content[key] = _lines(check, item, path)
        else:
            content[key] = _substitutes(check, item, path)
    if content.keys() == {LOWER}:
        text = content[LOWER]
        return encoded(text) if is_base64 else text
    if not content:  # all were withdrawn: still no mapping for the text
        content["$substitute"] = {}
    return {**content, BASE64: True} if is_base64 else content


def _yaml(check: Checker, value: Data, path: Path) -> Data:
    if not isinstance(value, dict):
        what = f"must be a mapping or a list operation, not {kind_of(value)}"
        check.add(path, what, "write {$add: […]}" if isinstance(value, list) else "", value=True)
    return _Embedded(check, is_yaml=True).free(value, path, None, is_new=False)


def _lines(check: Checker, value: Data, path: Path) -> Object:
    content: Object = {}
    for key, item in check.mapping(value, path, '{$change: {"mode = *": "mode = file"}}').items():
        at = (*path, key)
        if key not in _LINES:
            add_unknown(check, key, path, _LINES, has_data=False)
        elif item is None:
            check.no_entry(value, at, "remove it")
        elif key == "$below":
            sections = check.mapping(item, at, '{"[section]": {$add: [line]}}')
            content[key] = {
                header: _lines(check, inner, (*at, header))
                for header, inner in sections.items()
                if inner is not None
            }
        elif key == "$change":
            lines = check.mapping(item, at, '{"mode = *": "mode = file"}')
            content[key] = {
                glob: None if line is None else _line(check, line, (*at, glob))
                for glob, line in lines.items()
            }
        else:
            parts = {name: _line(check, one, (*at, name)) for name, one in _parts(check, item, at)}
            content[key] = _like(item, parts)
    return content


def _line(check: Checker, value: Data, path: Path) -> str:
    text = check.text(value, path)
    if "\n" in text or "\r" in text:
        check.add(path, "a line has no line break in it", "write several lines", value=True)
    return text


def _substitutes(check: Checker, value: Data, path: Path) -> dict[str, str | None]:
    found = {
        old: None if new is None else check.text(new, (*path, old))
        for old, new in check.mapping(value, path, "{old text: new text}").items()
    }
    for old, new in found.items():
        at = (*path, old)
        if not old:
            check.add(at, "an empty text is everywhere", "write the text to replace")
        elif new == old:
            check.add(at, "the new text is the old one", "remove it", value=True)
        for other in found:
            if other and other != old and new and other in new:
                what = f"its new text has the old text of another entry in it, {_first_line(other)}"
                check.add(at, what, "write one entry for both", value=True)
    return found


def _first_line(text: str) -> str:
    """The beginning of a text for a message."""
    return f'"{text.splitlines()[0]}"'


class _Embedded:
    """
    Reads what operations hold in a text that is no content of Kubernetes: all is as it is written.
    In YAML or JSON (`is_yaml`), what is no text stays a `Literal`.
    """

    def __init__(self, check: Checker, *, is_yaml: bool = False) -> None:
        self.check = check
        self.is_yaml = is_yaml

    def twin(self, check: Checker) -> _Embedded:
        """The same, with another checker."""
        return _Embedded(check, is_yaml=self.is_yaml)

    def value(self, value: Data, path: Path, shape: str, around: Around, *, is_new: bool) -> Data:
        """A value; its shape and what is around it are not known."""
        del shape, around
        return self.free(value, path, None, is_new=is_new)

    def entry(
        self, value: Data, path: Path, shape: str, around: Around, keys: tuple[str, ...] = ()
    ) -> Data:
        """An entry of a list, which has no key."""
        del shape, around, keys
        return self.free(value, path, None, is_new=True)

    def free(self, value: Data, path: Path, at: Path | None, *, is_new: bool) -> Data:
        """A value with its scalars as they are written. In what is new, `$` is a part of a key."""
        if isinstance(value, dict):
            if not is_new and is_operation(value):
                return read_operation(self, value, Place(path))
            content = {}
            for key, item in value.items():
                below = (*path, key)
                if key == DEFAULT and not is_new:
                    item = defaults_of(self.check, value, path)
                elif not is_new and not is_data(self.check, key, path):
                    content[key] = item
                    continue
                own = key_of(key) if is_new else key
                content[own] = self.free(item, below, at, is_new=is_new)
            return content
        if isinstance(value, list):
            return [self.free(item, (*path, i), at, is_new=True) for i, item in enumerate(value)]
        if not self.is_yaml:
            return self.check.text(value, path)
        if value is None:  # a deletion, or data
            return Literal("null") if is_new else None
        if isinstance(value, str):
            return value
        return Literal(self.check.values.written(path, value))
