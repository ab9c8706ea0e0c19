from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postrender.errors import RulesError, VerbError

if TYPE_CHECKING:
    from conftest import ApplyVerb

WEB = {"name": "web", "image": "web"}
LOG = {"name": "log", "image": "log"}


@pytest.mark.parametrize(
    ("value", "before", "after"),
    [
        pytest.param(
            "log: {image: log}",
            {"containers": [WEB]},
            {"containers": [WEB, LOG]},
            id="after the pod's own",
        ),
        pytest.param(
            "log: {image: log, position: first}",
            {"containers": [WEB]},
            {"containers": [LOG, WEB]},
            id="first",
        ),
        pytest.param(
            "log: {stdin: true}",
            {"containers": [LOG, WEB]},
            {"containers": [{**LOG, "stdin": True}, WEB]},
            id="merged",
        ),
        pytest.param(
            "log: {image: log, native: true}",
            {"containers": [WEB]},
            {
                "initContainers": [{"name": "log", "image": "log", "restartPolicy": "Always"}],
                "containers": [WEB],
            },
            id="native",
        ),
        pytest.param(
            "log: {native: true}",
            {"initContainers": [LOG], "containers": [WEB]},
            {"initContainers": [{**LOG, "restartPolicy": "Always"}], "containers": [WEB]},
            id="init container that becomes native",
        ),
        pytest.param(
            "log: {image: log, native: false}",
            {"containers": [WEB]},
            {"containers": [WEB, LOG]},
            id="not native",
        ),
    ],
)
def test_sidecars(apply_verb: ApplyVerb, value: str, before: object, after: object) -> None:
    """Sidecars stand among the containers, native ones among the init containers."""
    done = apply_verb("sidecars", value, before)

    assert done.data == after
    assert done.warnings == []


def test_a_native_sidecars_fields_are_in_the_usual_order(apply_verb: ApplyVerb) -> None:
    """Name, image and restart policy stand first, where people look for them."""
    done = apply_verb("sidecars", "log: {args: [a], image: log, native: true}", {})

    assert list(done.data["initContainers"][0]) == ["name", "image", "restartPolicy", "args"]


def test_no_op(apply_verb: ApplyVerb) -> None:
    """Sidecars that are there, native or not, leave the very same pod."""
    before = {
        "initContainers": [{"restartPolicy": "Always", **LOG}],
        "containers": [{"name": "cache", "image": "cache"}, WEB],
    }

    value = "log: {image: log, native: true}\ncache: {image: cache, position: last}"
    done = apply_verb("sidecars", value, before)

    assert done.data is before


def test_a_container_cannot_become_native(apply_verb: ApplyVerb) -> None:
    """The chart's plain container of that name is not moved."""
    with pytest.raises(VerbError, match="the pod has a container of that name in containers"):
        apply_verb("sidecars", "log: {image: log, native: true}", {"containers": [LOG]})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param(
            "log: {native: yes please}",
            "rules.yaml:2:16: sidecars.log.native: must be true or false, not text",
            id="native is no bool",
        ),
        pytest.param(
            "log: {native: true, restartPolicy: Never}",
            "rules.yaml:2:37: sidecars.log.restartPolicy: a native sidecar has "
            "restartPolicy: Always; remove this, or native: true",
            id="contradiction",
        ),
        pytest.param(
            "log: {imagePullPolcy: Always}",
            'rules.yaml:2:8: sidecars.log: unknown field "imagePullPolcy"; '
            'did you mean "imagePullPolicy"? (error: unknown-field)',
            id="unknown field",
        ),
    ],
)
def test_mistakes(apply_verb: ApplyVerb, value: str, message: str) -> None:
    """A mistake has its place and says what to write."""
    with pytest.raises(RulesError) as caught:
        apply_verb("sidecars", value, {})

    assert str(caught.value) == message


def test_a_native_sidecar_of_the_chart(apply_verb: ApplyVerb) -> None:
    """Who changes the chart's native sidecar as a plain one is told how to."""
    before = {"initContainers": [{"restartPolicy": "Always", **LOG}], "containers": [WEB]}

    with pytest.raises(VerbError, match="add native: true, or choose another name"):
        apply_verb("sidecars", "log: {tty: true}", before)
