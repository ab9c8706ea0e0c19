from __future__ import annotations

import inspect
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from paths import ROOT

import postrender
from postrender import errors

if TYPE_CHECKING:
    from collections.abc import Iterator

RENDERED = (ROOT / "charts/example-nginx/rendered/helm3.yaml").read_text()
SIDECAR = ROOT / "charts/example-nginx/kmod/sidecar.yaml"

PROMISED = {
    "ExpectationError",
    "KmodError",
    "Rules",
    "RulesError",
    "StreamError",
    "UsageError",
    "VerbError",
    "__version__",
    "load_rules",
    "render",
}


def test_what_is_promised_is_there() -> None:
    """A name that was given once stays; names are listed in order and all of them exist."""
    assert set(postrender.__all__) >= PROMISED
    assert postrender.__all__ == sorted(postrender.__all__)
    assert all(getattr(postrender, name) is not None for name in postrender.__all__)


def test_all_errors_are_public() -> None:
    """Whatever error a caller may meet can be named."""
    tree = {name for name, _ in inspect.getmembers(errors, inspect.isclass)}

    assert {name for name in tree if name.endswith("Error")} <= set(postrender.__all__)


def test_what_is_not_there() -> None:
    """An unknown name is an ordinary AttributeError."""
    with pytest.raises(AttributeError, match="has no attribute 'renders'"):
        postrender.renders  # noqa: B018


def test_everything_public_is_explained() -> None:
    """Functions, classes and the package have docstrings and types."""
    assert postrender.__doc__
    for name in postrender.__all__:
        value = getattr(postrender, name)
        if callable(value):
            assert value.__doc__, name
        if inspect.isfunction(value):
            signature = inspect.signature(value)
            assert signature.return_annotation is not inspect.Signature.empty
            for parameter in signature.parameters.values():
                assert parameter.annotation is not inspect.Parameter.empty


def test_the_version_is_the_packages() -> None:
    """The version is said in two places, and both say the same."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert postrender.__version__ == project["version"]


def test_the_tree_of_errors_is_drawn_as_it_is() -> None:
    """The docstring's drawing has every error, below the one that it is derived from."""

    def drawn() -> Iterator[tuple[str, str]]:
        above: list[str] = []
        for line in (errors.__doc__ or "").splitlines():
            if found := re.match(r"([│├└─ ]*)([A-Z]\w+Error)\b", line):
                depth = len(found[1]) // 4
                above[depth:] = [found[2]]
                yield found[2], above[depth - 1] if depth else "Exception"

    real = {
        name: value.__base__.__name__
        for name, value in inspect.getmembers(errors, inspect.isclass)
        if issubclass(value, Exception)
    }

    assert dict(drawn()) == real


def test_render() -> None:
    """Text and rules in, text out; the same as the command gives."""
    rules = postrender.load_rules(SIDECAR)

    changed = postrender.render(RENDERED, rules)

    assert isinstance(rules, postrender.Rules)
    assert "        - name: prepare-webpage\n          image: busybox:1.28\n" in changed
    assert postrender.render(changed, rules) == changed


def test_rules_can_be_used_again() -> None:
    """Rules are not worn out by a render, and keep nothing of it."""
    rules = postrender.load_rules(SIDECAR)

    assert postrender.render(RENDERED, rules) == postrender.render(RENDERED, rules)


def test_layers(tmp_path: Path) -> None:
    """Later files are layered over earlier ones; names may be text or paths."""
    off = tmp_path / "off.yaml"
    off.write_text("rules: {prepare-webpage: {enabled: false}}\n")

    rules = postrender.load_rules(str(SIDECAR), off)

    assert postrender.render(RENDERED, rules) == RENDERED


def test_default_namespace(tmp_path: Path) -> None:
    """The namespace of objects that name none is an argument of the render."""
    file = tmp_path / "kmod.yaml"
    file.write_text("rules: {a: {match: {namespace: demo}, podLabels: {a: b}}}\n")
    rules = postrender.load_rules(file)

    assert "a: b" in postrender.render(RENDERED, rules, default_namespace="demo")
    with pytest.raises(postrender.ExpectationError):
        postrender.render(RENDERED, rules)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        pytest.param(None, postrender.RulesError, "cannot be read (no such file", id="no file"),
        pytest.param("", postrender.RulesError, "there are no rules", id="empty"),
        pytest.param("\xff", postrender.RulesError, "not UTF-8 (byte 0)", id="not UTF-8"),
        pytest.param("rules: [", postrender.RulesError, "fix the YAML", id="not YAML"),
        pytest.param(
            "rules: {a: {match: {}}}", postrender.RulesError, "has no verb", id="wrong rules"
        ),
        pytest.param(
            "rules: {a: {match: {name: x}, podLabels: {a: b}}}",
            postrender.ExpectationError,
            "named x in 4 objects",
            id="expectation",
        ),
        pytest.param(
            "rules: {a: {podLabels: {app.kubernetes.io/name: x}, match: {}}}",
            postrender.VerbError,
            "the selector uses label",
            id="verb",
        ),
    ],
)
def test_errors(
    tmp_path: Path, text: str | None, error: type[postrender.KmodError], message: str
) -> None:
    """Every failure is a KmodError with its messages and exit code."""
    file = tmp_path / "kmod.yaml"
    if text is not None:
        file.write_bytes(text.encode("latin-1"))

    with pytest.raises(error) as caught:
        postrender.render(RENDERED, postrender.load_rules(file))

    assert message in str(caught.value)
    assert list(map(str, caught.value.messages)) == str(caught.value).split("\n")
    assert caught.value.exit_code == 1


def test_a_stream_that_cannot_be_read() -> None:
    """A document that Go could not read either is a StreamError."""
    with pytest.raises(postrender.StreamError, match="<stdin>:3:"):
        postrender.render("kind: Deployment\na: 1\n b: 2\n", postrender.load_rules(SIDECAR))
