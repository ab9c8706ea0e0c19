"""
`jsonPatch`: operations of RFC 6902 on the object, all of them or none.

Each has `op` (`add`, `copy`, `move`, `remove`, `replace`, `test`), `path`, and `value` or `from`
where it needs one. A `/` in a name is written `~1`, a `~` is `~0`; `-` is the end of a list.

```yaml
rules:
  scale:
    match: {kind: Deployment, name: web}
    jsonPatch:
      - {op: test, path: /spec/template/spec/containers/0/name, value: web}
      - {op: replace, path: /spec/replicas, value: 3}
      - {op: add, path: /metadata/labels/example.com~1size, value: large}
```

```diff
 apiVersion: apps/v1
 kind: Deployment
 metadata:
   name: web
   labels:
     app: web
+    example.com/size: large
 spec:
-  replicas: 1
+  replicas: 3
   template:
     spec:
       containers:
         - name: web
           image: example/web:1.0
```

The run fails if an operation's path does not exist, or if a `test` fails:

```yaml
rules:
  scale:
    match: {kind: Deployment, name: web}
    jsonPatch:
      - {op: remove, path: /spec/paused}
```

```text
kmod.yaml:2:3: rule "scale": Deployment/web: jsonPatch[0]: remove /spec/paused: the object has nothing at this path; fix the path
```

Applied to its own output, `add` to a list adds again, and `remove` fails. If a rule must work there
too, use `merge`.
"""  # noqa: E501 - a table has long rows

from __future__ import annotations

from postrender.data import same, size
from postrender.kubernetes.types import ANY, element, is_list, is_map
from postrender.rules.content import add_unknown, read_content
from postrender.verbs import integrity
from postrender.verbs.by_type import by_type
from postrender.yamltext.reader import MAX_EXPANSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data, Object, Path
    from postrender.kubernetes.types import Known
    from postrender.rules.checker import Checker
    from postrender.verbs.by_type import ByType
    from postrender.verbs.context import Context


# Python makes no number of a longer text, and no list has so many items.
_LONGEST = 20
# Each operation of RFC 6902, section 4, with the members it needs besides `op` and `path`.
OPERATIONS = {
    "add": ("value",),
    "copy": ("from",),
    "move": ("from",),
    "remove": (),
    "replace": ("value",),
    "test": ("value",),
}
_KEYS = ("op", "path", "from", "value")


def read(check: Checker, value: Data, path: Path) -> ByType:
    """The rule's value: a list of operations."""
    operations = _read_operations(check, value, path)
    integrity.check_early(check, _identity(operations))

    def read_values(twin: Checker, shape: str, known: Known) -> list[Object]:
        return [_read_value(twin, item, place, shape, known) for item, place in operations]

    return by_type(check, read_values)


def _read_operations(check: Checker, value: Data, path: Path) -> list[tuple[Object, Path]]:
    """The operations, each with its place in the rules."""
    if not isinstance(value, list):
        check.add(
            path,
            "must be a list of operations",
            "write - {op: add, path: /…, value: …}",
            value=True,
        )
        return []
    found: list[tuple[Object, Path]] = []
    for i, item in enumerate(value):
        place = (*path, i)
        check.mapping(item, place, "{op: add, path: /…, value: …}")
        if not isinstance(item, dict):
            continue
        check.known(item, place, _KEYS)
        name = item.get("op")
        if not isinstance(name, str) or name not in OPERATIONS:
            check.add((*place, "op"), f"must be one of {', '.join(OPERATIONS)}", value=True)
            continue
        for key in ("path", *OPERATIONS[name]):
            if key not in item:
                check.add(place, f'"{name}" needs "{key}"', "add it", value=True)
            elif key != "value" and not _is_pointer(item[key]):
                check.add((*place, key), "is not a JSON pointer", 'begin it with "/"', value=True)
        found.append((item, place))
    return found


def _identity(operations: list[tuple[Object, Path]]) -> dict[Path, tuple[Path, Data]]:
    """The parts of an object's identity that the operations set, with their places in the rules."""
    found: dict[Path, tuple[Path, Data]] = {}
    for operation, place in operations:
        touched = [operation.get("path"), operation.get("from")]
        for part in integrity.IDENTITY:
            pointer = "/" + "/".join(map(str, part))
            if any(f"{pointer}/".startswith(f"{one}/") for one in touched if one is not None):
                found.pop(part, None)  # what a copy or a mapping around it brings is seen later
            if operation["op"] in ("add", "replace") and operation.get("path") == pointer:
                found[part] = (*place, "value"), operation.get("value")
    return found


def _read_value(check: Checker, operation: Object, place: Path, shape: str, known: Known) -> Object:
    """The operation for an object of a type, with texts where Kubernetes takes only text."""
    pointer = operation.get("path")
    if not isinstance(pointer, str) or not operation.get("op"):
        return operation
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    at: list[str | int] = []
    for part in parts:
        is_index = part == "-" or (part.isdecimal() and len(part) < _LONGEST)
        if known.is_type(shape):
            field = known.fields_of(shape).get(part)
            # The other operations find nothing there, and say so.
            if field is None and operation["op"] in ("add", "copy", "move"):
                add_unknown(check, part, (*place, "path"), shape, known)
            shape = field.shape if field else ANY
        elif is_map(shape) or (is_list(shape) and is_index):
            shape = element(shape)
        elif shape:
            shape = ANY
        elif not at and part == "metadata":  # that of all kinds
            shape = "ObjectMeta"
        at.append((0 if part == "-" else int(part)) if is_index else part)
    if "value" not in operation:
        return operation
    path, value = (*place, "value"), operation["value"]
    value = read_content(check, value, path, shape, is_new=True, at=tuple(at), known=known)
    return {**operation, "value": value}


def apply(obj: Object, value: ByType, context: Context) -> Object:
    """The object with all operations done."""
    # Here, as few rules need them: Helm starts this program for every release.
    from copy import deepcopy

    from jsonpatch import JsonPatch, JsonPatchException
    from jsonpointer import JsonPointerException, resolve_pointer

    new = deepcopy(obj)
    for i, operation in enumerate(value.for_object(obj, context)):
        where = f"jsonPatch[{i}]: {operation['op']} {operation['path']}"
        try:
            if operation["op"] == "test":
                # To Python, and so to the library, True is 1; to JSON it is not.
                if not same(resolve_pointer(new, operation["path"]), operation["value"]):
                    context.fail(f"{where}: the object has another value there", "fix the test")
                continue
            new = JsonPatch([deepcopy(operation)]).apply(new, in_place=True)
        except (JsonPatchException, JsonPointerException, TypeError, LookupError, ValueError):
            # Which of these it is depends on the library's version, and its own words may quote
            # values of the object, which may be secret.
            context.fail(f"{where}: the object has nothing at this path", "fix the path")
        # Copies of copies soon fill all memory.
        if operation["op"] == "copy" and size(new) > MAX_EXPANSION:
            context.fail(
                f"{where}: the object has more than {MAX_EXPANSION} values now", "copy less"
            )
    if not isinstance(new, dict):
        context.fail("jsonPatch: nothing is left of the object", "use remove: true to remove it")
    if same(obj, new):
        return obj
    integrity.check(obj, new, "jsonPatch", context)
    return new


def _is_pointer(value: Data) -> bool:
    return isinstance(value, str) and (not value or value.startswith("/"))
