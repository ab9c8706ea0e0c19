from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postrender.errors import VerbError

if TYPE_CHECKING:
    from conftest import ApplyVerb

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}, matchExpressions: [{key: tier, operator: In, values: [x, v]}]}
  template: {metadata: {labels: {app: web, tier: x, other: z}}, spec: {containers: []}}
"""
CONTROLLER = """\
apiVersion: v1
kind: ReplicationController
metadata: {name: web}
spec:
  selector: {app: web}
  template: {metadata: {labels: {app: web}}, spec: {containers: []}}
"""
EXPERIMENT = """\
apiVersion: argoproj.io/v1alpha1
kind: Experiment
metadata: {name: web}
spec:
  templates:
  - name: a
    selector: {matchLabels: {app: web}}
    template: {metadata: {labels: {app: web}}, spec: {containers: []}}
"""
PARTED = (
    "its selector asks for label {}, which the pod template does not have any more; "
    "change both or neither"
)
LABELS = "/spec/template/metadata/labels"


@pytest.mark.parametrize(
    ("verb", "value", "obj", "message"),
    [
        pytest.param(
            "merge",
            "spec: {template: {metadata: {labels: {app: shop}}}}",
            DEPLOYMENT,
            PARTED.format('"app"'),
            id="another value",
        ),
        pytest.param(
            "merge",
            "spec: {template: {metadata: {labels: null}}}",
            CONTROLLER,
            PARTED.format('"app"'),
            id="no labels, and a selector without matchLabels",
        ),
        pytest.param(
            "merge",
            "spec: {selector: {matchLabels: {app: shop}}}",
            DEPLOYMENT,
            PARTED.format('"app"'),
            id="another selector",
        ),
        pytest.param(
            "jsonPatch",
            f"[{{op: replace, path: {LABELS}/tier, value: z}}]",
            DEPLOYMENT,
            PARTED.format('"tier"'),
            id="a value that no expression asks for",
        ),
        pytest.param(
            "jsonPatch",
            "[{op: remove, path: /spec/templates/0/template/metadata/labels/app}]",
            EXPERIMENT,
            PARTED.format('"app"'),
            id="a selector in a list",
        ),
        pytest.param(
            "merge",
            "metadata: null",
            DEPLOYMENT,
            "it leaves the object without metadata.name; remove it from the rule",
            id="no name",
        ),
        pytest.param(
            "jsonPatch",
            "[{op: remove, path: /kind}]",
            DEPLOYMENT,
            "it leaves the object without kind; remove it from the rule",
            id="no kind",
        ),
        pytest.param(
            "jsonPatch",
            '[{op: replace, path: "", value: {metadata: {}}}]',
            DEPLOYMENT,
            "it leaves the object without apiVersion; remove it from the rule",
            id="no object",
        ),
    ],
)
def test_what_would_be_broken(
    apply_verb: ApplyVerb, verb: str, value: str, obj: str, message: str
) -> None:
    """An object keeps its identity, and its selector finds its own pods."""
    with pytest.raises(VerbError) as caught:
        apply_verb(verb, value, obj, obj=obj)

    assert str(caught.value).endswith(f"/web: {verb}: {message}")


@pytest.mark.parametrize(
    ("verb", "value", "fields"),
    [
        pytest.param("merge", "metadata: {name: shop}", "metadata.name", id="name"),
        pytest.param("merge", "kind: DaemonSet", "kind", id="kind"),
        pytest.param("merge", "apiVersion: apps/v1beta1", "apiVersion", id="version"),
        pytest.param("merge", "metadata: {namespace: b}", "metadata.namespace", id="namespace"),
        pytest.param(
            "merge", "metadata: {namespace: null}", "metadata.namespace", id="namespace taken away"
        ),
        pytest.param(
            "merge",
            "{kind: Job, metadata: {name: shop, namespace: b}}",
            "kind and metadata.name and metadata.namespace",
            id="several",
        ),
        pytest.param(
            "merge",
            "metadata: {$patch: replace, name: web}",
            "metadata.namespace",
            id="metadata as a whole",
        ),
        pytest.param(
            "jsonPatch",
            "[{op: replace, path: /metadata/name, value: a}]",
            "metadata.name",
            id="by jsonPatch",
        ),
        pytest.param(
            "jsonPatch",
            "[{op: copy, from: /metadata/namespace, path: /metadata/name}]",
            "metadata.name",
            id="copied",
        ),
        pytest.param(
            "jsonPatch",
            "[{op: remove, path: /metadata/namespace}]",
            "metadata.namespace",
            id="removed by jsonPatch",
        ),
    ],
)
def test_what_would_rename(apply_verb: ApplyVerb, verb: str, value: str, fields: str) -> None:
    """Another identity makes another object; the message says which fields to leave out."""
    obj = DEPLOYMENT.replace("{name: web}", "{name: web, namespace: a}")

    with pytest.raises(VerbError) as caught:
        apply_verb(verb, value, obj, obj=obj)

    assert str(caught.value).endswith(
        f"/web: {verb}: it changes {fields}, which makes another object of it; leave {fields} "
        "out, as match: says which objects the rule is for (error: rename)"
    )


@pytest.mark.parametrize(
    ("verb", "value", "obj"),
    [
        pytest.param(
            "merge", "spec: {template: {metadata: {labels: {other: a}}}}", DEPLOYMENT, id="another"
        ),
        pytest.param(
            "merge",
            "spec: {template: {metadata: {labels: {tier: v}}}}",
            DEPLOYMENT,
            id="a value that an expression asks for, too",
        ),
        pytest.param(
            "merge",
            "spec: {selector: {app: b}, template: {metadata: {labels: {app: b}}}}",
            CONTROLLER,
            id="both",
        ),
        pytest.param(
            "merge",
            "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, labels: {a: b}}}",
            DEPLOYMENT,
            id="its own name, as in a pasted patch",
        ),
        pytest.param("merge", "metadata: {namespace: null}", DEPLOYMENT, id="no namespace to lose"),
        pytest.param(
            "jsonPatch",
            "[{op: replace, path: /metadata/name, value: x}, "
            "{op: replace, path: /metadata/name, value: web}]",
            DEPLOYMENT,
            id="another name, and back",
        ),
        pytest.param(
            "merge",
            "spec: {template: {metadata: {labels: {x: y}}}}",
            DEPLOYMENT.replace("labels: {app: web, tier: x,", "labels: {"),
            id="what the chart has not had",
        ),
        pytest.param(
            "merge",
            "spec: {selector: {app: b}}",
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: a}}}",
            id="a selector of other objects",
        ),
    ],
)
def test_what_holds(apply_verb: ApplyVerb, verb: str, value: str, obj: str) -> None:
    """What the selector does not ask for may change, and so may both together."""
    apply_verb(verb, value, obj, obj=obj)


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        pytest.param("NotIn", "x"),
        pytest.param("DoesNotExist", "x"),
        pytest.param("Exists", None),
        pytest.param("In", None),
    ],
)
def test_operators(apply_verb: ApplyVerb, operator: str, value: str | None) -> None:
    """Each operator of `matchExpressions` is understood."""
    labels = "{}" if value else "{a: x}"
    obj = f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  selector: {{matchExpressions: [{{key: a, operator: {operator}, values: [x]}}]}}
  template: {{metadata: {{labels: {labels}}}, spec: {{}}}}
"""
    with pytest.raises(VerbError, match='its selector asks for label "a"'):
        apply_verb(
            "merge", f"spec: {{template: {{metadata: {{labels: {{a: {value or 'null'}}}}}}}}}", obj
        )


@pytest.mark.parametrize("selector", ["5", "[a]", "{matchLabels: 5, matchExpressions: 5}"])
def test_a_selector_of_another_shape(apply_verb: ApplyVerb, selector: str) -> None:
    """What the API server refuses anyway asks for nothing."""
    obj = f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec: {{selector: {selector}, template: {{metadata: {{labels: {{a: x}}}}, spec: {{}}}}}}
"""
    done = apply_verb("merge", "spec: {template: {metadata: {labels: null}}}", obj, obj=obj).data

    assert done["spec"]["template"]["metadata"] == {}
