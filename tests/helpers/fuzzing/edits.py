"""
Cases for the text editor: a workload of the corpus in random styles, with random changes.

laws.py has the laws that every result must obey.
"""

from __future__ import annotations

import json
import traceback
from typing import TYPE_CHECKING, Any, NamedTuple

from changes import Change, all_applied, some_changes
from corpus import workloads
from laws import Rewritten, broken, misread, misread_by_helm_4, rewritten
from styles import decorate, some_styles, write

from fuzzing.shrinking import shorter
from postrender.kubernetes.objects import FILENAME
from postrender.yamltext.reader import ReadError, read
from postrender.yamltext.rewrite import RewriteError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from oracle import GoReader

# Of so many texts, Helm 4 prints one before we see it and reads it after that.
HELM_4 = 3
SIMPLE = ("x", 1, "x\n", {"a": "x"}, ["x"])


class EditCase(NamedTuple):
    """A text and what is to be changed in it."""

    text: str
    changes: list[Change]

    def outcome(self) -> Rewritten | str:
        """The rewrite, or what is wrong with it as far as we can tell without Go."""
        try:
            done = rewritten(self.text, lambda data: all_applied(data, self.changes))
            return broken(done) or done
        except RewriteError as error:
            return f"refused: {error}"
        except Exception:  # noqa: BLE001 - whatever it is, it is to be found
            return "a bug: " + traceback.format_exc(limit=-1)

    def verdict(self, go: GoReader) -> str | None:
        """What is wrong; None where nothing is, or where this is no case at all."""
        try:
            root = read(self.text)
        except ReadError:
            return None
        if root is None or not isinstance(root.data, dict):
            return None
        done = self.outcome()
        return done if isinstance(done, str) else wrong([done], go)[0]

    def smaller(self) -> Iterator[EditCase]:
        """Cases with fewer changes, fewer lines, simpler values."""
        for changes in shorter(self.changes):
            yield self._replace(changes=changes)
        for lines in shorter(self.text.splitlines(keepends=True)):
            yield self._replace(text="".join(lines))
        for i, change in enumerate(self.changes):
            if change.op != "delete" and change.value not in SIMPLE:
                for value in SIMPLE:
                    simpler = change._replace(value=value)
                    yield self._replace(
                        changes=[*self.changes[:i], simpler, *self.changes[i + 1 :]]
                    )

    def as_data(self) -> dict[str, Any]:
        """The case for a file."""
        lines = [json.dumps([c.op, c.path, c.value, c.place]) for c in self.changes]
        return {"text": self.text, "changes": lines}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> EditCase:
        """The case of a file."""
        changes = []
        for line in data["changes"]:
            op, path, value, place = json.loads(line)
            changes.append(Change(op, tuple(path), value, place))
        return cls(data["text"], changes)


def some_text(random: Random) -> str:
    """A workload in random styles; now and then one that nobody would read."""
    workload = random.choice(workloads())
    styles = some_styles(random) if random.random() < 0.9 else {}
    if random.random() < 0.6:
        return write(workload.data, random, styles)
    return decorate(workload.text, random, styles)


def some_cases(random: Random, go: GoReader, size: int) -> list[EditCase]:
    """So many cases, of which some have been through Helm 4's hands; less what Go does not read."""
    texts = [some_text(random) for _ in range(size)]
    for i, printed in enumerate(go.read_all(texts[::HELM_4], "h4text")):
        if isinstance(printed, str):
            texts[i * HELM_4] = printed
    cases = []
    for text in texts:
        try:
            root = read(text)
        except ReadError:
            continue
        assert root is not None
        count = random.choice((1, 2, 3, 5, 8, 13, 21))
        cases.append(EditCase(text, some_changes(root.data, random, count)))
    return cases


def wrong(done: list[Rewritten], go: GoReader) -> list[str | None]:
    """What Go says of each result, by way of Helm 3 and, where it has been there, of Helm 4."""
    misreadings = {
        id(one): f"Go reads something else: {str(answer)[:200]}"
        for one, answer in misread(done, go)
    }
    from_helm_4 = [one for one in done if FILENAME in one.before]
    for one in misread_by_helm_4(from_helm_4, go)[0]:
        misreadings[id(one)] = "Helm 4 reads something else"
    return [misreadings.get(id(one)) for one in done]
