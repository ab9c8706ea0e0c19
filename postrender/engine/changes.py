"""
The changes that rules made: recorded by the engine, read by lint and the reports.

The classes are plain, not `Value`s: each matched object has several, and a `Value` takes three
times as long to make.
"""

from __future__ import annotations

from postrender.data import same
from postrender.kubernetes.objects import has_one_content, identity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from postrender.data import Data, Object, Path
    from postrender.errors import Message
    from postrender.rules.model import Rule
    from postrender.stream.manifest import Home
    from postrender.verbs.context import GeneratedFile


class Change:
    """
    What one rule did to one object. `before` is None for an object that the rule added, `after` for
    one that it removed; `rule` is empty for what `resources:` adds. `home` is the document and the
    path in it.
    """

    __slots__ = ("after", "before", "home", "rule")

    def __init__(
        self, rule: str, before: Object | None, after: Object | None, home: tuple[Home, Path]
    ) -> None:
        self.rule = rule
        self.before = before
        self.after = after
        self.home = home

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


class Step:
    """
    The same for an object that the rule found in the stream, with the generated files and the
    warnings of its verbs.
    """

    __slots__ = ("after", "before", "files", "home", "rule", "warnings")

    def __init__(
        self,
        rule: Rule,
        home: tuple[Home, Path],
        before: Object,
        after: Object | None,
        files: Mapping[str, GeneratedFile],
        warnings: list[Message],
    ) -> None:
        self.rule = rule
        self.home = home
        self.before = before
        self.after = after
        self.files = files
        self.warnings = warnings


class History:
    """
    All steps of one object, in their order, with their `places` among the steps of all objects; how
    it was `before` them and is `after` them (None: they have removed it). `is_kept`: in the end it
    is as it was; `keeps_content`: it shares all but its metadata with what it was.
    """

    __slots__ = ("after", "before", "is_kept", "keeps_content", "places", "steps")

    def __init__(self, places: list[int], steps: list[Step]) -> None:
        self.places = places
        self.steps = steps
        self.before = before = steps[0].before
        self.after = after = steps[-1].after
        # A step is there only if it changes something.
        self.is_kept = len(steps) > 1 and after is not None and same(before, after)
        self.keeps_content = after is not None and has_one_content(before, after)


def by_object(steps: Sequence[Step]) -> list[History]:
    """The steps of each object, in the order of their first ones."""
    objects: dict[Data, list[int]] = {}
    for i, step in enumerate(steps):
        objects.setdefault(step.home, []).append(i)
    return [History(places, [steps[i] for i in places]) for places in objects.values()]
