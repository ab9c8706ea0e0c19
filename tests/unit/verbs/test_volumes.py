from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postrender.errors import RulesError, VerbError

if TYPE_CHECKING:
    from conftest import ApplyVerb


@pytest.mark.parametrize(
    ("value", "before", "after"),
    [
        pytest.param(
            "web: {emptyDir: {}}", {}, [{"name": "web", "emptyDir": {}}], id="the first one"
        ),
        pytest.param(
            "web: {emptyDir: {}}",
            {"volumes": None},
            [{"name": "web", "emptyDir": {}}],
            id="empty key",
        ),
        pytest.param(
            "b: {secret: {secretName: b}}\na: {emptyDir: {}}",
            {"volumes": [{"name": "z", "emptyDir": {}}]},
            [
                {"name": "z", "emptyDir": {}},
                {"name": "b", "secret": {"secretName": "b"}},
                {"name": "a", "emptyDir": {}},
            ],
            id="several, after the chart's, in the rule's order",
        ),
        pytest.param(
            "[{emptyDir: {}, name: web}]",
            {},
            [{"name": "web", "emptyDir": {}}],
            id="Kubernetes' list",
        ),
        pytest.param(
            "web: {emptyDir: {sizeLimit: 1Gi, medium: null}}",
            {"volumes": [{"name": "web", "emptyDir": {"medium": "Memory"}}]},
            [{"name": "web", "emptyDir": {"sizeLimit": "1Gi"}}],
            id="the same source, merged",
        ),
        pytest.param(
            "web: {configMap: {items: [{key: a, path: b}, {key: c, path: c}]}}",
            {"volumes": [{"name": "web", "configMap": {"items": [{"key": "a", "path": "a"}]}}]},
            [
                {
                    "name": "web",
                    "configMap": {"items": [{"key": "a", "path": "b"}, {"key": "c", "path": "c"}]},
                }
            ],
            id="items are replaced",
        ),
        pytest.param(
            "web: {secret: {defaultMode: 0400}}",
            {"volumes": [{"name": "web", "secret": {"secretName": "a"}}]},
            [{"name": "web", "secret": {"secretName": "a", "defaultMode": 256}}],
            id="an octal number is a number",
        ),
    ],
)
def test_volumes(apply_verb: ApplyVerb, value: str, before: object, after: object) -> None:
    """Volumes are added, or merged into the one of that name."""
    done = apply_verb("volumes", value, before)

    assert done.data == {**before, "volumes": after}
    assert [text for text in done.warnings if "(warning: list-replaced)" not in text] == []


def test_no_op(apply_verb: ApplyVerb) -> None:
    """A volume that is there as the rule wants it leaves the very same pod."""
    before = {"volumes": [{"emptyDir": {"medium": "Memory"}, "name": "web"}, {"name": "other"}]}

    assert apply_verb("volumes", "web: {emptyDir: {medium: Memory}}", before).data is before
    assert apply_verb("volumes", "web: {emptyDir: {}}", before).data is before
    assert apply_verb("volumes", "web: {}", before).data is before


def test_another_source_replaces_the_old_one(apply_verb: ApplyVerb) -> None:
    """A volume has one source; that the chart's is gone is said."""
    before = {"volumes": [{"name": "web", "emptyDir": {"medium": "Memory"}}]}

    done = apply_verb("volumes", "web: {persistentVolumeClaim: {claimName: web}}", before)

    claim = {"name": "web", "persistentVolumeClaim": {"claimName": "web"}}
    assert done.data == {"volumes": [claim]}
    assert done.warnings == [
        (
            'rules.yaml:1:1: rule "rule": Deployment/web: volume web: its source is replaced '
            "(warning: volume-source-replaced)"
        )
    ]


@pytest.mark.parametrize("value", ["web: {}", "web: {emptyDir: null}"])
def test_a_new_volume_needs_a_source(apply_verb: ApplyVerb, value: str) -> None:
    """A volume that is not there and says nothing is refused."""
    with pytest.raises(VerbError, match="volume web: it is new and has no source; add one such as"):
        apply_verb("volumes", value, {})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param(
            "web: {emptydir: {}}",
            'rules.yaml:2:8: volumes.web: unknown field "emptydir"; did you mean "emptyDir"? '
            "(error: unknown-field)",
            id="unknown source",
        ),
        pytest.param(
            "web: emptyDir",
            "rules.yaml:2:7: volumes.web: must be a mapping, not text; write {emptyDir: {}}",
            id="text",
        ),
        pytest.param(
            "web: null",
            "rules.yaml:2:7: volumes.web: null takes away what a lower layer says, and no lower "
            "layer says anything here; to take the volume out, write {$patch: delete}",
            id="null without a lower layer",
        ),
        pytest.param(
            "[{emptyDir: {}}]",
            "rules.yaml:2:3: volumes[0]: it has no name; add name:",
            id="nameless",
        ),
        pytest.param(
            "web: {hostPath: {path: /a}, emptyDir: {}, nfs: null}",
            "rules.yaml:2:7: volumes.web: it has emptyDir and hostPath, of which it can have one; "
            "keep one of them",
            id="two sources",
        ),
        pytest.param(
            "[{name: a, emptyDir: {}}, {name: a, nfs: {}}]",
            'rules.yaml:2:28: volumes[1]: there is a "a" above already; keep one',
            id="a name twice",
        ),
    ],
)
def test_mistakes(apply_verb: ApplyVerb, value: str, message: str) -> None:
    """A mistake has its place and says what to write."""
    with pytest.raises(RulesError) as caught:
        apply_verb("volumes", value, {})

    assert str(caught.value) == message
