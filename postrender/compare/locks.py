"""What the lock files say of the images that rules ask for: in the old run and in the new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.compare.finding import Finding
from postrender.compare.likeness import repository
from postrender.reports.masking import masked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.compare.side import Side


def of_locks(old: Side, new: Side) -> Iterator[Finding]:
    """Images that start otherwise, or that are locked with another digest."""
    by_name = {
        (rule, repository(image), platform): (image, locked)
        for (rule, image, platform), locked in old.asked.items()
        if locked is not None
    }
    for (rule, image, platform), locked in new.asked.items():
        known = by_name.get((rule, repository(image), platform))
        exact = old.asked.get((rule, image, platform))
        if exact is not None:
            known = image, exact
        if locked is None or known is None:
            continue
        before, was = known
        argvs = ([*one.entrypoint, *one.cmd] for one in (was, locked))
        starts = [masked({"command": argv})["command"] for argv in argvs]
        if (list(was.entrypoint), list(was.cmd)) != (list(locked.entrypoint), list(locked.cmd)):
            name = image if image == before else f"{image}, before {before}"
            text = f"by the lock file, image {name} starts something else now"
            yield Finding("starts-otherwise", rule, "", "", text, *starts)
        elif image == before and was.digest != locked.digest:
            text = f"image {image} is locked with another digest, and starts the same"
            yield Finding("locked-anew", rule, "", "", text, was.digest, locked.digest)
