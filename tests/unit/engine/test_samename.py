"""A container of the chart is not taken over by one that a rule adds."""

from __future__ import annotations

import pytest
from runs import output, run_text

from postrender.errors import VerbError

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  template:
    spec:
      initContainers:
        - {name: wait, image: "vendor/wait:1"}
      containers:
        - {name: shop, image: "example/shop:1"}
        - {name: proxy, image: "vendor/proxy:3", args: [--upstream=8080]}
        - {name: injected, image: " "}
"""
MIRROR = "images: {'*': {registry: m.io}}"
OURS = "sidecars: {proxy: {image: 'our/proxy:1'}}"


def render(rules: str, stream: str = WEB) -> str:
    """What comes of rules in flow style."""
    return output(run_text(f"rules: {{{rules}}}", stream))


def rule(name: str, verbs: str) -> str:
    """A rule for every workload."""
    return f"{name}: {{match: {{}}, {verbs}}}"


@pytest.mark.parametrize(
    ("rules", "verb", "name"),
    [
        pytest.param(rule("r", OURS), "sidecars", "proxy", id="a sidecar"),
        pytest.param(
            rule("r", "initContainers: {wait: {image: a}}"), "initContainers", "wait", id="init"
        ),
        pytest.param(
            rule("r", "sidecars: {wait: {image: a, native: true}}"), "sidecars", "wait", id="native"
        ),
        pytest.param(
            rule("r", "sidecars: [{name: proxy, image: a}]"), "sidecars", "proxy", id="as a list"
        ),
        pytest.param(rule("r", f"{OURS}, {MIRROR}"), "sidecars", "proxy", id="and mirrored"),
        pytest.param(
            f"{rule('m', MIRROR)}, {rule('r', OURS)}", "sidecars", "proxy", id="mirrored before"
        ),
        pytest.param(
            rule("r", "sidecars: {proxy: {image: 'vendor/proxy:4'}}"),
            "sidecars",
            "proxy",
            id="another version, which an earlier run may have put there",
        ),
    ],
)
def test_a_container_of_the_chart_keeps_its_image(rules: str, verb: str, name: str) -> None:
    """Unless the rule accepts it."""
    with pytest.raises(VerbError) as caught:
        render(rules)
    assert str(caught.value).partition('rule "r": ')[2] == (
        f"Deployment/shop: {verb}: the chart has a container {name}, whose image it would replace; "
        "choose another name, or change it under containers: (error: same-name)"
    )

    accepting = rules.replace("r: {match: {}", "r: {match: {}, accept: [same-name]")
    assert render(accepting, render(accepting)) == render(accepting)


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(rule("r", "sidecars: {proxy: {env: {A: b}}}"), id="no image"),
        pytest.param(rule("r", "sidecars: {proxy: {image: 'vendor/proxy:3'}}"), id="the same one"),
        pytest.param(rule("r", "sidecars: {injected: {image: a}}"), id="a blank one"),
        pytest.param(rule("r", "sidecars: {new: {image: a}}"), id="a new container"),
        pytest.param(
            f"{rule('a', 'sidecars: {new: {image: a}}')}, {rule('b', 'sidecars: {new: {image: b}}')}",
            id="one that another rule adds",
        ),
        pytest.param(
            f"{rule('a', 'sidecars: {new: {image: a}}')}, {rule('b', MIRROR)}",
            id="one that is mirrored afterwards",
        ),
        pytest.param(rule("r", f"sidecars: {{new: {{image: a}}}}, {MIRROR}"), id="or in the rule"),
        pytest.param(
            rule("r", "sidecars: {proxy: {image: 'vendor/proxy:3'}}, images: {'*': {newTag: '4'}}"),
            id="the chart's, which another verb changes",
        ),
    ],
)
def test_what_takes_over_nothing(rules: str) -> None:
    """And over its own output, where what rules have added looks like the chart's."""
    once = render(rules)
    assert render(rules, once) == once
