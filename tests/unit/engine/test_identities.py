"""Which object an object is: rules rename none unasked, and never make one of two."""

from __future__ import annotations

import pytest
from runs import output, rules_in, run_text

from postrender.engine import run as engine
from postrender.errors import KmodError
from postrender.stream.text import Stream


def run(rules: str, stream: str, namespace: str = "") -> list[str]:
    """What is wrong with rules in flow style over a stream; else what comes out changes no more."""
    try:
        parsed = rules_in(f"{{{rules}}}")
        done = b"".join(engine.run(Stream(stream.encode()), parsed, namespace).pieces)
        engine.run(Stream(done), parsed, namespace)
    except KmodError as error:
        return [str(message) for message in error.messages]
    return []


def obj(name: str, kind: str = "ConfigMap", version: str = "v1", **metadata: str) -> str:
    """An object without content, as a document."""
    more = "".join(f", {key}: {value}" for key, value in metadata.items())
    return f"---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}{more}}}\n"


def named(name: str, match: str = "kind: '*'") -> str:
    """A rule that gives what matches a name, and accepts that."""
    return f"{{match: {{{match}}}, accept: [rename], merge: {{metadata: {{name: {name}}}}}}}"


LEAVE_OUT = "as match: says which objects the rule is for (error: rename)"
SEVERAL = "several objects would have this kind and name"
WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec: {template: {spec: {containers: [{name: shop, image: a}]}}}
"""
FILES = "{match: {kind: Deployment}, containers: {shop: {files: {/a: b}}}}"
SETTINGS = "{apiVersion: v1, kind: ConfigMap, metadata: {name: shop-conf-k9kgkkh5c8}}"


@pytest.mark.parametrize(
    ("match", "verb", "place", "field"),
    [
        ("kind: ConfigMap", "merge: {kind: Secret}", "merge.kind", "kind"),
        ("kind: '*', name: a", "merge: {metadata: {name: b}}", "merge.metadata.name", None),
        ("kind: '*', name: 'a*'", "merge: {metadata: {name: b}}", "merge.metadata.name", None),
        (
            "kind: '*', namespace: a",
            "merge: {metadata: {namespace: b}}",
            "merge.metadata.namespace",
            None,
        ),
        ("kind: '*', apiVersion: v1", "merge: {apiVersion: v2}", "merge.apiVersion", "apiVersion"),
        (
            "kind: ConfigMap",
            "jsonPatch: [{op: replace, path: /kind, value: Secret}]",
            "jsonPatch[0].value",
            "kind",
        ),
    ],
)
def test_what_no_match_has_is_said_early(
    match: str, verb: str, place: str, field: str | None
) -> None:
    """Where the rule names no object that has it already: at its place, without any object."""
    field = field or place.removeprefix("merge.")
    (said,) = run(f"rules: {{r: {{match: {{{match}}}, {verb}}}}}", "")

    assert said.partition(": ")[2] == (
        f'rule "r": {place}: it changes {field}, which makes another object of it; '
        f"leave {field} out, {LEAVE_OUT}"
    )
    assert run(f"rules: {{r: {{match: {{{match}}}, accept: [rename], {verb}}}}}", "") == []


@pytest.mark.parametrize(
    "verb",
    [
        pytest.param("merge: {kind: ConfigMap, metadata: {name: a}}", id="it may be the object's"),
        pytest.param(
            "jsonPatch: [{op: add, path: /kind, value: X}, {op: add, path: /kind, value: "
            "ConfigMap}]",
            id="a later operation counts",
        ),
        pytest.param(
            "jsonPatch: [{op: add, path: /kind, value: X}, {op: copy, from: /a, path: /kind}]",
            id="a copy",
        ),
        pytest.param(
            "jsonPatch: [{op: add, path: /kind, value: X}, {op: add, path: '', value: {}}]",
            id="the whole object",
        ),
    ],
)
def test_what_may_be_right_waits_for_the_object(verb: str) -> None:
    """Some object that matches may be called so."""
    assert run(f"rules: {{r: {{match: {{kind: ConfigMap}}, {verb}}}}}", "") == []


def test_the_default_namespace_is_no_change() -> None:
    """An object that names none is in it."""
    rules = "rules: {r: {match: {kind: '*'}, merge: {metadata: {namespace: shop}}}}"

    assert run(rules, obj("a"), "shop") == []
    (said,) = run(rules, obj("a"), "other")
    assert "it changes metadata.namespace" in said


@pytest.mark.parametrize(
    ("rules", "stream", "message"),
    [
        pytest.param(
            f"rules: {{r: {named('all')}}}",
            obj("one") + obj("two"),
            f'rule "r": ConfigMap/all: {SEVERAL}: ConfigMap/one of the chart and ConfigMap/two of '
            "the chart",
            id="two that are renamed",
        ),
        pytest.param(
            f"rules: {{r: {named('two', 'kind: Secret, name: one')}}}",
            obj("one", "Secret") + obj("two") + obj("two", "Secret"),
            f'rule "r": Secret/two: {SEVERAL}: Secret/one of the chart and Secret/two of the chart',
            id="one that is there",
        ),
        pytest.param(
            "rules: {r: {match: {kind: Secret}, accept: [rename], merge: {kind: ConfigMap}}}",
            obj("one", "Secret") + obj("one"),
            f'rule "r": ConfigMap/one: {SEVERAL}: Secret/one of the chart and ConfigMap/one of the '
            "chart",
            id="another kind",
        ),
        pytest.param(
            f"rules: {{r: {named('a', 'kind: Ingress, name: b')}}}",
            obj("a", "Ingress", "networking.k8s.io/v1")
            + obj("b", "Ingress", "networking.k8s.io/v1beta1"),
            f'rule "r": Ingress/a: {SEVERAL}: Ingress/a of the chart and Ingress/b of the chart',
            id="two versions of one group",
        ),
        pytest.param(
            "rules: {r: {match: {namespace: p, kind: '*'}, accept: [rename], "
            "merge: {metadata: {namespace: q}}}}",
            obj("a", namespace="p") + obj("a", namespace="q"),
            f'rule "r": ConfigMap/q/a: {SEVERAL}: ConfigMap/p/a of the chart and ConfigMap/q/a of '
            "the chart",
            id="another namespace",
        ),
        pytest.param(
            f"rules: {{r: {named('a', 'kind: ClusterRole, name: b')}}}",
            obj("a", "ClusterRole", "rbac.authorization.k8s.io/v1", namespace="x")
            + obj("b", "ClusterRole", "rbac.authorization.k8s.io/v1"),
            f'rule "r": ClusterRole/a: {SEVERAL}: ClusterRole/x/a of the chart and ClusterRole/b '
            "of the chart",
            id="a kind without namespaces",
        ),
        pytest.param(
            f"resources: [{SETTINGS}], rules: {{conf: {FILES}}}",
            WEB,
            f'rule "conf": ConfigMap/shop-conf-k9kgkkh5c8: {SEVERAL}: one of resources: and one that is '
            "generated",
            id="a resource, and what is generated",
        ),
        pytest.param(
            f"rules: {{conf: {FILES}, r: {named('shop-conf-k9kgkkh5c8', 'kind: ConfigMap')}}}",
            WEB + obj("other"),
            f'rule "r": ConfigMap/shop-conf-k9kgkkh5c8: {SEVERAL}: one that is generated and ConfigMap/other '
            "of the chart",
            id="what is generated, and what a rule renames",
        ),
        pytest.param(
            f"resources: [{SETTINGS}], rules: {{r: {named('shop-conf-k9kgkkh5c8', 'name: a, kind: Config*')}}}",
            obj("a"),
            f'rule "r": ConfigMap/shop-conf-k9kgkkh5c8: {SEVERAL}: ConfigMap/a of the chart and one of '
            "resources:",
            id="a resource, and what a rule renames",
        ),
        pytest.param(
            f"rules: {{r: {named('x', 'name: b, kind: Config*')}}}",
            "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: "
            "{name: x}}\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n",
            f'rule "r": ConfigMap/x: {SEVERAL}: ConfigMap/x of the chart and ConfigMap/b of the '
            "chart",
            id="items of a List",
        ),
        pytest.param(
            f"rules: {{r: {named('x', 'name: b, kind: Config*')}}}",
            obj("x") + obj("x") + obj("b"),
            f'rule "r": ConfigMap/x: {SEVERAL}: ConfigMap/x of the chart and ConfigMap/x of the '
            "chart and ConfigMap/b of the chart",
            id="a third one",
        ),
    ],
)
def test_two_objects_are_not_made_one(rules: str, stream: str, message: str) -> None:
    """Nothing excuses it; the rule is named that came last."""
    (said,) = run(rules, stream)
    assert said.partition(": ")[2] == f"{message}; give them different names"


@pytest.mark.parametrize(
    ("rules", "stream"),
    [
        pytest.param(
            "rules: {r: {match: {kind: '*'}, labels: {a: b}}}",
            obj("one") + obj("one"),
            id="the chart has it twice",
        ),
        pytest.param(
            f"rules: {{r: {named('new', 'kind: Config*')}}}",
            obj("one") + obj("one"),
            id="and still has, under another name",
        ),
        pytest.param(
            f"rules: {{a: {{match: {{name: two, kind: '*'}}, expect: any, remove: true}}, "
            f"b: {named('two')[:-1]}, expect: any}}}}",
            obj("one") + obj("two"),
            id="the other one is removed",
        ),
        pytest.param(
            f"rules: {{r: {named('two', 'name: one, kind: Config*')[:-1]}, expect: any}}}}",
            obj("one") + obj("two", "Secret") + obj("two", namespace="x"),
            id="another kind or namespace",
        ),
        pytest.param(
            "rules: {r: {match: {kind: '*'}, accept: [rename], merge: {kind: Secret}}}",
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a-}\n" * 2,
            id="names that Kubernetes makes",
        ),
        pytest.param(f"resources: [{SETTINGS}], rules: {{r: {FILES}}}", WEB, id="other names"),
    ],
)
def test_what_is_not_two_of_one(rules: str, stream: str) -> None:
    """And the rules can be run again over what comes out."""
    assert run(rules, stream) == []


def test_a_name_that_was_left_is_free() -> None:
    """What counts is what comes out."""
    rules = f"rules: {{a: {named('x', 'name: a, kind: Config*')}, b: {named('a', 'name: b, kind: C*')}}}"

    done = run_text(f"{{{rules}}}", obj("a") + obj("b"))

    assert output(done) == obj("x") + obj("a")
