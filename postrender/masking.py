"""
Hiding the values of Secrets, in data and in text, where a human or a report is shown them.

A mapping with `kind: Secret` is one wherever it stands: in a List, in a rules file, in another
object. Of its `data` and `stringData` the keys are shown and the values are not; nor is any other
`stringData`, which nothing else in Kubernetes has. What a rule for Secrets merges into them or
patches them with is hidden too.
"""

from __future__ import annotations

from postrender.yamltext.edits import column
from postrender.yamltext.nodes import Alias, Mapping, Sequence
from postrender.yamltext.reader import ReadError, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.yamltext.nodes import Data, Node

    # A Secret's kind, namespace and name, the field and the key in it.
    Key = tuple[str, ...]
    # Start and end in a text, and what is shown instead.
    Region = tuple[int, int, str]

MASK = "•••"
_BEFORE, _AFTER = f"{MASK} (before)", f"{MASK} (after)"
_FIELDS = ("data", "stringData")
_PATCHES = ("merge", "jsonPatch")
# What kubectl apply leaves on an object: all of it once more.
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def masked(data: Data) -> Data:
    """The data without values of Secrets. Shares what holds none."""
    return _masked(data, {}, MASK)


def masked_pair(before: Data, after: Data) -> tuple[Data, Data]:
    """Two states of the data without values of Secrets; values that differ still do."""
    if not _holds_secrets(before) and not _holds_secrets(after):
        return before, after
    olds, news = dict(_values(before)), dict(_values(after))
    differing = {key for key in olds.keys() & news.keys() if olds[key] != news[key]}
    return (
        _masked(before, dict.fromkeys(differing, _BEFORE), MASK),
        _masked(after, dict.fromkeys(differing, _AFTER), MASK),
    )


def masked_texts(before: str, after: str) -> tuple[str, str]:
    """Two states of a document's text without values of Secrets; what differs still does."""
    if not any(map(_may_hold_secrets, (before, after))):
        return before, after
    roots = [_read(before), _read(after)]
    olds, news = (dict(_values(root.data)) if root else {} for root in roots)
    differing = {key for key in olds.keys() & news.keys() if olds[key] != news[key]}
    first, second = (
        _masked_text(text, root, dict.fromkeys(differing, mask))
        for text, root, mask in zip((before, after), roots, (_BEFORE, _AFTER), strict=True)
    )
    return first, second


def hidden_lines(text: str) -> frozenset[int]:
    """The lines (from 0) of a rules file on which a value stands that is not to be shown."""
    if not _may_hold_secrets(text):
        return frozenset()
    root = _read(text)
    if root is None:
        return frozenset(range(text.count("\n") + 1))
    hidden: set[int] = set()
    for start, end, _ in _regions(text, root, {}):
        hidden.update(range(text.count("\n", 0, start), text.count("\n", 0, end) + 1))
    return frozenset(hidden)


def _may_hold_secrets(text: str) -> bool:
    """A cheap look; sound, as a kind that YAML escapes hide has a backslash in its text."""
    return "Secret" in text or "stringData" in text or "\\" in text


def _holds_secrets(data: Data) -> bool:
    """The same for data, as most objects hold none, and there are many of them."""
    todo = [data]
    for value in todo:
        if isinstance(value, list):
            todo += value
        elif isinstance(value, dict):
            if value.get("kind") == "Secret" or "stringData" in value or "match" in value:
                return True
            if _LAST_APPLIED in value:
                return True
            todo += value.values()
    return False


def _read(text: str) -> Node | None:
    try:
        return read(text)
    except ReadError:
        return None


# What is hidden


def _hidden_fields(data: dict[str, Data]) -> tuple[str, ...]:
    """The keys of a mapping whose values are hidden."""
    if data.get("kind") == "Secret":
        return _FIELDS
    match = data.get("match")
    kinds = match.get("kind") if isinstance(match, dict) else None
    if "Secret" in (kinds if isinstance(kinds, list) else [kinds]):
        return (*_PATCHES, "stringData")
    return ("stringData",)


def _name(data: dict[str, Data]) -> Key:
    found = data.get("metadata")
    known = found if isinstance(found, dict) else {}
    return str(data.get("kind")), str(known.get("namespace")), str(known.get("name"))


def _values(data: Data) -> Iterator[tuple[Key, Data]]:
    """The hidden values with their keys."""
    if isinstance(data, dict):
        hidden = _hidden_fields(data)
        for field, value in data.items():
            if field in hidden and isinstance(value, dict):
                yield from (((*_name(data), field, key), item) for key, item in value.items())
            elif field in hidden:
                yield (*_name(data), field, ""), value
            else:
                yield from _values(value)
    elif isinstance(data, list):
        for item in data:
            yield from _values(item)


def _masked(data: Data, masks: dict[Key, str], mask: str) -> Data:
    if isinstance(data, list):
        items = [_masked(item, masks, mask) for item in data]
        same = all(new is old for new, old in zip(items, data, strict=True))
        return data if same else items
    if not isinstance(data, dict):
        return data
    hidden = _hidden_fields(data)
    new: dict[str, Data] = {}
    for field, value in data.items():
        key = (*_name(data), field)
        if field == _LAST_APPLIED:
            new[field] = mask
        elif field not in hidden or value is None:
            new[field] = _masked(value, masks, mask)
        elif isinstance(value, dict):
            new[field] = {name: masks.get((*key, name), mask) for name in value}
        else:
            new[field] = masks.get((*key, ""), mask)
    return data if all(new[field] is data[field] for field in data) else new


# In a text


def _masked_text(text: str, root: Node | None, masks: dict[Key, str]) -> str:
    if root is None:
        return text
    parts: list[str] = []
    done = 0
    for start, end, shown in sorted(set(_regions(text, root, masks))):
        if start >= done:
            parts += (text[done:start], shown)
            done = end
    return "".join([*parts, text[done:]])


def _regions(
    text: str, node: Node, masks: dict[Key, str], outer: tuple[str, ...] = ()
) -> Iterator[Region]:
    """
    What is to be replaced in a text: the values of hidden fields, with comments among them. `outer`
    are fields that are hidden because a Secret takes this mapping in (`<<`).
    """
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _regions(text, item, masks)
    if not isinstance(node, Mapping) or not isinstance(node.data, dict):
        return
    hidden = (*_hidden_fields(node.data), *outer)
    for key, value in node.pairs:
        field = str(key.data)
        if field == "<<":
            for taken in value.items if isinstance(value, Sequence) else [value]:
                target = taken.target if isinstance(taken, Alias) else taken
                yield from _regions(text, target, masks, hidden)
        elif field == _LAST_APPLIED:
            yield _value_region(text, key, value, MASK)
        elif field not in hidden or value.data is None:
            yield from _regions(text, value, masks)
        else:
            place = (*_name(node.data), field)
            yield _value_region(text, key, value, _shown(text, value, place, masks))
            for target in _aliased(value):
                yield target.start, target.end, MASK + "\n" * text[: target.end].endswith("\n")


def _aliased(node: Node) -> Iterator[Node]:
    """The nodes elsewhere in the text whose values stand in this one."""
    if isinstance(node, Alias):
        yield node.target
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _aliased(item)
    elif isinstance(node, Mapping):
        for _, value in node.pairs:
            yield from _aliased(value)


def _shown(text: str, value: Node, place: Key, masks: dict[Key, str]) -> str:
    """What is shown for the value of a hidden field."""
    if not isinstance(value.data, dict):
        return masks.get((*place, ""), MASK)
    entries = [f"{key}: {masks.get((*place, str(key)), MASK)}" for key in value.data]
    if not isinstance(value, Mapping) or value.flow:
        return f"{{{', '.join(entries)}}}"
    line = "\n" + " " * column(text, value.start)
    return line + line.join(entries)


def _value_region(text: str, key: Node, value: Node, shown: str) -> Region:
    """From behind a key to the end of its value, and of the comments that follow it."""
    end = value.end
    ends_line = text[end - 1 : end] == "\n"
    while not ends_line and text[end : end + 1] not in ("", "\n", ",", "}", "]"):
        end += 1  # a comment on the last line
    begin = end if ends_line else text.find("\n", end) + 1
    while begin and (line := text[begin:].partition("\n")[0]).lstrip().startswith("#"):
        end = min(begin + len(line), len(text))
        begin = text.find("\n", end) + 1
        ends_line = False
    space = "" if shown.startswith("\n") else " "
    return key.end, end, f":{space}{shown}" + "\n" * ends_line
