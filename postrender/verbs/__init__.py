"""
Verbs: what a rule does to an object that matches.

| verb | on | what it does |
|---|---|---|
| `initContainers` | pod | adds containers that run before the pod's own, or merges into them |
| `sidecars` | pod | the same for containers that run next to the pod's own |
| `containers` | pod | changes existing containers, by a glob of their names |
| `volumes` | pod | adds volumes, or merges into them |
| `pod` | pod | merges into the pod spec |
| `podLabels`, `podAnnotations` | pod | changes those of the pod template |
| `images` | pod | rewrites images: another registry, another tag, a digest |
| `namespace` | any | puts the object into a namespace, with what refers to it |
| `replicas` | any | sets how many pods the object has |
| `labels`, `annotations` | any | changes those of the object itself |
| `merge` | any | merges into the object, as `kubectl patch` does |
| `jsonPatch` | any | applies operations of RFC 6902 |
| `remove` | any | removes the object |

Verbs on the pod need an object that has one: Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet,
ReplicationController, Job, CronJob, PodTemplate, well-known custom kinds (Argo Rollout, OpenKruise
CloneSet, Knative Service, KEDA ScaledJob, RayCluster, …) and the kinds under `kinds`. If an
object has several pods, all of them are changed.

Whatever their order in the file, the verbs of a rule are applied in this order: `namespace`,
`merge`, `pod`, `volumes`, `initContainers`, `sidecars`, `containers`, `images`, `replicas`,
`labels`, `annotations`, `podLabels`, `podAnnotations`, `jsonPatch`. So `containers` can change
sidecars that the same rule has added.

### What applies to all verbs

- Documents that no rule changes come out byte for byte. In a changed document, every line that the
  change does not concern stays as it is: comments, order, quoting, indentation, blank lines.
- Helm and kubectl read the output exactly as intended: no text becomes a number, no value changes
  its type.
- Applying the same rules to their own output changes nothing (but see `jsonPatch`). Rules that
  delete fail there, as there is nothing left to delete, unless they have `accept: [finds-nothing]`.
- What a rule deletes (by null or `$patch: delete`), one of its objects at least must have. If none
  has, the run fails and names what is there: `finds-nothing`. A null over a value of a lower layer
  only takes that value away.
- Nothing is printed unless everything has succeeded.
- Messages never contain values of Secrets.

### What rules do not do

- They bring no values from outside, such as the environment or a secret store. Use `--set` and
  `--set-file`, or a program that runs before or after kmod-post.
- They copy no value from one object into another.
- They rename no containers: charts and their values refer to them.
- They replace no text wherever it stands: `$substitute` is for a text that the rule names.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from postrender.data import Data, Object, Path
    from postrender.kubernetes.objects import Workloads
    from postrender.rules.checker import Checker
    from postrender.verbs.context import Context

    # What a rule did to one object: the object as it was, and the context with what the verbs left.
    Done = tuple[Object, Context]

    class Implementation(Protocol):
        """What the module of a verb has. It knows nothing of YAML text, files, Helm or options."""

        def read(self, check: Checker, value: Data, path: Path) -> Any:
            """The rule's value for the verb, checked; mistakes go to the checker."""

        def apply(self, data: Object, value: Any, context: Context) -> Object | None:
            """The data as the verb changes it; the very same where it changes nothing."""


# What a verb is applied to: the whole object, each pod template in it, each pod spec.
OBJECT, TEMPLATE, SPEC = "object", "template", "spec"


class Verb:
    """
    One row of the table: what the verb is applied to, the `name` of its module, and whether it
    stands `alone` in its rule. The module is loaded when a rule uses the verb, and not before.
    """

    __slots__ = ("_module", "alone", "name", "target")

    def __init__(self, target: str, name: str, *, alone: bool = False) -> None:
        self.target = target
        self.alone = alone
        self.name = name
        self._module: Implementation | None = None

    @property
    def module(self) -> Implementation:
        """The verb's module."""
        if self._module is None:
            module: Implementation = __import__(f"postrender.verbs.{self.name}", fromlist=["apply"])
            self._module = module
        return self._module

    def read(self, check: Checker, value: Data, path: Path) -> Any:
        """The rule's value for the verb, checked; mistakes go to the checker."""
        return self.module.read(check, value, path)

    @property
    def apply(self) -> Callable[[Object, Any, Context], Object | None]:
        """The verb's function: data, the rule's value and the context to changed data."""
        return self.module.apply

    def check(self, value: Any, done: list[Done], workloads: Workloads) -> list[str]:
        """
        What is wrong with all that a rule did, as sentences; for verbs whose module has a `check`.
        """
        found: Callable[..., list[str]] | None = getattr(self.module, "check", None)
        return found(value, done, workloads) if found else []


# The one table of verbs, in the order in which a rule's verbs are applied.
VERBS = {
    "namespace": Verb(OBJECT, "namespace"),
    "merge": Verb(OBJECT, "merge"),
    "pod": Verb(SPEC, "pod"),
    "volumes": Verb(SPEC, "volumes"),
    "initContainers": Verb(SPEC, "init_containers"),
    "sidecars": Verb(SPEC, "sidecars"),
    "containers": Verb(SPEC, "containers"),
    "images": Verb(SPEC, "images"),
    "replicas": Verb(OBJECT, "replicas"),
    "labels": Verb(OBJECT, "object_labels"),
    "annotations": Verb(OBJECT, "object_annotations"),
    "podLabels": Verb(TEMPLATE, "pod_labels"),
    "podAnnotations": Verb(TEMPLATE, "pod_annotations"),
    "jsonPatch": Verb(OBJECT, "json_patch"),
    "remove": Verb(OBJECT, "remove", alone=True),
}
