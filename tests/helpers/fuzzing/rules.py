"""
Cases for the whole program: random rules over a stream.

The stream is a workload in some style between documents that no rule matches. The checks: Go reads
the intended objects; documents that no rule changes stay byte for byte; the others lose no line; and
applying the rules to their own output changes nothing.
"""

from __future__ import annotations

import json
import traceback
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from corpus import workloads
from laws import lost_lines
from oracle import same
from randomrules import some_rules
from styles import decorate, some_styles, write

from fuzzing.shrinking import shorter
from postrender.data import differences
from postrender.engine import run as engine
from postrender.engine.inputs import rules_of
from postrender.errors import KmodError
from postrender.rules.layers import read_values
from postrender.stream.text import Stream
from postrender.yamltext.reader import ReadError, read
from postrender.yamltext.writer import flow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from oracle import GoReader

    from postrender.rules.model import Rules
    from postrender.stream.manifests import Manifests

NEIGHBOURS = (
    "kind: ConfigMap\nmetadata: {name: 'a' } # as it is\ndata:\n    a:   |+\n      x\n\n",
    '{"kind":"Service", "metadata":\n\t{"name":"a"},"spec":{"type":"NodePort"}}\n',
    "# only a comment\n\n",
)


class Rendered(NamedTuple):
    """The objects that the rules have made, the stream, how many objects and values they changed."""

    objects: list[Any]
    after: str
    changed: int
    edits: int


class RulesCase(NamedTuple):
    """A stream and the rules that are applied to it."""

    text: str
    rules: dict[str, Any]

    def outcome(self) -> Rendered | str | None:
        """The stream, or what is wrong with it without Go; None where the rules are refused."""
        try:
            rules = rules_of([read_values(flow(self.rules, json=True), "kmod.yaml")])
            result, manifests = _run(self.text, rules)
        except KmodError:
            return None
        except Exception:  # noqa: BLE001 - whatever it is, it is to be found
            return "a bug: " + traceback.format_exc(limit=-1)
        after = b"".join(result.pieces).decode()
        # What the rules have deleted is not there to delete again.
        lenient = {**self.rules, "accept": ["finds-nothing"]}
        try:
            rules = rules_of([read_values(flow(lenient, json=True), "kmod.yaml")])
            again = b"".join(_run(after, rules)[0].pieces).decode()
        except KmodError as error:
            return f"refused over its own output: {error}"
        if again != after:
            return "the rules change their own output"
        changed = edits = 0
        objects = []
        for manifest in manifests.all:
            objects += [added.data for added in manifest.added]
            before = manifest.stream.text(manifest.document)
            old = _data(before)
            new = manifest.data if manifest.is_parsed else old
            texts = [edit.text for edit in result.edits if edit.home is manifest]
            if manifest.is_removed:
                edits, changed = edits + 1, changed + 1
                continue
            objects.append(new)
            if same(old, new):
                if texts:
                    return "a document is touched that no rule changes"
                continue
            edits, changed = edits + len(differences(old, new)), changed + 1
            anew = [path for _, path in result.reformatted]
            lost = lost_lines(before, new, texts[0], anew)
            if lost:
                return f"a line is lost: {lost[0]!r}"
        objects += [added.data for added in manifests.last]
        return Rendered([data for data in objects if data is not None], after, changed, edits)

    def verdict(self, go: GoReader) -> str | None:
        """What is wrong; None where nothing is, or where this is no case at all."""
        done = self.outcome()
        return wrong([done], go)[0] if isinstance(done, Rendered) else done

    def smaller(self) -> Iterator[RulesCase]:
        """Cases with less in their rules, and with fewer lines."""
        for rules in _less(self.rules):
            yield self._replace(rules=rules)
        for lines in shorter(self.text.splitlines(keepends=True)):
            yield self._replace(text="".join(lines))

    def as_data(self) -> dict[str, Any]:
        """The case for a file."""
        return {"text": self.text, "rules": json.dumps(self.rules)}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> RulesCase:
        """The case of a file."""
        return cls(data["text"], json.loads(data["rules"]))


def some_cases(random: Random, size: int) -> list[RulesCase]:
    """So many cases, less what Go would not read."""
    found = []
    for _ in range(size):
        workload = random.choice(workloads())
        styles = some_styles(random) if random.random() < 0.7 else {}
        if random.random() < 0.5:
            text = write(workload.data, random, styles)
        else:
            text = decorate(workload.text, random, styles)
        try:
            read(text)
        except ReadError:
            continue
        before, after = (f"# Source: a/b.yaml\n{random.choice(NEIGHBOURS)}" for _ in range(2))
        separator = random.choice(("---\n", "---\n", "--- # x\n"))
        text = text if text.endswith("\n") else text + "\n"
        stream = f"---\n{before}{separator}{text}---\n{after}"
        found.append(RulesCase(stream, some_rules(workload.data, random)))
    return found


def wrong(done: list[Rendered], go: GoReader) -> list[str | None]:
    """What Go says of each stream."""
    answers = go.read_all([one.after for one in done], "stream")
    return [
        None
        if isinstance(answer, list) and same(one.objects, answer)
        else f"Go reads something else: {str(answer)[:200]}"
        for one, answer in zip(done, answers, strict=True)
    ]


def _run(text: str, rules: Rules) -> tuple[engine.Result, Manifests]:
    seen: list[Manifests] = []
    result = engine.run(Stream(text.encode()), rules, finish=lambda found, *_: seen.append(found))
    return result, seen[0]


@lru_cache(maxsize=200)
def _data(text: str) -> Any:
    """The data of a document; kept, as most documents are not changed at all."""
    root = read(text)
    return None if root is None else root.data


def _less(value: Any) -> Iterator[Any]:
    """The value with one entry or item less, or with less in one of them."""
    if isinstance(value, dict):
        for key in value:
            yield {other: item for other, item in value.items() if other != key}
        for key, item in value.items():
            yield from ({**value, key: less} for less in _less(item))
    elif isinstance(value, list):
        for i in range(len(value)):
            yield value[:i] + value[i + 1 :]
        for i, item in enumerate(value):
            yield from ([*value[:i], less, *value[i + 1 :]] for less in _less(item))
    elif isinstance(value, str) and len(value) > 1:
        yield "x"
