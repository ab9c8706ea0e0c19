"""
A document of the stream, or one that rules have added, while rules are applied.

A manifest is parsed only when a rule could match it, keeps its text until the end, and is rewritten
once if its data has changed.
"""

from __future__ import annotations

from postrender.data import get, put
from postrender.errors import STDIN, StreamError, Where, in_line
from postrender.kubernetes.objects import (
    FILENAME,
    annotation,
    containers,
    identity,
    is_list,
    pod_places,
    text_of,
)
from postrender.stream.text import source
from postrender.yamltext.reader import ReadError, UnknownAnchor, read
from postrender.yamltext.rewrite import RewriteError, rewrite
from postrender.yamltext.writer import Layout, mapping_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from postrender.data import Data, Object, Path
    from postrender.kubernetes.objects import Workloads
    from postrender.stream.text import Document, Stream
    from postrender.yamltext.nodes import Node

    # Finds the node of an anchor in the documents before one.
    FindAnchor = Callable[[str, "Manifest"], Node | None]
    # Orders documents and additions: document, 0 for what stands before it, number among those.
    Place = tuple[int, int, int]
    # Where an object is: in a document of the stream, or in one that was added.
    Home: TypeAlias = "Manifest | Addition"

# An item that was taken out of a List while paths into the List are in use.
_GONE = object()


class Subject:
    """An object as `match` sees it: its data, and what the stream knows of it."""

    __slots__ = ("_default_namespace", "_source", "obj", "workloads")

    def __init__(
        self, obj: Object, source: str, default_namespace: str, workloads: Workloads
    ) -> None:
        self.obj = obj
        self._source = source
        self._default_namespace = default_namespace
        self.workloads = workloads

    @property
    def source(self) -> str:
        """The path of the template that the object is from; empty where nothing says it."""
        return source_of(self.obj, self._source)

    @property
    def namespace(self) -> str:
        """The object's namespace: its own, or else that of the release."""
        return text_of(self.obj, "namespace") or self._default_namespace

    def images(self) -> Iterator[str]:
        """The ways to write each image of the object's pods: in full, and as they are there."""
        from postrender.kubernetes.images import names_of

        for container in self._containers():
            if isinstance(container.get("image"), str):
                yield from names_of(container["image"])

    def container_names(self) -> Iterator[str]:
        """The name of each container of the object's pods."""
        for container in self._containers():
            yield str(container.get("name") or "")

    def _containers(self) -> Iterator[Object]:
        for place in pod_places(self.obj, self.workloads):
            for _, container in containers(get(self.obj, place.spec)):
                yield container


def source_of(obj: Object, source: str) -> str:
    """
    The path of the template that an object is from: Helm 4 says it in an annotation, Helm 3 in a
    comment above the document, which is `source`.
    """
    return annotation(obj, FILENAME) or source


class Manifest:
    """
    One document of the stream. `place` orders it among all; `added` are objects to stand before it.
    """

    __slots__ = (
        "_data",
        "_outer",
        "_root",
        "_source",
        "_text",
        "added",
        "document",
        "find_anchor",
        "is_parsed",
        "is_removed",
        "place",
        "stream",
    )

    def __init__(
        self, stream: Stream, document: Document, index: int, find_anchor: FindAnchor
    ) -> None:
        self.stream = stream
        self.find_anchor = find_anchor
        self.document = document
        self.place = (index, 1, 0)
        self.is_parsed = False
        self.is_removed = document.is_taken
        self._text = ""
        self._root: Node | None = None
        # Anchors of other documents that aliases in this one name.
        self._outer: dict[str, Node] = {}
        self._data: Data = None
        self._source = ""
        self.added: list[Addition] = []

    def parse(self) -> None:
        """Reads the document, once. Raises StreamError where Go could not read it."""
        if self.is_parsed:
            return
        self._text = self.stream.text(self.document)
        try:
            self._root = self._read()
        except ReadError as error:
            line = self.line + error.line
            where = Where(STDIN, line, error.column + 1)
            raise StreamError(
                error.problem, "fix the chart's template or its values", where=where
            ) from None
        self._data = self._root.data if self._root is not None else None
        self._source = source(self._text) or ""
        self.is_parsed = True

    def _read(self) -> Node | None:
        """
        The document's root. Aliases may name anchors of documents before it: Helm 4 splits a List
        into its items and so parts the two, which it then refuses itself (helm issue 32203).
        """
        while True:
            try:
                return read(self._text, self._outer)
            except UnknownAnchor as error:
                found = self.find_anchor(error.anchor, self)
                if found is None:
                    raise
                self._outer[error.anchor] = found

    def anchored(self, anchor: str) -> Node | None:
        """The last node with this anchor."""
        self.parse()
        return self._root.last_anchored(anchor) if self._root is not None else None

    def forget_nodes(self) -> None:
        """
        Lets go of what only an edit needs, most of a document's memory; not where later documents
        may name its anchors.
        """
        if "&" not in self._text:
            self._text, self._root = "", None

    def looks_named(self) -> str | None:
        """What a look at the text says of the object's name: see `naming.name_in`."""
        document = self.document
        if not document.kind or document.kind.endswith("List"):
            return None
        from postrender.stream.naming import name_in

        return name_in(self.stream.data, document.body, document.end)

    @property
    def data(self) -> Data:
        """The document's data as rules have left it."""
        self.parse()
        return self._data

    @property
    def source(self) -> str:
        """The template path in Helm 3's comment; empty where there is none."""
        self.parse()
        return self._source

    @property
    def line(self) -> int:
        """The line of the stream, from 1, where the document's own text begins."""
        return self.stream.line_of(self.document.body)

    def objects(self) -> Iterator[tuple[Path, Object]]:
        """The objects of the document with their paths in it: itself, or the items of a List."""
        data = self.data
        if self.is_removed or not isinstance(data, dict):
            return
        if is_list(data):
            for i, item in enumerate(data["items"]):
                if isinstance(item, dict):
                    yield ("items", i), item
        else:
            yield (), data

    def put(self, path: Path, obj: Object | None) -> None:
        """Puts a changed object in the place of what is there; None takes it out."""
        if obj is not None:
            self._data = put(self.data, path, obj)
        elif path:
            self._data = put(self.data, path, _GONE)
        else:
            self.is_removed = True

    def current(self, path: Path) -> Object | None:
        """The object at a path after the rules so far; None if one has removed it."""
        obj = None if self.is_removed else get(self.data, path)
        return obj if isinstance(obj, dict) else None

    def text(self) -> tuple[str, list[Path]] | None:
        """
        The document's new text and its reformatted paths; None if nothing has changed.
        """
        if not self.is_parsed or self._root is None:
            return None
        if self._data is self._root.data and not self._outer:
            return None
        if is_list(self._data):
            items = [item for item in self._data["items"] if item is not _GONE]
            self._data = {**self._data, "items": items}
        try:
            new, reformatted = rewrite(self._text, self._root, self._data, self._outer)
        except RewriteError as error:
            name = identity(self._data)
            raise StreamError(
                str(error),
                "write its YAML in a simpler style, or report this document",
                where=Where(STDIN, self.line, 1),
                subject=name,
            ) from None
        return (new, reformatted) if new != self._text else None


class Addition:
    """An object that the stream did not have. `source` is the template path that it is to carry."""

    __slots__ = ("data", "is_generated", "place", "source")

    def __init__(self, place: Place, obj: Object, source: str, *, is_generated: bool) -> None:
        self.place = place
        self.data: Object | None = obj
        self.source = source
        self.is_generated = is_generated

    def objects(self) -> Iterator[tuple[Path, Object]]:
        """The object, unless a rule has removed it."""
        if self.data is not None:
            yield (), self.data

    def current(self, path: Path) -> Object | None:  # noqa: ARG002 - called like Manifest.current
        """The object as rules have left it; None where one has taken it out."""
        return self.data

    def put(self, path: Path, obj: Object | None) -> None:  # noqa: ARG002 - called like Manifest.put
        """Puts a changed object in the place of what is there; None takes it out."""
        self.data = obj

    def lines(self) -> list[str]:
        """
        The object as a document: its separator, Helm 3's comment if it has a source, its YAML.
        """
        if self.data is None:
            return []
        # A line break in a name would end the comment.
        comment = [f"# Source: {in_line(self.source)}"] if self.source else []
        return ["---", *comment, *mapping_lines(self.data, 0, Layout())]
