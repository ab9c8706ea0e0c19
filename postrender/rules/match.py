"""
`match`: which objects a rule changes. Every rule has one. All keys must match; `match: {}` is every
object that has a pod template.

| key | compared with |
|---|---|
| `kind`, `apiVersion` | the object's; without `kind`: all kinds that have a pod template |
| `name`, `namespace` | `metadata.name`; `metadata.namespace`, or `--default-namespace` where the object has none |
| `labels`, `annotations` | a mapping of key to glob; null: the key must be absent |
| `source` | the path of the template: Helm 3's `# Source:` comment, or Helm 4's filename annotation |
| `image` | the image of any container of the object's pods |
| `containers` | the name of any container of the object's pods, init containers too |
| `hooks` | `exclude` (the default), `include` or `only` objects with a `helm.sh/hook` annotation |
| `not` | the same keys, or a list of such mappings; objects that match one of them are excluded |

Every text is a shell-style glob (`*`, `?`, `[…]`) or a list of globs, one of which must match. A
glob must match the whole value, is case-sensitive, and `*` also matches `/`: `*/charts/redis/*`
matches the templates of the subchart redis.

```yaml
rules:
  mirror:
    match:
      name: ["shop-*", cart]
      labels: {unmirrored: null}
      not: {name: "*-debug"}
    podAnnotations: {mirrored: "true"}
```

```diff
 apiVersion: v1
 kind: Pod
 metadata:
   name: shop-web
+  annotations:
+    mirrored: "true"
 spec:
   containers: [{name: web, image: nginx}]
 ---
 apiVersion: v1
 kind: Pod
 metadata:
   name: shop-debug
 spec:
   containers: [{name: sh, image: busybox}]
 ---
 apiVersion: v1
 kind: Pod
 metadata:
   name: cart
   labels: {unmirrored: "yes"}
 spec:
   containers: [{name: cart, image: example/cart}]
```

`image` is compared with the reference as the chart has it, in its full form (`nginx:1.19` is
`docker.io/library/nginx:1.19`) and in its short form, each with and without tag and digest. So
`nginx`, `nginx:1.*` and `docker.io/*` all match `nginx:1.19`.

Helm 4 passes hooks to a post-renderer; Helm 3 does not, though `helm template` prints them. A rule
skips hooks unless `hooks` says otherwise.

Each item of a `List` counts as an object. No rule matches objects that kmod-post has generated.
"""  # noqa: E501 - a table has long rows

from __future__ import annotations

from bisect import bisect_left, bisect_right

from postrender.kubernetes.objects import (
    is_hook,
    pod_kinds,
    pod_places,
    text_of,
    texts_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from postrender.data import Data, Object, Path
    from postrender.kubernetes.objects import Workloads
    from postrender.rules.checker import Checker
    from postrender.stream.manifest import Subject

KEYS = (
    "kind",
    "apiVersion",
    "name",
    "namespace",
    "labels",
    "annotations",
    "source",
    "image",
    "containers",
    "hooks",
    "not",
)
# Kinds that most rules name. Others are looked up in the table of types, which takes its time to
# load.
_COMMON = frozenset(
    (
        *("ConfigMap", "CronJob", "DaemonSet", "Deployment", "Ingress", "Job", "Pod", "Secret"),
        *("Service", "ServiceAccount", "StatefulSet"),
    )
)
HOOKS = ("exclude", "include", "only")


class Globs:
    """One glob or several, any of which may match."""

    __slots__ = ("_exact", "_patterns", "texts")

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = tuple(texts)
        self._exact = frozenset(filter(is_exact, self.texts))
        self._patterns = [None if is_exact(text) else _matcher(text) for text in self.texts]

    def __contains__(self, value: str) -> bool:
        if value in self._exact:
            return True
        return any(matches and matches(value) for matches in self._patterns)

    def exact(self) -> tuple[str, ...]:
        """The texts if all of them are plain texts; else none."""
        return () if any(self._patterns) else self.texts

    def among(self, ordered: Sequence[str]) -> Iterable[str]:
        """Those of the values, which are in order, that match."""
        found: dict[str, None] = {}
        for text, matches in zip(self.texts, self._patterns, strict=True):
            prefix = text if matches is None else text[: _first_sign(text)]
            start, end = bisect_left(ordered, prefix), bisect_right(ordered, f"{prefix}\U0010ffff")
            if matches is not None:
                found.update(dict.fromkeys(filter(matches, ordered[start:end])))
            elif text in ordered[start : start + 1]:
                found[text] = None
        return found

    def __str__(self) -> str:
        return " or ".join(self.texts)


def is_exact(glob: str) -> bool:
    """Whether a glob is a plain text that only itself matches."""
    return not any(sign in glob for sign in "*?[")


def _first_sign(glob: str) -> int:
    """Where the first sign stands in a glob that has one."""
    return min(place for sign in "*?[" if (place := glob.find(sign)) >= 0)


def _matcher(glob: str) -> Callable[[str], object]:
    """What says whether a text matches a glob."""
    if "?" not in glob and "[" not in glob:
        return _matcher_of_stars(glob)
    import re
    from fnmatch import translate

    return re.compile(translate(glob)).match


def _matcher_of_stars(glob: str) -> Callable[[str], bool]:
    """The same for a glob without other signs than `*`, as most are; so `re` is not loaded."""
    first, *within, last = glob.split("*")

    def matches(value: str) -> bool:
        at, end = len(first), len(value) - len(last)
        if at > end or not (value.startswith(first) and value.endswith(last)):
            return False
        for part in within:
            at = value.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True

    return matches


class Match:
    """
    The keys of a `match`. `kind` is None where it was left out: every object that has a pod
    template.
    """

    __slots__ = ("annotations", "excluded", "globs", "hooks", "kind", "labels")

    def __init__(
        self,
        kind: Globs | None,
        globs: dict[str, Globs],
        labels: dict[str, Globs | None],
        annotations: dict[str, Globs | None],
        hooks: str,
        excluded: tuple[Match, ...],
    ) -> None:
        self.kind = kind
        self.globs = globs
        self.labels = labels
        self.annotations = annotations
        self.hooks = hooks
        self.excluded = excluded

    def misfits(self, subject: Subject) -> list[str]:
        """The keys that do not hold for the object; none where it matches."""
        obj = subject.obj
        kind = text_of(obj, "kind")
        has_kind = kind in self.kind if self.kind else bool(pod_places(obj, subject.workloads))
        found = [] if kind and has_kind else ["kind"]
        for key, globs in self.globs.items():
            if key == "image":
                held = any(image in globs for image in subject.images())
            elif key == "containers":
                held = any(name in globs for name in subject.container_names())
            elif key == "source":
                held = subject.source in globs
            elif key == "namespace":
                held = subject.namespace in globs
            else:
                held = text_of(obj, key) in globs
            if not held:
                found.append(key)
        if self.labels:
            found += _missed(obj, "labels", self.labels)
        if self.annotations:
            found += _missed(obj, "annotations", self.annotations)
        if self.hooks != "include" and is_hook(obj) != (self.hooks == "only"):
            found.append("hooks")
        if self.excluded and any(not match.misfits(subject) for match in self.excluded):
            found.append("not")
        return found

    def kinds_among(self, kinds: Collection[str], workloads: Workloads) -> set[str]:
        """Those of the kinds that a matching object may have."""
        if self.kind is None:
            return {*pod_kinds(workloads)} & set(kinds)
        if all(map(is_exact, self.kind.texts)):
            return set(self.kind.texts) & set(kinds)
        return {kind for kind in kinds if kind in self.kind}

    def __str__(self) -> str:
        named = f" named {self.globs['name']}" if "name" in self.globs else ""
        if self.kind is None:
            return f"object with a pod template{named}"
        if "*" in self.kind.texts:
            return f"object{named}" if named else "matching object"
        return f"{self.kind}{named}"


def _missed(obj: Object, key: str, wanted: Mapping[str, Globs | None]) -> list[str]:
    """The labels or annotations that are not as wanted; None is for one that must not be there."""
    texts = texts_of(obj, key)
    return [
        f'{key[:-1]} "{name}"'
        for name, globs in wanted.items()
        if (name in texts if globs is None else not _has(texts, name, globs))
    ]


def read_match(check: Checker, value: Data, path: Path, *, inner: bool = False) -> Match:
    """A `match` mapping as a Match; mistakes go to the checker."""
    value = {} if value is None else check.mapping(value, path, "{kind: Deployment, name: web}")
    check.known(value, path, KEYS)
    value = {key: item for key, item in value.items() if item is not None}
    globs = {
        key: _globs(check, value[key], (*path, key))
        for key in ("apiVersion", "name", "namespace", "source", "image", "containers")
        if key in value
    }
    kind = _globs(check, value["kind"], (*path, "kind")) if "kind" in value else None
    if kind:
        _check_kinds(check, value["kind"], (*path, "kind"), globs.get("apiVersion"))
    if inner and kind is None:
        kind = Globs(["*"])  # what is left out may be of any kind that the rest names
    hooks = value.get("hooks", "include" if inner else "exclude")
    if hooks not in HOOKS:
        check.add((*path, "hooks"), f"must be one of {', '.join(HOOKS)}", value=True)
    given = value.get("not")
    place = (*path, "not")
    if isinstance(given, list):
        each = [(item, (*place, i)) for i, item in enumerate(given)]
        if not each:
            check.add(place, "it is empty, and so excludes nothing", "remove it", value=True)
    else:
        each = [(given, place)] if "not" in value else []
    excluded = tuple(read_match(check, item, at, inner=True) for item, at in each)
    labels, annotations = (
        _texts(check, value.get(key, {}), (*path, key)) for key in ("labels", "annotations")
    )
    return Match(kind, globs, labels, annotations, hooks, excluded)


def types_of(match: Match) -> tuple[str, ...]:
    """
    The types of Kubernetes' table that matching objects may have. None where `match` leaves open
    what they are: it names no kinds, or globs of kinds or apiVersions, or kinds that are custom or
    may be (`Service` is Knative's too, if no apiVersion decides). Custom kinds are as the CRDs of a
    stream say.
    """
    from postrender.kubernetes.types import is_built_in, kinds_of

    given = match.globs.get("apiVersion")
    versions = given.texts if given else ()
    found: dict[str, None] = {}
    for kind in match.kind.texts if match.kind else ():
        for version in versions or versions_meant(kind):
            if not is_exact(kind) or not is_built_in(version):
                return ()
            if kind in kinds_of(version):
                found[kinds_of(version)[kind].type] = None
    return tuple(found)


def versions_meant(kind: str) -> list[str]:
    """
    The apiVersions that a kind may have: custom ones too, and one that is none where the kind is
    not known. Without those that no release of the table has, but for kinds that are gone.
    """
    from postrender.kubernetes.kinds import POD_SPECS, WORKLOADS
    from postrender.kubernetes.table import FIRST
    from postrender.kubernetes.types import kinds_of, versions_of

    known = versions_of(kind)
    groups = {version.rpartition("/")[0] for version in known}
    others = [
        group for group, name in (*WORKLOADS, *POD_SPECS) if name == kind and group not in groups
    ]
    served = [version for version in known if kinds_of(version)[kind].until >= FIRST]
    return [*(served or known), *others] or [""]


def _check_kinds(check: Checker, value: Data, path: Path, versions: Globs | None) -> None:
    """
    Notes a kind that is written in another way than Kubernetes' or a well-known one: no object has
    it. An `apiVersion` that is not that kind's says that another kind is meant.
    """
    items = [(item, (*path, i)) for i, item in enumerate(value)] if isinstance(value, list) else []
    for item, place in items or [(value, path)]:
        if not isinstance(item, str) or not is_exact(item) or item in _COMMON:
            continue
        from postrender.kubernetes.kindnames import meant_by
        from postrender.kubernetes.types import versions_of

        meant = meant_by(item)
        if meant and (versions is None or any(text in versions for text in versions_of(meant))):
            check.add(
                place,
                f'kinds are written {meant}, not "{item}"',
                f'did you mean "{meant}"?',
                value=True,
            )


def _globs(check: Checker, value: Data, path: Path) -> Globs:
    if value == []:
        check.add(path, "it is empty, and so nothing matches", "name one, or remove it", value=True)
    return Globs(check.texts(value, path) if isinstance(value, list) else [check.text(value, path)])


def _has(texts: dict[str, str], name: str, globs: Globs) -> bool:
    return name in texts and texts[name] in globs


def _texts(check: Checker, value: Data, path: Path) -> dict[str, Globs | None]:
    """Labels or annotations to match; null: the key must be absent."""
    return {
        name: None if item is None else _globs(check, item, (*path, name))
        for name, item in check.mapping(value, path, "{app: web}").items()
    }
