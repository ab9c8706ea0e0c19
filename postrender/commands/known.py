"""What a recipe is filled in with."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from postrender.commands.starters import Target
    from postrender.data import Object
    from postrender.errors import Message


class Known(NamedTuple):
    """
    What a recipe knows: the workload, the container and what its pod has, all empty if it does not
    ask for them; the answers; the objects that it asks for, each with its match, by the answer's
    name; and what is to be said of answers that the stream does not have.
    """

    workload: Object
    target: Target
    container: Object
    answers: dict[str, str]
    objects: dict[str, tuple[Object, Object]]
    remarks: list[Message]
