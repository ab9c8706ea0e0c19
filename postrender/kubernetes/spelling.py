"""How far two words are from each other."""

from __future__ import annotations


def distance(one: str, other: str) -> int:
    """
    How many letters turn a text into another one: added, missing, replaced, or swapped with their
    neighbour.
    """
    twice: list[int] = []
    above: list[int] = []
    row: list[int] = [*range(len(other) + 1)]
    for i, letter in enumerate(one, 1):
        twice, above, row = above, row, [i]
        for j, wanted in enumerate(other, 1):
            best = min(above[j] + 1, row[-1] + 1, above[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and (letter, one[i - 2]) == (other[j - 2], wanted):
                best = min(best, twice[j - 2] + 1)
            row.append(best)
    return row[-1]
