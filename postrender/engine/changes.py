"""The changes that rules made: recorded by the engine, read by lint and the reports."""

from __future__ import annotations

from postrender.kubernetes.objects import identity
from postrender.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from postrender.data import Data, Object, Path
    from postrender.errors import Message
    from postrender.rules.model import Rule
    from postrender.stream.manifest import Home
    from postrender.verbs.context import GeneratedFile


class Change(Value):
    """
    What one rule did to one object. `before` is None for an object that the rule added, `after` for
    one that it removed; `rule` is empty for what `resources:` adds. `home` is the document and the
    path in it.
    """

    rule: str
    before: Object | None
    after: Object | None
    home: tuple[Home, Path]

    @property
    def identity(self) -> str:
        """How messages name the object: as it was before, if it was there."""
        return identity(self.before or self.after or {})

    @property
    def what(self) -> str:
        """`added`, `removed` or `changed`."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    @property
    def obj(self) -> Object:
        """The object as it is now; one that was removed, as it was."""
        return (self.before or {}) if self.after is None else self.after


class Step(Value):
    """
    The same for an object that the rule found in the stream, with the generated files and the
    warnings of its verbs.
    """

    rule: Rule
    home: tuple[Home, Path]
    before: Object
    after: Object | None
    files: Mapping[str, GeneratedFile]
    warnings: list[Message]


def by_object(steps: Sequence[Step]) -> Collection[list[int]]:
    """The places of the steps that concern each object, in their order."""
    objects: dict[Data, list[int]] = {}
    for i, step in enumerate(steps):
        objects.setdefault(step.home, []).append(i)
    return objects.values()
