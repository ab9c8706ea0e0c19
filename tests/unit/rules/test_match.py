from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postrender.errors import RulesError
from postrender.kubernetes.objects import OwnKind
from postrender.kubernetes.types import versions_of
from postrender.rules.checker import Checker
from postrender.rules.layers import read_values
from postrender.rules.match import _COMMON, Globs, Match, read_match, types_of
from postrender.stream.manifest import Subject
from postrender.yamltext.reader import read

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels: {app: web, tier: front}
  annotations: {owner: "me"}
spec: {template: {spec: {containers: [{name: a, image: "nginx:1.19"}]}}}
"""
SERVICE = "{apiVersion: v1, kind: Service, metadata: {name: web}}"
HOOK = """
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, annotations: {helm.sh/hook: pre-install}}
spec: {template: {spec: {containers: [{name: a, image: a}]}}}
"""


def match(text: str) -> Match:
    """A `match` as it is written in a rule."""
    values = read_values(f"match: {text}", "kmod.yaml")
    check = Checker(values, lambda _file, name: name)
    found = read_match(check, values.data["match"], ("match",))
    check.finish()
    return found


def subject(text: str, source: str = "shop/templates/web.yaml", namespace: str = "") -> Subject:
    """An object of the stream."""
    root = read(text)
    assert root is not None
    return Subject(
        root.data, source, namespace, {"Fleet": (OwnKind(None, ("spec.template",), (), ""),)}
    )


@pytest.mark.parametrize(
    ("text", "misfits"),
    [
        pytest.param("{}", [], id="all with pods"),
        pytest.param("null", [], id="null"),
        pytest.param("{kind: Deployment}", [], id="kind"),
        pytest.param("{kind: shopRun}", ["kind"], id="kind in another case"),
        pytest.param("{kind: [Job, Deployment]}", [], id="kinds"),
        pytest.param("{kind: 'D*'}", [], id="kind by glob"),
        pytest.param("{apiVersion: apps/v1}", [], id="apiVersion"),
        pytest.param("{apiVersion: 'apps/*'}", [], id="apiVersion by glob"),
        pytest.param("{apiVersion: v1}", ["apiVersion"], id="another apiVersion"),
        pytest.param("{name: web}", [], id="name"),
        pytest.param("{name: we}", ["name"], id="name: the whole value"),
        pytest.param("{name: 'w[a-f]?'}", [], id="name by glob"),
        pytest.param("{name: 'w[!a-f]?'}", ["name"], id="negated set"),
        pytest.param("{name: [db, web]}", [], id="names"),
        pytest.param("{name: null}", [], id="a null is not there"),
        pytest.param("{namespace: shop}", [], id="namespace"),
        pytest.param("{namespace: default}", ["namespace"], id="another namespace"),
        pytest.param("{labels: {app: web}}", [], id="label"),
        pytest.param("{labels: {app: 'w*', tier: [front, back]}}", [], id="labels by globs"),
        pytest.param(
            "{labels: {app: db, tier: x}}", ['label "app"', 'label "tier"'], id="other labels"
        ),
        pytest.param("{labels: {other: '*'}}", ['label "other"'], id="no such label"),
        pytest.param("{labels: {other: null}}", [], id="absent label"),
        pytest.param("{labels: {app: null}}", ['label "app"'], id="label that must be absent"),
        pytest.param("{annotations: {owner: me}}", [], id="annotation"),
        pytest.param(
            "{annotations: {owner: null}}",
            ['annotation "owner"'],
            id="annotation that must be absent",
        ),
        pytest.param("{source: '*/templates/*'}", [], id="source: a star crosses slashes"),
        pytest.param("{source: web.yaml}", ["source"], id="source: the whole path"),
        pytest.param("{image: nginx}", [], id="image without tag"),
        pytest.param("{image: 'nginx:1.19'}", [], id="image as written"),
        pytest.param("{image: docker.io/library/nginx}", [], id="image in full"),
        pytest.param("{image: 'docker.io/library/nginx:1.*'}", [], id="image in full with tag"),
        pytest.param("{image: '*/busybox*'}", ["image"], id="another image"),
        pytest.param("{hooks: only}", ["hooks"], id="hooks only"),
        pytest.param("{hooks: include}", [], id="hooks too"),
        pytest.param("{not: {name: web}}", ["not"], id="left out"),
        pytest.param("{not: {name: web, kind: Job}}", [], id="left out if all keys hold"),
        pytest.param("{not: {}}", ["not"], id="everything left out"),
        pytest.param("{not: {not: {name: web}}}", [], id="not twice"),
        pytest.param("{kind: Job, name: db}", ["kind", "name"], id="two misfits"),
    ],
)
def test_deployment(text: str, misfits: list[str]) -> None:
    """All keys must hold; those that do not are named."""
    assert match(text).misfits(subject(DEPLOYMENT)) == misfits


@pytest.mark.parametrize(
    ("text", "obj", "misfits"),
    [
        pytest.param("{}", SERVICE, ["kind"], id="without kind only what has pods"),
        pytest.param("{kind: '*'}", SERVICE, [], id="kind: * is every kind"),
        pytest.param("{not: {kind: Deployment}}", SERVICE, ["kind"], id="not does not widen"),
        pytest.param("{}", HOOK, ["hooks"], id="hooks are left alone"),
        pytest.param("{hooks: only}", HOOK, [], id="hooks only"),
        pytest.param("{hooks: include}", HOOK, [], id="hooks too"),
        pytest.param(
            "{hooks: include, not: {annotations: {helm.sh/hook: '*'}}}",
            HOOK,
            ["not"],
            id="not: hooks are seen",
        ),
        pytest.param("{namespace: prod}", SERVICE, ["kind"], id="default namespace"),
        pytest.param(
            "{namespace: test}", SERVICE, ["kind", "namespace"], id="not the default namespace"
        ),
        pytest.param(
            "{}", "{kind: Fleet, spec: {template: {spec: {}}}}", [], id="kinds of `kinds:`"
        ),
        pytest.param("{}", "{kind: Deployment, spec: {}}", ["kind"], id="a workload without pods"),
        pytest.param(
            "{name: x}",
            "{kind: Fleet, metadata: null, spec: {template: {spec: {}}}}",
            ["name"],
            id="no metadata",
        ),
        pytest.param(
            "{labels: {a: '*'}}",
            "{kind: Fleet, metadata: {labels: {a: 1}}, spec: {template: {spec: {}}}}",
            ['label "a"'],
            id="a label that is no text",
        ),
    ],
)
def test_other_objects(text: str, obj: str, misfits: list[str]) -> None:
    """What a match does not say still holds: pods, no hooks."""
    assert match(text).misfits(subject(obj, namespace="prod")) == misfits


@pytest.mark.parametrize(
    ("text", "exact", "among"),
    [
        pytest.param("{name: web}", ("web",), ["web"], id="name"),
        pytest.param("{name: 'we*'}", (), ["web", "web-1", "well"], id="glob"),
        pytest.param("{name: 'web-?'}", (), ["web-1"], id="glob for one sign"),
        pytest.param("{name: '[dw]*b'}", (), ["db", "web"], id="glob without a beginning"),
        pytest.param("{name: [web, db]}", ("web", "db"), ["db", "web"], id="several"),
        pytest.param("{name: [none, '*1', db]}", (), ["db", "web-1"], id="names and a glob"),
    ],
)
def test_names(text: str, exact: tuple[str, ...], among: list[str]) -> None:
    """The names, where none is a glob, and which of many match."""
    globs = match(text).globs["name"]
    ordered = ["api", "db", "web", "web-1", "well"]

    assert globs.exact() == exact
    assert sorted(globs.among(ordered)) == among == [name for name in ordered if name in globs]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("{}", "object with a pod template", id="nothing"),
        pytest.param("{kind: Job}", "Job", id="kind"),
        pytest.param("{kind: [Job, Pod], name: 'a*'}", "Job or Pod named a*", id="kinds and name"),
        pytest.param("{kind: '*'}", "matching object", id="any kind"),
        pytest.param("{kind: '*', name: a}", "object named a", id="any kind of that name"),
    ],
)
def test_shown(text: str, shown: str) -> None:
    """How messages call what was looked for."""
    assert str(match(text)) == shown


def test_globs() -> None:
    """Any of several globs may match; text without signs only itself."""
    globs = Globs(["a.c", "b*", "[x]y"])

    assert [word for word in ("a.c", "abc", "b", "bbb\n", "ab", "xy", "[x]y") if word in globs] == [
        *("a.c", "b", "bbb\n", "xy"),
    ]
    assert str(globs) == "a.c or b* or [x]y"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "web",
            "1:8: match: must be a mapping, not text; write {kind: Deployment, name: web}",
            id="text",
        ),
        pytest.param(
            "{kinds: Job}", '1:9: match: unknown key "kinds"; did you mean "kind"?', id="key"
        ),
        pytest.param("{name: {a: b}}", "1:15: match.name: must be text, not a mapping", id="name"),
        pytest.param(
            "{name: [a, [b]]}", "1:19: match.name[1]: must be text, not a list", id="names"
        ),
        pytest.param(
            "{kind: []}",
            "1:15: match.kind: it is empty, and so nothing matches; name one, or remove it",
            id="nothing at all",
        ),
        pytest.param(
            "{hooks: yes}", "1:16: match.hooks: must be one of exclude, include, only", id="hooks"
        ),
        pytest.param(
            "{hooks: [only]}",
            "1:16: match.hooks: must be one of exclude, include, only",
            id="hooks as a list",
        ),
        pytest.param(
            "{labels: [a]}",
            "1:17: match.labels: must be a mapping, not a list; write {app: web}",
            id="labels",
        ),
        pytest.param(
            "{not: {nme: a}}",
            '1:15: match.not: unknown key "nme"; did you mean "name"?',
            id="in not",
        ),
        pytest.param(
            "{kind: deployment}",
            '1:15: match.kind: kinds are written Deployment, not "deployment"; '
            'did you mean "Deployment"?',
            id="kind in another case",
        ),
        pytest.param(
            "{kind: [Pod, NetworkPolicies]}",
            '1:21: match.kind[1]: kinds are written NetworkPolicy, not "NetworkPolicies"; '
            'did you mean "NetworkPolicy"?',
            id="plural",
        ),
        pytest.param(
            "{not: {kind: ingresses}}",
            '1:21: match.not.kind: kinds are written Ingress, not "ingresses"; '
            'did you mean "Ingress"?',
            id="kind in not",
        ),
        pytest.param(
            "{kind: virtualservice}",
            '1:15: match.kind: kinds are written VirtualService, not "virtualservice"; '
            'did you mean "VirtualService"?',
            id="a well-known custom kind",
        ),
        pytest.param(
            "{kind: Configmap, apiVersion: v*}",
            '1:15: match.kind: kinds are written ConfigMap, not "Configmap"; '
            'did you mean "ConfigMap"?',
            id="of a fitting apiVersion",
        ),
    ],
)
def test_mistakes(text: str, message: str) -> None:
    """A mistake has its place and says what to write."""
    with pytest.raises(RulesError) as caught:
        match(text)

    assert str(caught.value) == f"kmod.yaml:{message}"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{kind: Ingress}", id="a name that ends with s"),
        pytest.param("{kind: [Endpoints, EndpointSlice, Event]}", id="names near others"),
        pytest.param("{kind: shopRun}", id="no known kind"),
        pytest.param("{kind: 'deploy*'}", id="glob"),
        pytest.param("{kind: Secrets, apiVersion: example.com/v1}", id="of another group"),
    ],
)
def test_kinds_that_may_be(text: str) -> None:
    """A kind that is known, or may be a custom one, is taken as it is written."""
    assert match(text).kind is not None


def test_common_kinds_are_in_the_table() -> None:
    """They are not looked up."""
    assert {kind for kind in _COMMON if not versions_of(kind)} == set()


def test_a_number_in_a_match_is_the_text_that_was_written() -> None:
    """Labels are texts, so is what they are compared with."""
    obj: dict[str, Any] = {"kind": "Job", "metadata": {"labels": {"v": "1e3", "on": "0644"}}}
    found = match("{kind: Job, labels: {v: 1e3, 'on': 0644}}")

    assert found.misfits(Subject(obj, "", "", {})) == []


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("{kind: Deployment}", ("Deployment",)),
        ("{kind: [ConfigMap, Secret]}", ("ConfigMap", "Secret")),
        ("{kind: Service, apiVersion: v1}", ("Service",)),
        ("{kind: Service, apiVersion: [v1, apps/v1]}", ("Service",)),
        ("{kind: HorizontalPodAutoscaler, apiVersion: autoscaling/v2}", ("HorizontalPodAutoscaler",)),
        ("{kind: Ingress}", ("Ingress",)),
        ("{kind: Service}", ()),  # Knative's too
        ("{kind: [Deployment, Service]}", ()),
        ("{kind: StatefulSet}", ()),  # OpenKruise's too
        ("{kind: StatefulSet, apiVersion: apps/v1}", ("StatefulSet",)),
        ("{kind: Deployment, apiVersion: apps/*}", ()),
        ("{kind: Rollout}", ()),  # custom: the stream may define it
        ("{kind: Rollout, apiVersion: argoproj.io/v1alpha1}", ()),
        ("{kind: Unheard}", ()),
        ("{kind: Deploy*}", ()),
        ("{name: web}", ()),
    ],
)  # fmt: skip
def test_types(text: str, types: tuple[str, ...]) -> None:
    """Only where all matching objects are Kubernetes' own, their types are known."""
    assert types_of(match(text)) == types


@settings(max_examples=1000)
@given(glob=st.text("ab*-\n", min_size=1, max_size=6), value=st.text("ab-\n", max_size=8))
def test_stars(glob: str, value: str) -> None:
    """They match what they match elsewhere, without a regular expression."""
    assert (value in Globs([glob])) == fnmatchcase(value, glob)
