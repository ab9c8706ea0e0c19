from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postrender.errors import RulesError

if TYPE_CHECKING:
    from conftest import ApplyVerb

POD = """
initContainers: [{name: migrate, image: a}]
containers: [{name: web, image: a}, {name: web-log, image: b}]
ephemeralContainers: [{name: debug, image: c}]
"""


@pytest.mark.parametrize(
    ("glob", "touched"),
    [
        pytest.param("web", ["web"], id="name"),
        pytest.param("web*", ["web", "web-log"], id="glob"),
        pytest.param("'*'", ["migrate", "web", "web-log", "debug"], id="all, of every list"),
        pytest.param("'[dm]*'", ["migrate", "debug"], id="set"),
        pytest.param("WEB", [], id="another case"),
        pytest.param("nothing", [], id="none"),
    ],
)
def test_globs(apply_verb: ApplyVerb, glob: str, touched: list[str]) -> None:
    """Every container whose name the glob matches is changed, in all lists of the pod."""
    done = apply_verb("containers", f"{glob}: {{tty: true}}", POD)

    lists = (done.data[f] for f in ("initContainers", "containers", "ephemeralContainers"))
    assert [c["name"] for found in lists for c in found if "tty" in c] == touched
    assert [*done.named] == ([glob.strip("'")] if touched else [])


def test_later_globs_come_after_earlier_ones(apply_verb: ApplyVerb) -> None:
    """Where several globs match one container, the last one has the last word."""
    value = "'*': {image: a, tty: true}\nweb: {image: b}"

    done = apply_verb("containers", value, {"containers": [{"name": "web"}]})

    assert done.data == {"containers": [{"name": "web", "image": "b", "tty": True}]}


def test_no_op(apply_verb: ApplyVerb) -> None:
    """What is there already leaves the very same pod, though the container was found."""
    before = {"containers": [{"name": "web", "image": "a", "ports": [{"containerPort": 80}]}]}

    done = apply_verb("containers", "web: {image: a, ports: [{containerPort: 80}]}", before)

    assert done.data is before
    assert [*done.named] == ["web"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param(
            "web: {name: www}",
            "rules.yaml:2:8: containers.web: a container cannot be renamed; remove the name",
            id="renamed",
        ),
        pytest.param(
            "[{name: web}]",
            "rules.yaml:2:2: containers: must be a mapping, not a list; "
            "write a container's name and below it the fields",
            id="list",
        ),
        pytest.param(
            "web: {position: first}",
            'rules.yaml:2:8: containers.web: unknown key "position"',
            id="position is for added ones",
        ),
        pytest.param(
            "web: null",
            "rules.yaml:2:7: containers.web: null takes away what a lower layer says, and no "
            "lower layer says anything here; to take the container out, "
            "write {$patch: delete}",
            id="null without a lower layer",
        ),
    ],
)
def test_mistakes(apply_verb: ApplyVerb, value: str, message: str) -> None:
    """A mistake has its place and says what to write."""
    with pytest.raises(RulesError) as caught:
        apply_verb("containers", value, POD)

    assert str(caught.value).startswith(message)


def test_a_container_without_a_name(apply_verb: ApplyVerb) -> None:
    """Knative needs no names; a glob for all finds such a container, also one with a null."""
    before = {"containers": [{"image": "a"}, {"name": None, "image": "b"}, {"name": "c"}]}

    done = apply_verb("containers", "'*': {tty: true}\n'?': {stdin: true}", before).data

    assert done["containers"] == [
        {"image": "a", "tty": True},
        {"name": None, "image": "b", "tty": True},
        {"name": "c", "tty": True, "stdin": True},
    ]
