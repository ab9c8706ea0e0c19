"""
Lists of words, such as `args`, compared word by word: what a rule does to one flag is told apart
from what the chart does to the others. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from postrender.compare.judging import judged
from postrender.compare.places import MISSING
from postrender.rules.checker import near

if TYPE_CHECKING:
    from postrender.compare.judging import Four
    from postrender.compare.places import Place
    from postrender.data import Data

    # Of one list: the indices of the items that belong to a word.
    Indices = dict[str, list[int]]


class Words(NamedTuple):
    """
    What has changed for a rule at some words of a list: the id of the finding, the names of the
    words, what the new chart has instead of the first (empty: nothing like it), and the indices
    of the words in the list: before the rule and after it, in both renders.
    """

    id: str
    names: list[str]
    near: str
    indices: tuple[list[int], list[int], list[int], list[int]]


def judged_words(place: Place, values: Four) -> list[Words]:
    """The words at which the rule does something else; none where only the whole list tells."""
    if not all(map(_has_words, values)):
        return []
    tables = [_indices(value) if isinstance(value, list) else {} for value in values]
    _join(values[0], values[1], tables[0], tables[1])
    _join(values[2], values[3], tables[2], tables[3])
    groups: dict[str, list[str]] = {}
    nears: dict[str, str] = {}
    for name in dict.fromkeys(name for table in tables for name in table):
        four = _at(values, tables, name)
        key = judged(place, four)
        if key and four[0] is not MISSING and four[2] is MISSING:
            come = [other for other in tables[2] if other[:1] == "-" and other not in tables[0]]
            nears[name] = near(name, come) or "" if name[:1] == "-" else ""
            if nears[name] and key == "no-longer-needed":
                key = "effect-gone"  # the chart may have renamed it
        if key:
            groups.setdefault(key, []).append(name)
    return [
        Words(
            key,
            names,
            nears.get(names[0], ""),
            (
                _all(tables[0], names),
                _all(tables[1], names),
                _all(tables[2], names),
                _all(tables[3], names),
            ),
        )
        for key, names in groups.items()
    ]


def _has_words(value: Data) -> bool:
    """Whether a value is a list of single words; the texts of scripts are compared as texts."""
    return isinstance(value, list) and all(
        isinstance(item, str) and "\n" not in item and (item[:1] == "-" or " " not in item)
        for item in value
    )


def _indices(items: list[Data]) -> Indices:
    """
    The indices of each word by its name: of `--f=v`, and of `--f` with the word behind it, the
    name is the flag. Words that are there several times belong together.
    """
    found: Indices = {}
    end = items.index("--") if "--" in items else len(items)
    flag = ""
    for i, item in enumerate(items):
        word = str(item)
        is_flag = word[:1] == "-" and i < end
        name = word.partition("=")[0] if is_flag else flag or word
        found.setdefault(name, []).append(i)
        flag = word if is_flag and "=" not in word else ""
    return found


def _join(before: Data, after: Data, olds: Indices, news: Indices) -> None:
    """Gives words that a rule replaces one by one the names of those they replace."""
    if not (isinstance(before, list) and isinstance(after, list) and len(before) == len(after)):
        return
    lost = [name for name in olds if name not in news]
    come = [name for name in news if name not in olds]
    if [olds[name] for name in lost] == [news[name] for name in come]:
        for name, other in zip(lost, come, strict=True):
            news[name] = news.pop(other)


def _at(values: Four, tables: list[Indices], name: str) -> Four:
    a_before, a_after, b_before, b_after = (
        picked(value, table.get(name, [])) for value, table in zip(values, tables, strict=True)
    )
    return a_before, a_after, b_before, b_after


def picked(items: Data, indices: list[int]) -> Data:
    """One item, several as a list; MISSING where there is none."""
    if not indices or not isinstance(items, list):
        return MISSING
    found = [items[i] for i in indices]
    return found[0] if len(found) == 1 else found


def _all(table: Indices, names: list[str]) -> list[int]:
    return sorted(i for name in names for i in table.get(name, []))
