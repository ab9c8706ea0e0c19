from __future__ import annotations

import copy
from typing import Any

import pytest
from contexts import make_context

from postrender.errors import VerbError
from postrender.kubernetes.objects import PodPlace
from postrender.verbs.context import Context, GeneratedFile
from postrender.verbs.generated import attach
from postrender.verbs.generated_config_map import checksum

A, B = GeneratedFile("A", 0o755, ""), GeneratedFile("B", 0o644, "")
TEMPLATE = PodPlace(("spec", "template", "spec"), ("spec", "template"))
BARE = PodPlace(("spec", "template", "spec"), None)
HOOK = {"helm.sh/hook": "pre-install"}
KEY = "kmod-post/file-rule.a"
FIELD = {"fieldRef": {"fieldPath": f"metadata.annotations['{KEY}']"}}
POD_ITEM = {"path": "a", **FIELD, "mode": 0o755}


def deployment(**metadata: Any) -> dict[str, Any]:
    """A Deployment whose container mounts the files of the rule."""
    mount = {"name": "kmod-rule", "mountPath": "/a", "subPath": "a"}
    spec = {"containers": [{"name": "web", "volumeMounts": [mount]}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", **metadata},
        "spec": {"template": {"spec": spec}},
    }


def attached(
    obj: dict[str, Any], files: dict[str, GeneratedFile], place: PodPlace = TEMPLATE
) -> tuple[dict[str, Any], Context]:
    """The object with the files of a rule, and what the context got. The object stays as it is."""
    context, kept = make_context(obj, "rule"), copy.deepcopy(obj)
    context.files = files
    done = attach(obj, [place], context)
    assert obj == kept
    return done, context


def carried(file: GeneratedFile, carrier: str) -> GeneratedFile:
    """The file with this carrier."""
    return file.replaced(carrier=carrier)


def source(obj: dict[str, Any]) -> Any:
    """The source of the one volume."""
    (volume,) = obj["spec"]["template"]["spec"]["volumes"]
    assert volume["name"] == "kmod-rule"
    return {key: value for key, value in volume.items() if key != "name"}


def annotations(obj: dict[str, Any]) -> Any:
    """The annotations of the pod template."""
    return obj["spec"]["template"].get("metadata", {}).get("annotations")


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        pytest.param({"a": A}, {"defaultMode": 0o755}, id="scripts"),
        pytest.param({"a": B, "b": B}, {"defaultMode": 0o644}, id="files"),
        pytest.param(
            {"b": B, "a": A},
            {
                "defaultMode": 0o755,
                "items": [
                    {"key": "a", "path": "a", "mode": 0o755},
                    {"key": "b", "path": "b", "mode": 0o644},
                ],
            },
            id="both",
        ),
    ],
)
def test_a_config_map(files: dict[str, GeneratedFile], wanted: dict[str, Any]) -> None:
    """The pod gets the volume, its template the checksum; attached twice is as once."""
    once, context = attached(deployment(), files)

    assert context.config_map
    name = context.config_map["metadata"]["name"]
    assert source(once) == {"configMap": {"name": name, **wanted}}
    assert annotations(once) == {"kmod-post/checksum-rule": checksum(files)}
    assert attached(once, files)[0] is once


def test_the_pod() -> None:
    """Its template gets the text, its volume shows it; attached twice is as once."""
    files = {"a": carried(A, "pod")}

    once, context = attached(deployment(), files)

    assert context.config_map is None
    assert source(once) == {"downwardAPI": {"items": [POD_ITEM]}}
    assert annotations(once) == {KEY: "A"}
    assert attached(once, files)[0] is once


def test_both_carriers() -> None:
    """One volume shows both; attached twice is as once."""
    files = {"a": carried(A, "pod"), "b": carried(B, "configMap")}

    once, context = attached(deployment(), files)

    assert context.config_map
    assert context.config_map["data"] == {"b": "B"}
    items = [{"key": "b", "path": "b", "mode": 0o644}]
    config_map = {"name": context.config_map["metadata"]["name"], "items": items}
    sources = [{"configMap": config_map}, {"downwardAPI": {"items": [POD_ITEM]}}]
    assert source(once) == {"projected": {"sources": sources}}
    assert annotations(once) == {"kmod-post/checksum-rule": checksum({"b": B}), KEY: "A"}
    assert attached(once, files)[0] is once


@pytest.mark.parametrize("files", [{"a": A}, {"a": carried(A, "pod")}])
@pytest.mark.parametrize(
    "before",
    [
        {"a": A},
        {"a": A, "b": B},
        {"a": carried(A, "pod")},
        {"a": carried(A, "pod"), "old": carried(B, "pod")},
        {"a": carried(A, "pod"), "b": B},
    ],
)
def test_after_another_run(
    files: dict[str, GeneratedFile], before: dict[str, GeneratedFile]
) -> None:
    """Nothing of an earlier run stays; the names of its ConfigMaps are left in the context."""
    chart = deployment()
    chart["spec"]["template"]["metadata"] = {"annotations": {"team": "shop"}}
    old, old_context = attached(chart, before)

    done, context = attached(old, files)

    assert done == attached(chart, files)[0]
    known = old_context.config_map
    assert context.outdated == ({known["metadata"]["name"]} if known else set())


@pytest.mark.parametrize(
    ("obj", "place", "is_pod"),
    [
        pytest.param(deployment(), TEMPLATE, False, id="no hook"),
        pytest.param(deployment(annotations=HOOK), TEMPLATE, True, id="a hook"),
        pytest.param(
            deployment(annotations={"argocd.argoproj.io/hook": "PreSync"}),
            TEMPLATE,
            True,
            id="a hook of Argo CD",
        ),
        pytest.param(deployment(annotations=HOOK), BARE, False, id="a hook without metadata"),
    ],
)
def test_the_default(obj: dict[str, Any], place: PodPlace, *, is_pod: bool) -> None:
    """A ConfigMap, but for hooks the pod, where it has metadata."""
    done, context = attached(obj, {"a": A}, place)

    assert ("downwardAPI" in source(done)) is is_pod
    assert (context.config_map is None) is is_pod


def test_a_hook_that_wants_a_config_map() -> None:
    """It gets one."""
    done, _ = attached(deployment(annotations=HOOK), {"a": carried(A, "configMap")})

    assert "configMap" in source(done)


def test_pods_that_do_not_use_the_files_are_left_alone() -> None:
    """Of several pods in one object only those that mount the files get the volume."""
    obj = deployment()
    obj["spec"]["template"]["spec"]["containers"][0].pop("volumeMounts")

    assert attached(obj, {"a": A})[0] is obj


def test_no_metadata() -> None:
    """A pod spec alone carries nothing."""
    with pytest.raises(VerbError, match="its pod has no metadata that could carry a file"):
        attached(deployment(), {"a": carried(A, "pod")}, BARE)


def test_an_object_without_a_name() -> None:
    """There is nothing to name a ConfigMap after; the pod needs no name."""
    with pytest.raises(VerbError, match="it has no name that the ConfigMap could get"):
        attached(deployment(name=None), {"a": A})
    attached(deployment(name=None), {"a": carried(A, "pod")})


def test_too_much() -> None:
    """The chart's own annotations count."""
    obj = deployment()
    obj["spec"]["template"]["metadata"] = {"annotations": {"a": "x" * 200_000}}

    with pytest.raises(VerbError, match="write carrier: configMap for large files"):
        attached(obj, {"a": GeneratedFile("x" * 63_000, 0o644, "pod")})


@pytest.mark.parametrize(
    "volume",
    [
        {},
        {"emptyDir": {}},
        {"configMap": {"name": "web"}},
        {"configMap": {}},
        {"downwardAPI": {"items": [{"path": "a", "fieldRef": {"fieldPath": "metadata.name"}}]}},
        {"downwardAPI": {"items": [{"path": "a", **FIELD}, {"path": "b"}]}},
        {"downwardAPI": {}},
        {
            "projected": {
                "sources": [{"secret": {"name": "s"}}, {"downwardAPI": {"items": [FIELD]}}]
            }
        },
    ],
)
def test_a_volume_of_the_charts_own(volume: dict[str, Any]) -> None:
    """What kmod-post has not made is not written over."""
    obj = deployment()
    obj["spec"]["template"]["spec"]["volumes"] = [{"name": "kmod-rule", **volume}]

    with pytest.raises(VerbError, match="the chart has a volume kmod-rule of its own"):
        attached(obj, {"a": A})
