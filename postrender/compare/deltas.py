"""
Whether a rule does the same to two different values: puts the same registry before two images, adds
the same word to two lists, replaces the same text in two texts.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from postrender.compare.places import MISSING
from postrender.kubernetes.images import normalised, parse
from postrender.reports.textdiff import blocks, lines_of

if TYPE_CHECKING:
    from postrender.data import Data


# Fields of containers and volumes that hold an image.
IMAGE_FIELDS = ("image", "reference")


def does_same(a_before: Data, a_after: Data, b_before: Data, b_after: Data, field: str) -> bool:
    """Whether the way from one value to its result is the same as that of another."""
    values = (a_before, a_after, b_before, b_after)
    if all(isinstance(value, str) for value in values):
        if field in IMAGE_FIELDS and _same_for_images(*values):
            return True
        return _same_for_texts(*values)
    if all(isinstance(value, list) for value in (a_after, b_after)):
        lists = [value if isinstance(value, list) else [] for value in values]
        if any(
            value not in (MISSING, None)
            for value in (a_before, b_before)
            if not isinstance(value, list)
        ):
            return False
        return _same_for_lists(*lists)
    return False


def items_of(before: Data, after: Data) -> tuple[list[Data], list[Data]]:
    """The items that a list has lost and gained, in their order."""
    olds, news = (value if isinstance(value, list) else [] for value in (before, after))
    return _without(olds, news), _without(news, olds)


def _without(items: list[Data], others: list[Data]) -> list[Data]:
    left = Counter(map(_key, others))
    found = []
    for item in items:
        if left[_key(item)]:
            left[_key(item)] -= 1
        else:
            found.append(item)
    return found


def _key(item: Data) -> str:
    return json.dumps(item, sort_keys=True, default=str)


def _same_for_images(a_before: str, a_after: str, b_before: str, b_after: str) -> bool:
    """Images: the same for host and path; tags and digests, where the rule changes them."""
    a_old, a_new, b_old, b_new = (
        normalised(parse(text)) for text in (a_before, a_after, b_before, b_after)
    )
    hosts = [name.host for name in (a_old, a_new, b_old, b_new)]
    if hosts[1] != hosts[3] and _edit(*hosts[:2]) != _edit(*hosts[2:]):
        return False
    # A registry may stand before the whole name, its own host among it.
    names = [f"/{name.path}" for name in (a_old, a_new, b_old, b_new)]
    if not _same_for_texts(*names):
        names = [f"/{name.host}/{name.path}" for name in (a_old, a_new, b_old, b_new)]
        if not _same_for_texts(*names):
            return False
    tags = [name.tag for name in (a_old, a_new, b_old, b_new)]
    if tags[0] != tags[1] or tags[2] != tags[3]:
        return False
    digests = [name.digest for name in (a_old, a_new, b_old, b_new)]
    if digests[0] == digests[1] and digests[2] == digests[3]:
        return True
    # A digest from the lock file: another one for another tag.
    return (
        not digests[0] and not digests[2] and bool(digests[1] and digests[3]) and tags[0] != tags[2]
    )


def _same_for_texts(a_before: str, a_after: str, b_before: str, b_after: str) -> bool:
    """Texts: the same lines, or the same part of them, give way to the same."""
    if "\n" in a_before + b_before:
        return _edits(a_before, a_after) == _edits(b_before, b_after)
    return _edit(a_before, a_after) == _edit(b_before, b_after) or _edit(
        a_before[::-1], a_after[::-1]
    ) == _edit(b_before[::-1], b_after[::-1])


def _edits(before: str, after: str) -> Counter[tuple[str, str]]:
    """What is replaced by what, in the lines of a text."""
    olds, news = lines_of(before), lines_of(after)
    found: Counter[tuple[str, str]] = Counter()
    for i, i_end, j, j_end in blocks(olds, news):
        if i_end - i == j_end - j:
            found.update(map(_edit, olds[i:i_end], news[j:j_end]))
        else:
            found["".join(olds[i:i_end]), "".join(news[j:j_end])] += 1
    return found


def _edit(before: str, after: str) -> tuple[str, str]:
    """The part of a text that is replaced, and what replaces it."""
    most = min(len(before), len(after))
    end = 0
    while end < most and before[-1 - end] == after[-1 - end]:
        end += 1
    start = 0
    while start < most - end and before[start] == after[start]:
        start += 1
    return before[start : len(before) - end], after[start : len(after) - end]


def _same_for_lists(
    a_before: list[Data], a_after: list[Data], b_before: list[Data], b_after: list[Data]
) -> bool:
    """Lists: the same items come and go, or items of the same number change in the same way."""
    a_lost, a_came = items_of(a_before, a_after)
    b_lost, b_came = items_of(b_before, b_after)
    if sorted(map(_key, a_lost)) == sorted(map(_key, b_lost)):
        return sorted(map(_key, a_came)) == sorted(map(_key, b_came))
    items = [*a_lost, *a_came, *b_lost, *b_came]
    if len(a_lost) != len(a_came) or len(b_lost) != len(b_came) or not a_lost or not b_lost:
        return False
    if not all(isinstance(item, str) for item in items):
        return False
    edits = [
        {(_edit(*pair)) for pair in zip(lost, came, strict=True)}
        for lost, came in ((a_lost, a_came), (b_lost, b_came))
    ]
    return edits[0] == edits[1] and all(before for before, _ in edits[0])
