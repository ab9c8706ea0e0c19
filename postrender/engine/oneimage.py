"""
Two images that rules make one: `newName` with a slash at its end keeps only the last part of a
path, and `quay.io/a/web:1` and `ghcr.io/b/web:1` would both become `mirror.example.com/web:1`.
Loaded only where a rule has such an entry.

An image that was as the rules leave it does not count: an earlier run may have made it. Nor do two
of one digest, which are the same image.
"""

from __future__ import annotations

from postrender.errors import VerbError
from postrender.kubernetes.images import normalised, parse, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from postrender.rules.model import Rule

    # A rule, the object that it has changed, and the images that it has renamed there: old to new,
    # and the glob of the entry if it is for a folder.
    Renamed = tuple[Rule, str, Mapping[str, tuple[str, str]]]


def check_images(renamed: Iterable[Renamed]) -> None:
    """Raises VerbError with a message for each image that would stand for two."""
    made: dict[str, dict[str, tuple[Rule, str, str]]] = {}
    for rule, identity, images in renamed:
        for old, (new, glob) in images.items():
            before, after = normalised(parse(old)), normalised(parse(new))
            if not before.digest or before.digest != after.digest:
                name = text_of(before.replaced(tag="", digest=""))
                if not after.tag and not after.digest:
                    after = after.replaced(tag=":latest")
                by_name = made.setdefault(text_of(after), {})
                by_name.setdefault(name, (rule, f"{old} ({identity})", glob))
    found = []
    for new, by_name in made.items():
        ones = [*by_name.values()]
        folders = [(rule, glob) for rule, _, glob in ones if glob]
        if len(ones) > 1 and folders:
            rule, glob = folders[-1]
            names = " and ".join(image for _, image, _ in ones)
            text = f"{names} would become one image, {new}"
            advice = f'add an entry with a newName of its own for one of them, above "{glob}"'
            found.append(rule.message("images", text, advice))
    if found:
        raise VerbError(found)
