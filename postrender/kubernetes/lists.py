"""
Changes of a list in place of a new list: `$remove`, `$change`, `$add` and `$flags`, in this order.

What they do not name stays, in its order. A list stays the same object if nothing changes, and so
does each of its items.

A text fits by glob, a mapping by all the fields that are named, nested too; anything else by being
equal. A run of words is a list in a list of texts: all of them, one after the other.

Each key has a list, or a mapping whose keys are names that only layers use.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from postrender.data import get, labels, same
from postrender.kubernetes.entries import MergeError
from postrender.kubernetes.flags import is_shell_script, with_flags

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from postrender.data import Data, Object, Path
    from postrender.kubernetes.entries import Tell

    # Merges a value into an item of the list; the path is that of the value, in the patch.
    Merge: TypeAlias = Callable[[Data, Data, Path], Data]
    # Merges entries into a list by its keys; the path is that of the entries, in the patch.
    AddByKey: TypeAlias = Callable[[list[Data], list[Data], Path], list[Data]]


# Lists whose words may be secret.
_COMMANDS = ("args", "command")
_LONGEST = 40


def changed_list(
    items: list[Data],
    operations: Object,
    path: Path,
    merge: Merge,
    tell: Tell,
    add_by_key: AddByKey | None = None,
) -> list[Data]:
    """
    The items as the operations want them. `path` is their place in the patch; `add_by_key` is for
    lists that are merged by a key. Raises MergeError.
    """
    new = removed(items, operations.get("$remove"), (*path, "$remove"), tell)
    new = changed(new, operations.get("$change"), (*path, "$change"), merge, tell)
    adding = operations.get("$add")
    if adding:
        parts = parts_of(adding, (*path, "$add"))
        if add_by_key:
            new = add_by_key(new, [part for _, part in parts], (*path, "$add"))
        else:
            new = added(new, [(at, merge(None, part, at)) for at, part in parts])
        _refuse_unsteady(new, parts, operations, path, merge)
    flags = operations.get("$flags")
    if not flags:
        return new
    if not _are_texts(new):
        raise MergeError("not all items of the list are texts", (*path, "$flags"))
    return with_flags(new, flags, (*path, "$flags"), tell)


def refuse_script(owner: Object, operations: Object, path: Path) -> None:
    """
    Raises MergeError for `$flags` and `$add` to the command line of a container that is a shell
    with a script: the words behind it are its parameters.
    """
    if path[-1] not in _COMMANDS:
        return
    words = [*(owner.get("command") or ()), *(owner.get("args") or ())]
    for name in ("$flags", "$add"):
        if operations.get(name) and is_shell_script(words):
            advice = "change the script by $change, with $substitute or $lines"
            message = f"the words behind a shell's -c are parameters of its script; {advice}"
            raise MergeError(message, (*path, name))


def parts_of(value: Data, path: Path) -> list[tuple[Path, Data]]:
    """What one of the keys has, each with its path. What is null by a name, a layer withdrew."""
    if isinstance(value, dict):
        return [((*path, key), item) for key, item in value.items() if item is not None]
    return [((*path, i), item) for i, item in enumerate(value or ())]


def removed(items: list[Data], value: Data, path: Path, tell: Tell) -> list[Data]:
    """The items without those that fit `$remove`."""
    gone: set[int] = set()
    for _, wanted in parts_of(value, path):
        found = _places(items, wanted)
        tell((*path, shown(wanted)), is_found=bool(found), there=_there(items, path))
        gone |= found
    return [item for i, item in enumerate(items) if i not in gone] if gone else items


def changed(items: list[Data], value: Data, path: Path, merge: Merge, tell: Tell) -> list[Data]:
    """The items as `$change` wants them."""
    for at, part in parts_of(value, path):
        match, fields, place = _asked(at, part)
        new = _changed_by(items, match, fields, place, merge)
        tell((*path, shown(match)), is_found=new is not None, there=_there(items, path))
        items = items if new is None else new
    return items


def added(items: list[Data], parts: list[tuple[Path, Data]]) -> list[Data]:
    """
    The items with those of `$add` that are not there.

    Raises MergeError for a flag that is there already, followed by a word that is not: written
    apart from it, that word would get to the end.
    """
    new = list(items)
    for place, (_, item) in enumerate(parts):
        run = _run_of(item, items)
        if not _has_run(new, run):
            _refuse_split_run(items, parts, place)
            new += run
    return new if len(new) > len(items) else items


def _refuse_split_run(items: list[Data], parts: list[tuple[Path, Data]], place: int) -> None:
    """Raises MergeError where a new word stands after a flag of `$add` that is there already."""
    at, word = parts[place]
    before = parts[place - 1][1] if place else None
    if (
        isinstance(before, str)
        and isinstance(word, str)
        and before.startswith("-")
        and not word.startswith("-")
        and "=" not in before
        and any(same(before, item) for item in items)
    ):
        raise MergeError(
            f'"{before}" is there already, so "{word}" would stand alone; '
            f"write them as a run of words: [[{before}, {word}]]",
            at,
        )


def _refuse_unsteady(
    items: list[Data],
    parts: list[tuple[Path, Data]],
    operations: Object,
    path: Path,
    merge: Merge,
) -> None:
    """Raises MergeError where the next run would remove or change what this one has added."""
    for at, item in parts:
        run = _run_of(item, items)
        for name in ("$remove", "$change"):
            for place, part in parts_of(operations.get(name), (*path, name)):
                match, fields, below = (
                    (part, None, place) if name == "$remove" else _asked(place, part)
                )
                hit = [i for i in run if _fits_part(i, match)]
                if name == "$change":
                    hit = [i for i in hit if not same(merge(i, fields, below), i)]
                if hit:
                    does = "remove" if name == "$remove" else "change"
                    raise MergeError(f"{name} would {does} it on the next run; keep one", at)


def _fits_part(item: Data, wanted: Data) -> bool:
    return not isinstance(wanted, list) and fits(item, wanted)


def fits(item: Data, wanted: Data) -> bool:
    """Whether an item is what `$remove` or `match` asks for."""
    if isinstance(wanted, dict):
        return isinstance(item, dict) and all(
            name in item and fits(item[name], value) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(item, list) and len(item) == len(wanted) and all(map(fits, item, wanted))
    if isinstance(wanted, str):
        return isinstance(item, str) and fnmatchcase(item, wanted)
    return same(item, wanted)


def shown(wanted: Data) -> str:
    """What is looked for, as messages name it: of a flag, or what may be long, only the name."""
    if isinstance(wanted, list):
        return f"{shown(wanted[0])} …" if len(wanted) > 1 else "".join(map(shown, wanted))
    if isinstance(wanted, dict):
        texts = {key: "…" if key == "value" else shown(item) for key, item in wanted.items()}
        return f"{{{', '.join(f'{key}: {text}' for key, text in texts.items())}}}"
    text = str(wanted)
    if text.startswith("-"):
        name, sign, value = text.partition("=")
        text = f"{name}={value if value in ('', '*') else '…'}" if sign else name
    return text if len(text) <= _LONGEST and "\n" not in text else f"{text[:_LONGEST].split()[0]}…"


def _asked(at: Path, part: Data) -> tuple[Data, Data, Path]:
    """What an entry of `$change` is for, what it gives, and the place of that."""
    if isinstance(part, dict) and part.keys() == {"match", "set"}:
        return part["match"], part["set"], (*at, "set")
    return at[-1], part, at


def _changed_by(
    items: list[Data], match: Data, fields: Data, path: Path, merge: Merge
) -> list[Data] | None:
    """
    The items with `fields` merged into each that fits `match`; None if none does. One that is as it
    would be then counts as found, so that a second run finds it.
    """
    rest = _unset(match, fields) if isinstance(match, dict) else None
    new, is_found = list(items), False
    for i, item in enumerate(items):
        if fits(item, match):
            new[i], is_found = merge(item, fields, path), True
        elif not is_found and (
            same(item, fields)
            if rest is None
            else fits(item, rest) and merge(item, fields, path) is item
        ):
            is_found = True
    if not is_found:
        return None
    return new if any(one is not other for one, other in zip(new, items, strict=True)) else items


def _unset(match: Object, fields: Data) -> Object:
    """What `match` asks for apart from what `set` gives."""
    rest = {}
    for name, value in match.items():
        if not isinstance(fields, dict) or name not in fields:
            rest[name] = value
        elif isinstance(value, dict) and isinstance(fields[name], dict):
            rest[name] = _unset(value, fields[name])
    return rest


def _places(items: list[Data], wanted: Data) -> set[int]:
    """The places of the items that fit; of all words of a run where a list of texts has it."""
    if isinstance(wanted, list) and _are_texts(items):
        width = len(wanted)
        starts = range(len(items) - width + 1)
        found = [i for i in starts if all(map(fits, items[i : i + width], wanted))]
        return {i + word for i in found for word in range(width)}
    return {i for i, item in enumerate(items) if fits(item, wanted)}


def _there(items: list[Data], path: Path) -> Iterator[str]:
    """What a message says there is; nothing of commands, whose words may be secret."""
    field = next((str(part) for part in reversed(path[:-1]) if isinstance(part, str)), "")
    if field in _COMMANDS:
        return
    for item, label in zip(items, labels(items, field), strict=True):
        if label:
            yield label
        elif isinstance(item, dict):
            first = next(iter(item), "")
            yield f"{{{first}: {shown(get(item, (first,)))}, …}}"
        elif not isinstance(item, list):
            yield shown(item)


def _are_texts(items: list[Data]) -> bool:
    """Whether a list holds texts, as far as its items tell."""
    return all(isinstance(item, str) for item in items)


def _run_of(item: Data, items: list[Data]) -> list[Data]:
    """An item of `$add` as a run: in a list of texts, a list of texts is one."""
    return item if isinstance(item, list) and _are_texts([*items, *item]) else [item]


def _has_run(items: list[Data], run: list[Data]) -> bool:
    """Whether the items of a run stand in the list, one after the other."""
    return any(same(items[i : i + len(run)], run) for i in range(len(items) - len(run) + 1))
