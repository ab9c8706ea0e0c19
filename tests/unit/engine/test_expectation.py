from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from postrender.engine.expectation import nearest, unmet
from postrender.rules.checker import Checker
from postrender.rules.layers import read_values
from postrender.rules.match import read_match
from postrender.rules.model import ACCEPTS_NOTHING, Rule, parse_expect
from postrender.stream.manifest import Subject

if TYPE_CHECKING:
    from postrender.rules.model import Expect


def rule(match: str, expect: Any = 1) -> Rule:
    """A rule that matches so and expects so many."""
    values = read_values(f"match: {match}", "kmod.yaml")
    check = Checker(values, lambda _file, name: name)
    found = read_match(check, values.data["match"], ("match",))
    check.finish()
    number: Expect | None = parse_expect(expect)
    return Rule(
        "web", "kmod.yaml:2:3", "", found, number, (), "", False, ACCEPTS_NOTHING, frozenset()
    )


def subjects(*names: str) -> list[Subject]:
    """Objects named `Kind/name` or `Kind/namespace/name`; `!` makes a hook of one."""
    found = []
    for name in names:
        kind, *namespace, own = name.removesuffix("!").split("/")
        obj: dict[str, Any] = {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": own}}
        if namespace:
            obj["metadata"]["namespace"] = namespace[0]
        if name.endswith("!"):
            obj["metadata"]["annotations"] = {"helm.sh/hook": "test"}
        obj["spec"] = {"template": {"spec": {}}}
        found.append(Subject(obj, "", "", {}))
    return found


@pytest.mark.parametrize(
    ("match", "names", "wanted"),
    [
        pytest.param(
            "{kind: Deployment, name: web}",
            ["Deployment/db", "Deployment/web-server", "StatefulSet/web", "Deployment/wb"],
            [
                "StatefulSet/web (kind differs)",
                "Deployment/wb (name differs)",
                "Deployment/web-server (name differs)",
            ],
            id="the object of that name, then by likeness of names",
        ),
        pytest.param(
            "{kind: Deployment, name: web, namespace: shop}",
            ["Deployment/prod/web", "Deployment/prod/xyz"],
            ["Deployment/prod/web (namespace is prod)"],
            id="those that differ in one key only",
        ),
        pytest.param(
            "{kind: Deployment, name: web, labels: {a: b}}",
            ["StatefulSet/webs"],
            ['StatefulSet/webs (kind and name differ, no label "a")'],
            id="or are much alike in name",
        ),
        pytest.param(
            "{kind: Deployment, name: web}",
            ["Deployment/web!"],
            ["Deployment/web (a hook; hooks: include would match it)"],
            id="hooks",
        ),
        pytest.param(
            "{kind: Deployment, name: [api, web]}",
            ["Deployment/xxx", "Deployment/apis"],
            ["Deployment/apis (name differs)", "Deployment/xxx (name differs)"],
            id="the nearest of several names",
        ),
        pytest.param(
            "{name: web}",
            ["Service/web", "Service/webs"],
            ["Service/web (no pod template)", "Service/webs (name differs, no pod template)"],
            id="any kind with a pod template",
        ),
        pytest.param(
            "{kind: shopRun, name: web}",
            ["Deployment/web", "ShopRun/x/web"],
            ["ShopRun/x/web (kind is written ShopRun)", "Deployment/web (kind differs)"],
            id="a kind in the wrong case comes before others of that name",
        ),
        pytest.param(
            "{kind: shopruns}",
            ["Deployment/web", "ShopRun/web"],
            ["ShopRun/web (kind is written ShopRun)"],
            id="a plural; objects of just another kind are not near",
        ),
        pytest.param(
            "{kind: ShopRn}",
            ["Deployment/web", "ShopRun/web"],
            ["ShopRun/web (kind is written ShopRun)"],
            id="a mistyped kind",
        ),
        pytest.param(
            "{kind: Deploymnet, name: web}",
            ["ServiceAccount/web", "Secret/web", "ConfigMap/web", "Deployment/web"],
            [
                "Deployment/web (kind is written Deployment)",
                "ServiceAccount/web (kind differs)",
                "Secret/web (kind differs)",
            ],
            id="a mistyped kind of a name that many have",
        ),
        pytest.param(
            "{kind: Deploymnet, name: shop-wb}",
            ["ServiceAccount/shop-web", "Secret/shop-web", "ConfigMap/x", "Deployment/shop-web"],
            [
                "Deployment/shop-web (name differs, kind is written Deployment)",
                "ServiceAccount/shop-web (kind and name differ)",
                "Secret/shop-web (kind and name differ)",
            ],
            id="kind and name mistyped",
        ),
        pytest.param(
            "{kind: Prometheus, name: web}",
            ["PrometheusRule/web", "Service/web"],
            ["PrometheusRule/web (kind differs)", "Service/web (kind differs)"],
            id="a known kind is not mistyped",
        ),
        pytest.param(
            "{kind: Deployment, name: web, namespace: shop, labels: {a: b, c: null}}",
            ["Deployment/web", "Deployment/web-1"],
            [
                'Deployment/web (no namespace, no label "a")',
                'Deployment/web-1 (name differs, no namespace, no label "a")',
            ],
            id="what there is of a namespace and labels",
        ),
        pytest.param("{kind: Deployment, name: web}", [], [], id="nothing there"),
    ],
)
def test_nearest(match: str, names: list[str], wanted: list[str]) -> None:
    """The objects that nearly match, the nearest first, each with what does not fit."""
    assert nearest(rule(match), subjects(*names)) == wanted


@pytest.mark.parametrize(
    ("match", "expect", "names", "message"),
    [
        pytest.param(
            "{kind: Deployment, name: web}",
            "1+",
            ["Deployment/webs", "Deployment/xyz"],
            "no Deployment named web in 2 objects, expected at least 1; nearest: "
            "Deployment/webs (name differs), Deployment/xyz (name differs); fix match:",
            id="none",
        ),
        pytest.param(
            "{kind: Deployment, name: web}",
            2,
            ["Service/x"],
            "no Deployment named web in 1 object, expected 2; fix match:, or write "
            "expect: any if it may match nothing",
            id="none, and nothing near",
        ),
        pytest.param(
            "{}",
            "2-3",
            ["Deployment/a"],
            "1 object matches, expected 2 to 3: Deployment/a; widen match:, or change expect:",
            id="too few",
        ),
        pytest.param(
            "{}",
            1,
            [f"Deployment/{i}" for i in range(8)],
            "8 objects match, expected 1: Deployment/0, Deployment/1, Deployment/2, Deployment/3, "
            "Deployment/4, Deployment/5 and 2 more; narrow match:, or change expect:",
            id="too many",
        ),
    ],
)
def test_unmet(match: str, expect: Any, names: list[str], message: str) -> None:
    """One line: the rule, what was looked for, what there is, what to do."""
    found = subjects(*names)
    wanted = rule(match, expect)
    count = sum(not wanted.match.misfits(subject) for subject in found)

    assert str(unmet(wanted, count, found)) == f'kmod.yaml:2:3: rule "web": {message}'
