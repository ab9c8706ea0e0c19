"""The differences between two texts, line by line: added and removed lines, grouped in hunks."""

from __future__ import annotations

from postrender.data import longest_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    # Start and end of some old lines, start and end of the new lines that replace them.
    Block = tuple[int, int, int, int]
    # A line: what it shares with another at its beginning, what differs, what it shares at its end.
    Parts = tuple[str, str, str]

CONTEXT = 3
# A part without a line that is unique in both texts is compared line by line up to this number of
# pairs.
_FEW = 1 << 18


def lines_of(text: str) -> list[str]:
    """The lines of a text, each with its line break; the last one may have none."""
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def blocks(old: Sequence[str], new: Sequence[str]) -> list[Block]:
    """
    Where two texts differ, in order: the fewest and most readable blocks of lines.

    Lines that are unique in both texts are matched first (Bram Cohen's patience diff), so that the
    time grows with the length of the texts, and an equal brace does not split a block.
    """
    found: list[Block] = []
    todo = [(0, len(old), 0, len(new))]
    while todo:
        i, old_end, j, new_end = todo.pop()
        while i < old_end and j < new_end and old[i] == new[j]:
            i, j = i + 1, j + 1
        while i < old_end and j < new_end and old[old_end - 1] == new[new_end - 1]:
            old_end, new_end = old_end - 1, new_end - 1
        if i == old_end and j == new_end:
            continue
        anchors = (
            _anchors(old, new, (i, old_end, j, new_end)) if i < old_end and j < new_end else []
        )
        if anchors:
            places = [*anchors, (old_end, new_end)]
            for place in places:
                todo.append((i, place[0], j, place[1]))
                i, j = place[0] + 1, place[1] + 1
        else:
            found += _compared(old, new, (i, old_end, j, new_end))
    slid: list[Block] = []
    for block in sorted(found):
        slid.append(_slid(old, new, block, slid[-1][1] if slid else 0))
    return slid


def _anchors(old: Sequence[str], new: Sequence[str], block: Block) -> list[tuple[int, int]]:
    """The most lines that are unique on both sides of a block and in the same order."""
    i, old_end, j, new_end = block
    olds, news = _once(old, i, old_end), _once(new, j, new_end)
    pairs = [(news[line], place) for line, place in olds.items() if line in news]
    return [(place, new_place) for new_place, place in longest_run(pairs)]


def _once(lines: Sequence[str], start: int, end: int) -> dict[str, int]:
    """The unique lines of a part of a text with their indices, in order."""
    places: dict[str, int] = {}
    for place in range(start, end):
        line = lines[place]
        places[line] = -1 if line in places else place
    return {line: place for line, place in places.items() if place >= 0}


def _compared(old: Sequence[str], new: Sequence[str], block: Block) -> list[Block]:
    """The blocks in a part without lines that are unique in both texts."""
    i, old_end, j, new_end = block
    if i == old_end or j == new_end or (old_end - i) * (new_end - j) > _FEW:
        return [block]
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(None, old[i:old_end], new[j:new_end], autojunk=False)
    return [
        (i + a, i + a_end, j + b, j + b_end)
        for what, a, a_end, b, b_end in matcher.get_opcodes()
        if what != "equal"
    ]


def _slid(old: Sequence[str], new: Sequence[str], block: Block, limit: int) -> Block:
    """
    The same change where it reads best: a block that only adds or only removes lines can often
    begin a few lines earlier, and does if its first line is less indented there. `limit` is the old
    line at which the previous block ends.
    """
    i, old_end, j, new_end = block
    if (i == old_end) == (j == new_end):
        return block
    lines, start, end = (new, j, new_end) if i == old_end else (old, i, old_end)
    best = up = 0
    depth = _depth(lines[start])
    while i - up > limit and lines[start - up - 1] == lines[end - up - 1]:
        up += 1
        if _depth(lines[start - up]) < depth:
            best, depth = up, _depth(lines[start - up])
    return i - best, old_end - best, j - best, new_end - best


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def grouped(found: Sequence[Block], context: int = CONTEXT) -> Iterator[list[Block]]:
    """Groups of blocks that are near enough to share their context."""
    group: list[Block] = []
    for block in found:
        if group and block[0] - group[-1][1] > 2 * context:
            yield group
            group = []
        group.append(block)
    if group:
        yield group


# Pairs of lines


def compared(removed: Sequence[str], added: Sequence[str]) -> tuple[list[Parts], list[Parts]]:
    """
    Removed lines and those that replace them, each in its parts. As many removed as added lines are
    compared in pairs; two lines that share only blanks differ as a whole, which needs no emphasis:
    all of such a line is its first part (the rules of git's contrib/diff-highlight).
    """
    if len(removed) != len(added):
        return [(line, "", "") for line in removed], [(line, "", "") for line in added]
    pairs = list(zip(removed, added, strict=True))
    return [_parts(old, new) for old, new in pairs], [_parts(new, old) for old, new in pairs]


def _parts(line: str, other: str) -> Parts:
    """The parts of one line; its line break belongs to the last one."""
    own, other = line.rstrip("\r\n"), other.rstrip("\r\n")
    start = _shared(own, other)
    end = len(own) - _shared(own[start:][::-1], other[start:][::-1])
    if not own[:start].strip() and not own[end:].strip():
        return line, "", ""
    return line[:start], line[start:end], line[end:]


def _shared(one: str, other: str) -> int:
    """How many characters two texts share from their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
