"""Rules as the text of a rules file, with comments that say where each comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from postrender.errors import in_line, printable
from postrender.yamltext.writer import flow, is_literal, literal_lines, scalar

if TYPE_CHECKING:
    from postrender.data import Data, Object
    from postrender.importing.model import Draft

_WIDE = 88
_FEW = 4
# Verbs whose entries stand on lines of their own.
_ORDER = ("match", "expect", "accept")


class Written(NamedTuple):
    """The content of a rules file; `head` are the comments at its top."""

    rules: list[Draft]
    resources: dict[str, tuple[Object, str]]
    kinds: Object
    head: tuple[str, ...] = ()


def text_of_rules(written: Written) -> str:
    """The rules file."""
    lines = [f"# {in_line(line)}" if line else "#" for line in written.head]
    if written.kinds:
        lines += ["kinds:", *_mapping(written.kinds, 2)]
    if written.resources:
        lines.append("resources:")
        for name, (obj, comment) in written.resources.items():
            lines.append(f"  # {in_line(comment)}")
            lines += [f"  {scalar(name)}:", *_mapping(obj, 4)]
    if written.rules:
        lines.append("rules:")
    for draft in written.rules:
        lines += [f"  # {in_line(comment)}" for comment in draft.comments]
        lines.append(f"  {scalar(draft.name)}:")
        lines += _mapping(_ordered(draft.body), 4)
    if not written.rules and not written.resources:
        lines.append("rules: {}")
    return "".join(f"{line}\n" for line in lines)


def _ordered(body: Object) -> Object:
    lead = {key: body[key] for key in _ORDER if key in body}
    return {**lead, **{key: value for key, value in body.items() if key not in lead}}


def _mapping(value: Object, column: int) -> list[str]:
    """The entries of a mapping, each line indented."""
    pad = " " * column
    lines = []
    for key, item in value.items():
        first, *rest = _value(f"{scalar(key)}:", item, column)
        lines += [pad + first, *rest]
    return lines


def _value(lead: str, value: Data, column: int) -> list[str]:
    """The lines of a lead and a value; short ones on one line."""
    if isinstance(value, str) and _is_block(value):
        first, *rest = literal_lines(value, column + 2)
        return [f"{lead} {first}", *rest]
    if not isinstance(value, dict | list) or not value or _is_short(lead, value, column):
        return [f"{lead} {scalar(value) if isinstance(value, str) else flow(value)}"]
    if isinstance(value, dict):
        return [lead, *_mapping(value, column + 2)]
    return [lead, *_sequence(value, column + 2)]


def _sequence(value: list[Data], column: int) -> list[str]:
    pad = " " * column
    lines = []
    for item in value:
        if isinstance(item, dict) and item and not _is_short("-", item, column):
            first, *rest = _mapping(item, column + 2)
            lines += [f"{pad}- {first[column + 2 :]}", *rest]
        elif isinstance(item, str) and _is_block(item):
            first, *rest = literal_lines(item, column + 2)
            lines += [f"{pad}- {first}", *rest]
        else:
            lines.append(f"{pad}- {scalar(item) if isinstance(item, str) else flow(item)}")
    return lines


def _is_short(lead: str, value: Data, column: int) -> bool:
    """Whether a mapping or a list is read better on one line."""
    if _depth(value) > (2 if isinstance(value, dict) else 1) or len(value) > _FEW:
        return False
    if isinstance(value, dict) and len(value) > 1 and _depth(value) > 1 and lead != "match:":
        return False
    if "\n" in str(value) or any(isinstance(item, str) and is_literal(item) for item in value):
        return False
    text = f"{lead} {flow(value)}"
    return len(text) + column <= _WIDE and "\\n" not in text


def _is_block(text: str) -> bool:
    """Whether a text is written as a block, which has no escapes for what does not show."""
    return is_literal(text) and printable(text) == text


def _depth(value: Data) -> int:
    if isinstance(value, dict):
        return 1 + max((_depth(item) for item in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((_depth(item) for item in value), default=0)
    return 0
