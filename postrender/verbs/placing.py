"""
Adds a container to a pod or merges into an existing one, for initContainers and sidecars.
"""

from __future__ import annotations

from postrender.kubernetes.directives import PATCH
from postrender.rules.directives import add_unknown
from postrender.value import Value
from postrender.verbs.container import apply_container, names_of, new_container, read_container

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data, Object, Path
    from postrender.rules.checker import Checker
    from postrender.verbs.container import ContainerChange
    from postrender.verbs.context import Context


class Placed(Value):
    """
    A container to add: what it is, where it stands (`first`, `last`, or `before` or `after` the
    `other`; empty where the rule does not say), whether it is a native sidecar.
    """

    change: ContainerChange
    where: str
    other: str
    native: bool


def read_placed(
    check: Checker, value: Data, path: Path, further: tuple[str, ...] = ()
) -> list[Placed]:
    """
    A mapping of names to containers, or Kubernetes' list of containers. Null means "not there".
    """
    found = []
    advice = "to take a container of the chart out, write containers: {NAME: {$patch: delete}}"
    for name, item, place in named_entries(check, value, path, advice):
        item = check.mapping(item, place, "the container's fields")
        if "$patch" in item:
            check.add((*place, "$patch"), "this adds a container", advice)
            item = {key: each for key, each in item.items() if key != "$patch"}
        change = read_container(check, name, item, place, ("position", *further))
        where, other = _read_position(check, item.get("position"), (*place, "position"))
        native = item.get("native") is not None and check.flag(item["native"], (*place, "native"))
        if native and item.get("restartPolicy", "Always") != "Always":
            check.add(
                (*place, "restartPolicy"),
                "a native sidecar has restartPolicy: Always",
                "remove this, or native: true",
                value=True,
            )
        found.append(Placed(change, where, other, native))
    return found


def named_entries(
    check: Checker, value: Data, path: Path, advice: str, directives: tuple[str, ...] = ()
) -> list[tuple[str, Data, Path]]:
    """
    The entries of `name -> entry` or of a Kubernetes list with `name` in each: name, entry, place.
    The advice is for who writes null and means more than what a lower layer says. Keys with `$` are
    mistakes, but for the `directives`, which the verb reads itself.
    """
    entries: list[tuple[str, Data, Path]] = []
    if isinstance(value, list):
        for i, item in enumerate(value):
            place = (*path, i)
            if not isinstance(item, dict):
                check.mapping(item, place, "an entry with a name")
                continue
            if directives and item == {PATCH: "replace"}:
                continue
            if not item.get("name"):
                check.add(place, "it has no name", "add name:", value=True)
            name = check.text(item.get("name", ""), (*place, "name"))
            if name and any(name == known for known, _, _ in entries):
                check.add(place, f'there is a "{name}" above already', "keep one", value=True)
            entries.append((name, item, place))
        return entries
    example = "a name and below it the fields"
    value = {} if value is None else check.mapping(value, path, example)
    for name, item in value.items():
        if name[:1] == "$":
            if name not in directives:
                add_unknown(check, name, path, directives)
        elif item is None:
            check.no_entry(value, (*path, name), advice)
        else:
            entries.append((name, item, (*path, name)))
            if isinstance(item, dict) and item.get("name", name) != name:
                check.add(
                    (*path, name, "name"),
                    f'it is "{item["name"]}" here and "{name}" above',
                    "keep one",
                )
    return entries


def place(spec: Object, field: str, entry: Placed, context: Context) -> Object:
    """
    The pod spec with the container in the list `field`; the same object if nothing changes.
    """
    name = entry.change.name
    known = spec.get(field) or []
    i = _index(known, name)
    if i is not None:
        context.has_namesake = True
        container = known[i]
        new = apply_container(container, entry.change, context)
        # One with an image that stays as it is may be what the rule has added, on its own
        # output, where other containers have come between.
        is_ours = new is container and "image" in entry.change.fields
        if not is_ours and not _stands(known, i, entry):
            context.warn(
                f"container {name}: it stays in its place: position is for a new one only",
                "remove position:",
                id="position-ignored",
                even_unchanged=True,
            )
        return spec if new is container else {**spec, field: [*known[:i], new, *known[i + 1 :]]}
    for other in ("initContainers", "containers"):
        at = None if other == field else _index(spec.get(other) or [], name)
        if at is None:
            continue
        is_native = spec[other][at].get("restartPolicy") == "Always" and field == "containers"
        advice = "add native: true, or " if is_native else ""
        context.fail(
            f"container {name}: the pod has a container of that name in {other}",
            f"{advice}choose another name",
        )
    added = new_container(entry.change, context, known)
    at = _place_in(known, entry, field, context)
    return with_field(spec, field, [*known[:at], added, *known[at:]])


def _stands(known: list[Data], at: int, entry: Placed) -> bool:
    """Whether a container that is there stands where the entry says, if it says."""
    other = _index(known, entry.other)
    if entry.where == "before":
        return other is not None and at < other
    if entry.where == "after":
        return other is not None and at > other
    return entry.where == "" or at == (0 if entry.where == "first" else len(known) - 1)


def with_field(spec: Object, field: str, value: Data) -> Object:
    """
    The pod spec with a field; a new initContainers stands before containers, where people look for
    it.
    """
    if field in spec or field != "initContainers":
        return {**spec, field: value}
    new: Object = {}
    for key, item in spec.items():
        if key == "containers":
            new[field] = value
        new[key] = item
    return {**new, field: value}


def _place_in(known: list[Data], entry: Placed, field: str, context: Context) -> int:
    if entry.where == "first":
        return 0
    if entry.where in ("", "last"):
        return len(known)
    at = _index(known, entry.other)
    if at is None:
        context.fail(
            f"container {entry.change.name}: its position is {entry.where} {entry.other}, "
            f"which is not in {field}",
            f"there: {', '.join(names_of(known)) or 'none'}",
        )
    return at if entry.where == "before" else at + 1


def _index(known: list[Data], name: str) -> int | None:
    names = [container.get("name") if type(container) is dict else None for container in known]
    return names.index(name) if name in names else None


def _read_position(check: Checker, value: Data, path: Path) -> tuple[str, str]:
    if value is None:
        return "", ""
    if value in ("first", "last"):
        return value, ""
    if isinstance(value, dict) and len(value) == 1 and set(value) <= {"before", "after"}:
        ((where, other),) = value.items()
        return where, check.text(other, (*path, where))
    check.add(path, "must be first, last, {before: NAME} or {after: NAME}", value=True)
    return "last", ""
