"""
YAML or JSON in a text, as in the value of a ConfigMap: `$yaml` changes it without loss, as a
manifest is changed.

Who reads that text is not known. So what is plain in it and no text to Go (numbers, bools, `yes`,
`0022`) is a `Literal`: it stays as it is written, and what a rule gives is written as in the rule.
"""

from __future__ import annotations

import re

from postrender.data import align, same
from postrender.kubernetes.entries import MergeError
from postrender.yamltext.literal import Literal, as_written
from postrender.yamltext.nodes import Alias, Mapping, Node, Sequence
from postrender.yamltext.reader import ReadError, read
from postrender.yamltext.rewrite import RewriteError, rewrite
from postrender.yamltext.scalars import resolve
from postrender.yamltext.writer import Style, scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Data, Path
    from postrender.kubernetes.lists import Merge


_JSON = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null"


def with_yaml(text: str, patch: Data, path: Path, merge: Merge) -> str:
    """
    The text with a patch merged into the YAML or JSON that it is; the very same where that changes
    nothing. Raises MergeError, also where it is neither.
    """
    try:
        root = read(text, resolve=as_written)
    except ReadError as error:
        message = f"line {error.line + 1} of the text is neither YAML nor JSON: {error.problem}"
        raise MergeError(message, path) from None
    if root is None or not isinstance(root.data, dict | list):
        raise MergeError("the text is neither a mapping nor a list in YAML or JSON", path)
    is_json = Style(text, root).is_json
    new = merge(root.data, _as_json(patch) if is_json else patch, path)
    if type(new) is not type(root.data):
        is_list = isinstance(root.data, list)
        there, given = ("list", "mapping") if is_list else ("mapping", "list")
        raise MergeError(f"the text is a {there}, not a {given}", path)
    if same(new, root.data):
        return text
    anchor = next(_changed_anchors(root, new, _aliased(root)), "")
    if anchor:
        message = f'"&{anchor}" is changed, and aliases of it (*{anchor}) would change with it'
        raise MergeError(message, path)
    try:
        result, reformatted = rewrite(text, root, new, resolve=as_written)
    except RewriteError as error:
        raise MergeError(f"the text: {error}", path) from None
    if reformatted and not is_json and "#" in text:  # a comment might get lost
        raise MergeError("the text is written so that this cannot be changed in place", path)
    return result


def _as_json(value: Data) -> Data:
    """The data with JSON's words for what YAML writes in other ways: `yes`, `0x10`."""
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    if not isinstance(value, Literal) or re.fullmatch(_JSON, value):
        return value
    return Literal(scalar(resolve(value)))


def _aliased(node: Node) -> set[int]:
    """The nodes that aliases name, by identity."""
    if isinstance(node, Alias):
        return {id(node.target)}
    return set().union(*map(_aliased, node.children()))


def _changed_anchors(node: Node, new: Data, aliased: set[int]) -> Iterator[str]:
    """The anchors that aliases name and whose data is another one in the new data, or gone."""
    if isinstance(node, Alias) or not aliased:
        return
    if id(node) in aliased and not same(node.data, new):
        yield node.anchor or ""
    if isinstance(node, Mapping):
        fields = new if isinstance(new, dict) else {}
        for key, value in node.pairs:
            yield from _changed_anchors(value, fields.get(key.data), aliased)
    elif isinstance(node, Sequence):
        items = new if isinstance(new, list) else []
        for i, j in align(node.data, items):
            if i is not None:
                item = items[j] if j is not None else None
                yield from _changed_anchors(node.items[i], item, aliased)
