"""
The part of `images` that is beyond pods: entries with `anywhere: true`. What it reaches is in the
documentation of `images`. Loaded only for rules with such an entry.
"""

from __future__ import annotations

import re

from postrender.data import get, put
from postrender.kubernetes.imageplaces import (
    DATA,
    DEFAULT,
    FIELD,
    IMAGE,
    VARIABLE,
    WORD,
    is_certain,
    pattern_of,
    references,
)
from postrender.kubernetes.objects import CRD, pod_places, text_of
from postrender.kubernetes.types import is_built_in
from postrender.verbs.images import entry_for, has_exact_host, image_by, note, seek

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Object
    from postrender.kubernetes.imageplaces import Reference
    from postrender.kubernetes.objects import Workloads
    from postrender.verbs.context import Context
    from postrender.verbs.images import ImageChange

# Roles in which only a full reference counts, and only entries with an exact host are used.
STRICT = (WORD, VARIABLE, DATA, DEFAULT)


def apply_anywhere(
    obj: Object, value: list[ImageChange], context: Context, workloads: Workloads
) -> Object:
    """The object with the references rewritten that are not images of its pods."""
    kinds = context.rule.match.kind
    is_reached = text_of(obj, "kind") != CRD or (kinds is not None and CRD in kinds.texts)
    is_custom = not is_built_in(text_of(obj, "apiVersion"))
    images = []
    is_any = False
    # In a text with several references none is rewritten, so places in it stay right.
    found = references(obj, workloads, re.compile(pattern_of(None))) if is_reached else ()
    for one in found:
        if one.role not in (*STRICT, IMAGE) and not (one.role == FIELD and is_custom):
            continue
        images.append(one.image)
        if one.role == IMAGE:
            continue
        change = entry_for(one.image, value)
        if change is not None and is_rewritten(obj, one, change):
            is_any = True
            new = image_by(change, one.image)
            if new != one.image:
                text = get(obj, one.path)
                obj = put(obj, one.path, text[: one.start] + new + text[one.end :])
                note(context, one.image, new, change)
    if is_any or not pod_places(obj, workloads):
        used = [change for change in value if change.anywhere]
        seek(images, value, used, context, is_any=is_any)
    return obj


def is_rewritten(obj: Object, one: Reference, change: ImageChange) -> bool:
    """Whether an entry rewrites a reference that is not an image of a pod."""
    if not change.anywhere or needs_host(obj, one, change):
        return False
    return not (one.is_apart and (change.new_tag or change.digest))


def needs_host(obj: Object, one: Reference, change: ImageChange) -> bool:
    """Whether an entry leaves a reference because its glob does not name the host."""
    is_sure = one.role not in STRICT and is_certain(obj, one)
    return not is_sure and not has_exact_host(change)
