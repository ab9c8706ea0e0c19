"""Paths at which a rule mounts volumes, and what the chart does with them now."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from postrender.compare.containers import named, other_names
from postrender.compare.finding import Finding
from postrender.kubernetes.objects import identity, mappings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.compare.matching import Met
    from postrender.compare.side import Side
    from postrender.data import Data, Object


def mounts(rule: str, met: Met, new: Side) -> Iterator[Finding]:
    """
    Mounts that the chart has added above or below those of the rule, and paths of the rule's mounts
    that the chart named and no longer names.
    """
    pair, workloads = met.pair, new.rules.workloads
    if met.old is None or met.new is None or met.old.after is None or met.new.after is None:
        return
    if pair.old is None or pair.new is None or pair.old.start is None or pair.new.start is None:
        return
    olds, made = named(met.old.before, workloads), named(met.old.after, workloads)
    charts = named(met.new.before, workloads)
    starts = named(pair.old.start, workloads)
    names = {now: before for before, now in other_names(pair.old.start, pair.new.start).items()}
    subject = identity(pair.new.obj)
    for name, (_, container) in named(met.new.after, workloads).items():
        if name not in charts:
            continue
        was = names.get(name, name)
        known = _paths(olds[was][1]) if was in olds else set()
        theirs = _paths(charts[name][1])
        for path in sorted(_paths(container) - theirs):
            for other in sorted(theirs - known):
                if path.startswith(f"{other}/") or other.startswith(f"{path}/"):
                    text = (
                        f"container {name}: the rule mounts a volume at {path}, and the chart "
                        f"has a new one at {other}"
                    )
                    yield Finding("mount-overlaps", rule, subject, "", text)
            if was in starts and was in made and path in _paths(made[was][1]) - known:
                is_named = _names(starts[was][1], path) and not _names(container, path)
                if is_named and not _has_moved(path, new):
                    text = f"container {name}: the chart no longer names {path}"
                    yield Finding("mount-unread", rule, subject, "", text)


def _paths(container: Object) -> set[str]:
    return {
        str(one["mountPath"]).rstrip("/")
        for one in mappings(container.get("volumeMounts"))
        if one.get("mountPath")
    }


def _names(container: Object, path: str) -> bool:
    """Whether a variable, an argument or another text of the container names a path."""
    pattern = re.compile(rf"(?<![\w./-]){re.escape(path)}(?![\w.-])")
    rest = {key: value for key, value in container.items() if key != "volumeMounts"}
    return any(pattern.search(text) for text in _texts(rest))


def _texts(data: Data) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for value in data.values() if isinstance(data, dict) else data:
            yield from _texts(value)


def _has_moved(path: str, new: Side) -> bool:
    """Whether a ConfigMap of the chart names the path: the container may read it from there."""
    homes = [*new.manifests.by_kind.get("ConfigMap", ()), *new.manifests.unsure]
    return bool(path) and any(True for _ in new.manifests.mentioning(homes, [path.encode()]))
