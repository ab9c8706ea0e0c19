"""
The rules file, `kmod.yaml`: what to change in rendered manifests.

```yaml
rules:
  debug:
    description: The web server says more in its log
    match: {kind: Deployment, name: web}
    expect: 1
    containers:
      web:
        env: {LOG_LEVEL: debug}
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
         - name: web   # the server
           image: example/web:1.0
+          env:
+            - name: LOG_LEVEL
+              value: debug
```

| key | what it contains |
|---|---|
| `rules` | the rules by name; they are applied in this order, and a later one sees the changes of an earlier one |
| `resources` | objects to add to the stream |
| `kinds` | where other kinds keep their pods, and their scope |
| `accept` | findings that all rules accept |

A rule has `match` and one or more verbs (`containers` here). It can also have:

| key | what it says |
|---|---|
| `match` | which objects to change; `match: {}` is every object that has a pod template |
| `description` | what the rule is for, in your words |
| `enabled` | `false` switches the rule off; so does `--set rules.debug.enabled=false` |
| `expect` | how many objects must match; default: one or more |
| `carrier` | how the texts of its `entrypoint` and `files` get into the pod: see [generated files](#generated-files) |
| `rollout` | `true`: workloads that use a ConfigMap or Secret whose data the rule changes get new pods, see [merge](#merge) |
| `accept` | findings that the rule accepts, such as warnings |

A rule's name consists of `a-z`, `0-9` and `-`, begins and ends with a letter or digit, and has at
most 40 characters. Rules are a mapping and not a list, so that layers can change them by name.

Unknown keys are errors. All errors are printed at once, each with its place:

```yaml
rules:
  debug:
    match: {kind: Deployment, nmae: web}
    container:
      web:
        env: {LOG_LEVEL: debug}
```

```text
kmod.yaml:3:31: rule "debug": match: unknown key "nmae"; did you mean "name"?
kmod.yaml:4:5: rule "debug": unknown key "container"; did you mean "containers"?
```

A key in the wrong place is an error too:

```yaml
rules:
  debug:
    match: {kind: Deployment, name: web}
    env: {LOG_LEVEL: debug}
```

```text
kmod.yaml:4:5: rule "debug": env belongs to a container; write containers: {NAME: {env: …}}
```

Plain scalars are read as Helm and kubectl read them, not as in YAML 1.2: `yes` and `on` are true,
`22:22` is text, `0644` is 420. Where Kubernetes accepts only text (env values, labels,
annotations, command, args, the data of a ConfigMap and the like), a number or a bool becomes text
as you wrote it: `PORT: 8080` is `"8080"`, `VERSION: 1.10` is `"1.10"`.

Fields of Kubernetes are checked wherever a rule has them, against the types of Kubernetes 1.29 and
later: names, types of values, quantities, the few values of fields such as `imagePullPolicy`, what
a new entry must have, and fields that exclude each other.

```yaml
rules:
  size:
    match: {kind: Deployment, name: web}
    containers:
      web:
        imagePullPolicy: always
        resources: {limts: {memory: 1Gi}, requests: {memory: 1Gib}}
    pod:
      podAntiAffinity: {}
```

```text
kmod.yaml:6:26: rule "size": containers.web.imagePullPolicy: must be one of Always, IfNotPresent, Never; did you mean "Always"?
kmod.yaml:7:21: rule "size": containers.web.resources: unknown field "limts"; did you mean "limits"? (error: unknown-field)
kmod.yaml:7:62: rule "size": containers.web.resources.requests.memory: "1Gib" is not a quantity; write 1Gi
kmod.yaml:9:7: rule "size": pod: unknown field "podAntiAffinity"; it belongs under affinity (error: unknown-field)
```

`merge` and `jsonPatch` are checked by the kind that `match` names. If other groups have a kind of
that name too (`Service` is also Knative's), or if `match` names no kind, each matched object
decides; an `apiVersion` in `match` settles it beforehand. Custom kinds are checked by the
CustomResourceDefinitions in the stream, else well-known ones by their published definitions, others
not at all. If your cluster knows a field that kmod-post does not, write `accept: [unknown-field]`.

A file with a top-level `kmod` and no `rules` is a Helm values file with rules: kmod-post reads only
what is under `kmod`, the rest is for the chart. So you can pass one `values.yaml` to both `helm -f`
and `kmod-post -f`.

An editor with the YAML language server completes and checks a rules file, with Kubernetes' own
fields. Run `kmod-post schema > kmod.schema.json`, and begin the file with `# yaml-language-server:
$schema=kmod.schema.json`.

### Rules in the chart

A document in the stream with the same keys and with `apiVersion`, `kind` and `metadata` is removed
from the stream and used as the lowest layer. So a wrapper chart can contain templated rules:

```console
$ kmod-post < rendered.yaml
```

```diff
-apiVersion: kmod/v1
-kind: KmodRules
-metadata:
-  name: shop-rules
-rules:
-  team:
-    match: {kind: ConfigMap, name: shop-settings}
-    labels: {team: shop}
 ---
 apiVersion: v1
 kind: ConfigMap
 metadata:
   name: shop-settings
+  labels:
+    team: shop
```

A second such document is an error. The document cannot name files (`file:`), as it has no folder.

### `resources`

Objects to add to the stream: as a mapping with names of your choice (so that layers can change
them), or as a list. Each is placed where Helm would install it. Rules apply to them as to all other
objects. The chart must not have such an object already: to change that one, write a rule.

```yaml
resources:
  settings:
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: settings}
    data: {LOG_LEVEL: debug}
```

```diff
+---
+# Source: shop/templates/kmod-post/configmap-settings.yaml
+apiVersion: v1
+kind: ConfigMap
+metadata:
+  name: settings
+data:
+  LOG_LEVEL: debug
 ---
 # Source: shop/templates/service.yaml
 apiVersion: v1
 kind: Service
 metadata:
   name: web
```

`{file: hpa.yaml}` takes one or more objects from a file in the folder of the rules file or below
it. Nothing may stand beside `file`; to change the objects, write a rule.

```yaml
resources:
  scaling: {file: scaling.yaml}
```

```yaml
# scaling.yaml
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: web}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 5
```

```diff
+---
+# Source: shop/templates/kmod-post/poddisruptionbudget-web.yaml
+apiVersion: policy/v1
+kind: PodDisruptionBudget
+metadata:
+  name: web
+spec:
+  maxUnavailable: 1
+  selector:
+    matchLabels:
+      app: web
 ---
 # Source: shop/templates/service.yaml
 apiVersion: v1
 kind: Service
 metadata:
   name: web
+---
+# Source: shop/templates/kmod-post/horizontalpodautoscaler-web.yaml
+apiVersion: autoscaling/v2
+kind: HorizontalPodAutoscaler
+metadata:
+  name: web
+spec:
+  scaleTargetRef:
+    apiVersion: apps/v1
+    kind: Deployment
+    name: web
+  maxReplicas: 5
```

### `kinds`

Verbs on the pod know where Kubernetes' kinds and many well-known custom kinds keep their pods. What
they need to know of other kinds stands here, by `Kind.group`; the group can be left out where only
one kind has that name.

| key | value |
|---|---|
| `podTemplate` | the path of the pod template, or a list of paths |
| `podSpec` | the same for a pod spec without a template around it. What the controller adds to such a pod is not known, so missing images and volumes are no mistake |
| `scope` | `Cluster` or `Namespaced`; needed only if neither Kubernetes nor a CustomResourceDefinition of the stream says it |

A path is fields with dots between them; `[*]` is every item of a list, `*` every value of a mapping.
If an object does not have a path, it has no pod there.

```yaml
kinds:
  Trainer: {podTemplate: ["spec.leader.template", "spec.groups[*].template"]}
  Prometheus.monitoring.coreos.com: {podSpec: spec}
rules:
  pull:
    match: {kind: [Trainer, Prometheus]}
    containers:
      "*": {imagePullPolicy: Always}
```

```diff
 apiVersion: example.com/v1
 kind: Trainer
 metadata:
   name: nightly
 spec:
   groups:
     - size: 4
       template:
         spec:
           containers:
             - name: train
               image: example/train:7
+              imagePullPolicy: Always
 ---
 apiVersion: monitoring.coreos.com/v1
 kind: Prometheus
 metadata:
   name: main
 spec:
   replicas: 2
   containers:
     - name: proxy
       image: example/proxy:1.0
+      imagePullPolicy: Always
```
"""  # noqa: E501 - a table has long rows

from __future__ import annotations

from postrender.data import dotted, get
from postrender.kubernetes.objects import OwnKind, group, identity, text_of
from postrender.kubernetes.validation.names import is_label
from postrender.rules.checker import Checker, is_near, kind_of, near, nowhere
from postrender.rules.match import read_match, types_of
from postrender.rules.model import CARRIERS, Accept, Expect, Rule, Rules, parse_expect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from postrender.data import Data, Object, Path
    from postrender.errors import Where
    from postrender.rules.checker import HomeOf, ReadFile
    from postrender.rules.layers import Values
    from postrender.rules.match import Match

    class Verb(Protocol):
        """What the rules need of a verb: `alone` says whether it stands alone in its rule."""

        alone: bool

        def read(self, check: Checker, value: Data, path: Path) -> Data:
            """The rule's value for the verb as the verb works with it."""


MAX_NAME = 40
# Fields with dots between them; `[*]` is every item of a list, `*` every value of a mapping.
_PATH = r"(?:[A-Za-z]\w*(?:\[\*\])?|\*)(?:\.(?:[A-Za-z]\w*(?:\[\*\])?|\*))*"
TOP_KEYS = ("rules", "resources", "kinds", "accept")
_KIND_KEYS = ("podTemplate", "podSpec", "scope")
_KIND_EXAMPLE = "{Kind.group: {podTemplate: spec.template}}"
SCOPES = ("Cluster", "Namespaced")
_DOCUMENT = ("apiVersion", "kind", "metadata")
RULE_KEYS = ("description", "enabled", "match", "expect", "carrier", "rollout", "accept")
_WITH_CONTAINERS = ("initContainers", "sidecars", "containers")


def load(
    values: Values,
    verbs: Mapping[str, Verb],
    read_file: ReadFile,
    home_of: HomeOf = nowhere,
) -> Rules:
    """
    The rules that the values say. `verbs` are in the order in which they are
    applied; `read_file` brings the files that `file:` names; `home_of` tells where a key belongs
    that is in the wrong place.

    Raises RulesError with one message for every mistake.
    """
    check = Checker(values, read_file, home_of)
    data = values.data
    if data.get("kind") == "KmodRules":
        check.known(data, (), TOP_KEYS + _DOCUMENT)
        if data.get("apiVersion") != "kmod/v1":
            is_there = "apiVersion" in data  # else the document is named by its kind
            message = "a KmodRules document has apiVersion: kmod/v1"
            check.add(("apiVersion" if is_there else "kind",), message, value=is_there)
    else:
        # A file of something else, such as a chart's values, is one mistake.
        has_some = any(key in data for key in TOP_KEYS)
        has_some = has_some or all(key in (*RULE_KEYS, *verbs) for key in data)  # a rule alone
        keys = {key: 0 for key in data if has_some or is_near(key, TOP_KEYS)}
        if "workloads" in keys:
            del keys["workloads"]
            advice = "write kinds: {KIND: {podTemplate: PATH}}"
            check.add(("workloads",), "workloads is written kinds: now", advice)
        check.known(keys, (), TOP_KEYS)
    if not check.found and not any(key in data for key in TOP_KEYS):
        check.add((), "there are no rules", 'begin with "rules:"')
    accept = _read_accept(check, data.get("accept"), ("accept",))
    given = data.get("rules")
    example = "a rule's name and below it the rule"
    found = {} if given is None else check.mapping(given, ("rules",), example)
    rules = []
    for name, rule in found.items():
        _check_name(check, name)
        if rule is None:
            _check_withdrawn(check, ("rules", name), found, "a rule")
            continue
        if isinstance(rule, dict) and rule.get("match") is None:
            _add_no_match(check, name, found)
        read = _read_rule(check, name, rule, verbs, accept)
        if read is not None:
            rules.append(read)
    resources = _read_resources(check, data.get("resources"))
    kinds = _read_kinds(check, data.get("kinds"))
    check.finish()
    return Rules(tuple(rules), resources, kinds, accept, frozenset(check.excused))


def _check_name(check: Checker, name: str) -> None:
    if not is_label(name) or len(name) > MAX_NAME:
        check.add(
            ("rules", name),
            f"a rule's name is made of a-z, 0-9 and -, begins and ends with a letter or digit "
            f"and has at most {MAX_NAME} characters",
        )


def _check_withdrawn(check: Checker, path: Path, entries: Mapping[str, Data], what: str) -> None:
    """A null takes away what a lower layer has under its name; without that it is mistyped."""
    withdrawn = check.values.withdrawn
    if path in withdrawn:
        return
    others = [
        key for key, entry in entries.items() if entry is not None or (*path[:-1], key) in withdrawn
    ]
    found = near(str(path[-1]), others)
    check.add(
        path,
        f"it is null, which takes away {what} of a lower layer, and none has this name",
        f'did you mean "{found}"?' if found else "remove it",
        value=True,
    )


def _add_no_match(check: Checker, name: str, rules: Mapping[str, Data]) -> None:
    """
    Notes that a rule has no `match`. Most likely it is to change one of a lower layer, whose name
    is mistyped: the nearest is named.
    """
    file = check.values.file(("rules", name))
    lower = [
        other
        for other, rule in rules.items()
        if isinstance(rule, dict)
        and rule.get("match") is not None
        and check.values.file(("rules", other, "match")) != file
    ]
    found = near(name, lower)
    check.add(
        ("rules", name),
        "it has no match",
        f'did you mean "{found}"?'
        if found
        else "add match: {kind: Deployment, name: web}, or match: {} for every workload",
    )


def _read_rule(
    check: Checker,
    name: str,
    data: Data,
    known: Mapping[str, Verb],
    accepted: Mapping[str, Where],
) -> Rule | None:
    """A rule; None where it is switched off. `accepted` is what the whole file accepts."""
    path: Path = ("rules", name)
    is_rule = isinstance(data, dict)
    data = check.mapping(data, path, "match: and a verb below the rule's name")
    check.known(data, path, (*RULE_KEYS, *known))
    data = {key: value for key, value in data.items() if value is not None}
    accept = _read_accept(check, data.get("accept"), (*path, "accept"))
    if "description" in data:
        check.text(data["description"], (*path, "description"))
    enabled = check.flag(data.get("enabled", True), (*path, "enabled"))
    match = read_match(check, data.get("match"), (*path, "match"))
    check.types = lambda: types_of(match)
    check.matched = {**match.globs, **({"kind": match.kind} if match.kind else {})}
    expect = parse_expect(data.get("expect", "1+"))
    if expect is None:
        check.add((*path, "expect"), 'must be a number, "2+", "1-3" or any', value=True)
        expect = Expect(1, None)
    carrier = _read_carrier(check, data, path) if "carrier" in data else ""
    rollout = "rollout" in data and _read_rollout(check, data["rollout"], path, match)
    verbs = tuple(
        (key, verb.read(check, data[key], (*path, key)))
        for key, verb in known.items()
        if key in data
    )
    for key, _ in verbs:
        if known[key].alone and len(verbs) > 1:
            check.add((*path, key), "it stands alone in its rule", "remove the other verbs")
    is_empty = all(data[key] in ({}, []) for key, _ in verbs)
    if is_empty and is_rule and not any(key not in (*RULE_KEYS, *known) for key in data):
        what = "nothing in its verbs" if verbs else "no verb"
        advice = "fill them" if verbs else "add one, such as sidecars: or containers:"
        check.add(path, f"it has {what} and so does nothing", advice)
    if not enabled:
        return None
    description = str(data.get("description", ""))
    withdrawn = frozenset(place[2:] for place in check.values.withdrawn if place[:2] == path)
    where = check.values.where(path)
    accepts = Accept(accept, accepted)
    return Rule(
        name, where, description, match, expect, verbs, carrier, rollout, accepts, withdrawn
    )


def _read_carrier(check: Checker, rule: Object, path: Path) -> str:
    """What carries the files of a rule, which must have some."""
    owners = [rule.get(key) for key in _WITH_CONTAINERS]
    found = [list(owner.values()) if isinstance(owner, dict) else owner for owner in owners]
    entries = [entry for owner in found if isinstance(owner, list) for entry in owner]
    if not any(isinstance(e, dict) and {"entrypoint", "files"} & e.keys() for e in entries):
        text = "the rule has nothing to carry: neither entrypoint nor files"
        check.add((*path, "carrier"), text, "remove it", value=True)
    return check.one_of(rule["carrier"], (*path, "carrier"), CARRIERS)


def _read_rollout(check: Checker, value: Data, path: Path, match: Match) -> bool:
    """`rollout`, for a rule that changes ConfigMaps or Secrets."""
    if not match.kinds_among(("ConfigMap", "Secret"), {}):
        text = "the rule is not for ConfigMaps or Secrets, whose users it is to replace"
        check.add((*path, "rollout"), text, "remove it", value=True)
    return check.flag(value, (*path, "rollout"))


def _read_accept(check: Checker, data: Data, path: Path) -> dict[str, Where]:
    """The ids of findings that `accept:` names, with their places; the checker heeds them."""
    if data is None:
        return {}
    from postrender.rules.accept import read_accept

    return read_accept(check, data, path)


def _read_resources(check: Checker, data: Data) -> tuple[tuple[Where, Data], ...]:
    """`resources:`, by name or as a list, as pairs of place and object."""
    if isinstance(data, list):
        entries: dict[str | int, Data] = dict(enumerate(data))
    else:
        example = "a name and below it the object"
        given = {} if data is None else check.mapping(data, ("resources",), example)
        entries = dict(given.items())
    found: list[tuple[Where, Object]] = []
    for key, item in entries.items():
        path: Path = ("resources", key)
        if item is None:
            if isinstance(data, dict):
                _check_withdrawn(check, path, data, "an object")
            continue
        if not isinstance(item, dict):
            check.mapping(item, path, "an object with apiVersion, kind and metadata.name")
            continue
        objects = [(check, item, path)]
        if item.get("file") is not None:
            from postrender.rules.resourcefiles import objects_in

            objects = objects_in(check, item, path)
        for own, one, place in objects:
            obj = _read_object(own, one, place)
            for field in (("apiVersion",), ("kind",), ("metadata", "name")):
                value = get(obj, field)
                if not isinstance(value, str) or not value:
                    own.add(place, f"the object has no {dotted(field)}", "add it", value=True)
            if text_of(obj, "name") and any(_same_object(obj, known) for _, known in found):
                own.add(place, f"{identity(obj)} is listed twice", "keep one")
            found.append((own.values.where(place), obj))
    return tuple(found)


def _read_object(check: Checker, item: Object, path: Path) -> Object:
    """An object by its type. Few files have one, so the table of types is loaded here."""
    from postrender.kubernetes import types
    from postrender.rules.content import read_object, without_nulls

    shape = types.type_of(str(item.get("apiVersion")), str(item.get("kind")))
    return read_object(check, without_nulls(item), path, shape, types, is_new=True)


def _same_object(obj: Object, other: Object) -> bool:
    """Whether two objects would be one in a cluster, where the version of an API does not count."""
    return group(obj) == group(other) and identity(obj) == identity(other)


def _read_kinds(check: Checker, data: Data) -> dict[str, tuple[OwnKind, ...]]:
    """`kinds:` by the name of the kind."""
    kinds: dict[str, tuple[OwnKind, ...]] = {}
    given = {} if data is None else check.mapping(data, ("kinds",), _KIND_EXAMPLE)
    for name, item in given.items():
        if item is None:
            continue
        path: Path = ("kinds", name)
        if not isinstance(item, dict):
            check.mapping(item, path, "{podTemplate: spec.template}")
            continue
        check.known(item, path, _KIND_KEYS)
        kind, dot, group = name.partition(".")
        if not kind or (dot and not group):
            check.add(path, f'"{name}" is no kind', "write it as Kind or Kind.group")
        if all(value is None for value in item.values()):
            check.add(path, "it says nothing of the kind", "add podTemplate:, podSpec: or scope:")
        templates, specs = (
            _read_paths(check, item.get(key), (*path, key)) for key in _KIND_KEYS[:2]
        )
        scope = item.get("scope")
        if scope is not None:
            scope = check.one_of(scope, (*path, "scope"), SCOPES)
        own = OwnKind(group if dot else None, templates, specs, scope or "")
        kinds[kind] = (*kinds.get(kind, ()), own)
    return kinds


def _read_paths(check: Checker, value: Data, path: Path) -> tuple[str, ...]:
    """A path of fields, or a list of paths."""
    if value is None:
        return ()
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list):
        check.add(path, f"must be a path or a list of paths, not {kind_of(value)}", value=True)
        return ()
    import re

    texts = check.texts(listed, path)
    for i, text in enumerate(texts):
        if not re.fullmatch(_PATH, text):
            check.add(
                (*path, i) if isinstance(value, list) else path,
                f'"{text}" is not a path of fields',
                "write it as spec.template or spec.groups[*].template",
                value=True,
            )
    return tuple(texts)
