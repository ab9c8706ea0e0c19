from __future__ import annotations

from typing import Any

import pytest

from postrender.data import expand, get, put
from postrender.kubernetes.objects import (
    OwnKind,
    claim_names,
    containers,
    group,
    identity,
    is_hook,
    is_list,
    is_overlay,
    metadata,
    pod_kinds,
    pod_places,
    text_of,
    texts_of,
)

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


OWN = {"Own": (OwnKind(None, ("a[*]",), (), ""), OwnKind("x", (), ("b",), "Cluster"))}


@pytest.mark.parametrize(
    ("obj", "name"),
    [
        pytest.param(DEPLOYMENT, "Deployment/shop/web", id="with namespace"),
        pytest.param({"kind": "Job", "metadata": {"name": "a"}}, "Job/a", id="without"),
        pytest.param({"kind": "Job"}, "Job/(no name)", id="no metadata"),
        pytest.param({"kind": "Job", "metadata": []}, "Job/(no name)", id="odd metadata"),
        pytest.param({"metadata": {"name": "a"}}, "a", id="no kind"),
        pytest.param({"kind": 1, "metadata": {"name": True}}, "(no name)", id="no texts"),
    ],
)
def test_identity(obj: dict[str, Any], name: str) -> None:
    """How messages call an object, whatever is missing in it."""
    assert identity(obj) == name


def test_texts() -> None:
    """Names, labels and the like are texts; what is none is not there."""
    assert text_of(DEPLOYMENT, "apiVersion") == "apps/v1"
    assert text_of(DEPLOYMENT, "name") == "web"
    assert text_of(DEPLOYMENT, "generateName") == ""
    assert texts_of(DEPLOYMENT, "labels") == {"a": "b"}
    assert texts_of(DEPLOYMENT, "annotations") == {}
    assert texts_of({"metadata": {"labels": ["a"]}}, "labels") == {}
    assert metadata({"metadata": None}) == {}


@pytest.mark.parametrize(
    ("version", "wanted"),
    [("apps/v1", "apps"), ("v1", ""), ("", ""), ("a.b.io/v1beta1", "a.b.io"), (1, "")],
)
def test_group(version: Any, wanted: str) -> None:
    """The API group is what stands before the slash."""
    assert group({"apiVersion": version}) == wanted


@pytest.mark.parametrize(
    ("obj", "wanted"),
    [
        pytest.param({"metadata": {"annotations": {"helm.sh/hook": "test"}}}, True, id="hook"),
        pytest.param({"metadata": {"annotations": {"helm.sh/hook": ""}}}, True, id="empty"),
        pytest.param(
            {"metadata": {"annotations": {"helm.sh/hook-weight": "1"}}}, False, id="weight"
        ),
        pytest.param({"metadata": {"labels": {"helm.sh/hook": "test"}}}, False, id="label"),
        pytest.param({}, False, id="nothing"),
    ],
)
def test_hook(obj: dict[str, Any], wanted: bool) -> None:
    """An object with Helm's annotation is a hook."""
    assert is_hook(obj) is wanted


@pytest.mark.parametrize(
    ("obj", "wanted"),
    [
        pytest.param({"kind": "List", "items": []}, True, id="List"),
        pytest.param({"kind": "ConfigMapList", "items": [{}]}, True, id="list of one kind"),
        pytest.param({"kind": "List"}, False, id="no items"),
        pytest.param({"kind": "List", "items": {}}, False, id="items are no list"),
        pytest.param({"kind": "Listener", "items": []}, False, id="another kind"),
    ],
)
def test_list(obj: dict[str, Any], wanted: bool) -> None:
    """A List of any kind has items."""
    assert is_list(obj) is wanted


@pytest.mark.parametrize(
    ("obj", "specs"),
    [
        pytest.param(DEPLOYMENT, [("spec", "template", "spec")], id="Deployment"),
        pytest.param({"apiVersion": "v1", "kind": "Pod", "spec": {}}, [("spec",)], id="Pod"),
        pytest.param({"apiVersion": "v1", "kind": "Pod"}, [], id="Pod without spec"),
        pytest.param(
            {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"template": {"spec": None}}},
            [],
            id="empty spec",
        ),
        pytest.param(
            {"apiVersion": "x/v1", "kind": "Deployment", "spec": {"template": {"spec": {}}}},
            [],
            id="another group",
        ),
        pytest.param(
            {"apiVersion": "x/v1", "kind": "Own", "a": [{"spec": {}}, {"spec": {}}, {}]},
            [("a", 0, "spec"), ("a", 1, "spec")],
            id="kind of `kinds:`",
        ),
        pytest.param(
            {"apiVersion": "x/v1", "kind": "Own", "b": {"containers": []}},
            [("b",)],
            id="a pod spec",
        ),
        pytest.param({"apiVersion": "y/v1", "kind": "Own", "b": {}}, [], id="of another group"),
        pytest.param({"apiVersion": "v1", "kind": "Service", "spec": {}}, [], id="no pods"),
    ],
)
def test_pod_places(obj: dict[str, Any], specs: list[Any]) -> None:
    """Where an object keeps its pods: only what is there."""
    assert [place.spec for place in pod_places(obj, OWN)] == specs


def test_pod_kinds() -> None:
    """The kinds that may hold pods, those of `kinds:` among them."""
    assert {"Deployment", "CronJob", "Pod", "Own"} <= pod_kinds(OWN)
    assert not {"Secret", "ConfigMap"} & pod_kinds({})


def test_claim_names() -> None:
    """A StatefulSet's pods have volumes from its claim templates."""
    templates = [{"metadata": {"name": "data"}}, {"metadata": {}}, None]
    obj = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "spec": {"volumeClaimTemplates": templates},
    }

    assert claim_names(obj) == {"data", ""}
    assert claim_names({**obj, "spec": {}}) == set()
    assert claim_names({**obj, "spec": {"volumeClaimTemplates": 5}}) == set()
    assert claim_names(DEPLOYMENT) == set()


def test_overlay() -> None:
    """A Deployment's pod is the whole pod."""
    assert not is_overlay(DEPLOYMENT, {})


def test_containers() -> None:
    """All containers of a pod with their places; what is no container is passed over."""
    spec = {
        "containers": [{"name": "a"}, None],
        "initContainers": [{"name": "b"}],
        "ephemeralContainers": None,
    }

    assert list(containers(spec)) == [
        (("initContainers", 0), {"name": "b"}),
        (("containers", 0), {"name": "a"}),
    ]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((), {"a": [{"b": 1}]}),
        (("a", 0, "b"), 1),
        (("a", 1), None),
        (("a", "0"), None),
        (("a", 0, "b", "c"), None),
        (("x", "y"), None),
    ],
)
def test_get(path: Any, value: Any) -> None:
    """What stands at a path, or nothing."""
    assert get({"a": [{"b": 1}]}, path) == value


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        pytest.param((), 9, id="all"),
        pytest.param(("a", 0, "b"), {"a": [{"b": 9}, {"c": 2}], "d": {}}, id="deep"),
        pytest.param(("d", "e", "f"), {"a": [{"b": 1}, {"c": 2}], "d": {"e": {"f": 9}}}, id="made"),
        pytest.param(("a", 1), {"a": [{"b": 1}, 9], "d": {}}, id="item"),
    ],
)
def test_put(path: Any, wanted: Any) -> None:
    """The data with a value at a path; the old data stays as it is."""
    data = {"a": [{"b": 1}, {"c": 2}], "d": {}}

    assert put(data, path, 9) == wanted
    assert data == {"a": [{"b": 1}, {"c": 2}], "d": {}}


def test_put_shares_what_it_does_not_change() -> None:
    """Unchanged parts are the very same, and all is where nothing changes."""
    data = {"a": [{"b": [1]}, {"c": [2]}], "d": {}}

    changed = put(data, ("a", 0, "x"), 1)

    assert changed["a"][1] is data["a"][1]
    assert changed["a"][0]["b"] is data["a"][0]["b"]
    assert changed["d"] is data["d"]
    assert put(data, ("a", 0, "b"), data["a"][0]["b"]) is data


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        pytest.param("", [()], id="itself"),
        pytest.param("a", [("a",)], id="field"),
        pytest.param("a[*]", [("a", 0), ("a", 1)], id="items"),
        pytest.param("a[*].b", [("a", 0, "b")], id="field of items, where it is"),
        pytest.param("m.*.x", [("m", "one", "x"), ("m", "two", "x")], id="values of a mapping"),
        pytest.param("a.b", [], id="a field of a list"),
        pytest.param("m[*]", [], id="items of a mapping"),
        pytest.param("z.y", [], id="nothing there"),
    ],
)
def test_expand(pattern: str, paths: list[Any]) -> None:
    """The places that a pattern names in the data."""
    data = {"a": [{"b": 1}, {"c": 2}], "m": {"one": {"x": 1}, "two": {"x": 2}}}

    assert list(expand(data, pattern)) == paths
