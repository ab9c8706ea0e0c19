from __future__ import annotations

from textwrap import dedent, indent
from typing import TYPE_CHECKING

import pytest

from postrender.errors import RulesError, VerbError
from postrender.yamltext.reader import read

if TYPE_CHECKING:
    from conftest import ApplyVerb


def pod(container: str) -> dict[str, object]:
    """A pod with one container, "web", that has these fields too."""
    root = read(dedent(container))
    return {"containers": [{"name": "web", **(root.data if root else {})}]}


@pytest.mark.parametrize(
    ("value", "before", "after"),
    [
        pytest.param("env: {A: 1}", "", "env: [{name: A, value: '1'}]", id="env"),
        pytest.param(
            "env: {N: no, Y: 0755, E: 1e3, S: 22:22, Q: '1e3', EMPTY: ''}",
            "",
            """
            env:
            - {name: 'N', value: 'no'}
            - {name: 'Y', value: '0755'}
            - {name: E, value: '1e3'}
            - {name: S, value: '22:22'}
            - {name: Q, value: '1e3'}
            - {name: EMPTY, value: ''}
            """,
            id="env values are the texts that were written",
        ),
        pytest.param(
            "env: {B: b, A: a}",
            "env: [{name: A, value: x}, {name: C, value: c}]",
            "env: [{name: A, value: a}, {name: C, value: c}, {name: B, value: b}]",
            id="env in the chart's order, new ones last",
        ),
        pytest.param(
            "env: {A: {secretKeyRef: {name: s, key: k}}}",
            "env: [{name: A, value: x}]",
            "env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]",
            id="env source for a value",
        ),
        pytest.param(
            "env: {A: {valueFrom: {fieldRef: {fieldPath: status.podIP}}}}",
            "",
            "env: [{name: A, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]",
            id="env source as Kubernetes writes it",
        ),
        pytest.param(
            "env: {A: {secretKeyRef: {name: s, key: k}}}",
            "env: [{name: A, valueFrom: {configMapKeyRef: {name: s, key: k}}}]",
            "env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]",
            id="env source for another",
        ),
        pytest.param(
            "env: {A: x}",
            "env: [{name: A, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]",
            "env: [{name: A, value: x}]",
            id="env value for a source",
        ),
        pytest.param(
            "env: {A: null, Z: null}",
            "env: [{name: A, value: x}, {name: B, value: y}]",
            "env: [{name: B, value: y}]",
            id="env taken away",
        ),
        pytest.param(
            "env: [{name: A, value: 1}, {name: B, value: x}]",
            "env: [{name: B, value: y}]",
            "env: [{name: B, value: x}, {name: A, value: '1'}]",
            id="env as a list",
        ),
        pytest.param("env: null", "env: [{name: A}]", "{}", id="all env taken away"),
        pytest.param("mounts: {/a: v}", "", "volumeMounts: [{name: v, mountPath: /a}]", id="mount"),
        pytest.param(
            "mounts: {/a: {volume: v, subPath: x, readOnly: true}}",
            "volumeMounts: []",
            "volumeMounts: [{name: v, mountPath: /a, subPath: x, readOnly: true}]",
            id="mount that says more",
        ),
        pytest.param(
            "mounts: {/a: {volume: v, readOnly: true}}",
            "volumeMounts: [{mountPath: /a, name: v, subPath: x}]",
            "volumeMounts: [{mountPath: /a, name: v, subPath: x, readOnly: true}]",
            id="mount merged",
        ),
        pytest.param(
            "mounts: {/a: null, /b: v}",
            """
            volumeMounts:
            - {mountPath: /a, name: v}
            - {mountPath: /a/, name: w}
            - {mountPath: /b, name: w}
            - {mountPath: /b/, name: v, readOnly: true}
            """,
            """
            volumeMounts:
            - {mountPath: /b, name: w}
            - {mountPath: /b/, name: v, readOnly: true}
            """,
            id="a place with two spellings",
        ),
        pytest.param(
            "mounts: {/a: {volume: v, subPath: null}, /b: {volume: v, readOnly: null}}",
            "volumeMounts: [{mountPath: /a, name: v, subPath: x, readOnly: null}]",
            """
            volumeMounts:
            - {mountPath: /a, name: v, readOnly: null}
            - {name: v, mountPath: /b}
            """,
            id="a null takes a mount's field away",
        ),
        pytest.param(
            "preStop: null\nlifecycle: {preStop: {sleep: {seconds: 1}}}",
            "",
            "lifecycle: {preStop: {sleep: {seconds: 1}}}",
            id="a short form that a layer has taken back",
        ),
        pytest.param(
            "postStart: a\nlifecycle: {postStart: null, preStop: {sleep: {seconds: 1}}}",
            "",
            """
            lifecycle:
              postStart: {exec: {command: [sh, -c, a]}}
              preStop: {sleep: {seconds: 1}}
            """,
            id="a hook of each form",
        ),
        pytest.param(
            "mounts: {/a: null, /z: null}",
            "volumeMounts: [{mountPath: /a, name: v}]",
            "{}",
            id="the last mount taken away",
        ),
        pytest.param(
            "mounts: {/b: v}",
            "volumeMounts: [{mountPath: /a, name: v}]",
            "volumeMounts: [{mountPath: /a, name: v}, {name: v, mountPath: /b}]",
            id="one volume at two places",
        ),
        pytest.param(
            "volumeMounts: [{name: v, mountPath: /b}, {name: v, mountPath: /a, readOnly: true}]",
            "volumeMounts: [{mountPath: /a, name: v}]",
            "volumeMounts: [{mountPath: /a, name: v, readOnly: true}, {name: v, mountPath: /b}]",
            id="mounts as Kubernetes writes them",
        ),
        pytest.param(
            "postStart: |\n  echo a\n  echo b",
            "",
            r'lifecycle: {postStart: {exec: {command: [sh, -c, "echo a\necho b\n"]}}}',
            id="postStart",
        ),
        pytest.param(
            "preStop: {httpGet: {path: /x, port: 80}}",
            "lifecycle: {postStart: {exec: {command: [a]}}}",
            """
            lifecycle:
              postStart: {exec: {command: [a]}}
              preStop: {httpGet: {path: /x, port: 80}}
            """,
            id="preStop as a handler",
        ),
        pytest.param(
            "{preStop: a, lifecycle: {postStart: {exec: {command: [1]}}}}",
            "",
            """
            lifecycle:
              postStart: {exec: {command: ["1"]}}
              preStop: {exec: {command: [sh, -c, a]}}
            """,
            id="short form beside Kubernetes' own",
        ),
        pytest.param(
            "postStart: null",
            "lifecycle: {postStart: {exec: {command: [a]}}}",
            "lifecycle: {}",
            id="a hook taken away",
        ),
        pytest.param(
            "{command: [1, yes], args: [0644], workingDir: /x}",
            "args: [a, b]",
            "{args: ['0644'], command: ['1', 'yes'], workingDir: /x}",
            id="command and args are texts, and replaced",
        ),
        pytest.param(
            "ports: [{containerPort: 53, name: dns}, {containerPort: 80, name: http}]",
            "ports: [{containerPort: 80}, {containerPort: 443}]",
            "ports: [{containerPort: 80, name: http}, {containerPort: 443}, "
            "{containerPort: 53, name: dns}]",
            id="ports in the chart's order, new ones last",
        ),
        pytest.param(
            "ports: [{containerPort: 53, protocol: UDP, name: dns}]",
            "ports: [{containerPort: 53, protocol: TCP}, {containerPort: 53, protocol: UDP}]",
            "ports: [{containerPort: 53, protocol: TCP}, "
            "{containerPort: 53, protocol: UDP, name: dns}]",
            id="ports of one number",
        ),
        pytest.param(
            "envFrom: [{secretRef: {name: b}}]",
            "envFrom: [{configMapRef: {name: a}}]",
            "envFrom: [{secretRef: {name: b}}]",
            id="a list without merge key is replaced",
        ),
    ],
)
def test_fields(apply_verb: ApplyVerb, value: str, before: str, after: str) -> None:
    """A container's fields and short forms say what Kubernetes is to see."""
    done = apply_verb("containers", f"web:\n{indent(value, '  ')}", pod(before))

    assert done.data == pod(after)
    assert [text for text in done.warnings if "(warning: list-replaced)" not in text] == []


@pytest.mark.parametrize(
    ("value", "container"),
    [
        pytest.param("env: {A: 1, B: null}", "env: [{value: '1', name: A}]", id="env"),
        pytest.param("env: null", "", id="no env"),
        pytest.param(
            "env: {A: {fieldRef: {fieldPath: x}}}",
            "env: [{name: A, valueFrom: {fieldRef: {fieldPath: x}}}]",
            id="env source",
        ),
        pytest.param(
            "env: {B: b, A: a}",
            "env: [{name: A, value: a}, {name: B, value: b}]",
            id="env in another order",
        ),
        pytest.param(
            "mounts: {/b: v, /a: {volume: v}, /c: null}",
            "volumeMounts: [{name: v, mountPath: /a, readOnly: true}, {mountPath: /b, name: v}]",
            id="mounts",
        ),
        pytest.param("mounts: {}", "", id="no mounts"),
        pytest.param(
            "postStart: a", "lifecycle: {postStart: {exec: {command: [sh, -c, a]}}}", id="hook"
        ),
        pytest.param("postStart: null", "lifecycle: {}", id="no hook"),
        pytest.param("{}", "image: a", id="nothing said"),
    ],
)
def test_no_op(apply_verb: ApplyVerb, value: str, container: str) -> None:
    """What is there already leaves the very same pod, and nothing to say."""
    before = pod(container)

    done = apply_verb("containers", f"web:\n  {value}", before)

    assert done.data is before
    assert done.warnings == []


@pytest.mark.parametrize(
    ("value", "container", "warning"),
    [
        pytest.param(
            "postStart: a",
            "lifecycle: {postStart: {httpGet: {port: 80}}}",
            "container web: its postStart hook is replaced (warning: hook-replaced)",
            id="hook",
        ),
        pytest.param(
            "mounts: {/a: new}",
            "volumeMounts: [{name: old, mountPath: /a}]",
            "container web: /a now shows volume new instead of old (warning: mount-replaced)",
            id="mount",
        ),
    ],
)
def test_warnings(apply_verb: ApplyVerb, value: str, container: str, warning: str) -> None:
    """What the rule takes from the chart is said."""
    done = apply_verb("containers", f"web: {{{value}}}", pod(container))

    assert done.warnings == [f'rules.yaml:1:1: rule "rule": Deployment/web: {warning}']


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param(
            "mounts: {a: v}",
            '2:17: containers.web.mounts: "a" is not an absolute path; begin it with "/"',
            id="relative path",
        ),
        pytest.param(
            "mounts: {a: /v}",
            '2:17: containers.web.mounts: "a" is not an absolute path; '
            "the path comes first: {/v: a}",
            id="path and volume the wrong way round",
        ),
        pytest.param(
            "mounts: {/a: {subPath: x}}",
            "2:21: containers.web.mounts./a: it does not say which volume; add volume: NAME",
            id="no volume",
        ),
        pytest.param(
            "mounts: {/a: {volume: v, path: x}}",
            '2:33: containers.web.mounts./a: unknown key "path"; did you mean "subPath"?',
            id="unknown key of a mount",
        ),
        pytest.param(
            "mounts: [/a]",
            "2:16: containers.web.mounts: must be a mapping, not a list; write {/path: volume}",
            id="mounts as a list",
        ),
        pytest.param(
            "env: A=1",
            '2:13: containers.web.env: must be a mapping, not text; write {NAME: "value"}',
            id="env as text",
        ),
        pytest.param(
            "env: {A: [1]}",
            "2:17: containers.web.env.A: must be text or a source such as secretKeyRef, not a list",
            id="env value that is a list",
        ),
        pytest.param(
            "env: {A: {secretRef: {name: a}}}",
            '2:18: containers.web.env.A: unknown field "secretRef"; did you mean "secretKeyRef"? '
            "(error: unknown-field)",
            id="unknown source",
        ),
        pytest.param(
            "preStop: {exec: {command: [a]}, httpget: {}}",
            '2:40: containers.web.preStop: unknown field "httpget"; did you mean "httpGet"? '
            "(error: unknown-field)",
            id="unknown handler",
        ),
        pytest.param(
            "postStart: [a]",
            "2:19: containers.web.postStart: must be text, not a list",
            id="script that is a list",
        ),
        pytest.param(
            "preStop: x, lifecycle: {preStop: {exec: {command: [a]}}}",
            "2:8: containers.web: lifecycle.preStop is set too; keep one of the two",
            id="a hook in two forms",
        ),
        pytest.param(
            "mounts: {/a/: v}, volumeMounts: [{mountPath: /a, name: w}]",
            "2:17: containers.web.mounts: volumeMounts has /a already; keep one of the two",
            id="a mount in two forms",
        ),
        pytest.param(
            "mounts: {/a: v}, files: {/a: x}",
            "2:33: containers.web.files: mounts has /a already; keep one of the two",
            id="a file over a mount",
        ),
        pytest.param(
            "ports: [80]",
            "2:16: containers.web.ports[0]: must be a mapping, not a number; "
            "write {containerPort: …}",
            id="a port that is a number",
        ),
        pytest.param(
            "volumeMounts: [{name: a}]",
            "2:23: containers.web.volumeMounts[0]: it has no mountPath; add mountPath:",
            id="a mount without its path",
        ),
        pytest.param(
            "image: nginx, volumes: {}",
            '2:22: containers.web: unknown field "volumes"; did you mean "volumeMounts"? '
            "(error: unknown-field)",
            id="a field of the pod",
        ),
    ],
)
def test_mistakes(apply_verb: ApplyVerb, value: str, message: str) -> None:
    """A mistake has its place and says what to write."""
    with pytest.raises(RulesError) as caught:
        apply_verb("containers", f"web: {{{value}}}", pod(""))

    assert str(caught.value) == f"rules.yaml:{message}"


def test_a_merge_that_cannot_be(apply_verb: ApplyVerb) -> None:
    """Where an entry of the chart's list lacks its key, the object and the container are named."""
    with pytest.raises(VerbError, match=r"Deployment/web: container web: .*containerPort"):
        apply_verb("containers", "web: {ports: [{containerPort: 1}]}", pod("ports: [{name: a}]"))
