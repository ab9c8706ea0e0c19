"""What rules add or change and finds its pods by labels, or its target by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.compare.finding import Finding
from postrender.data import get, same
from postrender.kubernetes.objects import group, identity, pod_places, text_of, texts_of
from postrender.kubernetes.selectors import POD_SELECTORS, requirements, selector_of, unmet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from postrender.compare.pairing import Pair
    from postrender.compare.side import Side
    from postrender.data import Object
    from postrender.stream.manifest import Home


def lost_selectors(old: Side, new: Side, pairs: Sequence[Pair]) -> Iterator[Finding]:
    """
    Objects that rules have added, or whose selector they have changed, and that found pods of the
    old render and find none of the new one.
    """
    for pair in pairs:
        if pair.old is None or pair.new is None or pair.new.end is None or pair.old.end is None:
            continue
        end = pair.new.end
        selector = selector_of(end, POD_SELECTORS)
        if not selector or not any(requirements(selector)):
            continue
        if pair.new.start is not None and same(
            selector_of(pair.new.start, POD_SELECTORS), selector
        ):
            continue
        before = selector_of(pair.old.end, POD_SELECTORS)
        if before and _finds(old, pair.old.end, before) and not _finds(new, end, selector):
            text = "its selector finds no pods now"
            yield Finding("selector-lost", _rule_of(new, pair), identity(end), "", text)


def _rule_of(side: Side, pair: Pair) -> str:
    """The last rule that has changed the object; `resources` for what rules do not add."""
    names = [one.rule for one in side.result.changes if pair.new and one.home == pair.new.spot]
    return (names[-1] or "resources") if names else ""


def _finds(side: Side, obj: Object, selector: Object) -> bool:
    """
    Whether a selector finds a pod of the result, in the namespace of its object. One that names no
    namespace is in that of the release, which may be any.
    """
    namespace = text_of(obj, "namespace")
    for home in _homes(side, selector):
        for _, one in home.objects():
            if group(one) == "" and text_of(one, "kind") == "Service":
                continue
            other = text_of(one, "namespace")
            if namespace and other and namespace != other:
                continue
            for place in pod_places(one, side.rules.workloads):
                if place.template is not None:
                    labels = texts_of(get(one, place.template), "labels")
                    if not unmet(selector, labels):
                        return True
    return False


def _homes(side: Side, selector: Object) -> list[Home]:
    """The documents that may hold a pod with these labels; rules may have set some of them."""
    manifests = side.manifests
    wanted = requirements(selector)[0].values()
    words = [value.encode() for value in wanted if isinstance(value, str) and value]
    found = {one.place: one for one in manifests.all if one.is_parsed}
    found.update((one.place, one) for one in manifests.mentioning(manifests.all, words))
    return [*found.values(), *manifests.resources]
