"""Names for rules: which object, and what of it changes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from postrender.kubernetes.objects import pod_kinds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Data, Object

_LONGEST = 40
_MOST = 2
# Keys that say nothing of what changes, below which it is said.
_WAY = ("spec", "template", "containers", "metadata", "$change", "$add", "jobTemplate")


def name_of(match: Object, body: Object, taken: set[str]) -> str:
    """A name for a rule that no other has."""
    what = list(dict.fromkeys(map(_clean, _what(body))))
    name = _clean(_who(match))
    for part in what if len(what) <= _MOST else what[:1]:
        longer = f"{name}-{part}" if not name.endswith(part) else name
        name = longer if len(longer) <= _LONGEST else name
    found, number = _cut(name) or "rule", 2
    while found in taken:
        end = f"-{number}"
        found, number = name[: _LONGEST - len(end)].strip("-") + end, number + 1
    return found


def _cut(name: str) -> str:
    """A name that is not too long, with whole words where it can be."""
    if len(name) <= _LONGEST:
        return name
    return (name[: _LONGEST + 1].rpartition("-")[0] or name[:_LONGEST]).strip("-")


def _clean(text: str) -> str:
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", text)
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _who(match: Object) -> str:
    """The objects, in a word or two."""
    name, kind = match.get("name"), match.get("kind")
    if isinstance(name, str) and name.strip("*"):
        return name
    if isinstance(name, list):
        common = _common([str(one) for one in name])
        if common:
            return common
    if isinstance(kind, str) and kind != "*":
        return _plural(kind)
    if isinstance(kind, list):
        return "workloads" if set(kind) <= pod_kinds({}) else "objects"
    return "all"


def _common(names: list[str]) -> str:
    """What names begin with, up to a dash."""
    first = names[0]
    length = next(
        (i for i in range(len(first)) if any(one[i : i + 1] != first[i] for one in names)),
        len(first),
    )
    return first[:length].rpartition("-")[0] if length < len(first) else first


def _plural(kind: str) -> str:
    if kind.endswith("s"):
        return f"{kind}es"
    return f"{kind[:-1]}ies" if kind.endswith("y") and kind[-2:-1] not in "aeiou" else f"{kind}s"


def _what(body: Object) -> Iterator[str]:
    """What changes: verbs, or the fields below those that say little."""
    for verb, value in body.items():
        if verb == "remove":
            yield "removed"
        elif verb == "jsonPatch":
            yield "patch"
        elif verb == "containers" and isinstance(value, dict):
            for fields in value.values():
                yield from _fields(fields)
        elif verb in ("initContainers", "sidecars"):
            yield from map(str, value)
        elif verb in ("merge", "pod"):
            yield from _fields(value)
        elif verb not in ("match", "expect", "accept", "description"):
            yield verb


def _fields(value: Data) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        if key in ("init", "position"):
            continue
        if key in ("containers", "initContainers") and isinstance(inner, list):
            yield from (
                str(one["name"]) for one in inner if isinstance(one, dict) and "name" in one
            )
        elif key in _WAY:
            if isinstance(inner, list):
                for one in inner:
                    yield from _fields(one.get("set", one) if isinstance(one, dict) else one)
            else:
                yield from _fields(inner)
        elif not key.startswith("$"):
            yield key
