"""A rule that fails for one of the renders: the others are compared without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postrender.compare.comparison import compare
from postrender.engine.inputs import read_inputs

if TYPE_CHECKING:
    from pathlib import Path

    from postrender.compare.comparison import Comparison

OLD = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
        - name: web
          image: example.com/web:1.0
          env: [{name: MODE, value: a}]
          resources: {limits: {memory: 256Mi}}
"""
NEW = OLD.replace("MODE", "KIND").replace("256Mi", "1Gi")
# Fails for what it deletes and, without its expectations, does the rest.
RELAXED = """\
  bad:
    match: {kind: Deployment}
    labels: {team: shop}
    containers: {web: {env: {MODE: null}, resources: {limits: {memory: 512Mi}}}}
"""
DROPPED = """\
  bad:
    match: {kind: Deployment}
    labels: {team: shop}
    containers: {web: {resources: {limits: {memory: 512Mi}}}}
    jsonPatch: [{op: test, path: /spec/template/spec/containers/0/env/0/name, value: MODE}]
"""
GOOD = "rules:\n  good: {match: {kind: Deployment}, annotations: {a: b}}\n"


def comparison(old: str, new: str, rules: str, folder: Path) -> Comparison:
    """Compares two renders under the same rules."""
    (folder / "kmod.yaml").write_text(rules)
    given = {"rules": [str(folder / "kmod.yaml")]}
    return compare(read_inputs(old.encode(), given), read_inputs(new.encode(), given))


@pytest.mark.parametrize("rule", [RELAXED, DROPPED])
@pytest.mark.parametrize(("old", "new"), [(OLD, NEW), (NEW, OLD)])
def test_objects_are_compared_without_a_rule_that_fails(
    old: str, new: str, rule: str, tmp_path: Path
) -> None:
    """What differs is what the chart has changed, as without the rule."""
    found = comparison(old, new, GOOD + rule, tmp_path)

    assert found.differing == comparison(old, new, GOOD, tmp_path).differing
    assert {one.by for one in found.differing} == {"chart"}
    assert {field.by for one in found.differing for field in one.differences} == {"chart"}
    good, bad = found.rules
    assert (good.same, bad.same) == (1, 0)
    assert bad.findings[0].id == ("run-fails" if new == NEW else "old-run-fails")


def test_resources_that_fail_are_left_out(tmp_path: Path) -> None:
    """Objects of `resources` that one render has no room for are not objects that differ."""
    taken = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\n"
    more = "resources:\n  more: {apiVersion: v1, kind: ConfigMap, metadata: {name: more}, data: {a: b}}\n"

    found = comparison(OLD, OLD + taken, GOOD + more, tmp_path)

    assert [(one.name, one.what, one.by) for one in found.differing] == [
        ("ConfigMap/more", "added", "chart")
    ]
