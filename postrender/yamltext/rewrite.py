"""
Makes new text from old text and new data, changing only the lines that the change concerns.

The result is read back and compared with the intended data. If they differ, the smallest node
around that place is reformatted, until the result is right: this module never returns a text that
does not match the data exactly.
"""

from __future__ import annotations

from postrender.data import differences, same
from postrender.yamltext.editor import edits_between
from postrender.yamltext.nodes import Mapping, Node, Scalar, Sequence
from postrender.yamltext.positions import NotInPlace, apply
from postrender.yamltext.readback import reads_back
from postrender.yamltext.reader import ReadError, read
from postrender.yamltext.scalars import resolve
from postrender.yamltext.writer import Style

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping as MappingType

    from postrender.data import Data, Path


class RewriteError(ValueError):
    """A document that cannot be changed without risk. A sentence for the user."""


def rewrite(
    text: str,
    root: Node,
    new: Data,
    outer: MappingType[str, Node] | None = None,
    resolve: Callable[[str], Data] = resolve,
) -> tuple[str, list[Path]]:
    """
    The text of one document with the data `new`, made from `text`, which was read as `root`, and
    the paths of the nodes that could not be edited in place and were reformatted.

    `outer` are the anchors of other documents that `root` was read with, `resolve` is how. Raises
    RewriteError if no text is sure to be right.
    """
    outer = outer or {}
    # What is inserted after a last line without line break would run into it.
    whole = text if text.endswith("\n") else text + "\n"
    style = Style(whole, root)
    forced: set[Path] = set()
    while True:
        try:
            edits, reformatted = edits_between(style, root, new, outer.values(), forced)
            if not (edits or forced or outer) and same(root.data, new):
                return text, []
            result = apply(whole, edits)
            if whole is text and reads_back(text, root, new, edits, result, resolve):
                break
            found = read(result, resolve=resolve)
            wrong = differences(found.data if found else None, new)
        except (NotInPlace, ReadError, ValueError):
            wrong = [()]
        if not wrong:
            break
        if () in forced:
            raise RewriteError("it cannot be changed safely")
        forced |= {_around(path, forced) for path in wrong}
    if whole is not text and not _ends_in_block(found):
        bare = result[:-1].removesuffix("\r")
        result = result if bare.endswith("\n") else bare
    return result, reformatted


def _around(path: Path, forced: set[Path]) -> Path:
    """The smallest place around a path, or the path itself, that is not yet forced."""
    while path in forced:
        path = path[:-1]
    return path


def _ends_in_block(node: Node | None) -> bool:
    """
    Whether a document ends in a block scalar. Its readers disagree about the last line break of
    such a one, where the text has none.
    """
    while isinstance(node, Mapping | Sequence):
        if node.flow:
            return False
        node = node.pairs[-1][1] if isinstance(node, Mapping) else node.items[-1]
    return isinstance(node, Scalar) and node.style in {"|", ">"}
