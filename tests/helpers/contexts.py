"""The context of a verb that is applied in a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postrender.errors import Where
from postrender.kubernetes.crds import types_in
from postrender.rules.model import ACCEPTS_NOTHING, Rule
from postrender.verbs.context import Context

if TYPE_CHECKING:
    from postrender.kubernetes.images import ArgvOf


def make_context(obj: Any, rule: str, argv_of: ArgvOf = lambda _image, _platform: None) -> Context:
    """A rule of this name that is applied to an object."""
    where = Where("rules.yaml", 1, 1)
    applied = Rule(rule, where, "", None, None, (), "", False, ACCEPTS_NOTHING, frozenset())
    return Context(applied, obj, argv_of, lambda: types_in([]))
