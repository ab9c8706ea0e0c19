from __future__ import annotations

import copy
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tools import find
from unlikekubectl import comparable, is_comparable

from postrender.data import same
from postrender.kubernetes.strategicmerge import (
    MergeError,
    Replaced,
    merge_container,
    merge_object,
    merge_pod_spec,
    merge_pod_template,
    merge_volume,
    plain,
)

FOLDER = Path(__file__).parent / "strategic"


def cases(name: str) -> list[Any]:
    """The cases of a file, each with its own copy of its object."""
    data = yaml.safe_load((FOLDER / name).read_text())
    return [
        pytest.param({**case, "object": copy.deepcopy(data["objects"][case["object"]])}, id=case_id)
        for case_id, case in data["cases"].items()
    ]


def at(data: Any, path: list[str | int]) -> Any:
    """What stands at a path, None where there is nothing."""
    for key in path:
        if isinstance(data, dict) and key not in data:
            return None
        data = data[key]
    return data


@pytest.fixture(scope="session")
def kubectl() -> str:
    """The kubectl to compare with."""
    return find("kubectl")


def kubectl_patch(kubectl: str, target: Any, patch: Any) -> Any:
    """What kubectl makes of an object and a patch, or its complaint as text."""
    done = subprocess.run(
        [
            kubectl,
            "patch",
            "--local",
            "--type=strategic",
            "-o=json",
            "-f=-",
            "-p",
            json.dumps(patch),
        ],
        input=json.dumps(target),
        env={**os.environ, "KUBECONFIG": os.devnull},
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr


def containers_of(data: Any) -> dict[int, Any]:
    """Every mapping and list in some data, by its id()."""
    found = {id(data): data} if isinstance(data, dict | list) else {}
    for value in data.values() if isinstance(data, dict) else data if found else ():
        found |= containers_of(value)
    return found


def has_directive_or_null(data: Any) -> bool:
    """Whether a null or a key that starts with $ is in some data."""
    if isinstance(data, dict):
        return any(key.startswith("$") or has_directive_or_null(data[key]) for key in data)
    if isinstance(data, list):
        return any(map(has_directive_or_null, data))
    return data is None


def assert_keeps(old: Any, new: Any) -> None:
    """Equal parts at the same field are the very same; fields of old come first, in their order."""
    if same(old, new):
        assert new is old
    elif isinstance(old, dict) and isinstance(new, dict):
        kept = [key for key in old if key in new]
        assert list(new)[: len(kept)] == kept
        for key in kept:
            assert_keeps(old[key], new[key])
    elif isinstance(old, list) and isinstance(new, list):
        for entry in filter(containers_of, new):
            olds, news = ([x for x in entries if same(x, entry)] for entries in (old, new))
            kept = {id(x) for x in olds} & {id(x) for x in news}
            assert len(kept) == min(len(olds), len(news))


def assert_pure(target: Any, patch: Any, merge: Any = merge_object) -> Any:
    """Check that a merge changes no input, keeps equal parts, copies the patch, works but once."""
    target_before, patch_before = copy.deepcopy(target), copy.deepcopy(patch)
    merged = merge(target, patch)
    assert same(target, target_before)
    assert same(patch, patch_before)
    assert not containers_of(merged).keys() & containers_of(patch).keys()
    assert_keeps(target, merged)
    assert not has_directive_or_null(merged)
    assert merge(merged, copy.deepcopy(patch)) is merged
    return merged


@pytest.mark.parametrize("case", cases("kubectl.yaml"))
def test_like_kubectl(case: Any, kubectl: str) -> None:
    """A merge gives what kubectl gives, the order of list entries included."""
    merged = merge_object(case["object"], case["patch"])
    assert same(merged, kubectl_patch(kubectl, case["object"], case["patch"]))


@pytest.mark.parametrize("case", cases("kubectl.yaml"))
def test_pure(case: Any) -> None:
    """Inputs stay as they are, equal parts are the same ones, and no change is no change."""
    merged = assert_pure(case["object"], case["patch"])
    assert (merged is case["object"]) == case.get("unchanged", False)


@pytest.mark.parametrize("case", cases("kubectl.yaml"))
def test_noop_twin(case: Any) -> None:
    """The result of a merge as a patch for itself changes nothing."""
    merged = merge_object(case["object"], case["patch"])
    assert merge_object(merged, copy.deepcopy(merged)) is merged


@pytest.mark.parametrize("case", [*cases("deviations.yaml"), *cases("custom-kinds.yaml")])
def test_unlike_kubectl(case: Any) -> None:
    """Where kubectl is wrong or has no answer, the result is the one that was written down."""
    merged = assert_pure(case["object"], case["patch"])
    assert same(at(merged, case["at"]), case["result"])
    assert merge_object(merged, copy.deepcopy(merged)) is merged


@pytest.mark.parametrize("case", cases("deviations.yaml"))
def test_kubectl_is_still_wrong(case: Any, kubectl: str) -> None:
    """Each deviation from kubectl is still needed: kubectl gives what is written down for it."""
    given_by_kubectl = kubectl_patch(kubectl, case["object"], case["patch"])
    if case["kubectl"] == "refused":
        assert isinstance(given_by_kubectl, str)
    else:
        assert same(at(given_by_kubectl, case["at"]), case["kubectl"])
        assert not same(case["result"], case["kubectl"])


def test_kubectl_refuses_custom_kinds(kubectl: str) -> None:
    """There is no kubectl result to compare custom kinds with."""
    for target in yaml.safe_load((FOLDER / "custom-kinds.yaml").read_text())["objects"].values():
        assert "not supported" in kubectl_patch(kubectl, target, {})


@pytest.mark.parametrize("case", cases("refused.yaml"))
def test_refused(case: Any) -> None:
    """A patch that cannot be meant is refused with a sentence and a place, and touches nothing."""
    before = copy.deepcopy(case["object"])
    with pytest.raises(MergeError) as caught:
        merge_object(case["object"], case["patch"])
    assert str(caught.value) == case["message"]
    assert caught.value.path == tuple(case["path"])
    assert same(case["object"], before)


@pytest.mark.parametrize("case", cases("refused.yaml"))
def test_kubectl_refuses_too(case: Any, kubectl: str) -> None:
    """What is refused, kubectl refuses too, or what it takes is written down as taken."""
    refused = isinstance(kubectl_patch(kubectl, case["object"], case["patch"]), str)
    assert refused == (case.get("kubectl") != "takes")


@pytest.mark.parametrize(
    ("patch", "result"),
    [
        pytest.param({"a": {"b": 1, "c": None}, "d": None}, {"a": {"b": 1}}, id="nulls"),
        pytest.param({"a": {"$patch": "delete"}, "b": 1}, {"b": 1}, id="delete"),
        pytest.param({"$patch": "delete", "a": 1}, None, id="nothing-at-all"),
        pytest.param({"a": {"$patch": "replace", "b": 1}}, {"a": {"b": 1}}, id="replace"),
        pytest.param({"$patch": "merge", "b": 1}, {"b": 1}, id="merge"),
        pytest.param([{"$patch": "replace"}, {"a": 1}], [{"a": 1}], id="marker"),
        pytest.param([{"$patch": "delete", "a": 1}, {"a": 2}], [{"a": 2}], id="delete-entry"),
        pytest.param({"$retainKeys": ["a"], "a": 1}, {"a": 1}, id="retain-keys"),
        pytest.param({"$setElementOrder/a": [1, 2], "a": [2]}, {"a": [2]}, id="order"),
        pytest.param({"$deleteFromPrimitiveList/a": [1], "b": 1}, {"b": 1}, id="delete-scalars"),
        pytest.param([None, {"a": [None]}], [None, {"a": [None]}], id="nulls-as-entries"),
        pytest.param({"$$ref": {"$$$a": 1}}, {"$ref": {"$$a": 1}}, id="two-dollars-are-one"),
        pytest.param({}, {}, id="empty"),
        pytest.param("text", "text", id="scalar"),
    ],
)
def test_plain(patch: Any, result: Any) -> None:
    """What a patch gives where nothing was has no directives left, and is a copy."""
    before = copy.deepcopy(patch)
    given_ = plain(patch)
    assert same(given_, result)
    assert same(patch, before)
    assert not containers_of(given_).keys() & containers_of(patch).keys()


@pytest.mark.parametrize(
    "patch",
    [
        pytest.param({"$patch": "no"}, id="directive"),
        pytest.param({"$ref": "#/a"}, id="no-directive"),
        pytest.param({"b": [{"a": 1}, {"$patch": "merge"}]}, id="merge-without-a-key"),
        pytest.param([{"$patch": "replace", "a": 1}], id="replace-with-fields"),
        pytest.param({"a": {"$retainKeys": [], "b": 1}}, id="retain-keys"),
    ],
)
def test_plain_refuses(patch: Any) -> None:
    """Mistakes are refused even where there is nothing to merge with."""
    with pytest.raises(MergeError):
        plain(patch)


POD_SPEC = {"containers": [{"name": "a", "env": [{"name": "A"}]}], "volumes": [{"name": "v"}]}


@pytest.mark.parametrize(
    ("merge", "target", "patch", "result"),
    [
        pytest.param(
            merge_pod_spec,
            POD_SPEC,
            {"volumes": [{"name": "v", "emptyDir": {}}]},
            {**POD_SPEC, "volumes": [{"name": "v", "emptyDir": {}}]},
            id="pod-spec",
        ),
        pytest.param(
            merge_pod_template,
            {"spec": POD_SPEC},
            {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "a"}]}},
            {"spec": POD_SPEC, "metadata": {"labels": {"a": "b"}}},
            id="pod-template",
        ),
        pytest.param(
            merge_container,
            POD_SPEC["containers"][0],
            {"env": [{"name": "A", "value": "1"}]},
            {"name": "a", "env": [{"name": "A", "value": "1"}]},
            id="container",
        ),
        pytest.param(
            merge_volume,
            {"name": "v", "projected": {"sources": [{"secret": {"name": "a"}}]}},
            {"projected": {"sources": [{"configMap": {"name": "a"}}]}},
            {"name": "v", "projected": {"sources": [{"configMap": {"name": "a"}}]}},
            id="volume",
        ),
    ],
)
def test_parts_of_a_pod(merge: Any, target: Any, patch: Any, result: Any) -> None:
    """Parts of a pod merge as they do within a whole object."""
    assert same(assert_pure(target, patch, merge), result)
    assert merge(target, copy.deepcopy(target)) is target


@pytest.mark.parametrize(
    "target",
    [
        pytest.param({"apiVersion": "apps/v1", "spec": {"replicas": 1}}, id="no-kind"),
        pytest.param({"kind": "Deployment", "spec": {"replicas": 1}}, id="no-version"),
        pytest.param({"apiVersion": 1, "kind": [], "spec": {"replicas": 1}}, id="odd-kind"),
    ],
)
def test_object_of_no_kind(target: Any) -> None:
    """An object that does not say what it is merges like one of a custom kind."""
    assert merge_object(target, {"spec": {"replicas": 2}}) == {**target, "spec": {"replicas": 2}}
    assert merge_object(target, {"spec": {"replicas": 1}}) is target


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(True, 1, id="bool-int"),
        pytest.param(1, 1.0, id="int-float"),
        pytest.param("1", 1, id="text-int"),
        pytest.param(0, False, id="int-bool"),
    ],
)
@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: [x], lambda x: {"b": [{"c": x}]}])
def test_types_are_told_apart(old: Any, new: Any, wrap: Any) -> None:
    """Values that are equal to Python are a change if their types differ."""
    target = {"a": wrap(old)}
    assert same(merge_volume(target, {"a": wrap(new)}), {"a": wrap(new)})
    assert merge_volume(target, {"a": wrap(old)}) is target


ROLLING = {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}
PROBED = {"livenessProbe": {"httpGet": {"port": 80}, "periodSeconds": 5}}


@pytest.mark.parametrize(
    ("target", "patch", "noted"),
    [
        pytest.param(
            PROBED,
            {"livenessProbe": {"tcpSocket": {"port": 80}}},
            [Replaced("Probe", ("livenessProbe",), "httpGet", "tcpSocket", "")],
            id="another",
        ),
        pytest.param(
            PROBED,
            {"livenessProbe": {"tcpSocket": {"port": 80}, "httpGet": None}},
            [],
            id="another-and-null",
        ),
        pytest.param(
            PROBED,
            {"livenessProbe": {"$patch": "replace", "tcpSocket": {"port": 80}}},
            [],
            id="all-replaced",
        ),
        pytest.param(PROBED, {"livenessProbe": {"httpGet": {"port": 8}}}, [], id="the-same"),
        pytest.param(PROBED, {"livenessProbe": {"exec": {"command": None}}}, [], id="deletion"),
        pytest.param({}, {"livenessProbe": {"exec": {}}}, [], id="new"),
        pytest.param(
            {"lifecycle": {"preStop": {"exec": {}, "httpGet": {}}}},
            {"lifecycle": {"preStop": {"sleep": {}}}},
            [
                Replaced("LifecycleHandler", ("lifecycle", "preStop"), "exec", "sleep", ""),
                Replaced("LifecycleHandler", ("lifecycle", "preStop"), "httpGet", "sleep", ""),
            ],
            id="two-of-the-object",
        ),
        pytest.param(
            {"lifecycle": {"preStop": {"exec": {}, "httpGet": {}}}},
            {"lifecycle": {"preStop": {"exec": {}}}},
            [],
            id="one-of-two-as-it-is",
        ),
        pytest.param(
            {"env": [{"name": "A", "value": "1"}]},
            {"env": [{"name": "A", "valueFrom": {"fieldRef": {}}}]},
            [Replaced("EnvVar", ("env", 0), "value", "valueFrom", "")],
            id="entry",
        ),
    ],
)
def test_what_is_replaced_is_noted(target: Any, patch: Any, noted: list[Replaced]) -> None:
    """Each field of the object that the patch takes out without saying so is told, once."""
    found: list[Replaced] = []
    merged = merge_container(target, patch, found.append)
    assert found == noted
    assert merge_container(merged, patch, found.append) is merged
    assert found == noted


@pytest.mark.parametrize(
    ("patch", "noted"),
    [
        pytest.param(
            {"type": "Recreate"},
            [
                Replaced(
                    "DeploymentStrategy", ("spec", "strategy"), "rollingUpdate", "Recreate", "type"
                )
            ],
            id="another-type",
        ),
        pytest.param({"type": "Recreate", "rollingUpdate": None}, [], id="null"),
        pytest.param({"type": "RollingUpdate"}, [], id="the-same"),
        pytest.param({"type": None}, [], id="the-default"),
        pytest.param({"type": ["odd"]}, [], id="odd"),
    ],
)
def test_what_a_type_does_not_allow_is_noted(patch: Any, noted: list[Replaced]) -> None:
    """A type that does not allow a field of the object takes it out."""
    found: list[Replaced] = []
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "spec": ROLLING}
    merged = merge_object(target, {"spec": {"strategy": patch}}, found.append)
    assert found == noted
    assert ("rollingUpdate" in merged["spec"]["strategy"]) == (
        not noted and "rollingUpdate" not in patch
    )


def test_replaced_list_keeps_equal_entries() -> None:
    """A list that is replaced whole still holds the old entries where they are equal."""
    target = {"tolerations": [{"key": "a"}, {"key": "b"}]}
    merged = merge_pod_spec(target, {"tolerations": [{"key": "b"}, {"key": "b"}, {"key": "c"}]})
    assert merged == {"tolerations": [{"key": "b"}, {"key": "b"}, {"key": "c"}]}
    assert merged["tolerations"][0] is target["tolerations"][1]
    assert merged["tolerations"][1] is not target["tolerations"][1]


# A small world, so that patches often hit what is there. Its lists with keys never name one twice.


def keyed(key: str, names: str, fields: dict[str, st.SearchStrategy[Any]]) -> Any:
    """A list of mappings with a unique key each."""
    entry = st.fixed_dictionaries({key: st.sampled_from(list(names))}, optional=fields)
    return st.lists(entry, max_size=3, unique_by=lambda entry: entry[key])


texts = st.sampled_from(["x", "y"])
source = st.fixed_dictionaries({}, optional={"name": texts, "optional": st.booleans()})
container = {
    "image": texts,
    "args": st.lists(texts, max_size=2),
    "env": keyed("name", "AB", {"value": texts, "valueFrom": st.builds(dict, fieldRef=source)}),
    "volumeMounts": keyed("mountPath", "/~", {"name": texts, "readOnly": st.booleans()}),
    "resources": st.builds(dict, limits=st.dictionaries(texts, st.sampled_from([1, "1"]))),
}
specs = st.fixed_dictionaries(
    {"containers": keyed("name", "abc", container)},
    optional={
        "initContainers": keyed("name", "de", container),
        "volumes": keyed("name", "vw", {"configMap": source, "emptyDir": st.builds(dict)}),
        "tolerations": st.lists(st.builds(dict, key=texts), max_size=2),
        "imagePullSecrets": keyed("name", "st", {}),
        "nodeSelector": st.dictionaries(texts, texts),
        "hostNetwork": st.booleans(),
    },
)
KEYS = {"env": "name", "volumeMounts": "mountPath"}


def deployment(spec: Any) -> Any:
    """A Deployment with that pod spec."""
    template = {"metadata": {"labels": {"a": "b"}}, "spec": spec}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"template": template},
    }


@st.composite
def patches(draw: Any, targets: Any = specs) -> Any:
    """A patch for a pod spec: another pod spec, with deletions in it."""
    patch = draw(targets)
    for name in draw(st.lists(st.sampled_from(["volumes", "nodeSelector", "tolerations"]))):
        patch[name] = None
    for entry in patch["containers"]:
        what = draw(st.sampled_from(["", "", "delete", "null"]))
        if what == "delete":
            entry["$patch"] = "delete"
        elif what == "null":
            entry["image"] = None
    if draw(st.booleans()) and isinstance(patch.get("volumes"), list):
        patch["volumes"].append({"$patch": "replace"})
    return patch


@given(specs, patches())
def test_merge_is_pure(target: Any, patch: Any) -> None:
    """Whatever the patch: no input changes, nothing is shared, equal parts stay, once is enough."""
    assert_pure(target, patch, merge_pod_spec)


@given(specs, st.data())
def test_part_of_the_object_as_patch(target: Any, data: st.DataObject) -> None:
    """A patch that says only what is so already changes nothing."""

    def part(value: Any, keep: str = "") -> Any:
        if isinstance(value, dict):
            return {
                key: part(value[key], KEYS.get(key, "name"))
                for key in value
                if key == keep or data.draw(st.booleans())
            }
        if isinstance(value, list) and value and isinstance(value[0], dict) and keep in value[0]:
            return [part(entry, keep) for entry in value if data.draw(st.booleans())]
        return copy.deepcopy(value)

    assert merge_pod_spec(target, part(target)) is target


@given(specs, specs)
def test_nothing_gets_lost(target: Any, patch: Any) -> None:
    """Without deletions every container and volume of object and patch is in the result once."""
    merged = merge_pod_spec(target, patch)
    for name in ("containers", "initContainers", "volumes", "imagePullSecrets"):
        names = {entry["name"] for spec in (target, patch) for entry in spec.get(name, ())}
        assert {entry["name"] for entry in merged.get(name, ())} == names
        assert len(merged.get(name, ())) == len(names)


def one_of(*members: str) -> Any:
    """A mapping with one of these fields, which holds little."""
    inner = st.fixed_dictionaries({}, optional={"port": st.sampled_from([1, 2])})
    return st.tuples(st.sampled_from(members), inner).map(lambda pair: dict([pair]))


HANDLERS = ("exec", "grpc", "httpGet", "tcpSocket")
handled = st.fixed_dictionaries(
    {},
    optional={
        "livenessProbe": one_of(*HANDLERS),
        "env": keyed("name", "AB", {}).flatmap(
            lambda entries: st.tuples(
                *(
                    st.just(entry).flatmap(
                        lambda entry: one_of("value", "valueFrom").map(
                            lambda one: {
                                **entry,
                                **{key: "1" if key == "value" else {} for key in one},
                            }
                        )
                    )
                    for entry in entries
                )
            ).map(list)
        ),
        "lifecycle": st.builds(dict, preStop=one_of("exec", "httpGet", "sleep")),
    },
)


@given(handled, handled)
def test_never_two_members(target: Any, patch: Any) -> None:
    """Of fields that exclude each other, a patch with one leaves the object with one: its own."""
    merged = assert_pure(target, patch, merge_container)
    for name, members in (("livenessProbe", HANDLERS), ("env", ("value", "valueFrom"))):
        entries = merged.get(name, [])
        for entry in entries if isinstance(entries, list) else [entries]:
            assert len(entry.keys() & {*members}) == 1
    for path in (["livenessProbe"], ["lifecycle", "preStop"]):
        wanted = at(patch, path[:1]) and at(patch, path)
        if wanted:
            assert wanted.keys() == at(merged, path).keys()


port = st.fixed_dictionaries(
    {"containerPort": st.sampled_from([53, 80])},
    optional={"protocol": st.sampled_from(["TCP", "UDP"]), "name": texts},
)


@given(st.lists(port, max_size=5), st.lists(port, max_size=4))
def test_any_ports(target: Any, patch: Any) -> None:
    """Ports of any protocols, told or not, even twice: no port is lost, and once is enough."""
    merged = assert_pure({"ports": target}, {"ports": patch}, merge_container)["ports"]
    assert merge_container({"ports": merged}, {"ports": copy.deepcopy(merged)})["ports"] is merged

    def told(ports: Any) -> set[tuple[int, str]]:
        return {(port["containerPort"], port["protocol"]) for port in ports if port.get("protocol")}

    numbers = {port["containerPort"] for port in [*target, *patch]}
    assert {port["containerPort"] for port in merged} == numbers
    assert told(merged) >= told(target) | told(patch)
    assert len(merged) <= len(target) + len(patch)


FIELD_NAMES = ["containers", "env", "ports", "name", "containerPort", "finalizers", "metadata"]
DIRECTIVES = ["$patch", "$retainKeys", "$setElementOrder/env", "$deleteFromPrimitiveList/env"]
scalars = st.sampled_from([1, True, "a", "b", "delete", "replace"])


def trees(names: list[str], leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mappings of mappings and lists, as odd as can be."""
    nodes = st.recursive(
        leaves,
        lambda node: st.lists(node, max_size=3) | st.dictionaries(st.sampled_from(names), node),
        max_leaves=12,
    )
    return st.dictionaries(st.sampled_from(names), nodes)


@pytest.mark.parametrize("kind", ["Pod", "Other"])
@given(trees(FIELD_NAMES, scalars), trees([*FIELD_NAMES, *DIRECTIVES], scalars | st.none()))
def test_any_data(kind: str, target: Any, patch: Any) -> None:
    """Whatever the data, a patch is merged or refused, and neither input is touched."""
    version = {"Pod": "v1", "Other": "example.com/v1"}[kind]
    target = {"apiVersion": version, "kind": kind, "metadata": target, "spec": target}
    inputs = copy.deepcopy((target, patch))
    try:
        merged = merge_object(target, {"metadata": patch, "spec": patch})
    except MergeError:
        merged = target
    assert_keeps(target, merged)
    assert same([*inputs], [target, patch])


@given(patches())
def test_plain_is_a_merge_with_nothing(patch: Any) -> None:
    """What a patch gives where nothing was, it gives as well for an empty mapping."""
    assert same(plain(patch) or {}, merge_pod_spec({}, patch))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(specs, patches())
def test_any_patch_like_kubectl(kubectl: str, target: Any, patch: Any) -> None:
    """Any patch gives what kubectl gives, but for what is unlike it on purpose."""
    target, patch = deployment(target), deployment(patch)
    assume(is_comparable(target, patch))
    by_kubectl = kubectl_patch(kubectl, target, patch)
    assert same(comparable(merge_object(target, patch)), comparable(by_kubectl))
