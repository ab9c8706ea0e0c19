"""Which release of a file is meant."""

from __future__ import annotations

from postrender.errors import UsageError


def chosen(file: str, names: list[str], release: str) -> str:
    """
    The name of the one that is meant: the one that is given, or the only one there is. Raises
    UsageError.
    """
    if release:
        if release not in names:
            there = ", ".join(names) or "none"
            raise UsageError(
                f"--release {release}: {file} has no such release to import", f"there: {there}"
            )
        return release
    if len(set(names)) > 1:
        raise UsageError(
            f"{file}: it has patches for several releases: {', '.join(names)}",
            "import one at a time: give --release NAME",
        )
    return names[0] if names else ""
