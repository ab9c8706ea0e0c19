"""
Kubernetes' types: which fields a kind has, what each holds, how lists are merged.

The facts are in `table.py`, as text, one for each type. A type is parsed when it is asked for, so
that a render pays for the few types that its rules need. Well-known custom kinds are in
`customkinds.py`, their types in `customtable.py`; the names of these types have a `/`. They are
loaded when they are asked for.

A *shape* says what a field holds:

| shape | what it is |
|---|---|
| `string`, `bytes`, `time` | text; base64; RFC 3339 |
| `int32`, `int64`, `number`, `boolean` | a whole number, a number, true or false |
| `quantity` | `500m`, `1Gi`, or a number |
| `int-or-string` | a whole number or text, as ports and percentages |
| `=PullPolicy` | text, one of the values of that enumeration |
| `Container` | a mapping of that type |
| `[]X`, `{}X` | a list of X, a map of text to X |
| `any` | anything |
"""

from __future__ import annotations

from postrender.kubernetes.table import ENUMERATIONS, FIRST, KINDS, NEWEST, TYPES
from postrender.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Protocol

    from postrender.data import Path

    class Known(Protocol):
        """The types to look in."""

        def fields_of(self, type_name: str) -> dict[str, Field]:
            """As below."""
            ...

        def is_type(self, shape: str) -> bool:
            """As below."""
            ...

        def values_of(self, enumeration: str) -> list[str]:
            """As below."""
            ...


ANY = "any"
_CLUSTER = "^"
_KNATIVE = ("serving.knative.dev/v1", "Service")
_ITEM = 2  # letters of the lead of a list's or map's shape


class Field(Value):
    """
    A field of a type: its line in the table. What few ask for is read from its `notes` when they
    do, as a render makes a Field of each field of the types that it meets.
    """

    name: str
    shape: str
    required: bool
    notes: str  # `merge=containerPort,protocol @31-35`

    @property
    def merge(self) -> tuple[str, ...] | None:
        """
        The keys of a list that strategic merge merges entry by entry; empty for a set of scalars,
        None for a list that is replaced.
        """
        keys = self._note("merge=")
        return keys if keys is None else tuple(keys.split(",")) if keys else ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys by which server-side apply tells the entries of a list apart."""
        keys = self._note("key=")
        return tuple(keys.split(",")) if keys else self.merge or ()

    @property
    def whole(self) -> bool:
        """Whether it is a mapping that strategic merge replaces whole."""
        return self._note("replace") is not None

    @property
    def since(self) -> int:
        """The first minor release that has it."""
        return _releases(self._note("@"))[0]

    @property
    def until(self) -> int:
        """The last minor release that has it."""
        return _releases(self._note("@"))[1]

    def _note(self, lead: str) -> str | None:
        """What follows the lead of a note; None where there is no such note."""
        if not self.notes:
            return None
        words = self.notes.split(" ")
        return next((word.removeprefix(lead) for word in words if word.startswith(lead)), None)


class Kind(Value):
    """A kind: its type, whether its objects have no namespace, and its releases as in Field."""

    type: str
    is_cluster_scoped: bool
    since: int
    until: int


_fields: dict[str, dict[str, Field]] = {}
_kinds: dict[str, dict[str, Kind]] = {}


def fields_of(type_name: str) -> dict[str, Field]:
    """The fields of a type by name; KeyError if the table has no such type."""
    found = _fields.get(type_name)
    if found is None:
        text = _custom().TYPES[type_name] if "/" in type_name else _text_of(type_name)
        lines = text.split("\n")
        found = _fields[type_name] = {field.name: field for field in map(_field, lines[1:])}
    return found


def _text_of(type_name: str) -> str:
    """The fields of a built-in type as the table has them, each with a line break before it."""
    head = f"\n:{type_name}\n"
    start = TYPES.find(head)
    if start < 0:
        raise KeyError(type_name)
    end = TYPES.find("\n:", start + 1)
    return TYPES[start + len(head) - 1 : end]


def _custom() -> ModuleType:
    """The table of custom kinds' types, which few rules need."""
    from postrender.kubernetes import customtable

    return customtable


def _custom_kinds() -> dict[str, str]:
    from postrender.kubernetes.customkinds import KINDS as CUSTOM_KINDS

    return CUSTOM_KINDS


def _field(line: str) -> Field:
    """A line of the table: `ports []ContainerPort merge=containerPort,protocol @31`."""
    name, _, rest = line.partition(" ")
    shape, _, notes = rest.partition(" ")
    required = name[-1] == "!"
    return Field(name[:-1] if required else name, shape, required, notes)


def _releases(text: str | None) -> tuple[int, int]:
    """The first and the last release of `31-35`, `31`, `-35`, or of none: all of the table."""
    since, _, until = (text or "").partition("-")
    return int(since or FIRST), int(until or NEWEST)


def kinds_of(api_version: str) -> dict[str, Kind]:
    """The kinds of an apiVersion by name; none where the tables have no such version."""
    found = _kinds.get(api_version)
    if found is None:
        found = _kinds[api_version] = {}
        text = KINDS[api_version] if is_built_in(api_version) else _custom_kinds().get(api_version)
        for line in (text or "").split("\n")[1:]:
            word, _, releases = line.partition("@")
            name, _, type_name = word.rstrip(_CLUSTER).partition(":")
            found[name] = Kind(type_name or name, word[-1] == _CLUSTER, *_releases(releases))
    return found


def is_built_in(api_version: str) -> bool:
    """Whether an apiVersion is Kubernetes' own."""
    return api_version in KINDS


def type_of(api_version: str, kind: str) -> str:
    """The type of a built-in or well-known custom kind; empty where it is none."""
    found = kinds_of(api_version).get(kind)
    return found.type if found else ""


def versions_of(kind: str) -> list[str]:
    """The apiVersions that have a kind: Kubernetes' own in the table's order, then custom ones."""
    tables = (KINDS, _custom_kinds())
    near = [version for table in tables for version in table if f"\n{kind}" in table[version]]
    return [version for version in near if kind in kinds_of(version)]


def all_kinds() -> list[str]:
    """The names of all kinds: Kubernetes' own in the table's order, then custom ones."""
    versions = (*KINDS, *_custom_kinds())
    return list(dict.fromkeys(kind for version in versions for kind in kinds_of(version)))


def values_of(enumeration: str) -> list[str]:
    """The values of an enumeration, named with or without its `=`."""
    name = enumeration.removeprefix("=")
    table: dict[str, str] = _custom().ENUMERATIONS if "/" in name else ENUMERATIONS
    return table[name].split("|")


def is_type(shape: str) -> bool:
    """Whether a shape is a mapping with known fields."""
    if "/" in shape:
        return shape[0] not in "=[{" and shape in _custom().TYPES
    return shape[:1].isupper()  # as the names of all built-in types and of nothing else


def is_list(shape: str) -> bool:
    """Whether a shape is a list."""
    return shape.startswith("[]")


def is_map(shape: str) -> bool:
    """Whether a shape is a map of text to something."""
    return shape.startswith("{}")


def element(shape: str) -> str:
    """What the entries of a list or map are."""
    return shape[_ITEM:]


def shape_at(shape: str, path: Path, known: Known | None = None) -> str:
    """
    The shape at a path below a shape; empty where the table knows of nothing there. `known` are the
    types of a run, where its stream defines some (`crds.types_in`).
    """
    of, is_one = (known.fields_of, known.is_type) if known else (fields_of, is_type)
    for part in path:
        if shape == ANY:
            return ANY
        if isinstance(part, int):
            shape = element(shape) if is_list(shape) else ""
        elif is_map(shape):
            shape = element(shape)
        else:
            field = of(shape).get(part) if is_one(shape) else None
            shape = field.shape if field else ""
    return shape


def knative_pod_fields() -> set[str]:
    """The fields that the spec of a Knative revision, which is a pod spec, has besides."""
    spec = shape_at(type_of(*_KNATIVE), ("spec", "template", "spec"))
    return fields_of(spec).keys() - fields_of("PodSpec").keys()
