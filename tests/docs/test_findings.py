"""The table of findings, its ids in the source, the schema and the docs are one."""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING

import pytest
from paths import ROOT

from postrender.findings import ERROR, FINDINGS, WARNING, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = ROOT / "postrender"
# Calls that make a finding, with the severity that it then has.
SEVERITIES = {"warn": WARNING, "fail": ERROR, "add": ERROR}


def trees() -> Iterator[ast.Module]:
    """The code of all modules but the table's."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name != "findings.py":
            yield ast.parse(path.read_text(encoding="utf-8"))


def named(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The ids that calls are given as `id="…"`, with the name of what is called."""
    for node in ast.walk(tree):
        for word in node.keywords if isinstance(node, ast.Call) else ():
            if word.arg == "id" and isinstance(word.value, ast.Constant) and word.value.value:
                yield ast.unparse(node.func).rpartition(".")[2], word.value.value


def test_every_id_of_the_source_is_in_the_table() -> None:
    """With the severity that its call gives it."""
    found = [pair for tree in trees() for pair in named(tree)]

    assert len(found) > 4
    for called, key in found:
        assert key in FINDINGS
        assert FINDINGS[key].severity == SEVERITIES.get(called, FINDINGS[key].severity)


def test_every_id_of_the_table_is_in_the_source() -> None:
    """What nothing says any more goes."""
    texts = {
        node.value for tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Constant)
    }

    assert {key for key in FINDINGS if key not in texts} == set()


@pytest.mark.parametrize("finding", FINDINGS.values(), ids=FINDINGS)
def test_a_row_is_complete(finding: Finding) -> None:
    """An id in kebab-case, a severity, what is found, what to do; each fits a cell of a table."""
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", finding.id)
    assert finding.severity in {ERROR, WARNING}
    for text in (finding.means, finding.act):
        assert re.fullmatch(r"[a-z`][^\n|]+[^.\n|]", text)


def test_the_table_is_in_the_order_of_its_ids() -> None:
    """So that an id is found in it, and two branches seldom add at the same place."""
    assert list(FINDINGS) == sorted(FINDINGS)


def test_an_editor_offers_the_ids() -> None:
    """The schema lists those that can be accepted."""
    schema = json.loads((PACKAGE / "rules" / "schema.json").read_text(encoding="utf-8"))

    offered = schema["definitions"]["accept"]["items"]["enum"]

    assert offered == [key for key, finding in FINDINGS.items() if finding.is_acceptable]


def test_the_docs_have_each_row() -> None:
    """docs/messages.md has the table, and shows each id where its message is."""
    page = (ROOT / "docs" / "messages.md").read_text(encoding="utf-8")

    for key, finding in FINDINGS.items():
        assert f"| `{key}` | {finding.severity}" in page
        assert f"({finding.severity}: {key})` |" in page
