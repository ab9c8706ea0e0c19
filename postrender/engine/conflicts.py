"""
Two rules that set the same field of the same object differently: the later one wins, and the author
of the earlier one may not know.

Rules that build on the current value do not conflict: `images` changes parts of a name,
`entrypoint` runs a script before another, `jsonPatch` describes operations, not a result. Nor do
two rules that add different entries to one list.
"""

from __future__ import annotations

from itertools import compress, repeat
from operator import is_, is_not

from postrender.data import label, same
from postrender.errors import listed
from postrender.kubernetes.objects import CONTAINER_LISTS
from postrender.verbs.generated_names import folder_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from postrender.data import Data, Path
    from postrender.engine.changes import Step


_ABSENT = object()
_UNKNOWN = "?"


class _Known:
    """
    What tells the items of lists apart, in brackets, by the identity of each, and the parts of the
    last list. The steps keep the items and the lists.
    """

    def __init__(self) -> None:
        self.labels: dict[int, str] = {}
        self.last: list[Data] | None = None
        self.parts: dict[str, Data] | None = None

    def label(self, item: Data, field: str | int) -> str:
        """What tells an item of a list of that name from the others; empty for nothing."""
        if id(item) not in self.labels:
            name = label(item, field, (("name",),))
            self.labels[id(item)] = f"[{name}]" if name else ""
        return self.labels[id(item)]

    def appended(self, old: Data, new: Data, path: Path) -> dict[str, Data] | None:
        """
        The new entries of a list, by their keys, if it is the last known list with entries
        appended; from then on it is the last known one. None for all other lists.
        """
        last = self.last
        if last is None or old is not last or self.parts is None or type(new) is not list:
            return None
        if len(new) < len(last) or not all(map(is_, last, new)):
            return None
        found: dict[str, Data] = {}
        for item in new[len(last) :]:
            name = self.label(item, path[-1])
            if not name or name in found or name in self.parts:
                return None
            found[name] = item
        self.last = new
        self.parts |= found
        return found


def contradictions(steps: Sequence[Step]) -> Iterator[tuple[int, str, str]]:
    """
    What the steps of one object contradict each other in: the place of the later step, the id of
    the finding, the words.
    """
    if len(steps) < 2:
        return
    written: dict[Path, tuple[int, Data]] = {}
    known = _Known()
    for i, step in enumerate(steps):
        lost: dict[tuple[int, str], dict[str, None]] = {}
        differences = list(_differences(step.before, step.after, (), written, known))
        script = f"{folder_of(step.rule.name)}/"
        wrapped = {
            path[:-1]
            for path, _, new in differences
            if path[-1] == "command"
            and isinstance(new, list)
            and any(str(word).startswith(script) for word in new)
        }
        for path, old, new in differences:
            if path in written:
                earlier, value = written[path]
                if _is_lost(value, new) and not _is_derived(step, path, value, new, wrapped):
                    container, field = _named(path)
                    lost.setdefault((earlier, container), {})[field] = None
            written[path] = i, _news(old, new)
        for (earlier, container), fields in lost.items():
            what = f'{listed(fields)}, which rule "{steps[earlier].rule.name}"'
            yield i, "rules-conflict", f"{container}it changes {what} has set; keep one of the two"


def _differences(
    old: Data, new: Data, path: Path, written: Container[Path], known: _Known
) -> Iterator[tuple[Path, Data, Data]]:
    """
    The fields in which two states of an object differ: path, old and new value, None for none. An
    entry of a list goes by its key where all have one; those of a list that stays as long, as
    Ray's groups of workers, by their number. Other lists are one field, and so is one that a rule
    has `written` as a whole.
    """
    if old is new:
        return
    appended = known.appended(old, new, path)
    if appended is not None:
        for key, item in appended.items():
            yield from _differences(None, item, (*path, key), written, known)
        return
    olds, news = _parts(old, path, known), _parts(new, path, known)
    if path not in written and olds is news is None and _are_alike(old, new):
        olds, news = ({f"[{i}]": item for i, item in enumerate(one)} for one in (old, new))
    if olds is not None and news is not None and (olds or news):
        # Most are the same, so that Python looks for the others in C.
        meant = map(news.get, olds, repeat(_ABSENT))
        changed = [*compress(olds, map(is_not, olds.values(), meant))]
        for key in (*changed, *_new_ones(olds, news, changed)):
            yield from _differences(olds.get(key), news.get(key), (*path, key), written, known)
    elif not same(old, new):
        yield path, old, new


def _new_ones(olds: dict[str, Data], news: dict[str, Data], changed: list[str]) -> list[str]:
    """The keys that are new; they are looked for from the end, where most new ones are."""
    gone = sum(key not in news for key in changed)
    missing = len(news) - len(olds) + gone
    found: list[str] = []
    for key in reversed(news):
        if len(found) == missing:
            break
        if key not in olds:
            found.append(key)
    return found[::-1]


def _parts(data: Data, path: Path, known: _Known) -> dict[str, Data] | None:
    """The fields of a mapping, the entries of a list by their key in brackets; else None."""
    if data is None or data == []:
        return {}
    if not isinstance(data, list):
        return data if isinstance(data, dict) else None
    if known.last is data:  # what one step leaves, the next one finds
        return known.parts
    names = [*map(known.labels.get, map(id, data), repeat(_UNKNOWN))]
    at = -1
    for _ in range(names.count(_UNKNOWN)):  # most are known from the step before
        at = names.index(_UNKNOWN, at + 1)
        names[at] = known.label(data[at], path[-1])
    parts = dict(zip(names, data, strict=True))
    known.last = data
    known.parts = parts if len(parts) == len(data) and "" not in parts else None
    return known.parts


def _are_alike(old: Data, new: Data) -> bool:
    """Whether both are lists of mappings, and as long."""
    return (
        isinstance(old, list)
        and isinstance(new, list)
        and len(old) == len(new)
        and all(isinstance(item, dict) for item in (*old, *new))
    )


def _news(old: Data, new: Data) -> Data:
    """What a rule has written: a value, or the items that it has brought into a list."""
    if isinstance(old, list) and isinstance(new, list):
        return [item for item in new if not any(same(item, known) for known in old)]
    return new


def _is_lost(value: Data, now: Data) -> bool:
    """Whether what a rule has written is no more."""
    if isinstance(value, list) and isinstance(now, list):
        return not all(any(same(item, known) for known in now) for item in value)
    return not same(value, now)


def _is_derived(step: Step, path: Path, value: Data, new: Data, wrapped: set[Path]) -> bool:
    """
    Whether a rule goes on from the value that it found: `images`, `entrypoint`, `jsonPatch`.
    `wrapped` are containers that the rule's script has been put into.
    """
    verbs = dict(step.rule.verbs)
    if "jsonPatch" in verbs:
        return True
    if path[-1] in ("image", "reference"):
        return "images" in verbs or str(new).startswith(f"{value}@")
    return path[-1] in ("command", "args") and path[:-1] in wrapped


def _named(path: Path) -> tuple[str, str]:
    """How messages name a field: `container web: `, where it is in one, and the field."""
    container = ""
    for i, part in enumerate(path[:-2]):
        name = str(path[i + 1])
        if part in CONTAINER_LISTS and name.startswith("["):
            container, path = f"container {name[1:-1]}: ", path[i + 2 :]
            break
    return container, ".".join(map(str, path)).replace(".[", "[")
