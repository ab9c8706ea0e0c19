"""
Helm 4 splits a List into its items and so parts aliases from their anchors (helm issue 32203).

It refuses such a stream itself when it comes back, so what a rule looks at is mended.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import pytest

import postrender
from postrender.engine.inputs import rules_of
from postrender.rules.layers import read_values

if TYPE_CHECKING:
    from oracle import GoReader

LIST = """\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: settings}
  data: &settings
    mode: "on"
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: copy}
  data: *settings # the same
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: more}
  data:
    <<: *settings
    level: "1e3"
"""


def rules(text: str) -> postrender.Rules:
    """The rules in a text."""
    return rules_of([read_values(textwrap.dedent(text), "kmod.yaml")])


LABEL = rules("rules: {a: {match: {kind: ConfigMap, name: copy}, labels: {x: y}}}")


def objects(stream: list[Any]) -> dict[str, Any]:
    """The data of the ConfigMaps of a stream, by name."""
    return {one["metadata"]["name"]: one["data"] for one in stream}


@pytest.fixture(scope="module")
def split(go: GoReader) -> str:
    """What Helm 4 hands to a post-renderer."""
    text: str = go.read(LIST, "h4text")
    return text


def test_helm_4_refuses_its_own_stream(split: str, go: GoReader) -> None:
    """Without us there is no such release: if this fails, Helm has mended it."""
    (answer,) = go.read_all([split], "h4")
    assert "unknown anchor" in str(answer)


def test_aliases_are_written_out(split: str, go: GoReader) -> None:
    """Documents of the kind that a rule looks for say their data themselves, the others stay."""
    changed = postrender.render(split, LABEL)

    settings = {"mode": "on"}
    wanted = {"settings": settings, "copy": settings, "more": {**settings, "level": "1e3"}}
    assert objects(go.read(changed, "h4")) == wanted
    assert "data: &settings\n" in changed
    assert "data: *settings" not in changed


def test_once_is_enough(split: str) -> None:
    """What is mended needs no mending."""
    once = postrender.render(split, LABEL)
    assert postrender.render(once, LABEL) == once


def test_the_value_is_that_of_the_chart(split: str, go: GoReader) -> None:
    """Where a rule changes what an anchor names, its aliases keep what they said."""
    change = rules(
        """
        rules:
          a:
            match: {kind: ConfigMap, name: settings}
            merge: {data: {mode: "off"}}
        """
    )
    changed = objects(go.read(postrender.render(split, change), "h4"))
    assert (changed["settings"]["mode"], changed["copy"]["mode"]) == ("off", "on")


def test_the_nearest_anchor_counts(go: GoReader) -> None:
    """As in one document: of equal anchors, the last one before the alias."""
    again = LIST.replace(
        "metadata: {name: copy}\n  data: *settings # the same",
        "metadata: {name: copy}\n  data: &settings {mode: off}",
    )
    changed = postrender.render(go.read(again, "h4text"), LABEL)
    assert objects(go.read(changed, "h4"))["more"] == {"mode": False, "level": "1e3"}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "a: &x 1\n---\nkind: ConfigMap\nmetadata: {name: copy}\ndata: *x\n", id="not Helm 4's"
        ),
        pytest.param("kind: ConfigMap\nmetadata: {name: copy}\ndata: *x\n", id="no anchor at all"),
        pytest.param(
            "kind: ConfigMap\nmetadata: {name: copy}\ndata: *x\n---\na: &x 1\n",
            id="an anchor after it",
        ),
    ],
)
def test_what_others_refuse_is_refused(text: str) -> None:
    """An alias to nothing is a mistake of the chart, where Helm 4 has not made it."""
    with pytest.raises(postrender.StreamError, match=r"an alias \(\*\) without an anchor"):
        postrender.render(text, LABEL)


def test_long_chains(go: GoReader) -> None:
    """Each document may need the one before it; however many there are."""
    mark = (
        "metadata: {name: copy, annotations: {postrenderer.helm.sh/postrender-filename: a/b.yaml}}"
    )
    parts = ["kind: Secret\ndata: &a0 {k: v}\n" + mark]
    parts += [f"kind: Secret\n{mark}\nbefore: *a{i}\ndata: &a{i + 1} {{k: v}}" for i in range(3000)]
    text = "\n---\n".join([*parts, f"kind: ConfigMap\n{mark}\ndata: *a3000\n"])
    changed = postrender.render(text, LABEL)
    assert go.read(changed, "stream")[-1]["data"] == {"k": "v"}
