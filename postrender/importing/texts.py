"""Reading YAML files of sources: data and the lines of what stands where."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

from postrender.errors import KmodError, Where, reason_of
from postrender.files import read_file
from postrender.stream.text import Stream
from postrender.yamltext.nodes import Alias, Mapping, Scalar, Sequence
from postrender.yamltext.reader import ReadError, read

if TYPE_CHECKING:
    from postrender.data import Data, Path
    from postrender.yamltext.nodes import Node


_WORDS = ("y", "n", "yes", "no", "on", "off")


class Page(NamedTuple):
    """A YAML document of a file, with the line it begins on, from 1."""

    file: str
    line: int
    text: str
    root: Node
    data: Data

    def place(self, path: Path, field: str = "") -> str:
        """
        A place in the document as messages name it: `prod/kustomization.yaml:3: patches[0]`. Its
        line is that of a field there, if one is given.
        """
        node: Node = self.root
        start = node.start
        for part in (*path, field) if field else path:
            node = node.target if isinstance(node, Alias) else node
            if isinstance(node, Mapping):
                found = [pair for pair in node.pairs if _text(pair[0]) == part] or [
                    pair for pair in node.pairs if _text(pair[0]).lower() == str(part).lower()
                ]
                if not found:
                    break
                start, node = found[-1][0].start, found[-1][1]
            elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
                node = node.items[part]
                start = node.start
            else:
                break
        line = self.line + self.text.count("\n", 0, start)
        return ": ".join((f"{self.file}:{line}", *([spelled(path)] if path else ())))


def as_patch(page: Page) -> Data:
    """
    The data of a page as kustomize reads a strategic merge patch: words such as `yes` and `on` are
    text, which they are not to Helm and kubectl (kyaml reads YAML 1.2).
    """
    return _as_patch(page.root)


def _as_patch(node: Node) -> Data:
    if isinstance(node, Alias):
        return _as_patch(node.target)
    if isinstance(node, Sequence):
        return [_as_patch(item) for item in node.items]
    if isinstance(node, Mapping):
        if any(_text(key) == "<<" for key, _ in node.pairs):
            return node.data
        return {_text(key): _as_patch(value) for key, value in node.pairs}
    if isinstance(node, Scalar) and isinstance(node.data, bool) and node.text.lower() in _WORDS:
        return node.text
    return node.data


class At(Page):
    """A page all of whose places are one."""

    at: str

    def __new__(cls, at: str, page: Page) -> Self:
        """The page at a place."""
        new = super().__new__(cls, *page)
        new.at = at
        return new

    def place(self, path: Path, field: str = "") -> str:  # noqa: ARG002 - as of a Page
        """The place of the transformer."""
        return self.at


def spelled(path: Path) -> str:
    """A path as people write it: `patches[0].target`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _text(node: Node) -> str:
    return node.text if isinstance(node, Scalar) else ""


def read_bytes(file: str) -> bytes:
    """What is in a file. Raises KmodError where it cannot be read."""
    try:
        return read_file(file)
    except OSError as error:
        reason = reason_of(error)
        raise KmodError(f"{file}: cannot be read ({reason})", "name a file that is there") from None


def pages(file: str, content: bytes) -> list[Page]:
    """The documents of a YAML file that hold something. Raises KmodError."""
    stream = Stream(content)
    found = []
    for document in stream.documents:
        text = stream.text(document)
        line = stream.line_of(document.body)
        try:
            root = read(text)
        except ReadError as error:
            where = Where(file, line + error.line, error.column + 1)
            raise KmodError(f"not valid YAML: {error.problem}", "correct it", where=where) from None
        if root is not None and root.data is not None:
            found.append(Page(file, line, text, root, root.data))
    return found
