"""How the objects that differ are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.compare.comparison import compare
from postrender.engine.inputs import read_inputs

if TYPE_CHECKING:
    from pathlib import Path

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: example.com/web:1.0
      env: [{name: MODE, value: a}]
"""


def test_a_list_that_a_rule_empties_differs_once(tmp_path: Path) -> None:
    """As the list, and not also entry by entry."""
    emptied = "rules: {none: {match: {}, jsonPatch: [{op: replace, path: /spec/containers/0/env, value: []}]}}"
    inputs = []
    for text, rules in ((POD, emptied), (POD.replace("MODE", "KIND"), "rules: {}")):
        (tmp_path / "kmod.yaml").write_text(rules)
        inputs.append(read_inputs(text.encode(), {"rules": [str(tmp_path / "kmod.yaml")]}))

    (one,) = compare(*inputs).differing

    assert [field.place for field in one.differences] == ["spec.containers[web].env"]
