from __future__ import annotations

import pytest

from postrender.compare.comparison import compare
from postrender.compare.looking import look
from postrender.engine.inputs import read_inputs
from postrender.stream.text import Stream

MAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
  labels: {{helm.sh/chart: web-1}}
data: {{a: "{value}"}}
"""


def stream(*documents: str) -> Stream:
    """A stream of these documents."""
    return Stream("---\n".join(documents).encode())


def maps(**values: str) -> Stream:
    """A stream of ConfigMaps."""
    return stream(*(MAP.format(name=name, value=value) for name, value in values.items()))


def test_what_is_the_same() -> None:
    """Documents that are the same are twins, wherever they stand; each is one only."""
    seen = look(maps(a="1", b="2", c="3"), maps(c="3", a="1", b="4"))

    assert seen.twins == {0: 1, 2: 0}
    assert seen.unread == {}  # there is room to read what differs
    twice = stream(MAP.format(name="a", value="1"), MAP.format(name="a", value="1"))
    assert look(twice, twice).twins == {0: 0, 1: 1}
    assert look(twice, maps(a="1")).twins == {0: 0}


def test_what_is_not_read() -> None:
    """The longest of the documents that differ, with the names of their objects."""
    olds, news = maps(a="1", b="2" * 500, c="3"), maps(a="2", b="3" * 500, d="3")
    seen = look(olds, news, budget=600)

    assert seen.unread == {1: 1}
    assert seen.names == {1: "ConfigMap/b"}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("kind: ConfigMap\nmetadata: {name: a}\n", id="flow style"),
        pytest.param("kind: ConfigMap\nmetadata:\n  name: A_b\n", id="no usual name"),
        pytest.param("kind: ConfigMapList\nmetadata:\n  name: a\nitems: []\n", id="a List"),
        pytest.param("kind: ConfigMap\ndata:\n  a: |\n    metadata:\n", id="no metadata"),
        pytest.param("metadata:\n  name: a\n", id="no kind"),
        pytest.param("kind: ConfigMap\nmetadata:\n  name: a\nmetadata:\n  name: b\n", id="twice"),
    ],
)
def test_what_only_reading_can_tell(text: str) -> None:
    """Such documents are always read."""
    assert look(stream(text), stream(f"{text}# more\n"), budget=0).unread == {}


def test_a_name_below_metadata() -> None:
    """Only the object's own name counts, not that of an owner."""
    text = "kind: ConfigMap\nmetadata:\n  ownerReferences:\n    - name: b\n  name: a\n"
    seen = look(stream(text), stream(f"{text}# more\n"), budget=0)

    assert seen.names == {0: "ConfigMap/a"}


def test_a_rule_reads_what_it_matches(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """What is beyond the budget is compared where a rule meets it; of the rest it is only said."""
    monkeypatch.setattr(look, "__defaults__", (0,))
    rules = f"{tmp_path}/kmod.yaml"
    with open(rules, "w") as file:
        file.write("rules: {x: {match: {kind: ConfigMap, name: a}, merge: {data: {a: z}}}}")
    sides = (maps(a="1", b="1"), maps(a="2", b="2"))

    found = compare(*(read_inputs(side.data, {"rules": [rules]}) for side in sides))

    assert [one.id for one in found.looks] == ["value-overridden"]
    assert [(one.name, len(one.differences)) for one in found.differing] == [
        ("ConfigMap/a", 1),
        ("ConfigMap/b", 0),
    ]
