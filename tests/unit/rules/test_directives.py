"""Keys with `$`: what is a directive, what is data, and what is neither, in every verb."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from postrender.errors import RulesError, VerbError

if TYPE_CHECKING:
    from conftest import ApplyVerb

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {a: "1", b: "2"}, annotations: {a: "1", b: "2"}}
spec:
  template:
    metadata: {labels: {a: "1", b: "2"}, annotations: {a: "1", b: "2"}}
    spec:
      containers: []
"""
POD = """
containers:
- name: web
  image: a
  env: [{name: A, value: "1"}, {name: B, value: "2"}]
  volumeMounts:
  - {name: a, mountPath: /a}
  - {name: b, mountPath: /b, readOnly: true}
  - {name: kmod-x, mountPath: /kmod-post/x}
volumes: [{name: a, emptyDir: {}}, {name: b, secret: {secretName: s}}, {name: kmod-x, configMap: {}}]
"""
RBAC = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: web}
rules: [{apiGroups: [a], resources: [b], verbs: [get]}]
"""
CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: a}
spec:
  versions:
  - name: v1
    schema: {openAPIV3Schema: {properties: {a: {type: object}}}}
"""
CUSTOM = """
apiVersion: example.com/v1
kind: Thing
metadata: {name: web}
spec:
  endpoints: [{port: a}]
  containers: [{name: a, image: b}]
  free: {}
"""


@pytest.mark.parametrize(
    ("verb", "value", "path", "found"),
    [
        ("volumes", "{$patch: replace, b: {emptyDir: {}}}", ["volumes"], ["b", "kmod-x"]),
        ("volumes", "[{$patch: replace}, {name: c, emptyDir: {}}]", ["volumes"], ["c", "kmod-x"]),
        ("volumes", "{$patch: null, c: {emptyDir: {}}}", ["volumes"], ["a", "b", "kmod-x", "c"]),
        (
            "containers",
            "web: {mounts: {$patch: replace, /b: b}}",
            ["volumeMounts"],
            ["b", "kmod-x"],
        ),
        ("containers", "web: {mounts: {$patch: replace}}", ["volumeMounts"], ["kmod-x"]),
        ("containers", "web: {mounts: {$patch: replace, /a: null}}", ["volumeMounts"], ["kmod-x"]),
        ("containers", "web: {env: {$patch: replace, C: c}}", ["env"], ["C"]),
        ("containers", "web: {env: {$patch: replace, B: b, A: null}}", ["env"], ["B"]),
        ("containers", "web: {env: {$patch: null, B: b}}", ["env"], ["A", "B"]),
        ("containers", "web: {env: {$$B: b}}", ["env"], ["A", "B", "$B"]),
        ("containers", "web: {env: [{$patch: replace}, {name: C, value: c}]}", ["env"], ["C"]),
    ],
)
def test_a_short_form_replaces_all(
    apply_verb: ApplyVerb, verb: str, value: str, path: list[str], found: list[str]
) -> None:
    """What the rule says is all that is left, but for what kmod-post has generated."""
    done = apply_verb(verb, value, POD)

    owner: Any = done.data if verb == "volumes" else done.data["containers"][0]
    assert [entry["name"] for entry in owner[path[0]]] == found
    assert apply_verb(verb, value, done.data).data is done.data
    assert done.warnings == []


@pytest.mark.parametrize("verb", ["volumes", "containers"])
def test_nothing_is_left(apply_verb: ApplyVerb, verb: str) -> None:
    """The list goes where nothing is left of it."""
    value = "{$patch: replace}" if verb == "volumes" else "web: {mounts: {$patch: replace}}"
    pod = "{containers: [{name: web, volumeMounts: [{name: a, mountPath: /a}]}], volumes: [{name: a}]}"

    done = apply_verb(verb, value, pod).data

    assert "volumes" not in done if verb == "volumes" else done["containers"] == [{"name": "web"}]


def test_what_is_replaced_has_nothing_of_the_old(apply_verb: ApplyVerb) -> None:
    """A volume or mount of the same name is not merged into."""
    volumes = apply_verb("volumes", "{$patch: replace, b: {emptyDir: {}}}", POD).data["volumes"]
    assert volumes[0] == {"name": "b", "emptyDir": {}}

    (web,) = apply_verb("containers", "web: {mounts: {$patch: replace, /b: b}}", POD).data[
        "containers"
    ]
    assert web["volumeMounts"][0] == {"name": "b", "mountPath": "/b"}


def test_a_replaced_volume_needs_its_source(apply_verb: ApplyVerb) -> None:
    """It is new."""
    with pytest.raises(VerbError, match="volume b: it is new and has no source"):
        apply_verb("volumes", "{$patch: replace, b: {}}", POD)


@pytest.mark.parametrize("verb", ["labels", "annotations"])
def test_texts_are_replaced(apply_verb: ApplyVerb, verb: str) -> None:
    """Of the object itself."""
    done = apply_verb(verb, "{$patch: replace, b: 3, $$c: 4}", WEB, obj=WEB)
    assert done.data["metadata"][verb] == {"b": "3", "$c": "4"}


@pytest.mark.parametrize(
    ("verb", "field"), [("podLabels", "labels"), ("podAnnotations", "annotations")]
)
def test_texts_of_the_pod_are_replaced(apply_verb: ApplyVerb, verb: str, field: str) -> None:
    """Of the pod template."""
    template = "{metadata: {labels: {a: '1'}, annotations: {a: '1'}}, spec: {}}"
    done = apply_verb(verb, "{$patch: replace, b: 3}", template)
    assert done.data["metadata"][field] == {"b": "3"}


def test_a_label_of_the_selector_stays(apply_verb: ApplyVerb) -> None:
    """Taking away all labels takes away that one, too."""
    obj = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {selector: {matchLabels: {a: b}}}}"
    template = "{metadata: {labels: {a: b, c: d}}, spec: {}}"

    with pytest.raises(VerbError, match=r'selector uses label "a", .* keep it in the rule'):
        apply_verb("podLabels", "{$patch: replace, e: f}", template, obj=obj)
    done = apply_verb("podLabels", "{$patch: replace, a: b}", template, obj=obj)
    assert done.data["metadata"]["labels"] == {"a": "b"}


@pytest.mark.parametrize(
    ("verb", "value", "message"),
    [
        *(
            (
                verb,
                value,
                f"{place}$patch: can only be replace here; set an entry to null to remove it",
            )
            for verb, value, place in [
                ("labels", "{$patch: merge}", "labels."),
                ("annotations", "{$patch: delete}", "annotations."),
                ("podLabels", "{$patch: [a]}", "podLabels."),
                ("podAnnotations", "{$patch: replaced}", "podAnnotations."),
                ("volumes", "{$patch: delete}", "volumes."),
                ("containers", "web: {env: {$patch: delete}}", "containers.web.env."),
                ("sidecars", "web: {image: a, mounts: {$patch: merge}}", "sidecars.web.mounts."),
            ]
        ),
        ("labels", "{$ptach: replace}", 'labels: unknown key "$ptach"; did you mean "$patch"?'),
        ("labels", "{$retainKeys: [a]}", 'unknown key "$retainKeys"; write "$$retainKeys" for'),
        ("containers", "web: {env: {A: {$patch: delete}}}", 'unknown key "$patch"; remove it'),
        ("containers", "web: {env: [{name: A, $pacth: a}]}", 'did you mean "$patch"?'),
        ("containers", "web: {mounts: {$a: b}}", 'unknown key "$a"; write "$$a" for the key "$a"'),
        ("containers", "web: {mounts: {/a: {volume: a, $patch: delete}}}", 'unknown key "$patch"'),
        ("containers", "web: {$foo: a}", 'containers.web: unknown key "$foo"; remove it'),
        ("containers", "{$patch: replace}", 'containers: unknown key "$patch"; remove it'),
        ("sidecars", "{$patch: replace}", 'sidecars: unknown key "$patch"; remove it'),
        ("initContainers", "{$foo: {image: a}}", 'unknown key "$foo"; remove it'),
        ("volumes", "{$foo: {emptyDir: {}}}", 'volumes: unknown key "$foo"; write "$$foo"'),
        ("volumes", "{a: {$retainKeys: [emptyDir], emptyDir: {}}}", 'unknown key "$retainKeys"'),
        (
            "containers",
            "web: {volumeMounts: [{name: a, mountPath: /a}], mounts: {$patch: replace}}",
            "volumeMounts is set too; keep one of the two",
        ),
        ("merge", "{metadata: {$chnage: a}}", 'unknown key "$chnage"'),
        ("merge", "{metadata: {labels: {$ref: a}}}", 'write "$$ref" for the key "$ref"'),
        ("merge", "{$retainkeys: [a]}", 'did you mean "$retainKeys"?'),
        (
            "merge",
            "{metadata: {$setElementOder/finalizers: [a]}}",
            'did you mean "$setElementOrder/…"?',
        ),
        ("merge", "{metadata: {$deleteFromPrimitiveList: [a]}}", '"$deleteFromPrimitiveList/…"?'),
        (
            "pod",
            "{nodeSelector: {$Patch: replace}}",
            'unknown key "$Patch"; did you mean "$patch"?',
        ),
        ("pod", "{containers: [{name: a, $foo: b}]}", 'pod.containers[0]: unknown key "$foo"'),
        ("pod", "{tolerations: [{$patch: merge}, {key: a}]}", "this list has no key to merge"),
        ("pod", "{tolerations: [{$patch: delete, key: a}]}", "this list has no key to merge"),
        ("pod", "{tolerations: [{$patch: replace, key: a}]}", "this list has no key to merge"),
        ("containers", "web: {resources: {$foo: {}}}", 'unknown key "$foo"'),
        ("containers", "web: {preStop: {exec: {$foo: {}}}}", 'unknown key "$foo"'),
        ("volumes", "{a: {emptyDir: {$foo: a}}}", 'volumes.a.emptyDir: unknown key "$foo"'),
    ],
)
def test_what_means_nothing_is_refused(
    apply_verb: ApplyVerb, verb: str, value: str, message: str
) -> None:
    """When the rules are read; with the nearest, or how to write the key."""
    with pytest.raises(RulesError) as caught:
        apply_verb(verb, value, {})
    (line,) = str(caught.value).splitlines()
    assert message in line


@pytest.mark.parametrize(
    ("obj", "value", "message"),
    [
        (RBAC, "rules: [{$patch: merge}, {apiGroups: [''], verbs: [get]}]", "has no key to merge"),
        (RBAC, "rules: [{apiGroups: [''], verbs: [get], $patch: delete}]", "has no key to merge"),
        (CUSTOM, "spec: {endpoints: [{$patch: merge}, {port: b}]}", "has no key to merge"),
        (
            CUSTOM,
            "spec: {ports: [{$patch: merge, a: b}, {c: d}]}",
            "this list is not merged by a key",
        ),
        (CUSTOM, "spec: {free: {$foo: a}}", 'unknown key "$foo"'),
        (CUSTOM, "spec: {containers: [{name: a, $foo: b}]}", 'unknown key "$foo"'),
        (
            CRD,
            "spec: {versions: [{name: v1, schema: {openAPIV3Schema: {properties: {a: {$ref: b}}}}}]}",
            'unknown key "$ref"; write "$$ref" for the key "$ref"',
        ),
    ],
)
def test_what_means_nothing_in_an_object(
    apply_verb: ApplyVerb, obj: str, value: str, message: str
) -> None:
    """Of a type that only the object tells."""
    with pytest.raises((RulesError, VerbError)) as caught:
        apply_verb("merge", value, obj, obj=obj)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("verb", "obj", "value", "path", "found"),
    [
        ("merge", CUSTOM, "spec: {free: {$$ref: a, $$$b: c}}", "free", {"$ref": "a", "$$b": "c"}),
        (
            "merge",
            CUSTOM,
            "spec: {endpoints: [{port: b, $ref: {$patch: x, $$y: z}}]}",
            "endpoints",
            [{"port": "b", "$ref": {"$patch": "x", "$$y": "z"}}],
        ),
        (
            "merge",
            CUSTOM,
            "spec: {containers: [{name: a, $$foo: b}]}",
            "containers",
            [{"name": "a", "image": "b", "$foo": "b"}],
        ),
        (
            "merge",
            CRD,
            "spec: {versions: [{name: v1, schema: {openAPIV3Schema: {$$schema: b}}}]}",
            "versions",
            [
                {
                    "name": "v1",
                    "schema": {
                        "openAPIV3Schema": {"properties": {"a": {"type": "object"}}, "$schema": "b"}
                    },
                }
            ],
        ),
        (
            "merge",
            CRD,
            "spec: {versions: [{name: v1, schema: {openAPIV3Schema: {allOf: [{$ref: b}]}}}]}",
            "versions",
            [
                {
                    "name": "v1",
                    "schema": {
                        "openAPIV3Schema": {
                            "properties": {"a": {"type": "object"}},
                            "allOf": [{"$ref": "b"}],
                        }
                    },
                }
            ],
        ),
        (
            "jsonPatch",
            CUSTOM,
            "[{op: add, path: /spec/free, value: {$patch: a, $$b: [{$c: d}]}}]",
            "free",
            {"$patch": "a", "$$b": [{"$c": "d"}]},
        ),
        (
            "merge",
            CUSTOM,
            "spec: {endpoints: [{$patch: replace}, {port: b}]}",
            "endpoints",
            [{"port": "b"}],
        ),
    ],
)
def test_what_is_data(
    apply_verb: ApplyVerb, verb: str, obj: str, value: str, path: str, found: object
) -> None:
    """`$$ref` is the key `$ref`; in items of lists and values of jsonPatch all is data."""
    done = apply_verb(verb, value, obj, obj=obj)

    assert done.data["spec"][path] == found
    assert apply_verb(verb, value, done.data, obj=obj).data == done.data
