"""
Changes of a text in place of a new text: `$yaml`, `$lines` and `$substitute`, in this order.

A text stays the very same where nothing changes, in base64 too.
"""

from __future__ import annotations

from postrender.kubernetes.directives import BASE64, LOWER
from postrender.kubernetes.entries import MergeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data, Object, Path
    from postrender.kubernetes.entries import Tell
    from postrender.kubernetes.lists import Merge


def changed_text(old: Data, operations: Object, path: Path, merge: Merge, tell: Tell) -> str:
    """
    The text as the operations want it. That of a lower layer, and of a file, does not stand in
    base64 yet. Raises MergeError.
    """
    if not isinstance(old, str):
        raise MergeError("it is no text", path)
    is_base64 = operations.get(BASE64, False)
    is_encoded = is_base64 and LOWER not in operations
    text = decoded(old, path) if is_encoded else old
    new = text
    if operations.get("$yaml") is not None:
        from postrender.kubernetes.embedded import with_yaml

        new = with_yaml(new, operations["$yaml"], (*path, "$yaml"), merge)
    if operations.get("$lines") is not None:
        from postrender.kubernetes.lines import with_lines

        new = with_lines(new, operations["$lines"], (*path, "$lines"), tell)
    if operations.get("$substitute") is not None:
        from postrender.kubernetes.lines import with_substitutes

        new = with_substitutes(new, operations["$substitute"], (*path, "$substitute"), tell)
    if is_encoded and new == text:
        return old
    return encoded(new) if is_base64 else new


def decoded(text: str, path: Path) -> str:
    """The text that stands in base64. Raises MergeError, without a word of it."""
    from postrender.kubernetes.validation import encoding

    try:
        return encoding.decoded(text).decode()
    except ValueError:
        raise MergeError("it is no text in base64", path) from None


def encoded(text: str) -> str:
    """The text in base64."""
    from binascii import b2a_base64

    return b2a_base64(text.encode(), newline=False).decode()
