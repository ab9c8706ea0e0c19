"""
The documents of a stream while rules are applied: finds those for a rule, and joins all again.
"""

from __future__ import annotations

from postrender.data import get
from postrender.kubernetes.objects import (
    CRD,
    FILENAME,
    HOOK,
    group,
    has_one_identity,
    identity,
    is_hook,
    is_list,
    text_of,
)
from postrender.stream.manifest import Addition, Manifest, Subject
from postrender.stream.text import BOM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from postrender.data import Object, Path
    from postrender.kubernetes.objects import Workloads
    from postrender.stream.manifest import Home, Place
    from postrender.stream.names import Globs, Names
    from postrender.stream.text import Stream
    from postrender.yamltext.nodes import Node


EMPTY = b"# kmod-post: no documents\n"


class Edit:
    """
    A change of the stream's text: what its bytes from `start` to `end` become, and the Manifest or
    Addition that this is for.
    """

    __slots__ = ("end", "home", "start", "text")

    def __init__(self, start: int, end: int, text: str, home: Home) -> None:
        self.start = start
        self.end = end
        self.text = text
        self.home = home

    @property
    def what(self) -> str:
        """What the document is: `added`, `removed` or `changed`."""
        if self.start == self.end:
            return "added"
        return "changed" if self.text else "removed"


# From so many documents on, one search through the whole stream beats one for each of them; after
# so many searches for names, knowing those of all documents does.
_FEW = 64


class Manifests:
    """All documents of a stream, in order."""

    def __init__(self, stream: Stream, default_namespace: str, workloads: Workloads) -> None:
        self.stream = stream
        self.default_namespace = default_namespace
        self.workloads = workloads
        self.all = [
            Manifest(stream, document, i, self.anchored)
            for i, document in enumerate(stream.documents)
        ]
        self.last: list[Addition] = []
        # How many documents were read for anchors that later ones may name.
        self.read_for_anchors = 0
        # Objects that `resources:` adds: rules apply to them as to all others.
        self.resources: list[Addition] = []
        # Documents that rules have changed, and those in which an object has got another kind or
        # name, or is an item of a List, by its name.
        self.changed: dict[Manifest, None] = {}
        self.renamed: dict[str, dict[Manifest, None]] = {}
        # Of the kinds that rules have asked for with many names; and how many names they were.
        self.names: dict[str, Names] = {}
        self.searches = 0
        # By what the cheap look says of their kind. Lists may hold objects of any kind.
        self.by_kind: dict[str, list[Manifest]] = {}
        self.unsure: list[Manifest] = []
        for manifest in self.all:
            kind = manifest.document.kind
            if kind is None or kind.endswith("List"):
                self.unsure.append(manifest)
            elif kind:
                self.by_kind.setdefault(kind, []).append(manifest)

    def subjects_of(self, home: Home) -> Iterator[tuple[Path, Subject]]:
        """The objects of a document as `match` sees them, with their paths in it."""
        for path, obj in home.objects():
            yield path, Subject(obj, home.source, self.default_namespace, self.workloads)

    def put(self, home: Home, path: Path, obj: Object | None) -> None:
        """Puts a changed object in the place of what is there; None takes it out."""
        if isinstance(home, Manifest) and obj is not None:
            self.changed[home] = None
            if path or not has_one_identity(home.current(path) or {}, obj):
                self.renamed.setdefault(text_of(obj, "name"), {})[home] = None
        home.put(path, obj)

    def candidates(self, kinds: Iterable[str], names: Globs | None = None) -> list[Home]:
        """
        The documents that may hold an object of one of these kinds (of `by_kind`) and with a name
        of these, if some are given; sound, not exact.
        """
        if names is None:
            renamed = [document for known in self.renamed.values() for document in known]
            return self.in_order([*self.of_kinds(kinds), *renamed])
        if exact := names.exact():
            return self.candidates_of(kinds, exact)
        found = [one for known in self.names_of(kinds) for one in known.matching(names)]
        renamed = [one for name in self.renamed if name in names for one in self.renamed[name]]
        return self.in_order([*self.unsure, *found, *renamed])

    def candidates_of(self, kinds: Iterable[str], names: Collection[str]) -> list[Home]:
        """The same for names without signs of globs."""
        self.searches += len(names)
        if self.searches <= _FEW and all(names):
            known = self.of_kinds(kinds)
            found = [one for name in names for one in self.mentioning(known, [name.encode()])]
            found = [one for one in found if (name := one.looks_named()) is None or name in names]
        else:
            found = [one for known in self.names_of(kinds) for one in known.among(names)]
            found += self.unsure
        renamed = [one for name in names for one in self.renamed.get(name, ())]
        return self.in_order([*found, *renamed])

    def users(self, kinds: Iterable[str], words: Collection[str]) -> list[Home]:
        """The documents of these kinds that may mention a word; of many words all."""
        found = known = self.of_kinds(kinds)
        if len(words) <= _FEW:
            found = [one for word in words for one in self.mentioning(known, [word.encode()])]
        return self.in_order([*found, *self.changed])

    def of_kinds(self, kinds: Iterable[str]) -> list[Manifest]:
        """The documents of the stream that may hold an object of one of these kinds."""
        return [*self.unsure, *(one for kind in kinds for one in self.by_kind[kind])]

    def names_of(self, kinds: Iterable[str]) -> list[Names]:
        """The documents of these kinds, by their names."""
        from postrender.stream.names import Names

        for kind in kinds:
            if kind not in self.names:
                self.names[kind] = Names(self.by_kind[kind])
        return [self.names[kind] for kind in kinds]

    def in_order(self, manifests: Iterable[Manifest]) -> list[Home]:
        """These documents, each once, and what `resources:` adds, in their order."""
        every: dict[Place, Home] = {one.place: one for one in manifests}
        every.update((resource.place, resource) for resource in self.resources)
        return [every[place] for place in sorted(every)]

    def mentioning(self, manifests: list[Manifest], words: list[bytes]) -> list[Manifest]:
        """Those of the documents whose text may hold all the words; sound, not exact."""
        words = [*filter(None, words)]  # an empty one, of an object without a name, is in all
        if not words:
            return manifests
        if len(manifests) <= _FEW:
            mentions = self.stream.mentions
            return [manifest for manifest in manifests if mentions(manifest.document, words)]
        places = self.stream.mentioning(words)
        return [manifest for manifest in manifests if manifest.place[0] in places]

    def anchored(self, anchor: str, manifest: Manifest) -> Node | None:
        """The nearest node before a document of Helm 4's that has this anchor."""
        data, before = self.stream.data, self.all[: manifest.place[0]]

        def mentions(manifest: Manifest, word: str) -> bool:
            return data.find(word.encode(), manifest.document.body, manifest.document.end) >= 0

        if not mentions(manifest, FILENAME):
            return None
        # In their order, so that each finds those it needs itself.
        while self.read_for_anchors < len(before):
            self.read_for_anchors += 1
            if mentions(before[self.read_for_anchors - 1], "&"):
                before[self.read_for_anchors - 1].parse()
        near = (one.anchored(anchor) for one in reversed(before) if mentions(one, f"&{anchor}"))
        return next(filter(None, near), None)

    def subjects(self) -> Iterator[Subject]:
        """
        All objects of the stream. Parses every document: for messages, not for the render path.
        """
        for manifest in self.all:
            for _, subject in self.subjects_of(manifest):
                if text_of(subject.obj, "kind"):
                    yield subject

    def crds_of(self, group: str) -> Iterator[Object]:
        """
        The CustomResourceDefinitions of a group, as rules have left them. Parses only documents
        that may hold one.
        """
        known = [*self.unsure, *self.by_kind.get(CRD, ())]
        homes: list[Home] = [*self.mentioning(known, [CRD.encode(), group.encode()])]
        for home in (*homes, *self.resources):
            for _, obj in home.objects():
                if obj.get("kind") == CRD and get(obj, ("spec", "group")) == group:
                    yield obj

    def is_empty(self) -> bool:
        """Whether the chart rendered nothing: no document says anything, but an empty List."""
        said = [manifest.data for manifest in self.all if not manifest.document.is_taken]
        return not any(
            data and not (isinstance(data, dict) and is_list(data) and not data["items"])
            for data in said
        )

    def is_hooks_only(self) -> bool:
        """
        Whether the stream holds hooks and nothing else: one half of Helm's `separate` strategy.
        """
        if HOOK.encode() not in self.stream.data:
            return False
        hooks = [is_hook(subject.obj) for subject in self.subjects()]
        return bool(hooks) and all(hooks)

    def find(self, obj: Object) -> tuple[Manifest, Path] | None:
        """The object of the stream that is this one: of its group and kind, namespace and name."""
        wanted = self.key(obj)
        kind, name = text_of(obj, "kind"), text_of(obj, "name").encode()
        known = self.mentioning([*self.unsure, *self.by_kind.get(kind, ())], [name])
        for manifest in sorted(known, key=lambda manifest: manifest.place):
            for path, other in manifest.objects():
                if self.key(other) == wanted:
                    return manifest, path
        return None

    def key(self, obj: Object) -> tuple[str, ...]:
        """What tells an object from all others in a cluster."""
        namespace = text_of(obj, "namespace") or self.default_namespace
        return group(obj), text_of(obj, "kind"), namespace, text_of(obj, "name")

    def add_before(
        self, manifest: Home | None, obj: Object, source: str, *, is_generated: bool
    ) -> Addition:
        """Puts a new object before a document, or at the end of the stream; returns it there."""
        if isinstance(manifest, Addition):
            home = self.last if manifest in self.last else self.all[manifest.place[0]].added
            at = home.index(manifest)
        else:
            home = manifest.added if manifest is not None else self.last
            at = len(home)
        index = manifest.place[0] if manifest is not None else len(self.all)
        place = (index, 0, len(home))
        addition = Addition(place, obj, source, is_generated=is_generated)
        home.insert(at, addition)
        if not is_generated:
            self.resources.append(addition)
        return addition

    def take_additions(self) -> tuple[list[Object], list[Object]]:
        """
        The objects that rules have added before a document and at the end, which are then no
        documents of the stream.
        """
        before = [one.data for m in self.all for one in m.added if one.data is not None]
        after = [one.data for one in self.last if one.data is not None]
        for manifest in self.all:
            manifest.added = []
        self.last = []
        return before, after

    def join(self) -> tuple[list[bytes | memoryview], list[Edit], list[tuple[str, Path]]]:
        """
        The new stream in pieces, the edits that produced it, and the nodes that had to be
        reformatted, with their objects.

        Raises StreamError.
        """
        edits, reformatted = self.edits()
        view = memoryview(self.stream.data)
        pieces: list[bytes | memoryview] = []
        done = 0
        for edit in edits:
            pieces += (view[done : edit.start], edit.text.encode())
            done = edit.end
        pieces.append(view[done:])
        return pieces if any(map(_has_text, pieces)) else [EMPTY], edits, reformatted

    def edits(self) -> tuple[list[Edit], list[tuple[str, Path]]]:
        """The edits of the stream in order, and the nodes that had to be reformatted."""
        data = self.stream.data
        edits: list[Edit] = []
        reformatted: list[tuple[str, Path]] = []
        is_kept = False  # whether anything stands before the document
        for manifest in self.all:
            document = manifest.document
            is_kept = is_kept or any(one.data is not None for one in manifest.added)
            if manifest.added:
                headed = manifest.is_removed or data.startswith(b"---", document.start)
                tail = [] if headed else ["---"]
                edits += self.additions(manifest.added, document.start, "", tail)
            if manifest.is_removed:
                edits.append(Edit(document.start, document.end, "", manifest))
                continue
            changed = manifest.text()
            start = document.body
            if not is_kept and self.stream.has_mark(document):
                # Behind a separator that begins the stream, Go takes the mark for a letter.
                start -= len(BOM)
                changed = changed or (self.stream.text(document), [])
            is_kept = True
            if changed is not None:
                edits.append(Edit(start, document.end, changed[0], manifest))
                reformatted += [(identity(manifest.data), path) for path in changed[1]]
        lead = "" if not data or data.endswith(b"\n") else self.stream.newline
        edits += self.additions(self.last, len(data), lead, [])
        return edits, reformatted

    def additions(
        self, additions: list[Addition], place: int, lead: str, tail: list[str]
    ) -> list[Edit]:
        """New documents at a place of the stream, after `lead`, with the lines of `tail` below."""
        newline = self.stream.newline
        edits = []
        there = [addition for addition in additions if addition.data is not None]
        for addition in there:
            lines = [*addition.lines(), *(tail if addition is there[-1] else ())]
            edits.append(Edit(place, place, lead + newline.join([*lines, ""]), addition))
            lead = ""
        return edits


def _has_text(piece: bytes | memoryview) -> bool:
    """
    Whether a piece is more than blanks; looks at its beginning first, as a piece may be 100 MB.
    """
    return any(bytes(part).removeprefix(BOM).strip() for part in (piece[:1024], piece))
