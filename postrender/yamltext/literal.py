"""
Plain scalars that are no text, kept as they are written: for a text whose readers are not known.
"""

from __future__ import annotations

from postrender.yamltext.scalars import resolve


class Literal(str):
    """
    A plain scalar that is no text, as it is written. (The writer writes each text that is not of
    Python's own type in this way, so that a render does not load this module.)
    """

    __slots__ = ()


def as_written(text: str) -> str | float | bool | None:
    """A plain scalar as text, where Go reads it as one, or as it is written. Empty is nothing."""
    try:
        value = resolve(text)
    except ValueError:  # `.inf`, which has no JSON
        return Literal(text)
    return value if isinstance(value, str) or not text else Literal(text)
