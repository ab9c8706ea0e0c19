from __future__ import annotations

from typing import Any

import pytest
from contexts import make_context

from postrender.errors import VerbError
from postrender.verbs.context import Context, GeneratedFile
from postrender.verbs.generated_config_map import (
    MAX_SIZE,
    checksum,
    config_map,
    is_generated_name,
)

FILES = {"b": GeneratedFile("B", 0o644, ""), "a": GeneratedFile("A", 0o755, "")}
FILENAME = "postrenderer.helm.sh/postrender-filename"


def obj_of(kind: str = "Deployment", api: str = "apps/v1", **metadata: Any) -> dict[str, Any]:
    """An object as far as a ConfigMap for it depends on it."""
    return {"apiVersion": api, "kind": kind, "metadata": {"name": "web", **metadata}}


def context(obj: dict[str, Any], rule: str = "rule") -> Context:
    """A rule that is applied to an object."""
    return make_context(obj, rule)


def name(obj: dict[str, Any], rule: str = "rule", text: str = "A", mode: int = 0o644) -> str:
    """What the ConfigMap with one file is called."""
    files = {"a": GeneratedFile(text, mode, "")}
    return str(config_map(obj, files, context(obj, rule))["metadata"]["name"])


def test_config_map() -> None:
    """It has the object's namespace and labels, the rule's mark, the files in order."""
    obj = obj_of(namespace="shop", labels={"app": "web"}, annotations={"other": "x"})

    made = config_map(obj, FILES, context(obj))

    assert is_generated_name(made["metadata"].pop("name"))
    assert made == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "namespace": "shop",
            "labels": {"app": "web"},
            "annotations": {"kmod-post/rule": "rule"},
        },
        "data": {"a": "A", "b": "B"},
        "immutable": True,
    }


@pytest.mark.parametrize(
    ("obj_name", "rule", "stem"),
    [
        pytest.param("web", "rule", "web-rule", id="object and rule"),
        pytest.param("w" * 42, "rule-rule", f"{'w' * 42}-rule-rule", id="63 characters"),
        pytest.param("w" * 44, "rule-rule", f"{'w' * 44}-rule-ru", id="longer: cut"),
        pytest.param("w" * 50 + ".-xx", "rule", "w" * 50, id="cut at a sign"),
    ],
)
def test_name(obj_name: str, rule: str, stem: str) -> None:
    """The name says object and rule, ends in a hash, and has at most 63 characters."""
    made = name(obj_of(name=obj_name), rule)

    assert made.rpartition("-")[0] == stem
    assert len(made) <= 63
    assert is_generated_name(made)


def test_the_name_follows_the_files() -> None:
    """Their texts, not their modes, labels or namespaces."""
    same = name(obj_of())

    assert name(obj_of(), mode=0o600) == same
    assert name(obj_of(labels={"a": "b"}, namespace="shop")) == same
    assert name(obj_of(), text="B") != same


def test_a_config_map_belongs_to_one_object() -> None:
    """Other kinds, rules and hooks with the same files have one of their own."""
    hook = {"helm.sh/hook": "pre-install"}
    names = [
        name(obj_of()),
        name(obj_of("Job", "batch/v1")),
        name(obj_of("Job", "batch.volcano.sh/v1alpha1")),
        name(obj_of(annotations=hook)),
        name(obj_of(name="web-rule"), "b"),
        name(obj_of(), "rule-b"),
        *(name(obj_of(name="w" * 60 + end)) for end in "abc"),
    ]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("found", "is_ours"),
    [
        ("web-rule-2456789bcd", True),
        ("web-rule-fghkmt2456", True),
        ("web-rule", False),
        ("web-rule-2456789bc", False),
        ("web-rule-2456789bca", False),
        ("", False),
    ],
)
def test_is_generated_name(found: str, *, is_ours: bool) -> None:
    """Generated names end in ten letters that make no words, as kubectl's do."""
    assert is_generated_name(found) is is_ours


@pytest.mark.parametrize(
    ("weight", "wanted"),
    [
        pytest.param({"helm.sh/hook-weight": "5"}, "4", id="weight"),
        pytest.param({"helm.sh/hook-weight": "-5"}, "-6", id="negative"),
        pytest.param({}, "-1", id="none is 0"),
        pytest.param({"helm.sh/hook-weight": "heavy"}, "-1", id="no number is 0, as for Helm"),
        pytest.param({"helm.sh/hook-weight": ""}, "-1", id="empty"),
        pytest.param({"helm.sh/hook-weight": "-"}, "-1", id="a sign alone"),
        pytest.param({"helm.sh/hook-weight": "1.5"}, "-1", id="a fraction"),
        pytest.param({"helm.sh/hook-weight": " 5"}, "-1", id="blanks, which Python reads over"),
        pytest.param({"helm.sh/hook-weight": "1_0"}, "-1", id="a line between digits, likewise"),
        pytest.param({"helm.sh/hook-weight": "\u0665"}, "-1", id="other digits, likewise"),
        pytest.param({"helm.sh/hook-weight": "--5"}, "-1", id="two signs"),
        pytest.param({"helm.sh/hook-weight": "+5"}, "4", id="plus"),
        pytest.param({"helm.sh/hook-weight": "-007"}, "-8", id="zeros before it"),
        pytest.param({"helm.sh/hook-weight": str(2**63 - 1)}, str(2**63 - 2), id="the highest"),
        pytest.param({"helm.sh/hook-weight": str(2**63)}, "-1", id="higher than any"),
        pytest.param({"helm.sh/hook-weight": str(1 - 2**63)}, str(-(2**63)), id="to the lowest"),
        pytest.param({"helm.sh/hook-weight": str(-(2**63) - 1)}, "-1", id="lower than any"),
        pytest.param({"helm.sh/hook-weight": "9" * 5000}, "-1", id="far too long"),
    ],
)
def test_config_map_of_a_hook(weight: dict[str, str], wanted: str) -> None:
    """The ConfigMap of a hook is a hook for the same events, with a lower weight."""
    obj = obj_of(annotations={"helm.sh/hook": "pre-install,test", **weight})

    annotations = config_map(obj, FILES, context(obj))["metadata"]["annotations"]

    assert annotations == {
        "kmod-post/rule": "rule",
        "helm.sh/hook": "pre-install,test",
        "helm.sh/hook-weight": wanted,
        "helm.sh/hook-delete-policy": "before-hook-creation",
    }


def test_no_weight_is_lower_than_the_lowest() -> None:
    """Helm would take a still lower number for 0, and install the ConfigMap after the hook."""
    obj = obj_of(
        annotations={"helm.sh/hook": "test", "helm.sh/hook-weight": "-9223372036854775808"}
    )

    with pytest.raises(VerbError, match=r"hook-weight is the lowest .* give the hook a higher one"):
        config_map(obj, FILES, context(obj))


CREATION, SUCCEEDED, FAILED = "before-hook-creation", "hook-succeeded", "hook-failed"


@pytest.mark.parametrize(
    ("obj", "own", "wanted"),
    [
        pytest.param(("Job", "batch/v1"), "", [CREATION, SUCCEEDED], id="a Job"),
        pytest.param(("Pod", "v1"), CREATION, [CREATION, SUCCEEDED], id="a Pod"),
        pytest.param(("Job", "batch/v1"), SUCCEEDED, [CREATION, SUCCEEDED], id="as the hook"),
        pytest.param(
            ("Job", "batch/v1"), f"{FAILED} , x", [CREATION, SUCCEEDED, FAILED], id="if it fails"
        ),
        pytest.param(("Deployment", "apps/v1"), "", [CREATION], id="it runs on"),
        pytest.param(
            ("Deployment", "apps/v1"), SUCCEEDED, [CREATION, SUCCEEDED], id="deleted at once"
        ),
        pytest.param(("Job", "batch.volcano.sh/v1"), "", [CREATION], id="Helm does not wait"),
    ],
)
def test_when_a_hooks_config_map_is_deleted(
    obj: tuple[str, str], own: str, wanted: list[str]
) -> None:
    """With the hook; where Helm waits for its end, in any case then."""
    policy = {"helm.sh/hook-delete-policy": own} if own else {}
    hook = obj_of(*obj, annotations={"helm.sh/hook": "pre-install", **policy})

    made = config_map(hook, FILES, context(hook))

    assert made["metadata"]["annotations"]["helm.sh/hook-delete-policy"] == ",".join(wanted)


def test_config_map_under_helm_4() -> None:
    """It carries its object's template path, or Helm 4 would put it into a file of its own."""
    path = {FILENAME: "web/templates/deployment.yaml"}
    obj = obj_of(annotations=path)

    assert config_map(obj, FILES, context(obj))["metadata"]["annotations"].items() >= path.items()


def test_config_map_that_is_too_large() -> None:
    """Kubernetes holds no more than a mebibyte in one; keys count, and bytes do."""
    obj = obj_of()

    config_map(obj, {"k": GeneratedFile("x" * (MAX_SIZE - 1), 0o644, "")}, context(obj))
    with pytest.raises(VerbError, match=f"its files have {MAX_SIZE + 1} bytes"):
        config_map(obj, {"k": GeneratedFile("é" * (MAX_SIZE // 2), 0o644, "")}, context(obj))


def test_config_map_of_an_object_without_a_name() -> None:
    """There is nothing to name the ConfigMap after."""
    obj = obj_of(name=None)

    with pytest.raises(VerbError, match="it has no name that the ConfigMap could get"):
        config_map(obj, FILES, context(obj))


def test_checksum() -> None:
    """It follows keys and texts, and neither order nor modes."""
    same = dict(reversed(FILES.items()))

    assert checksum(FILES) == checksum(same)
    assert checksum(FILES) == checksum({k: f.replaced(mode=0) for k, f in FILES.items()})
    others = [
        {**FILES, "a": GeneratedFile("A ", 0o755, "")},
        {"b": FILES["b"]},
        {"c": FILES["b"], "a": FILES["a"]},
        {"ab": GeneratedFile("", 0, ""), "b": FILES["b"]},
        {},
    ]
    assert len({checksum(files) for files in [FILES, *others]}) == len(others) + 1
