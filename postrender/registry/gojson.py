"""
JSON as Go's encoding/json reads it, since Docker, containerd, Podman and registries are written in
Go: what they read in a text is what counts here, too.

Source: go.dev/src/encoding/json decode.go (object, literalStore, unquoteBytes) and fold.go
(foldName). Where Go itself merges values that are given twice, the text is refused instead.
"""

from __future__ import annotations

import json
import re
from itertools import accumulate, repeat
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping

# Levels of nesting (Go allows 10,000; no manifest has ten), and values in one text: each takes up
# to 250 bytes of memory.
DEPTH = 200
VALUES = 100_000
# Bytes that are not UTF-8; to replace millions of them takes much time and memory.
DAMAGED = 1000

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = bytes.maketrans(b"[{]}", b"\2\2\0\0")
_HALF = re.compile("[\ud800-\udfff]")
# The only characters that Go's simple folding makes equal to an ASCII letter: the long s and the
# Kelvin sign.
_FOLD = str.maketrans(ascii_lowercase + "\u017f\u212a", ascii_uppercase + "SK")


def loads(data: bytes) -> Any:
    """
    The value of a JSON text. Raises ValueError, and nothing else.

    As in Go, bytes that are not UTF-8 and halves of surrogate pairs become U+FFFD, and of a key
    that is given twice the last one counts. Refused are NaN and Infinity, nesting deeper than
    DEPTH, more than VALUES values or DAMAGED bytes that are not UTF-8, and a key that is given
    twice with values that Go merges (see `field`). A number of more than 18 digits is a float.
    """
    _check_size(data)
    # Each byte that is not UTF-8 becomes half a surrogate pair, which `_whole` replaces.
    text = data.decode("utf-8", "surrogateescape")
    if len(text) - len(data.decode("utf-8", "ignore")) > DAMAGED:
        raise ValueError("too many bytes that are not UTF-8")
    try:
        return _whole(
            json.loads(
                text, object_pairs_hook=_object, parse_constant=_no_number, parse_int=_number
            )
        )
    except RecursionError:  # the caller's own stack is nearly full
        raise ValueError("nested too deeply") from None


def field(mapping: Mapping[str, Any], name: str) -> Any:
    """
    The value that Go reads for a struct's field with this name (ASCII); None where it has none.

    A key counts in any case: `Cmd`, `cmd` and `CMD` are the same field, and the last of them in the
    text counts. Raises ValueError where there are several and Go merges them: it decodes a mapping,
    a list of anything but texts, or null on top of what came before.
    """
    folded = name.translate(_FOLD)
    values = [value for key, value in mapping.items() if key.translate(_FOLD) == folded]
    return _last(values) if values else None


def _last(values: list[Any]) -> Any:
    """The last of a key's values."""
    if len(values) > 1 and not all(map(_replaces, values)):
        raise ValueError("a key is given twice")
    return values[-1]


def _replaces(value: Any) -> bool:
    """Whether a value that comes later simply takes the place of an earlier one."""
    if isinstance(value, list):
        return all(isinstance(item, str) for item in value)
    return value is not None and not isinstance(value, dict)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        key, value = _whole(key), _whole(value)
        if key in found:
            value = _last([found.pop(key), value])  # it stands where the last one stood
        found[key] = value
    return found


def _whole(value: Any) -> Any:
    """A value without halves of surrogate pairs; in mappings `_object` has replaced them."""
    if isinstance(value, str):
        return value if value.isascii() else _HALF.sub("\ufffd", value)
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return value


def _number(digits: str) -> int | float:
    return int(digits) if len(digits) <= 18 else float(digits)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _check_size(data: bytes) -> None:
    """Refuses what would take much memory or stack, before any of it is parsed."""
    if data.count(b'"') > 4 * VALUES:  # a key and a text have two quotes each
        raise ValueError("too many values")
    bare = _STRING.sub(b"", data)
    if sum(map(bare.count, (b",", b"[", b"{", b"]", b"}"))) > VALUES:
        raise ValueError("too many values")
    steps = bare.translate(_STEPS, _NOT_BRACKETS)
    if max(accumulate(map(int.__sub__, steps, repeat(1))), default=0) > DEPTH:
        raise ValueError("nested too deeply")
