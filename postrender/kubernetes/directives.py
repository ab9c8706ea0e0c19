"""
Keys that begin with `$` in a patch. This is the one list of those that mean something; `$$ref` is
the key `$ref`.

Source: k8s.io/apimachinery pkg/util/strategicpatch/patch.go (directiveMarker, retainKeysDirective,
deleteFromPrimitiveListDirectivePrefix, setElementOrderDirectivePrefix).
"""

from __future__ import annotations

PATCH = "$patch"
RETAIN = "$retainKeys"
# Behind these stands the name of a list.
DELETE = "$deleteFromPrimitiveList/"
ORDER = "$setElementOrder/"

# As messages name them.
NAMES = (PATCH, RETAIN, f"{DELETE}…", f"{ORDER}…")


def is_directive(key: str) -> bool:
    """Whether a key of a patch says how to merge."""
    return key in (PATCH, RETAIN) or key.startswith((DELETE, ORDER))


def field_of(key: str) -> str:
    """The field that a key of a patch is for: `$ref` for `$$ref`."""
    return key[1:] if key[:2] == "$$" else key


def key_of(field: str) -> str:
    """The key of a patch for a field: `$$ref` for `$ref`."""
    return f"${field}" if field[:1] == "$" else field
