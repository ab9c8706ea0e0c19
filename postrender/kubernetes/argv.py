"""
What a container runs: Kubernetes' rules for `command`, `args` and the image's ENTRYPOINT and CMD.

| `command` | `args` | the container runs |
|---|---|---|
| - | - | ENTRYPOINT CMD |
| - | given | ENTRYPOINT args |
| given | - | command |
| given | given | command args |

Sources: kubernetes.io, "Define a Command and Arguments for a Container"; containerd
internal/cri/opts/spec_opts.go, WithProcessArgs, which does it. An empty list is as none, there as
here, and an ENTRYPOINT of one empty text, Docker's way to take one away, is none.
"""

from __future__ import annotations

from postrender.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    # Answers from the lock file: an image and a platform (empty: whichever) to what it starts,
    # None where the image is not known. May raise LockError.
    ArgvOf = Callable[[str, str], "Locked | None"]


class Locked(Value):
    """What the lock file says of an image."""

    entrypoint: Sequence[str]
    cmd: Sequence[str]
    digest: str


def needs_image(command: Sequence[str]) -> bool:
    """Whether the image has a say in what a container with this `command` runs."""
    return not command


def started(
    command: Sequence[str], args: Sequence[str], entrypoint: Sequence[str], cmd: Sequence[str]
) -> list[str]:
    """The argv that a container runs; empty where nobody says any, which is an error there."""
    if command:
        return [*command, *args]
    if list(entrypoint) == [""]:
        entrypoint = ()
    return [*entrypoint, *(args or cmd)]


def escaped(argument: str) -> str:
    """
    An argument as it is written in a manifest, where Kubernetes makes `$(VAR)` the variable's value
    and `$$` a `$` (kubernetes third_party/forked/golang/expansion/expand.go, Expand).
    """
    return argument.replace("$", "$$")
