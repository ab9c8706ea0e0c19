"""
The module `re` of the executable: knows the compiled form of the patterns that kmod-post's modules
have, and becomes Python's own `re` when anything else is asked of it.

To load that and to compile these patterns takes a quarter of the time of a run on a small chart.
"""

from __future__ import annotations

import _imp
import _sre
import marshal

from kmod_patterns import PATTERNS  # (pattern, flags) to its form; scripts/executable makes this

_TEXTS = (str, bytes)
IGNORECASE, MULTILINE, DOTALL, ASCII = 2, 8, 16, 256


def compile(pattern, flags=0):  # noqa: A001 - the name that `re` has
    """A pattern."""
    kept = PATTERNS.get((pattern, flags)) if type(pattern) in _TEXTS else None
    if kept is None:
        return _whole()["compile"](pattern, flags)
    return _sre.compile(pattern, *marshal.loads(kept))  # noqa: S302 - linked in


def fullmatch(pattern, string, flags=0):
    """A match of the whole string."""
    return compile(pattern, flags).fullmatch(string)


def search(pattern, string, flags=0):
    """The first match in the string."""
    return compile(pattern, flags).search(string)


def __getattr__(name):
    """Anything else that Python's own module has."""
    if name.startswith("__") or name not in _whole():
        raise AttributeError(f"module 're' has no attribute {name!r}")
    return globals()[name]


def _whole():
    """The names of this module, after Python's own has taken its place."""
    names = globals()
    if names.pop("__getattr__", None):
        exec(_imp.get_frozen_object("kmod_whole_re"), names)  # noqa: S102 - Python's own
    return names
