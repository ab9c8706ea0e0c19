from __future__ import annotations

import re
from typing import Any, NamedTuple

import pytest

from postrender.engine.changes import Change
from postrender.html.picture import picture
from postrender.html.pods import pairs


class Seen(NamedTuple):
    """A change of a pod spec and what its picture marks: name to state, before and after."""

    before: dict[str, str]
    after: dict[str, str]


def pod(**spec: Any) -> dict[str, Any]:
    """A pod, as an object."""
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec}


def seen(state: Any) -> dict[str, str]:
    """The parts of a pod that are marked, with their marks."""
    found = {container.name: container.state for container in state.containers}
    found |= {f"{c.name} {m.path}": m.state for c in state.containers for m in c.mounts}
    found |= {f"volume {volume.name}": volume.state for volume in state.volumes}
    found |= {note.path: note.state for note in state.notes}
    return {name: mark for name, mark in found.items() if mark}


def container(name: str, **fields: Any) -> dict[str, Any]:
    """A container of a pod."""
    return {"name": name, "image": "a:1", **fields}


def mounts(**paths: str) -> dict[str, Any]:
    """Mounts by volume."""
    return {"volumeMounts": [{"name": name, "mountPath": path} for name, path in paths.items()]}


A, B = container("a"), container("b")
CHANGES = [
    pytest.param(
        pod(containers=[A]), pod(containers=[A, B]), Seen({}, {"b": "added"}), id="a container more"
    ),
    pytest.param(
        pod(containers=[A, B]),
        pod(containers=[A]),
        Seen({"b": "removed"}, {}),
        id="a container less",
    ),
    pytest.param(
        pod(containers=[A, B]),
        pod(containers=[B, A]),
        Seen({"a": "changed", "b": "changed"}, {"a": "changed", "b": "changed"}),
        id="another order",
    ),
    pytest.param(
        pod(containers=[A], volumes=[{"name": "v", "emptyDir": {}}]),
        pod(
            containers=[container("a", **mounts(v="/v"))],
            volumes=[{"name": "v", "emptyDir": {"medium": "Memory"}}],
        ),
        Seen(
            {"a": "changed", "volume v": "changed"},
            {"a": "changed", "a /v": "added", "volume v": "changed"},
        ),
        id="a mount more, another volume",
    ),
    pytest.param(
        pod(containers=[A]),
        pod(containers=[A], nodeSelector={"a": "b"}),
        Seen({}, {"nodeSelector": "added"}),
        id="a field of the pod",
    ),
]


def change(before: Any, after: Any, rule: str = "rule") -> Change:
    """What one rule did."""
    return Change(rule, before, after, (None, ()))


@pytest.mark.parametrize(("before", "after", "marks"), CHANGES)
def test_a_picture_marks_what_differs(before: Any, after: Any, marks: Seen) -> None:
    """What is new, gone or otherwise is marked on the side that has it."""
    (pair,) = pairs([change(before, after)], {})

    assert (seen(pair.before), seen(pair.after)) == marks


@pytest.mark.parametrize(("before", "after", "marks"), CHANGES)
def test_a_pod_that_stays_has_no_picture(before: Any, after: Any, marks: Seen) -> None:
    """Nor has one that a second rule changes back."""
    assert pairs([change(before, before)], {}) == []
    assert pairs([change(before, after), change(after, before)], {}) == []


def test_a_picture_tells_whose_work_it_is() -> None:
    """Of two rules each is named for what it did."""
    one, two = pod(containers=[A]), pod(containers=[A, B])
    three = pod(containers=[container("a", tty=True), B])
    changes = [change(one, two), change(two, three, "second")]

    (pair,) = pairs(changes, {})

    assert [(c.name, c.rules) for c in pair.after.containers] == [
        ("a", ["second"]),
        ("b", ["rule"]),
    ]


def test_a_pod_that_comes_and_one_that_goes() -> None:
    """Of an object that is new there is no picture before, of one that goes none after."""
    (new,) = pairs([change(None, pod(containers=[A]))], {})
    (gone,) = pairs([change(pod(containers=[A]), None)], {})

    assert (new.before, seen(new.after)) == (None, {"a": "added"})
    assert (seen(gone.before), gone.after) == ({"a": "removed"}, None)


def test_native_sidecars_and_the_order_of_init_containers() -> None:
    """Init containers are numbered in their order, native sidecars among them."""
    spec = pod(
        initContainers=[A, container("log", restartPolicy="Always"), B], containers=[container("c")]
    )
    (pair,) = pairs([change(None, spec)], {})
    drawn = picture(pair.after, "a pod", "id")

    assert [c.kind for c in pair.after.containers] == ["init", "sidecar", "init", "container"]
    assert re.findall(r'text class="step"[^>]*>(\d)', drawn) == ["1", "2", "3"]
    assert "native sidecar" in drawn
    assert 'class="life"' in drawn


def test_a_mount_without_its_volume_is_drawn() -> None:
    """What a pod mounts and does not have stands there as such."""
    (pair,) = pairs([change(None, pod(containers=[container("a", **mounts(v="/v"))]))], {})

    assert "not in this pod" in picture(pair.after, "a pod", "id")
