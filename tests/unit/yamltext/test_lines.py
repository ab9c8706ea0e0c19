from __future__ import annotations

import pytest

from postrender.yamltext import lines
from postrender.yamltext.lines import read_lines

OBJECT = """\
# Source: web/templates/service.yaml
apiVersion: v1
kind: Service
metadata:
  name: "web"
  labels: {}
  annotations:
    "example.com/a b": 'yes'
spec:
  selector:
  # which pods
  ports:
  - port:  80
    protocol: TCP

  - port: 443
  args:
    - --log-level=debug
    - -c
    - [get, "list", 1]
  clusterIP: None
"""


def test_an_object() -> None:
    """Its data is what Go reads."""
    found = read_lines(OBJECT)

    assert found is not None
    assert found.data == {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "labels": {}, "annotations": {"example.com/a b": "yes"}},
        "spec": {
            "selector": None,
            "ports": [{"port": 80, "protocol": "TCP"}, {"port": 443}],
            "args": ["--log-level=debug", "-c", ["get", "list", 1]],
            "clusterIP": "None",
        },
    }


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "# only a comment\n",
            "a\n",
            "- a\n",
            "  a: b\n",
            "a:b\n",
            "a: b: c\n",
            "a: |\n  b\n",
        ),
        *(
            "a: b\n  c: d\n",
            "a:\n    b: c\n  d: e\n",
            "a: b\n- c\n",
            "a:\n- b\n  c: d\n",
            "a: b\n c\n",
        ),
        *("a: &b c\n", "a: *b\n", "a: !b c\n", "<<: {}\n", "on: a\n", "1: a\n", "é: a\n", "a: é\n"),
        *('a: "b\\n"\n', "a: 'it''s'\n", 'a: "b\n  c"\n', "a: {b: c}\n", "a: [b\n", "a: [[]]\n"),
        *(
            "a: b # c\n",
            "a:\tb\n",
            "a: b\r\n",
            "a: .inf\n",
            "a: - b\n",
            "a: b:\n",
            "a: ? b\n",
            "? a\n",
        ),
        *("---\na: b\n", "a: b\n...\n", "a:\n- - b\n", "a:\n-  b: c\n", "\ufeffa: b\n", "{a: b}\n"),
        f"{'a' * 1001}: b\n",
    ],
)
def test_what_is_left_to_libyaml(text: str) -> None:
    """All that may mean more than its line says."""
    assert read_lines(text) is None


def test_what_is_nested_deeply() -> None:
    """It is left to libyaml too, which has a limit."""
    nested = [f"{' ' * depth}a:" for depth in range(60)]

    assert read_lines("\n".join((*nested[:40], ""))) is not None
    assert read_lines("\n".join((*nested, ""))) is None


def test_keys_are_forgotten_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many different ones do not fill the memory."""
    monkeypatch.setattr(lines, "_MOST_KEYS", 2)
    monkeypatch.setattr(lines, "_KEYS", set())

    found = read_lines("a: 1\nb: 2\nc: 3\na: 4\n")

    assert found is not None
    assert found.data == {"a": 4, "b": 2, "c": 3}
    assert len(lines._KEYS) <= 2
