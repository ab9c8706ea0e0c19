from __future__ import annotations

from typing import Any

import pytest

from postrender.errors import RulesError
from postrender.rules.checker import Checker, kind_of, nearest
from postrender.rules.layers import read_values

TEXT = """\
rules:
  web:
    containers:
      nginx: {tty: yes, args: [a, 2]}
other: 1
"""


def no_files(rules_file: str, name: str) -> str:
    """A reader of files that finds none."""
    raise ValueError(f'"{name}" is not beside {rules_file}; put it there')


@pytest.fixture
def check() -> Checker:
    """A checker of the text above."""
    return Checker(read_values(TEXT, "kmod.yaml"), no_files)


def said(check: Checker) -> list[str]:
    """The messages so far."""
    return [str(message) for _, message in check.found]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        pytest.param(
            ("rules", "web", "containers", "nginx", "tty"),
            False,
            'kmod.yaml:4:15: rule "web": containers.nginx: no',
            id="a key names its parent",
        ),
        pytest.param(
            ("rules", "web", "containers", "nginx", "tty"),
            True,
            'kmod.yaml:4:20: rule "web": containers.nginx.tty: no',
            id="a value names itself",
        ),
        pytest.param(
            ("rules", "web", "containers", "nginx", "args", 1),
            True,
            'kmod.yaml:4:35: rule "web": containers.nginx.args[1]: no',
            id="item",
        ),
        pytest.param(
            ("rules", "web", "containers", "nginx", "image"),
            True,
            'kmod.yaml:4:14: rule "web": containers.nginx.image: no',
            id="what is not there has its parent's place",
        ),
        pytest.param(("rules", "web"), False, 'kmod.yaml:2:3: rule "web": no', id="rule"),
        pytest.param(("rules",), True, "kmod.yaml:2:3: rules: no", id="rules"),
        pytest.param(("other",), False, "kmod.yaml:5:1: no", id="at the top"),
        pytest.param((), False, "kmod.yaml:1:1: no", id="the file"),
    ],
)
def test_places(check: Checker, path: tuple[Any, ...], value: bool, message: str) -> None:
    """A message says file, line, column, the rule and where in it."""
    check.add(path, "no", value=value)

    assert said(check) == [message]


def test_finish(check: Checker) -> None:
    """All mistakes are raised at once, in the order of the file; without any nothing is raised."""
    check.finish()
    check.add(("other",), "second")
    check.add(("rules",), "first")

    with pytest.raises(RulesError) as caught:
        check.finish()

    assert str(caught.value) == "kmod.yaml:1:1: first\nkmod.yaml:5:1: second"


@pytest.mark.parametrize(
    ("method", "value", "result", "message"),
    [
        pytest.param("mapping", {"a": 1}, {"a": 1}, "", id="mapping"),
        pytest.param("mapping", None, {}, "must be a mapping, not empty", id="mapping: null"),
        pytest.param("mapping", [1], {}, "must be a mapping, not a list", id="mapping: list"),
        pytest.param("text", "a", "a", "", id="text"),
        pytest.param("text", 1.5, "1", "", id="text: number, as written"),
        pytest.param("text", None, "", "must be text, not empty", id="text: null"),
        pytest.param("text", {}, "", "must be text, not a mapping", id="text: mapping"),
        pytest.param("texts", ["a", "b"], ["a", "b"], "", id="texts"),
        pytest.param("texts", "a", [], "must be a list of texts, not text", id="texts: text"),
        pytest.param("flag", True, True, "", id="flag"),
        pytest.param("flag", 1, False, "must be true or false, not a number", id="flag: number"),
        pytest.param("flag", "true", False, "must be true or false, not text", id="flag: text"),
        pytest.param(
            "file", "a.txt", "", '"a.txt" is not beside kmod.yaml; put it there', id="file"
        ),
        pytest.param("file", ["a"], "", "must be text, not a list", id="file: list"),
    ],
)
def test_shapes(check: Checker, method: str, value: Any, result: Any, message: str) -> None:
    """A value of the wrong shape is noted once, and reading goes on with something harmless."""
    assert getattr(check, method)(value, ("other",)) == result

    assert said(check) == ([f"kmod.yaml:5:8: other: {message}"] if message else [])


def test_unknown_keys(check: Checker) -> None:
    """Each unknown key is noted with the nearest that is known."""
    check.known({"contaners": 1, "volumes": 2, "xyz": 3}, (), ("containers", "volumes"))

    assert said(check) == [
        'kmod.yaml:1:1: unknown key "contaners"; did you mean "containers"?',
        'kmod.yaml:1:1: unknown key "xyz"; known here: containers, volumes',
    ]


@pytest.mark.parametrize(
    ("name", "names", "hint"),
    [
        pytest.param(
            "initContainer",
            ("initContainers",),
            'did you mean "initContainers"?',
            id="a letter less",
        ),
        pytest.param(
            "PODLABELS", ("podLabels", "pod"), 'did you mean "podLabels"?', id="another case"
        ),
        pytest.param("x", ("a", "b"), "known here: a, b", id="nothing near, few"),
        pytest.param("x", tuple(map(str, range(13))), "", id="nothing near, many"),
        pytest.param("x", (), "", id="nothing at all"),
    ],
)
def test_nearest(name: str, names: tuple[str, ...], hint: str) -> None:
    """The nearest name is suggested; where none is near, all are, if they are few."""
    assert nearest(name, names) == hint


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        pytest.param(None, "empty", id="null"),
        pytest.param(False, "true or false", id="bool"),
        pytest.param(0, "a number", id="int"),
        pytest.param(0.5, "a number", id="float"),
        pytest.param("", "text", id="text"),
        pytest.param([], "a list", id="list"),
        pytest.param({}, "a mapping", id="mapping"),
    ],
)
def test_kind_of(value: Any, kind: str) -> None:
    """Messages use YAML's words."""
    assert kind_of(value) == kind
