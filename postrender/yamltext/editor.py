"""
Walks over old nodes and new data in parallel, and collects the edits between them.

Equal parts keep their bytes, a changed scalar is replaced in its own style, and entries are removed
and added (splicing.py). If a node cannot be edited in place, the smallest node around the place is
reformatted (printing.py).
"""

from __future__ import annotations

from postrender.data import align, same
from postrender.yamltext.nodes import (
    Alias,
    Collection,
    Mapping,
    Node,
    Scalar,
    Sequence,
    is_merge,
    merge_sources,
)
from postrender.yamltext.positions import NotInPlace
from postrender.yamltext.printing import FLOW, ITEM, ROOT, printed, respelled
from postrender.yamltext.scalars import key_text
from postrender.yamltext.splicing import spliced

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection as CollectionType
    from collections.abc import Iterable

    from postrender.data import Data, Path
    from postrender.yamltext.positions import Edit
    from postrender.yamltext.printing import Slot
    from postrender.yamltext.writer import Style


_ABSENT = object()


def edits_between(
    style: Style, root: Node, new: Data, outer: Iterable[Node], forced: CollectionType[Path]
) -> tuple[list[Edit], list[Path]]:
    """
    The edits that change a document to `new`, and the paths of the nodes that they reformat.

    `outer` are nodes of other documents that aliases here name, `forced` paths of nodes to reformat
    in any case. Raises NotInPlace if not even that is possible.
    """
    editor = _Editor(style, Anchors(style.text, root, outer), forced)
    editor.value(root, new, (), ROOT)
    return editor.edits, editor.reformatted


class _Editor:
    """One walk over one document. Nothing is changed before all edits are known."""

    def __init__(self, style: Style, anchors: Anchors, forced: CollectionType[Path]) -> None:
        self.style = style
        self.anchors = anchors
        self.forced = forced
        self.edits: list[Edit] = []
        self.reformatted: list[Path] = []

    def value(self, node: Node, new: Data, path: Path, slot: Slot) -> None:
        """Edits one node into `new`, or reformats it."""
        passing = not self.anchors.shared and path not in self.forced
        if passing and new is node.data:
            return
        if passing and type(node) is Mapping and type(new) is dict and node.is_plain():
            before = len(self.edits), len(self.reformatted)
            try:
                self.plain_mapping(node, new, path)
            except NotInPlace:
                del self.edits[before[0] :], self.reformatted[before[1] :]
                self.reformat(node, new, path, slot)
            return
        if isinstance(node, Alias):
            if not self.anchors.keeps(node, new):
                self.reformat(node, new, path, slot)
            return
        # Collections are compared part by part.
        changed = _are_collections(node, new) or not same(node.data, new)
        if passing and not changed:
            return
        before = len(self.edits), len(self.reformatted)
        try:
            if self.in_place(node, new, path, slot, changed):
                return
        except NotInPlace:
            pass
        del self.edits[before[0] :], self.reformatted[before[1] :]
        self.reformat(node, new, path, slot)

    def in_place(self, node: Node, new: Data, path: Path, slot: Slot, changed: bool) -> bool:
        """Edits a node in place; false, or NotInPlace, where that cannot be done."""
        if path in self.forced:
            return False
        if changed:
            self.anchors.change(node, new)
        if isinstance(node, Mapping) and _are_collections(node, new):
            self.mapping(node, new, path)
        elif isinstance(node, Sequence) and _are_collections(node, new):
            self.sequence(node, new, path)
        elif changed:
            text = respelled(self.style, node, new, slot) if isinstance(node, Scalar) else None
            if text is None:
                return False
            self.anchors.remove(node)
            self.edits.append((node.start, node.end, text, 0))
        return True

    def reformat(self, node: Node, new: Data, path: Path, slot: Slot) -> None:
        """Reformats a node; notes it if it loses more than the change requires."""
        self.anchors.remove(node)
        lost = isinstance(node, Collection) and node.data and new and type(node.data) is type(new)
        if lost or isinstance(node, Alias) or path in self.forced:
            self.reformatted.append(path)
        layout = self.style.layout
        if path in self.forced:  # something ran into a block scalar, most likely
            layout = layout.without_blocks()
        self.edits += printed(self.style, node, new, slot, layout)

    def mapping(self, node: Mapping, new: dict[str, Data], path: Path) -> None:
        """Edits a mapping entry by entry; added entries follow the one they follow in `new`."""
        names = self.own_names(node, new)
        last_of = {name: i for i, name in names.items()}
        removed = set()
        for i, (key, value) in enumerate(node.pairs):
            if i not in names:
                continue
            name = names[i]
            # A later duplicate, or what a merge key brings in, may have the last word.
            counts = last_of[name] == i and value.data is node.data[name]
            if name not in new or (not counts and self.anchors.is_touched(value)):
                removed.add(i)
                self.anchors.remove(key)
                self.anchors.remove(value)
            elif counts:
                self.value(value, new[name], (*path, name), FLOW if node.flow else key)
        added = []
        # An entry before a merge key may lose to it.
        last = max((i for i in range(len(node.pairs)) if i not in names), default=-1)
        for name, item in new.items():
            if name in last_of:
                last = max(last, last_of[name]) if node.merges else last_of[name]
            elif name not in node.data or not same(node.data[name], item):
                added.append((last, {name: item}))
        if removed or added:
            self.edits += spliced(self.style, node, removed, added)

    def plain_mapping(self, node: Mapping, new: dict[str, Data], path: Path) -> None:
        """The same, faster, for a plain mapping in a document without aliases."""
        removed = set()
        for i, (name, old) in enumerate(node.data.items()):
            item = new.get(name, _ABSENT)
            if item is old and not self.forced:
                continue
            if item is _ABSENT:
                removed.add(i)
            else:
                key, value = node.pairs[i]
                self.value(value, item, (*path, name), FLOW if node.flow else key)
        if not removed and len(new) == len(node.pairs):
            return
        numbers = {name: i for i, name in enumerate(node.data)}
        added = []
        last = -1
        for name, item in new.items():
            if name in numbers:
                last = numbers[name]
            else:
                added.append((last, {name: item}))
        self.edits += spliced(self.style, node, removed, added)

    def own_names(self, node: Mapping, new: dict[str, Data]) -> dict[int, str]:
        """
        The names of the mapping's own entries, by position; merge keys are not among them.

        Raises NotInPlace where an entry that a merge key brings in stands in the way of an edit:
        one that goes, or one that the mapping has, too. Of those before the merge key goyaml.v2
        lets the merged win, yaml.v3 the mapping's own.
        """
        names: dict[int, str] = {}
        merged: set[str] = set()
        hidden: set[str] = set()
        for i, (key, value) in enumerate(node.pairs):
            if node.merges and is_merge(key):
                if self.anchors.is_touched(value):
                    raise NotInPlace
                merged.update(*(source.data for source in merge_sources(value)))
                hidden.update(merged.intersection(names.values()))
                continue
            if isinstance(key, Alias) and self.anchors.is_touched(key):
                raise NotInPlace
            names[i] = key.data if isinstance(key.data, str) else key_text(key.data)
        if any(name not in new for name in merged):
            raise NotInPlace
        if any(not same(node.data[name], new[name]) for name in hidden):
            raise NotInPlace
        return names

    def sequence(self, node: Sequence, new: list[Data], path: Path) -> None:
        """Edits a list item by item, lined up by what they are."""
        removed: set[int] = set()
        added = []
        last = -1
        for i, j in align(node.data, new, path[-1] if path else ""):
            if i is None and j is not None:
                added.append((last, [new[j]]))
            elif i is not None and j is None:
                removed.add(i)
                self.anchors.remove(node.items[i])
            elif i is not None and j is not None:
                self.value(node.items[i], new[j], (*path, j), FLOW if node.flow else ITEM)
            last = last if i is None else i
        if removed or added:
            self.edits += spliced(self.style, node, removed, added)


def _are_collections(node: Node, new: Data) -> bool:
    """Whether a collection with entries is to become a collection of its kind."""
    if isinstance(node, Mapping):
        return bool(node.pairs) and isinstance(new, dict)
    return isinstance(node, Sequence) and bool(node.items) and isinstance(new, list)


class Anchors:
    """
    The anchors of one document. Callers must report changes in the order of the text, in which an
    anchor comes before its aliases.

    `shared` says whether there are aliases at all: then an edit can have an effect somewhere else,
    and no part of the document may be skipped. This is rare, and slower.
    """

    __slots__ = ("_gone", "_now", "shared")

    def __init__(self, text: str, root: Node, outer: Iterable[Node]) -> None:
        self.shared = "*" in text and _has_alias(root)
        # By identity of the anchored node: no longer there; there with other data.
        self._gone = {id(node) for node in outer}
        self._now: dict[int, Data] = {}

    def change(self, node: Node, new: Data) -> None:
        """A node is edited in place and stays what its aliases name."""
        if node.anchor is not None:
            self._now[id(node)] = new

    def remove(self, node: Node) -> None:
        """The text of a node goes, and with it all anchors in it."""
        if not self.shared:
            return
        if node.anchor is not None:
            self._gone.add(id(node))
        for child in node.children():
            self.remove(child)

    def keeps(self, alias: Alias, meant: Data) -> bool:
        """Whether an alias, left as it is, says what is meant."""
        target = alias.target
        return id(target) not in self._gone and same(self._now.get(id(target), target.data), meant)

    def is_touched(self, node: Node) -> bool:
        """Whether an alias, or one in this node, stands for something else than before."""
        if isinstance(node, Alias):
            return not self.keeps(node, node.data)
        return any(map(self.is_touched, node.children()))


def _has_alias(node: Node) -> bool:
    return isinstance(node, Alias) or any(map(_has_alias, node.children()))
