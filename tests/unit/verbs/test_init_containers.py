from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from oracle import same

if TYPE_CHECKING:
    from conftest import ApplyVerb


@pytest.mark.parametrize(
    ("value", "before", "after"),
    [
        pytest.param(
            "wait: {image: busybox}",
            {"containers": []},
            {"initContainers": [{"name": "wait", "image": "busybox"}], "containers": []},
            id="new list, before the containers",
        ),
        pytest.param(
            "wait: {image: busybox}",
            {"initContainers": None, "containers": []},
            {"initContainers": [{"name": "wait", "image": "busybox"}], "containers": []},
            id="empty key",
        ),
        pytest.param(
            "wait: {image: busybox}",
            {"nodeName": "a"},
            {"nodeName": "a", "initContainers": [{"name": "wait", "image": "busybox"}]},
            id="no containers",
        ),
        pytest.param(
            "[{image: busybox, name: wait, args: [1]}]",
            {"containers": []},
            {
                "initContainers": [{"name": "wait", "image": "busybox", "args": ["1"]}],
                "containers": [],
            },
            id="Kubernetes' list",
        ),
        pytest.param(
            "wait: {tty: true, image: null}",
            {"initContainers": [{"name": "a"}, {"image": "busybox", "name": "wait"}]},
            {"initContainers": [{"name": "a"}, {"name": "wait", "tty": True}]},
            id="merged, and null deletes",
        ),
        pytest.param(
            "wait: {restartPolicy: Always, image: x}",
            {"initContainers": []},
            {"initContainers": [{"name": "wait", "restartPolicy": "Always", "image": "x"}]},
            id="native sidecar, written out",
        ),
    ],
)
def test_init_containers(apply_verb: ApplyVerb, value: str, before: object, after: object) -> None:
    """Init containers are added to their list, or merged into the one of that name."""
    done = apply_verb("initContainers", value, before)

    assert done.data == after
    assert list(done.data) == list(after)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("wait: {image: busybox, args: [1, yes]}", id="the same"),
        pytest.param("wait: {}", id="nothing said"),
        pytest.param("wait: {command: null}", id="a null for what is not there"),
        pytest.param("{}", id="none"),
        pytest.param("null", id="null"),
    ],
)
def test_no_op(apply_verb: ApplyVerb, value: str) -> None:
    """What is there already comes back as the very same value."""
    before = {"initContainers": [{"name": "wait", "image": "busybox", "args": ["1", "yes"]}]}

    done = apply_verb("initContainers", value, before)

    assert done.data is before
    assert same(done.data, before)
