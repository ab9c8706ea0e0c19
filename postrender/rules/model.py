"""
`expect`: how many objects must match a rule, so that you notice when a chart changes.

| value | means |
|---|---|
| `1` | exactly one |
| `2+` | two or more; `1+` is the default |
| `1-3` | one, two or three |
| `any` | any number, also none |

Otherwise the run fails, nothing is printed, and the message names the nearest objects:

```yaml
rules:
  debug:
    match: {kind: Deployment, name: web}
    containers:
      web: {env: {LOG_LEVEL: debug}}
```

```yaml
# rendered.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-server
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: web
```
```text
kmod.yaml:2:3: rule "debug": no Deployment named web in 2 objects, expected at least 1; nearest: StatefulSet/web (kind differs), Deployment/web-server (name differs); fix match:
```

The run also fails if a key of `containers` finds no container in any matched object. All such
errors are printed at once.

`expect` does not apply to a stream without documents or with an empty List. It does not apply
either if the stream has only hooks and the rule skips hooks: with Helm's `separate` strategy, hooks
and templates come in separate runs.
"""  # noqa: E501 - a table has long rows

from __future__ import annotations

from postrender.errors import message
from postrender.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from postrender.data import Data, Object, Path
    from postrender.errors import Message, Where
    from postrender.kubernetes.objects import Workloads
    from postrender.rules.match import Match


# What brings the text of files into a pod, as `carrier:` says it: a ConfigMap, or the pod itself.
CONFIG_MAP, POD = "configMap", "pod"
CARRIERS = (CONFIG_MAP, POD)


class Accept(Value):
    """
    The ids of findings that a rule accepts, with the places that say so: in the rule (`own`), and
    at the top level of the file (`everywhere`).
    """

    own: Mapping[str, Where]
    everywhere: Mapping[str, Where]

    def __contains__(self, key: str) -> bool:
        return key in self.own or key in self.everywhere


ACCEPTS_NOTHING = Accept({}, {})


class Rule(Value):
    """
    One rule. `where` is the place of its name; `verbs` are pairs of a verb's name and its
    value as that verb's own reader returned it, in the order in which they are applied. `carrier`
    is one of CARRIERS, for files that do not say theirs; empty where the rule says none. `rollout`:
    workloads that use data which the rule changes get new pods.

    `withdrawn` are the places in the rule where a null takes away what a lower layer says.
    """

    name: str
    where: Where
    description: str
    match: Match
    expect: Expect
    verbs: tuple[tuple[str, Any], ...]
    carrier: str
    rollout: bool
    accept: Accept
    withdrawn: frozenset[Path]

    def message(
        self,
        subject: str,
        text: str,
        advice: str = "",
        *,
        id: str = "",  # noqa: A002 - a finding's, as in Message
    ) -> Message:
        """A message about this rule and an object or a field."""
        return message(text, advice, where=self.where, rule=self.name, subject=subject, id=id)


class Rules(Value):
    """
    All rules of a run, the objects of `resources` with their places, and the further kinds of
    `workloads` (kind to paths of pod templates).

    `accept` are the ids of findings that the top level accepts, with their places; `excused` are
    the findings that were accepted while the rules were read, as pairs of a rule's name (empty
    where it was no rule's) and the id.
    """

    rules: tuple[Rule, ...]
    resources: tuple[tuple[Where, Object], ...]
    workloads: Workloads
    accept: Mapping[str, Where]
    excused: frozenset[tuple[str, str]]


class Expect:
    """How many objects a rule must match: from `low` to `high` (None: no limit)."""

    __slots__ = ("high", "low", "text")

    def __init__(self, low: int, high: int | None) -> None:
        self.low = low
        self.high = high

    def met(self, count: int) -> bool:
        """Whether so many matches are as expected."""
        return count >= self.low and (self.high is None or count <= self.high)

    def __str__(self) -> str:
        if self.high is None:
            return f"at least {self.low}"
        return str(self.low) if self.low == self.high else f"{self.low} to {self.high}"


def parse_expect(value: Data) -> Expect | None:
    """`1`, `"2+"`, `"1-3"` or `any` as an Expect; None for anything else."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if text == "any":
        return Expect(0, None)
    low, sign, high = text.partition("+" if "+" in text else "-")
    if not _is_count(low) or (sign == "+" and high):
        return None
    if sign == "-":
        if not _is_count(high) or int(high) < int(low):
            return None
        return Expect(int(low), int(high))
    return Expect(int(low), None if sign else int(low))


def _is_count(text: str) -> bool:
    """Whether a text is a number of objects that there can be; Python takes no longer ones."""
    return text.isascii() and text.isdigit() and len(text) < 20
