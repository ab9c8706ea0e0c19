"""
Layers: rules can come from several places, as values do in Helm. Later ones win:

1. the `KmodRules` document in the stream,
2. rules files, in the order of `-f`,
3. `--set-json`, `--set`, `--set-string`, `--set-file`, in this order and with Helm's grammar.

Mappings merge key by key; everything else is replaced, lists completely.

```yaml
# base.yaml
rules:
  proxy:
    match: {kind: Deployment, name: web}
    sidecars:
      proxy:
        image: example/proxy:1.0
        args: ["--port=8080", "--debug"]
```

```yaml
# prod.yaml
rules:
  proxy:
    sidecars:
      proxy:
        args: ["--port=8080"]
```

```console
$ kmod-post -f base.yaml -f prod.yaml --set rules.proxy.sidecars.proxy.image=example/proxy:1.1 < rendered.yaml
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
+        - name: proxy
+          image: example/proxy:1.1
+          args:
+            - --port=8080
```

An explicit null for a key of the rules file (a rule, a verb, a container's entry, `match.name`)
removes that key: `--set rules.proxy=null` removes the rule. A null for a Kubernetes field deletes
the field of the object.

A later layer that mistypes a rule's name does not make a new rule, as every rule needs a `match`:

```yaml
# base.yaml
rules:
  proxy:
    match: {kind: Deployment, name: web}
    sidecars:
      proxy: {image: "example/proxy:1.0"}
```

```yaml
# prod.yaml
rules:
  proxi:
    pod: {priorityClassName: high}
```

```console
$ kmod-post -f base.yaml -f prod.yaml < rendered.yaml
```

```text
prod.yaml:3:3: rule "proxi": it has no match; did you mean "proxy"?
```

If later layers are to change a rule, write it with names (`sidecars: {proxy: …}`) instead of
Kubernetes' lists.

[Operations](#lists-and-texts) over a list or a text of a lower layer change that one; over operations
of a lower layer they are added to them. So a layer can add to a list:

```yaml
# base.yaml
rules:
  web:
    match: {kind: Deployment, name: web}
    containers:
      web:
        args: ["--port=8080", "--workers=4"]
```

```console
$ kmod-post -f base.yaml --set 'rules.web.containers.web.args.$flags.--port=8443' < rendered.yaml
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
+          args:
+            - --port=8443
+            - --workers=4
```

In a shell, write `$` in single quotes. `$remove`, `$change` and `$add` can be mappings with names of
your choice instead of lists: then layers can change single items of them. A null for an operation
withdraws that of the lower layer.
"""  # noqa: E501 - a table has long rows

from __future__ import annotations

from bisect import bisect_right

from postrender.errors import RulesError, Where, message
from postrender.value import Value
from postrender.yamltext.nodes import (
    Alias,
    Mapping,
    Node,
    Scalar,
    Sequence,
    is_merge,
    merge_sources,
)
from postrender.yamltext.reader import ReadError, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Data, Path


class Origin(Value):
    """
    Where a value was given: line and column (from 1) of its key, of itself, and a scalar's text as
    written.
    """

    file: str
    line: int
    column: int
    value_line: int
    value_column: int
    text: str | None


class Values:
    """
    One mapping and the origins of what is in it, by path. `withdrawn` are the paths of nulls that
    take away what a lower layer says, `layered` those of operations for a list or a text of one.
    """

    __slots__ = ("data", "layered", "origins", "withdrawn")

    def __init__(
        self,
        data: dict[str, Data],
        origins: dict[Path, Origin],
        withdrawn: frozenset[Path] = frozenset(),
        layered: frozenset[Path] = frozenset(),
    ) -> None:
        self.data = data
        self.origins = origins
        self.withdrawn = withdrawn
        self.layered = layered

    def where(self, path: Path, *, value: bool = False) -> Where:
        """
        The place of a key, or of its value; the nearest place above it if it was not written
        itself.
        """
        origin = self._nearest(path)
        if origin is None:
            return Where("rules", 0, 0)
        if value:
            return Where(origin.file, origin.value_line, origin.value_column)
        return Where(origin.file, origin.line, origin.column)

    def file(self, path: Path) -> str:
        """The rules file that gave a value."""
        origin = self._nearest(path)
        return origin.file if origin else ""

    def order(self, path: Path) -> tuple[str, int, int]:
        """A sort key that puts messages in the order of the files."""
        origin = self._nearest(path)
        return (origin.file, origin.line, origin.column) if origin else ("", 0, 0)

    def _nearest(self, path: Path) -> Origin | None:
        """The origin of what is at a path, or else of the nearest value above it that has one."""
        while path and path not in self.origins:
            path = path[:-1]
        return self.origins.get(path)

    def written(self, path: Path, value: Data) -> str:
        """A scalar as text: as it was written, where that is known."""
        if isinstance(value, str):
            return value
        origin = self.origins.get(path)
        if origin is not None and origin.text is not None:
            return str(origin.text)
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value)


def read_values(text: str, file: str, first_line: int = 1) -> Values:
    """
    The values of one rules file, or of a Helm values file that carries rules below `kmod`.

    `first_line` is where the text begins, if it is part of a larger one. Raises RulesError.
    """
    text = text.removeprefix("\ufeff")
    try:
        root = read(text)
    except ReadError as error:
        where = Where(file, error.line + first_line, error.column + 1)
        raise RulesError(error.problem, "fix the YAML", where=where) from None
    if root is None or root.data is None:
        return Values({}, {(): Origin(file, 1, 1, 1, 1, None)})
    if not isinstance(root, Mapping):
        raise RulesError(
            "a rules file is a mapping", 'begin it with "rules:"', where=Where(file, first_line, 1)
        )
    noting = _Noting(file, _Lines(text, first_line))
    noting.value(root, (), root)
    values = Values(_data(root), noting.origins)
    is_below = "kmod" in values.data and "rules" not in values.data
    wrong = [
        message(
            f'"{path[-1]}" is set twice, first at line {line}', "keep one", where=values.where(path)
        )
        for path, line in noting.twice
        if not is_below or path[0] == "kmod"  # the rest is the chart's
    ]
    if wrong:
        raise RulesError(wrong)
    return _below(values, "kmod", file) if is_below else values


def node_values(root: Mapping, name: str) -> Values:
    """The values of a mapping that no user sees in this document: known by name, not by line."""
    noting = _Noting(name, _NoLines())
    noting.value(root, (), root)
    return Values(_data(root), noting.origins)


def merge_values(layers: list[Values]) -> Values:
    """
    All layers as one, later ones over earlier ones. The layers stay as they are.

    Source: helm pkg/chart/common/util, MergeMaps: mappings merge, everything else is replaced.
    """
    if len(layers) == 1:
        return layers[0]
    # Only here: most runs have one layer, and Helm starts this program for every release.
    from copy import deepcopy

    from deepmerge import STRATEGY_END, Merger

    from postrender.rules.layering import Layering

    data: dict[str, Data] = {}
    origins: dict[Path, Origin] = {}
    withdrawn: set[Path] = set()
    layered: set[Path] = set()
    layering = Layering(STRATEGY_END)
    merger = Merger(
        [(dict, [layering.operations, "merge"])], ["override"], [layering.conflict, "override"]
    )
    for layer in layers:
        withdrawn.update(layer.withdrawn, withdrawn_by(layer.data, data))
        layered |= layer.layered
        data = merger.merge(data, deepcopy(layer.data))
        origins, upper = layering.moved(origins, layer.origins)
        origins.update(upper)
    return Values(data, origins, frozenset(withdrawn), frozenset(layered | layering.layered))


def withdrawn_by(layer: Data, lower: Data, path: Path = ()) -> Iterator[Path]:
    """The paths of the nulls in a layer that stand over something of the lower ones."""
    if not isinstance(layer, dict) or not isinstance(lower, dict):
        return
    for key, value in layer.items():
        if value is None and lower.get(key) is not None:
            yield (*path, key)
        yield from withdrawn_by(value, lower.get(key), (*path, key))


def _below(values: Values, key: str, file: str) -> Values:
    """The part of a values file that lies below one key."""
    data = values.data[key]
    if not isinstance(data, dict):
        raise RulesError(
            f'"{key}" must be a mapping with "rules:" in it', where=values.where((key,), value=True)
        )
    origins = {path[1:]: origin for path, origin in values.origins.items() if path[:1] == (key,)}
    return Values(data, {(): Origin(file, 1, 1, 1, 1, None), **origins})


def _data(node: Node) -> Data:
    """
    A node as Go reads it, except keys, which stay text as written: a variable may be called N, a
    rule "on".
    """
    if isinstance(node, Alias):
        return _data(node.target)
    if isinstance(node, Sequence):
        return [_data(item) for item in node.items]
    if not isinstance(node, Mapping):
        return node.data
    data: dict[str, Data] = {}
    for key, value in node.pairs:
        if is_merge(key):
            for source in merge_sources(value):
                data.update(_data(source))
        elif isinstance(key, Scalar):
            data[key.text] = _data(value)
    return data


class _Lines:
    """Offsets of a text as lines, from that of its beginning, and columns, from 1."""

    def __init__(self, text: str, first: int) -> None:
        self.first = first
        self.starts = [0]
        while start := text.find("\n", self.starts[-1]) + 1:
            self.starts.append(start)

    def place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.starts, offset) - 1
        return line + self.first, offset - self.starts[line] + 1


class _NoLines:
    """The place of what has none."""

    def place(self, offset: int) -> tuple[int, int]:  # noqa: ARG002 - called like _Lines.place
        return 0, 0


class _Noting:
    """
    Notes the origins of values: where a value, or what an alias stands for, was written. `twice`
    are keys that a mapping has again, with the line of the first.
    """

    def __init__(self, file: str, lines: _Lines | _NoLines) -> None:
        self.file = file
        self.lines = lines
        self.origins: dict[Path, Origin] = {}
        self.twice: list[tuple[Path, int]] = []

    def value(self, node: Node, path: Path, key: Node) -> None:
        """Writes down the origin of a value and of all that is in it."""
        target = node.target if isinstance(node, Alias) else node
        text = target.text if isinstance(target, Scalar) else None
        places = (*self.lines.place(key.start), *self.lines.place(node.start))
        self.origins[path] = Origin(self.file, *places, text)
        if isinstance(target, Mapping):
            self.entries(target, path)
        elif isinstance(target, Sequence):
            for i, item in enumerate(target.items):
                self.value(item, (*path, i), item)

    def entries(self, node: Mapping, path: Path) -> None:
        """The same for the entries of a mapping, as `_data` takes them together."""
        seen: dict[str, Node] = {}
        for key, value in node.pairs:
            if is_merge(key):
                for source in merge_sources(value):
                    if isinstance(source, Mapping):
                        self.entries(source, path)
            elif isinstance(key, Scalar):
                if key.text in seen:
                    self.twice.append(
                        ((*path, key.text), self.lines.place(seen[key.text].start)[0])
                    )
                seen.setdefault(key.text, key)
                self.value(value, (*path, key.text), key)
