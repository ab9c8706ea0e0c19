"""Layers with operations: two layers do what their rules do when they are written as one."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from postrender.engine.inputs import rules_of
from postrender.engine.run import run
from postrender.errors import KmodError
from postrender.kubernetes.lists import changed_list
from postrender.rules.layers import read_values
from postrender.stream.text import Stream
from postrender.yamltext.writer import flow

STREAM = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: example/web:1.0
          args: [run, --a=1, --b, x, --c=3]
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
data:
  text: "a = 1\\nb = 2\\nc = 3\\n"
"""
WORDS = st.sampled_from(["run", "x", "--a=1", "--b", "--c=3", "--d=4", "new"])
LISTS = st.lists(WORDS, max_size=4)
VALUES = st.one_of(st.sampled_from(["1", "9"]), st.booleans())
OPERATIONS = st.fixed_dictionaries(
    {},
    optional={
        "$remove": st.lists(st.sampled_from(["x", "--a=*", "--c=3"]), max_size=2, unique=True),
        "$change": st.dictionaries(st.sampled_from(["--c=*", "run"]), WORDS, max_size=2),
        "$add": st.lists(WORDS, max_size=2, unique=True),
        "$flags": st.dictionaries(st.sampled_from(["--a", "--d"]), VALUES, max_size=2),
    },
).filter(lambda given: any(given.values()))


def outcome(*layers: Any) -> str | None:
    """What rules in layers make of the stream; None where the run fails."""
    texts = [flow(layer, json=True) for layer in layers]
    try:
        rules = rules_of([read_values(text, f"{i}.yaml") for i, text in enumerate(texts)])
        return b"".join(run(Stream(STREAM.encode()), rules).pieces).decode()
    except KmodError:
        return None


def rule(args: Any, *, is_lower: bool = True) -> Any:
    """Rules that change the arguments of the container; the lower layer has the match."""
    match = {"match": {"kind": "Deployment"}, "accept": ["finds-nothing", "list-replaced"]}
    return {
        "rules": {"web": {**(match if is_lower else {}), "containers": {"web": {"args": args}}}}
    }


@settings(deadline=None)
@given(LISTS, OPERATIONS)
def test_over_a_list(lower: list[str], upper: dict[str, Any]) -> None:
    """Operations over a list of a lower layer: as if the lower layer had the changed list."""
    done = outcome(rule(lower), rule(upper, is_lower=False))
    if done is not None:
        by_hand = changed_list(lower, upper, (), lambda _, new, __: new, lambda *_, **__: None)
        assert done == outcome(rule(by_hand))


@settings(deadline=None)
@given(OPERATIONS, OPERATIONS)
def test_over_operations(lower: dict[str, Any], upper: dict[str, Any]) -> None:
    """Operations over operations: as if one layer had both."""
    both = {**lower, **upper}
    for key in lower.keys() & upper.keys():
        if isinstance(lower[key], list):
            both[key] = [*lower[key], *upper[key]]
        else:
            both[key] = {**lower[key], **upper[key]}
    assert outcome(rule(lower), rule(upper, is_lower=False)) == outcome(rule(both))


@settings(deadline=None)
@given(OPERATIONS, LISTS)
def test_a_list_over_operations(lower: dict[str, Any], upper: list[str]) -> None:
    """A list takes the place of the operations."""
    assert outcome(rule(lower), rule(upper, is_lower=False)) == outcome(rule(upper))


LINES = st.dictionaries(
    st.sampled_from(["a = *", "b = 2"]), st.sampled_from(["a = 9", "b = 9"]), min_size=1
)


def text_rule(text: Any, *, is_lower: bool = True) -> Any:
    """The same for a text of a ConfigMap."""
    match = {"match": {"kind": "ConfigMap"}, "accept": ["finds-nothing"]}
    merge = {"merge": {"data": {"text": text}}}
    return {"rules": {"text": {**(match if is_lower else {}), **merge}}}


@given(LINES, LINES)
def test_texts(lower: dict[str, str], upper: dict[str, str]) -> None:
    """Operations of a text are added to those of the lower layer, too."""
    done = outcome(
        text_rule({"$lines": {"$change": lower}}),
        text_rule({"$lines": {"$change": upper}}, is_lower=False),
    )
    assert done == outcome(text_rule({"$lines": {"$change": {**lower, **upper}}}))
