"""What is read from a source, and what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from postrender.data import Object


class Target(NamedTuple):
    """
    The objects that a patch is for, as kustomize selects them: regular expressions that match the
    whole of a value (empty: any), and selectors of labels and annotations. `is_exact`: the patch
    itself names its object, by texts instead of expressions.
    """

    group: str = ""
    version: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    labels: str = ""
    annotations: str = ""
    is_exact: bool = False


class Strategic(NamedTuple):
    """A strategic merge patch."""

    target: Target
    patch: Object


class Operations(NamedTuple):
    """The operations of a JSON 6902 patch."""

    target: Target
    operations: list[Object]


class Pairs(NamedTuple):
    """
    Labels or annotations (`field`) for every object. `paths` are those where they are set and
    created, each with the kind that it is for (empty: all). `optional` are set only where they are.
    """

    field: str
    pairs: dict[str, str]
    in_templates: bool
    in_selectors: bool


class Namespace(NamedTuple):
    """The namespace of all objects."""

    name: str


class Images(NamedTuple):
    """Entries of `images`: name, newName, newTag, digest, tagSuffix."""

    entries: list[Object]


class Replicas(NamedTuple):
    """How many pods the objects of a name have."""

    name: str
    number: int


class Resources(NamedTuple):
    """Objects to add."""

    objects: list[Object]


class Generated(NamedTuple):
    """
    A ConfigMap or Secret of a generator. `behavior` is create, merge or replace; `is_hashed`: its
    name gets a hash of its content.
    """

    object: Object
    behavior: str
    is_hashed: bool


class Replacement(NamedTuple):
    """A value that is copied from one object into others, as kustomize writes it."""

    source: Object
    targets: list[Object]


Change = (
    Strategic
    | Operations
    | Pairs
    | Namespace
    | Images
    | Replicas
    | Resources
    | Generated
    | Replacement
)


class Step(NamedTuple):
    """One change, and where it is written: `prod/kustomization.yaml:3: patches[0]`."""

    place: str
    change: Change


class Remark(NamedTuple):
    """Something about a place in a source: what is to be known, and what to do."""

    place: str
    text: str
    advice: str = ""

    def __str__(self) -> str:
        advice = f"; {self.advice}" if self.advice else ""
        return f"{self.place}: {self.text}{advice}"


class Reading(NamedTuple):
    """
    A source as it was read. `problems` cannot become rules; `notes` are worth knowing.
    `runs` say the same as kustomize reads it: one run after the other, each with kustomizations of
    which every one has the one before it as its base.
    """

    steps: list[Step]
    problems: list[Remark]
    notes: list[Remark]
    runs: list[list[Object]]


def joined(one: Reading, other: Reading) -> Reading:
    """Two sources as one, the second after the first."""
    return Reading(
        [*one.steps, *other.steps],
        [*one.problems, *other.problems],
        [*one.notes, *other.notes],
        [*one.runs, *other.runs],
    )


class Draft(NamedTuple):
    """
    A rule that may become part of the file: its name, its body, and comments for it. `is_proved`:
    it finds something in the render, or there is none.
    """

    name: str
    body: Object
    comments: tuple[str, ...] = ()
    is_proved: bool = True


Way = list[Draft]
