"""
Cases for the reader: pieces of real documents with characters added, removed and moved.

Most of them are not YAML. If Go and we both read a text, the data must be the same; if only one of
us reads it, the other refuses it, which does no harm.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any, NamedTuple

from oracle import GoRefuses, same

from fuzzing.edits import some_text
from postrender.yamltext.reader import ReadError, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from oracle import GoReader

SIGNS = (
    *" \n\t:-#,[]{}&*!|>'\"%@`?~<=.0123456789abe\\\r\x85\u2028\ufeff",
    *("\n\n", "\n  ", "\n- ", ": ", "? ", "- ", "<<: ", "*a1", "&a1 ", "!!str ", "!!int ", "|\n"),
    *(">\n", "---\n", "...\n", "null", "1e3", "{}", "[]", "\r\n", "!!binary ", "!<x> ", "|2", ">+"),
    *("# c", " #", "''", '""', "0x1", "yes", "2024-01-01", "\\u00e9", "=", "22:22"),
)
REFUSED = object()


class TextCase(NamedTuple):
    """A text that may be YAML."""

    text: str

    def outcome(self) -> Any:
        """Our reading, REFUSED, or a text that says what is wrong."""
        try:
            root = read(self.text)
        except ReadError:
            return REFUSED
        except Exception:  # noqa: BLE001 - whatever it is, it is to be found
            return Wrong("a bug: " + traceback.format_exc(limit=-1))
        return None if root is None else root.data

    def verdict(self, go: GoReader) -> str | None:
        """What is wrong; None where nothing is."""
        return wrong([self], go)[0]

    def smaller(self) -> Iterator[TextCase]:
        """Texts with a part left out."""
        size = len(self.text) // 2
        while size:
            for start in range(0, len(self.text), size):
                yield TextCase(self.text[:start] + self.text[start + size :])
            size //= 2

    def as_data(self) -> dict[str, Any]:
        """The case for a file."""
        return {"text": self.text}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> TextCase:
        """The case of a file."""
        return cls(data["text"])


class Wrong(str):
    """What is wrong with our reading."""

    __slots__ = ()


def some_cases(random: Random, size: int) -> list[TextCase]:
    """So many texts."""
    found: list[TextCase] = []
    while len(found) < size:
        lines = some_text(random).splitlines(keepends=True)
        for _ in range(10):
            start = random.randrange(len(lines))
            piece = "".join(lines[start : start + random.randint(1, 12)])
            for _ in range(random.choice((1, 1, 2, 3, 5, 9))):
                piece = _spoiled(piece, random)
            found.append(TextCase(piece))
    return found[:size]


def _spoiled(text: str, random: Random) -> str:
    at, kind = random.randint(0, len(text)), random.random()
    if kind < 0.45:
        return text[:at] + random.choice(SIGNS) + text[at:]
    if kind < 0.7:
        return text[:at] + text[at + random.randint(1, 4) :]
    if kind < 0.85:
        other = random.randint(0, len(text))
        return text[:at] + text[other : other + random.randint(1, 30)] + text[at:]
    return text[:at] + random.choice(SIGNS) + text[at + 1 :]


def wrong(cases: list[TextCase], go: GoReader) -> list[str | None]:
    """What is wrong with our reading of each text, next to Go's."""
    whole = [case.text if case.text.endswith("\n") else case.text + "\n" for case in cases]
    verdicts: list[str | None] = []
    for case, theirs in zip(cases, go.read_all(whole, "v2"), strict=True):
        ours = case.outcome()
        if isinstance(ours, Wrong):
            verdicts.append(str(ours))
        elif ours is REFUSED or isinstance(theirs, GoRefuses) or same(ours, theirs):
            verdicts.append(None)
        else:
            verdicts.append(f"Go reads something else: {str(theirs)[:200]}")
    return verdicts
