"""The headings of a diff, against the places that libyaml tells of each node."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from corpus import workloads
from randomrules import some_rules

from postrender.engine.inputs import rules_of
from postrender.engine.run import run
from postrender.errors import KmodError
from postrender.reports.diff import document_diffs
from postrender.reports.fields import key_step, list_labels
from postrender.reports.headings import Headings
from postrender.reports.textdiff import lines_of
from postrender.rules.layers import read_values
from postrender.stream.text import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator


class Paths:
    """Every entry of a document: the line of its key, where its value ends, and its path."""

    def __init__(self, text: str) -> None:
        self.lines = lines_of(text)
        loader = yaml.CSafeLoader(text)
        self.entries = [*self._entries(loader, loader.get_single_node(), "", "")]

    def of(self, number: int) -> str | None:
        """The path of the innermost entry that begins above a line; None of a comment."""
        line = self.lines[number].strip()
        if line[:1] in ("", "#"):
            return None
        column = self.lines[number].index(line[0])
        around = [
            path for begin, end, path in self.entries if begin < number and (number, column) < end
        ]
        return max(around, key=len, default="")

    def _entries(
        self, loader: Any, node: Any, path: str, field: str
    ) -> Iterator[tuple[int, tuple[int, int], str]]:
        steps: list[tuple[Any, Any, str, str]] = []
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                steps.append((key, value, key_step(key.value, path), key.value))
        elif isinstance(node, yaml.SequenceNode):
            known = list_labels(yaml.CSafeLoader.construct_object(loader, node, deep=True), field)
            steps += [
                (item, item, f"[{label}]", "")
                for item, label in zip(node.value, known, strict=True)
            ]
        for key, value, step, name in steps:
            end = value.end_mark.line, value.end_mark.column
            yield key.start_mark.line, end, path + step
            yield from self._entries(loader, value, path + step, name)


WORKLOADS = workloads()
# The fewest rounds that see all documents of a small corpus.
ROUNDS = 12


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_each_line_has_its_path(round_: int) -> None:
    """In documents as charts render them."""
    for workload in WORKLOADS[round_::ROUNDS]:
        lines = lines_of(workload.text)
        known, found = Paths(workload.text), Headings(workload.text, lines)
        wrong = [
            (number, wanted, found.of(number))
            for number in range(len(lines))
            if (wanted := known.of(number)) is not None and wanted != found.of(number)
        ]
        assert wrong == [], workload.name


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_each_hunk_has_the_path_of_its_first_line(seed: int) -> None:
    """Under any rules: of the first line that is added, or of the first that goes."""
    random = Random(seed)
    checked = 0
    for workload in WORKLOADS:
        rules = some_rules(workload.data, random)
        stream = Stream(workload.text.encode())
        try:
            result = run(stream, rules_of([read_values(json.dumps(rules), "kmod.yaml")]))
        except KmodError:
            continue
        found = [one for one in document_diffs(stream, result) if one.what == "changed"]
        if len(result.edits) > 1 or not found:
            continue
        texts = Paths(workload.text), Paths(result.edits[0].text)
        for hunk in found[0].hunks:
            signs = hunk.signs.lstrip(" ")
            context = len(hunk.signs) - len(signs)
            removed = len(signs) - len(signs.lstrip("-"))
            is_added = signs[removed : removed + 1] == "+"
            first = (hunk.new if is_added else hunk.old) + context - 1
            wanted = texts[is_added].of(first)
            assert wanted in (hunk.place, None), (workload.name, rules)
            checked += wanted is not None
    assert checked
