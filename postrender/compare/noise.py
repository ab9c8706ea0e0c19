"""
What changes with every release of a chart and means nothing to rules: labels with its version,
checksums of configuration, and certificates that are made anew for each render.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from postrender.kubernetes.images import parse

if TYPE_CHECKING:
    from postrender.data import Data

# Labels that Helm's own starter chart and older charts give every object (helm.sh/docs,
# chart_best_practices/labels).
_VERSIONS = frozenset(("helm.sh/chart", "app.kubernetes.io/version", "chart", "version"))
_LABELS = ("labels", "matchLabels", "annotations")
# Annotations that replace the pods when configuration changes or with every render (helm.sh/docs,
# howto/charts_tips_and_tricks, "Automatically Roll Deployments").
_CHECKSUM = re.compile(
    r"checksum|rollme|(?:^|[/.-])(?:config-?)?(?:hash|sha256|sha|sum)$", re.IGNORECASE
)
_PEM = re.compile(r"-----BEGIN |LS0tLS1CRUdJTi")  # the second is the first in base64
# The same as lines of a text that was not read: fewer, because a line does not say where it stands.
_LINE = re.compile(
    rb"^[ ]+[\"']?(?:helm\.sh/chart[\"']?:|app\.kubernetes\.io/version[\"']?:"
    rb"|checksum/[\w.-]+[\"']?:|chart:[ ]+[\"']?[a-z][\w-]*-v?\d+\.\d+[\w.+-]*[\"']?[ ]*$)[^\n]*\n",
    re.MULTILINE,
)


def is_noise(path: tuple[str, ...], old: Data, new: Data) -> bool:
    """Whether a value at this path may differ between two versions and mean nothing."""
    if len(path) > 1 and path[-2] in _LABELS:
        return path[-1] in _VERSIONS or (
            path[-2] == "annotations" and _CHECKSUM.search(path[-1]) is not None
        )
    return all(isinstance(one, str) and _PEM.match(one) is not None for one in (old, new))


def is_tag_bump(path: tuple[str, ...], old: Data, new: Data) -> bool:
    """Whether a value is an image in two versions, or the tag of one."""
    if not path or not (isinstance(old, str) and isinstance(new, str)):
        return False
    if path[-1] in ("image", "reference"):
        one, other = (parse(text).replaced(tag="", digest="") for text in (old, new))
        return one == other
    return len(path) > 1 and path[-1] in ("tag", "digest") and "image" in path[-2].lower()


def without_noise(text: bytes) -> bytes:
    """The text of a document without the lines that mean nothing, for a cheap comparison."""
    return _LINE.sub(b"", text)
