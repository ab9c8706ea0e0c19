"""
Keys that begin with `$` in a patch. This is the one list of those that mean something; `$$ref` is
the key `$ref`.

Directives say how a mapping or a list is merged. An operation stands in place of a list or a text
and changes the one that is there.

Source: k8s.io/apimachinery pkg/util/strategicpatch/patch.go (directiveMarker, retainKeysDirective,
deleteFromPrimitiveListDirectivePrefix, setElementOrderDirectivePrefix).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data

PATCH = "$patch"
RETAIN = "$retainKeys"
# Behind these stands the name of a list.
DELETE = "$deleteFromPrimitiveList/"
ORDER = "$setElementOrder/"

# Fields for a mapping that has them not.
DEFAULT = "$default"

# As messages name them.
NAMES = (PATCH, RETAIN, DEFAULT, f"{DELETE}…", f"{ORDER}…")

# In place of a list, in the order in which they are done.
LIST_OPERATIONS = ("$remove", "$change", "$add", "$flags")
# In place of a text. `$base64` says that the text stands in base64, as in a Secret; rules do not
# write it.
FILE = "$file"
TEXT_OPERATIONS = ("$yaml", "$lines", "$substitute", FILE)
BASE64 = "$base64"
# The list or the text of a lower layer that operations are for. Layers write it, no rule does.
LOWER = "$lower"
_OPERATIONS = frozenset((*LIST_OPERATIONS, *TEXT_OPERATIONS, LOWER))


def is_directive(key: str) -> bool:
    """Whether a key of a patch says how to merge."""
    return key in (PATCH, RETAIN, DEFAULT) or key.startswith((DELETE, ORDER))


def is_operation(value: object) -> bool:
    """Whether a value of a patch changes the list or the text that is there."""
    return isinstance(value, dict) and not _OPERATIONS.isdisjoint(value)


def is_literal(patch: Data) -> bool:
    """Whether a patch only sets things: it takes nothing away, and gives no instructions."""
    if isinstance(patch, dict):
        return all(key[:1] != "$" and is_literal(value) for key, value in patch.items())
    if isinstance(patch, list):
        return all(map(is_literal, patch))
    return patch is not None


def field_of(key: str) -> str:
    """The field that a key of a patch is for: `$ref` for `$$ref`."""
    return key[1:] if key[:2] == "$$" else key


def key_of(field: str) -> str:
    """The key of a patch for a field: `$$ref` for `$ref`."""
    return f"${field}" if field[:1] == "$" else field
