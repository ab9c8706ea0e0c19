from __future__ import annotations

from typing import Any

import pytest

from postrender.kubernetes.selectors import own_selectors, selected_labels, unmet

DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "shop", "labels": {"a": "b", "n": 1}},
    "spec": {
        "selector": {
            "matchLabels": {"app": "web"},
            "matchExpressions": [{"key": "tier", "operator": "Exists"}],
        },
        "template": {"spec": {"containers": [{"name": "a"}]}},
    },
}


@pytest.mark.parametrize(
    ("selector", "labels"),
    [
        pytest.param(DEPLOYMENT["spec"]["selector"], {"app", "tier"}, id="labels and expressions"),
        pytest.param({"matchExpressions": [{"key": "a"}]}, {"a"}, id="expressions alone"),
        pytest.param({"app": "web"}, {"app"}, id="a plain mapping, as of old kinds"),
        pytest.param({"matchLabels": None, "matchExpressions": None}, set(), id="empty"),
        pytest.param(None, set(), id="none"),
    ],
)
def test_selected_labels(selector: Any, labels: set[str]) -> None:
    """The labels that a selector uses."""
    obj = {**DEPLOYMENT, "spec": {"selector": selector}}

    assert selected_labels(obj) == labels


def expression(key: Any, operator: Any, values: Any = None) -> dict[str, Any]:
    """A selector of one expression."""
    one = {"key": key, "operator": operator, **({} if values is None else {"values": values})}
    return {"matchExpressions": [one]}


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        pytest.param({}, [], id="everything"),
        pytest.param({"app": "web"}, [], id="plain"),
        pytest.param({"app": "shop", "tier": "x"}, ["app", "tier"], id="plain, unmet"),
        pytest.param({"matchLabels": {"app": "web"}}, [], id="labels"),
        pytest.param({"matchLabels": {"app": 5}}, ["app"], id="a label that is no text"),
        pytest.param(expression("app", "In", ["shop", "web"]), [], id="In"),
        pytest.param(expression("app", "In", ["shop"]), ["app"], id="In, another value"),
        pytest.param(expression("tier", "In", [None]), ["tier"], id="In, without the label"),
        pytest.param(expression("app", "NotIn", ["shop"]), [], id="NotIn"),
        pytest.param(expression("tier", "NotIn", ["web"]), [], id="NotIn, without the label"),
        pytest.param(expression("app", "NotIn", ["web"]), ["app"], id="NotIn, the value"),
        pytest.param(expression("app", "Exists"), [], id="Exists"),
        pytest.param(expression("tier", "DoesNotExist"), [], id="DoesNotExist"),
        pytest.param(expression("app", "DoesNotExist"), ["app"], id="DoesNotExist, but does"),
        pytest.param(expression("app", "In", "webshop"), ["app"], id="values are a text"),
        pytest.param(expression("app", "NotIn", 5), ["app"], id="values are a number"),
        pytest.param(expression("app", "Near", ["web"]), ["app"], id="no such operator"),
        pytest.param(expression(["app"], "Exists"), ["['app']"], id="a key that is no text"),
        pytest.param({"matchExpressions": ["app"]}, [], id="expressions that are no mappings"),
    ],
)
def test_unmet(selector: dict[str, Any], expected: list[str]) -> None:
    """The keys of what labels {app: web} do not meet."""
    assert unmet(selector, {"app": "web"}) == expected


def test_own_selectors_of_unknown_kinds() -> None:
    """A kind that is not known has none, unless the caller says where it may be."""
    service = {"apiVersion": "v1", "kind": "Service", "spec": {"selector": {"app": "web"}}}

    assert list(own_selectors(service)) == []
    assert list(own_selectors(service, "spec.selector")) == [(("spec", "selector"), {"app": "web"})]
