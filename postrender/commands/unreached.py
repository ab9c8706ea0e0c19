"""The pods that the rules of a recipe for all pods do not reach, which `init` names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.commands.recipe_text import APART, privileged
from postrender.errors import listed, message
from postrender.kubernetes.objects import identity, text_of
from postrender.reports.imagelist import image_list
from postrender.reports.inventory import workloads_of

if TYPE_CHECKING:
    from postrender.commands.recipes import Recipe
    from postrender.errors import Message
    from postrender.stream.text import Stream

_SHOWN = 6


def unreached(recipe: Recipe, stream: Stream) -> list[Message]:
    """A remark for each reason why a recipe does not reach pods of the stream."""
    if not recipe.is_for_all_pods:
        return []
    found = []
    option = f"--recipe {recipe.name}"
    leaves_out = f"{{{{{APART}}}}}" in recipe.rules
    if leaves_out and (apart := [identity(obj) for obj in privileged(stream)]):
        found.append(
            message(
                f"{option}: leaves out {listed(apart, _SHOWN)} (privileged containers)",
                'see "not:" in the rule',
            )
        )
    if operated := _operated(stream):
        found.append(
            message(
                f"{option}: does not change pods that an operator may make "
                f"for {listed(operated, _SHOWN)}",
                "see whether their kinds have a field for this",
            )
        )
    return found


def _operated(stream: Stream) -> list[str]:
    """The custom resources that name the image of pods, but have no pod template."""
    workloads = {identity(subject.obj) for subject, _ in workloads_of(stream)}
    names = [
        identity(entry["object"] | {"metadata": entry["object"]})
        for entry in image_list(stream)["images"]
        if entry["role"] == "field" and _is_custom(text_of(entry["object"], "apiVersion"))
    ]
    return [name for name in dict.fromkeys(names) if name not in workloads]


def _is_custom(version: str) -> bool:
    """Whether an apiVersion is of a group that is not of Kubernetes: its groups end with k8s.io."""
    group = version.partition("/")[0]
    return "/" in version and "." in group and not group.endswith(".k8s.io")
