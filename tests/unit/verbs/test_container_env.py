from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postrender.errors import RulesError
from postrender.yamltext.reader import read

if TYPE_CHECKING:
    from conftest import ApplyVerb

SOURCE = "{secretKeyRef: {name: s, key: k}}"
OTHER = "{configMapKeyRef: {name: c, key: d}}"


def pod(env: str) -> dict[str, object]:
    """A pod whose container "web" has these variables."""
    root = read(env)
    return {"containers": [{"name": "web", "env": root.data if root else []}]}


@pytest.mark.parametrize(
    ("env", "before", "after"),
    [
        pytest.param(
            "{A: {value: x}}",
            f"[{{name: A, valueFrom: {SOURCE}}}]",
            "[{name: A, value: x}]",
            id="a value for a source, as Kubernetes writes it",
        ),
        pytest.param(
            "[{name: A, value: 1.10}]",
            f"[{{name: A, valueFrom: {SOURCE}}}]",
            "[{name: A, value: '1.10'}]",
            id="a value for a source, in a list",
        ),
        pytest.param(
            f"[{{name: A, valueFrom: {SOURCE}}}]",
            "[{name: A, value: x}]",
            f"[{{name: A, valueFrom: {SOURCE}}}]",
            id="a source for a value, in a list",
        ),
        pytest.param(
            f"[{{name: A, valueFrom: {OTHER}}}]",
            f"[{{name: A, valueFrom: {SOURCE}}}]",
            f"[{{name: A, valueFrom: {OTHER}}}]",
            id="a source for another, in a list",
        ),
        pytest.param(
            "{A: {secretKeyRef: null, configMapKeyRef: {name: c, key: d}}}",
            "[]",
            f"[{{name: A, valueFrom: {OTHER}}}]",
            id="a source that a layer has taken back",
        ),
        pytest.param(
            "[{name: A, $patch: delete}]", "[{name: A}, {name: B}]", "[{name: B}]", id="delete"
        ),
        pytest.param(
            "[{$patch: replace}, {name: B, value: x}]",
            "[{name: A}]",
            "[{name: B, value: x}]",
            id="replace",
        ),
        pytest.param("[{name: Y, value: x}]", "[]", "[{name: 'Y', value: x}]", id="a name is text"),
        pytest.param(
            "{A: new}",
            "[{name: A, value: x}, {name: B, value: $(A)}, {name: A, value: y}]",
            "[{name: A, value: x}, {name: B, value: $(A)}, {name: A, value: new}]",
            id="of two of one name, the one that counts",
        ),
        pytest.param(
            "[{name: A, value: p}]",
            "[{name: A, value: x}, {name: A, value: y}, {name: A, value: z}]",
            "[{name: A, value: x}, {name: A, value: y}, {name: A, value: p}]",
            id="of three of one name, too",
        ),
        pytest.param(
            "{A: null}", "[{name: A}, {name: B}, {name: A}]", "[{name: B}]", id="both taken away"
        ),
    ],
)
def test_env(apply_verb: ApplyVerb, env: str, before: str, after: str) -> None:
    """A variable has a value or a source, and where it is there twice, the last one counts."""
    value = f"web: {{env: {env}}}"
    wanted = pod(after)

    done = apply_verb("containers", value, pod(before)).data

    assert done == wanted
    assert apply_verb("containers", value, done).data is done


@pytest.mark.parametrize(
    ("env", "message"),
    [
        pytest.param("[A=1]", '2:14: containers.web.env[0]: it has no name; write env: {A: "…"}'),
        pytest.param("[A: 1]", '2:14: containers.web.env[0]: it has no name; write env: {A: "…"}'),
        pytest.param(
            "[{value: a}]",
            '2:14: containers.web.env[0]: it has no name; write env: {NAME: "value"}',
        ),
        pytest.param(
            "[{name: A, value: b}, {name: A, value: c}]",
            '2:35: containers.web.env[1]: there is a "A" above already; keep one',
        ),
        pytest.param(
            "{A=1: b}", '2:14: containers.web.env: "A=…" has a "=" in it; write env: {A: "…"}'
        ),
        pytest.param(
            '{"": b}', '2:14: containers.web.env: its name is empty; write env: {NAME: "value"}'
        ),
        pytest.param(
            "[{name: A, vlaue: b}]",
            '2:24: containers.web.env[0]: unknown field "vlaue"; did you mean "value"? '
            "(error: unknown-field)",
        ),
        pytest.param(
            "[{name: A, valueFrom: {secretRef: {}}}]",
            '2:36: containers.web.env[0].valueFrom: unknown field "secretRef"; '
            'did you mean "secretKeyRef"? (error: unknown-field)',
        ),
        pytest.param(
            f"{{A: {{value: a, valueFrom: {SOURCE}}}}}",
            "2:17: containers.web.env.A: a variable has a value or a source; keep one",
        ),
        pytest.param("{A: {}}", "2:17: containers.web.env.A: a variable has no source; add one"),
        pytest.param(
            "{A: {secretKeyRef: null}}",
            "2:17: containers.web.env.A: a variable has no source; add one",
        ),
        pytest.param(
            "{A: {secretKeyRef: {}, fieldRef: {}}}",
            "2:17: containers.web.env.A: it has fieldRef and secretKeyRef, of which it can have one; "
            "keep one of them",
        ),
    ],
)
def test_mistakes(apply_verb: ApplyVerb, env: str, message: str) -> None:
    """A mistake has its place and says what was meant, but no value, which may be a password."""
    with pytest.raises(RulesError) as caught:
        apply_verb("containers", f"web: {{env: {env}}}", pod("[]"))

    assert str(caught.value) == f"rules.yaml:{message}"
