from __future__ import annotations

from typing import Any

import pytest

from postrender.errors import VerbError, Where
from postrender.kubernetes.crds import types_in
from postrender.kubernetes.objects import PodPlace
from postrender.rules.model import ACCEPTS_NOTHING, Rule
from postrender.verbs.context import Context, GeneratedFile
from postrender.verbs.generated import MAX_SIZE, attach, checksum, config_map
from postrender.verbs.generated_names import name_of

RULE = Rule("rule", Where("rules.yaml", 1, 1), "", None, None, (), "", ACCEPTS_NOTHING)
FILES = {"b": GeneratedFile("B", 0o644, ""), "a": GeneratedFile("A", 0o755, "")}


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


def context(obj: dict[str, Any], files: dict[str, GeneratedFile] = FILES) -> Context:
    """The rule applied to an object, with these files left."""
    found = Context(
        RULE, obj, name_of(obj, RULE.name), lambda _image, _platform: None, lambda: types_in([])
    )
    found.files = files
    return found


@pytest.mark.parametrize(
    ("name", "rule", "with_kind", "wanted"),
    [
        pytest.param("web", "rule", False, "web-rule", id="object and rule"),
        pytest.param("web", "rule", True, "web-deployment-rule", id="with the kind"),
        pytest.param("w" * 53, "rule-rule", False, f"{'w' * 53}-rule-rule", id="63 characters"),
        pytest.param("w" * 54, "rule-rule", False, f"{'w' * 54}-62b2a5a5", id="cut, with a hash"),
        pytest.param(
            "w" * 53 + ".-xx", "rule-r", False, f"{'w' * 53}-b5ebf8c8", id="cut at a sign"
        ),
    ],
)
def test_name(name: str, rule: str, with_kind: bool, wanted: str) -> None:
    """The name says object and rule, and has at most 63 characters."""
    made = name_of({"kind": "Deployment", "metadata": {"name": name}}, rule, with_kind=with_kind)

    assert made.rpartition("-")[0] == wanted.rpartition("-")[0]
    assert len(made) <= 63


def test_names_that_are_cut_stay_different() -> None:
    """Two long names that begin alike get different hashes."""
    names = {name_of({"metadata": {"name": "w" * 60 + end}}, "rule") for end in "abc"}

    assert len(names) == 3


def test_config_map() -> None:
    """It has the object's namespace and labels, the rule's mark, the files in order."""
    obj = deployment(namespace="shop", labels={"app": "web"}, annotations={"other": "x"})

    assert config_map(obj, context(obj)) == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "web-rule",
            "namespace": "shop",
            "labels": {"app": "web"},
            "annotations": {"kmod-post/rule": "rule"},
        },
        "data": {"a": "A", "b": "B"},
    }


@pytest.mark.parametrize(
    ("weight", "wanted"),
    [
        pytest.param({"helm.sh/hook-weight": "5"}, "4", id="weight"),
        pytest.param({"helm.sh/hook-weight": "-5"}, "-6", id="negative"),
        pytest.param({}, "-1", id="none is 0"),
        pytest.param({"helm.sh/hook-weight": "heavy"}, "-1", id="no number is 0, as for Helm"),
    ],
)
def test_config_map_of_a_hook(weight: dict[str, str], wanted: str) -> None:
    """The ConfigMap of a hook is a hook for the same events, with a lower weight."""
    obj = deployment(annotations={"helm.sh/hook": "pre-install,test", **weight})

    annotations = config_map(obj, context(obj))["metadata"]["annotations"]

    assert annotations == {
        "kmod-post/rule": "rule",
        "helm.sh/hook": "pre-install,test",
        "helm.sh/hook-weight": wanted,
        "helm.sh/hook-delete-policy": "before-hook-creation",
    }


def test_config_map_under_helm_4() -> None:
    """It carries its object's template path, or Helm 4 would put it into a file of its own."""
    path = {"postrenderer.helm.sh/postrender-filename": "web/templates/deployment.yaml"}
    obj = deployment(annotations=path)

    assert config_map(obj, context(obj))["metadata"]["annotations"].items() >= path.items()


def test_config_map_that_is_too_large() -> None:
    """Kubernetes holds no more than a mebibyte in one; keys count, and bytes do."""
    obj = deployment()
    name = "é"

    config_map(obj, context(obj, {"k": GeneratedFile("x" * (MAX_SIZE - 1), 0o644, "")}))
    with pytest.raises(VerbError, match=f"its files have {MAX_SIZE + 1} bytes"):
        config_map(obj, context(obj, {"k": GeneratedFile(name * (MAX_SIZE // 2), 0o644, "")}))


@pytest.mark.parametrize(
    ("files", "source"),
    [
        pytest.param(
            {"a": GeneratedFile("A", 0o755, "")},
            {"name": "web-rule", "defaultMode": 0o755},
            id="scripts",
        ),
        pytest.param(
            {"a": GeneratedFile("A", 0o644, ""), "b": GeneratedFile("", 0o644, "")},
            {"name": "web-rule", "defaultMode": 0o644},
            id="files",
        ),
        pytest.param(
            FILES,
            {
                "name": "web-rule",
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
def test_attach(files: dict[str, GeneratedFile], source: dict[str, Any]) -> None:
    """The pod gets the volume, its template the checksum; attached twice is as once."""
    obj = deployment()
    place = PodPlace(("spec", "template", "spec"), ("spec", "template"))

    once = attach(obj, place, context(obj, files))

    template = once["spec"]["template"]
    assert template["spec"]["volumes"] == [{"name": "kmod-rule", "configMap": source}]
    assert template["metadata"] == {"annotations": {"kmod-post/checksum-rule": checksum(files)}}
    assert attach(once, place, context(once, files)) is once


def test_attach_leaves_pods_without_the_files_alone() -> None:
    """Of several pods in one object only those that mount the files get the volume."""
    obj = deployment()
    obj["spec"]["template"]["spec"]["containers"][0].pop("volumeMounts")

    assert attach(obj, PodPlace(("spec", "template", "spec"), None), context(obj)) is obj


def test_attach_to_an_object_without_a_name() -> None:
    """There is nothing to name the ConfigMap after."""
    obj = deployment(name=None)

    with pytest.raises(VerbError, match="it has no name that the ConfigMap could get"):
        attach(obj, PodPlace(("spec", "template", "spec"), None), context(obj))


def test_checksum() -> None:
    """It follows keys and texts, and neither order nor modes."""
    same = dict(reversed(FILES.items()))

    assert checksum(FILES) == checksum(same)
    assert checksum(FILES) == checksum({k: GeneratedFile(f.text, 0, "") for k, f in FILES.items()})
    others = [
        {**FILES, "a": GeneratedFile("A ", 0o755, "")},
        {"b": FILES["b"]},
        {"c": FILES["b"], "a": FILES["a"]},
        {"ab": GeneratedFile("", 0, ""), "b": FILES["b"]},
        {},
    ]
    assert len({checksum(files) for files in [FILES, *others]}) == len(others) + 1
