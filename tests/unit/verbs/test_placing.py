from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postrender.errors import RulesError, VerbError

if TYPE_CHECKING:
    from conftest import ApplyVerb

POD = """
initContainers: [{name: a, image: a}, {name: b, image: b}]
containers: [{name: web, image: web}]
"""


@pytest.mark.parametrize(
    ("position", "names"),
    [
        pytest.param("first", ["new", "a", "b"], id="first"),
        pytest.param("last", ["a", "b", "new"], id="last"),
        pytest.param("null", ["a", "b", "new"], id="null is the default, last"),
        pytest.param("{before: a}", ["new", "a", "b"], id="before the first"),
        pytest.param("{before: b}", ["a", "new", "b"], id="before"),
        pytest.param("{after: a}", ["a", "new", "b"], id="after"),
        pytest.param("{after: b}", ["a", "b", "new"], id="after the last"),
    ],
)
def test_position(apply_verb: ApplyVerb, position: str, names: list[str]) -> None:
    """An added container stands where its position says."""
    done = apply_verb("initContainers", f"new: {{image: new, position: {position}}}", POD)

    assert [container["name"] for container in done.data["initContainers"]] == names


@pytest.mark.parametrize("position", ["first", "last", "{before: a}", "{after: nothing}"])
def test_position_of_a_container_that_is_there(apply_verb: ApplyVerb, position: str) -> None:
    """A container that is there stays where it is."""
    done = apply_verb("initContainers", f"b: {{position: {position}}}", POD)

    assert [container["name"] for container in done.data["initContainers"]] == ["a", "b"]


def test_position_may_name_one_that_the_rule_adds(apply_verb: ApplyVerb) -> None:
    """Containers are added in the rule's order, so a later one may stand beside an earlier one."""
    value = "one: {image: x, position: first}\ntwo: {image: x, position: {after: one}}"

    done = apply_verb("initContainers", value, POD)

    assert [c["name"] for c in done.data["initContainers"]] == ["one", "two", "a", "b"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param(
            "new: {image: new, position: {after: web}}",
            'rules.yaml:1:1: rule "rule": Deployment/web: container new: its position is after '
            "web, which is not in initContainers; there: a, b",
            id="beside one of another list",
        ),
        pytest.param(
            "web: {image: new}",
            'rules.yaml:1:1: rule "rule": Deployment/web: container web: the pod has a container of that '
            "name in containers; choose another name",
            id="a name that another list has",
        ),
        pytest.param(
            "new: {args: [a]}",
            'rules.yaml:1:1: rule "rule": Deployment/web: container new: it is new and has no '
            'image; add "image:", or is it a or b? (error: no-image)',
            id="without image",
        ),
    ],
)
def test_containers_that_cannot_be_placed(apply_verb: ApplyVerb, value: str, message: str) -> None:
    """What cannot be is refused with what there is."""
    with pytest.raises(VerbError) as caught:
        apply_verb("initContainers", value, POD)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param(
            "new: {position: middle}",
            "rules.yaml:2:18: initContainers.new.position: "
            "must be first, last, {before: NAME} or {after: NAME}",
            id="unknown position",
        ),
        pytest.param(
            "new: {position: {before: a, after: b}}",
            "rules.yaml:2:18: initContainers.new.position: "
            "must be first, last, {before: NAME} or {after: NAME}",
            id="two positions",
        ),
        pytest.param(
            "new: nginx",
            "rules.yaml:2:7: initContainers.new: must be a mapping, not text; "
            "write the container's fields",
            id="text",
        ),
        pytest.param(
            "[nginx]",
            "rules.yaml:2:3: initContainers[0]: must be a mapping, not text; "
            "write an entry with a name",
            id="text in a list",
        ),
        pytest.param(
            "[{image: nginx}]",
            "rules.yaml:2:3: initContainers[0]: it has no name; add name:",
            id="nameless",
        ),
        pytest.param(
            "[{name: new, image: a}, {name: new, image: b}]",
            'rules.yaml:2:26: initContainers[1]: there is a "new" above already; keep one',
            id="a name twice",
        ),
        pytest.param(
            "new: {name: old, image: x}",
            'rules.yaml:2:8: initContainers.new: it is "old" here and "new" above; keep one',
            id="two names",
        ),
        pytest.param(
            "new: {image: x, native: true}",
            'rules.yaml:2:18: initContainers.new: unknown key "native"',
            id="native is for sidecars",
        ),
    ],
)
def test_mistakes(apply_verb: ApplyVerb, value: str, message: str) -> None:
    """A mistake has its place and says what to write."""
    with pytest.raises(RulesError) as caught:
        apply_verb("initContainers", value, POD)

    assert str(caught.value.messages[0]).startswith(message)


def test_a_null_needs_a_lower_layer(apply_verb: ApplyVerb) -> None:
    """A null takes away what a lower layer says; it takes no container out."""
    with pytest.raises(
        RulesError, match=r"to take a container of the chart out, write containers:"
    ):
        apply_verb("initContainers", "new: null", POD)
