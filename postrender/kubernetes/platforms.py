"""
The platforms that images are made for, in one spelling: `linux/amd64`, `linux/arm64`,
`linux/arm/v7`.

Source: github.com/containerd/platforms database.go, normalizeArch.
"""

from __future__ import annotations

import re

_SHAPE = r"[a-z0-9]+/[a-z0-9_]+(?:/[a-z0-9.]+)?"
_ARCHITECTURES = {
    "i386": "386", "x86_64": "amd64", "amd64/v1": "amd64",
    "aarch64": "arm64", "arm64/8": "arm64", "arm64/v8": "arm64", "arm64/v8.0": "arm64",
    "arm64/9": "arm64/v9", "arm64/9.0": "arm64/v9", "arm64/v9.0": "arm64/v9",
    "arm": "arm/v7", "armhf": "arm/v7", "armel": "arm/v6",
    "arm/5": "arm/v5", "arm/6": "arm/v6", "arm/7": "arm/v7", "arm/8": "arm/v8",
}  # fmt: skip


def platform_of(text: str) -> str:
    """
    A platform written as `os/architecture` or `os/architecture/variant`, in its one spelling; empty
    where the text is none.
    """
    text = text.lower()
    if not re.fullmatch(_SHAPE, text):
        return ""
    system, _, architecture = text.partition("/")
    base, slash, variant = architecture.partition("/")
    if slash and base in {"x86_64", "aarch64"}:
        architecture = f"{_ARCHITECTURES[base]}/{variant}"
    elif slash and base in {"i386", "armhf", "armel"}:
        architecture = base  # as in Go: these say it all
    return f"{system}/{_ARCHITECTURES.get(architecture, architecture)}"
