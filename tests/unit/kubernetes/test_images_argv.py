"""What a container runs, and how it is written so that Kubernetes runs just that."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from postrender.kubernetes.images import escaped, needs_image, started

COMMAND, ARGS, ENTRYPOINT, CMD = ["c"], ["a", "$(A)"], ["/e"], ["d", "-x"]


@pytest.mark.parametrize(
    ("command", "args", "entrypoint", "cmd", "argv"),
    [
        pytest.param([], [], [], [], [], id="nothing at all"),
        pytest.param([], [], [], CMD, CMD, id="CMD"),
        pytest.param([], [], ENTRYPOINT, [], ENTRYPOINT, id="ENTRYPOINT"),
        pytest.param([], [], ENTRYPOINT, CMD, ENTRYPOINT + CMD, id="ENTRYPOINT CMD"),
        pytest.param([], ARGS, [], [], ARGS, id="args"),
        pytest.param([], ARGS, [], CMD, ARGS, id="args for CMD"),
        pytest.param([], ARGS, ENTRYPOINT, [], ENTRYPOINT + ARGS, id="ENTRYPOINT args"),
        pytest.param([], ARGS, ENTRYPOINT, CMD, ENTRYPOINT + ARGS, id="ENTRYPOINT args for CMD"),
        pytest.param(COMMAND, [], [], [], COMMAND, id="command"),
        pytest.param(COMMAND, [], [], CMD, COMMAND, id="command drops CMD"),
        pytest.param(COMMAND, [], ENTRYPOINT, [], COMMAND, id="command drops ENTRYPOINT"),
        pytest.param(COMMAND, [], ENTRYPOINT, CMD, COMMAND, id="command drops both"),
        pytest.param(COMMAND, ARGS, [], [], COMMAND + ARGS, id="command args"),
        pytest.param(COMMAND, ARGS, [], CMD, COMMAND + ARGS, id="command args drop CMD"),
        pytest.param(COMMAND, ARGS, ENTRYPOINT, [], COMMAND + ARGS, id="... drop ENTRYPOINT"),
        pytest.param(COMMAND, ARGS, ENTRYPOINT, CMD, COMMAND + ARGS, id="... drop both"),
        pytest.param([], [], [""], CMD, CMD, id="ENTRYPOINT taken away"),
        pytest.param([], ARGS, [""], CMD, ARGS, id="ENTRYPOINT taken away, args"),
        pytest.param([], [], ["", "x"], [], ["", "x"], id="ENTRYPOINT with an empty text"),
    ],
)
def test_table(
    command: list[str], args: list[str], entrypoint: list[str], cmd: list[str], argv: list[str]
) -> None:
    """Kubernetes' table, every combination."""
    assert started(command, args, entrypoint, cmd) == argv
    if not needs_image(command):
        assert started(command, args, [], []) == argv


def test_table_is_whole() -> None:
    """What is said there to be asked of the image is all that can matter."""
    for command, args in product(([], COMMAND), ([], ARGS)):
        answers = {
            tuple(started(command, args, entrypoint, cmd))
            for entrypoint, cmd in product(([], ENTRYPOINT), ([], CMD))
        }
        assert (len(answers) > 1) == needs_image(command)


# Kubernetes' expansion, ported line by line from
# k8s.io/kubernetes third_party/forked/golang/expansion/expand.go.


def expand(text: str, variables: dict[str, str]) -> str:
    """What Kubernetes makes of an argument."""
    result = ""
    checkpoint = cursor = 0
    while cursor < len(text):
        if text[cursor] == "$" and cursor + 1 < len(text):
            result += text[checkpoint:cursor]
            read, is_variable, advance = _variable_name(text[cursor + 1 :])
            result += variables.get(read, f"$({read})") if is_variable else read
            cursor += advance
            checkpoint = cursor + 1
        cursor += 1
    return result + text[checkpoint:]


def _variable_name(text: str) -> tuple[str, bool, int]:
    if text[0] == "$":
        return text[0], False, 1
    if text[0] == "(":
        for i in range(1, len(text)):
            if text[i] == ")":
                return text[1:i], True, i + 1
        return "$(", False, 1
    return f"${text[0]}", False, 1


# Cases of expand_test.go there.
@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        pytest.param("$(VAR_A)", "A", id="variable"),
        pytest.param("___$(VAR_B)___", "___B___", id="between"),
        pytest.param("$$(VAR_A)", "$(VAR_A)", id="escaped"),
        pytest.param("$$$(VAR_A)", "$A", id="escaped dollar and variable"),
        pytest.param("$$$$$$(VAR_A)", "$$$(VAR_A)", id="six"),
        pytest.param("$(VAR_DNE)", "$(VAR_DNE)", id="not there"),
        pytest.param("$VAR_A", "$VAR_A", id="no parentheses"),
        pytest.param("$VAR_A)", "$VAR_A)", id="no opening"),
        pytest.param("$(VAR_A", "$(VAR_A", id="no closing"),
        pytest.param("$()", "$()", id="no name"),
        pytest.param("$$Foo)", "$Foo)", id="escaped without parenthesis"),
        pytest.param("foo$(VAR_A$(VAR_B)", "foo$(VAR_A$(VAR_B)", id="nested"),
        pytest.param("\n", "\n", id="line break"),
        pytest.param("$", "$", id="alone"),
    ],
)
def test_port_of_expand(text: str, expanded: str) -> None:
    """The port here is Kubernetes' own by its own tests."""
    assert expand(text, {"VAR_A": "A", "VAR_B": "B"}) == expanded


@given(st.text(st.sampled_from("$()AB ")))
@example("echo $(A) $$ ${A} $((1+1))")
@example("awk '{print $(NF)}'")
def test_image_argument_arrives(argument: str) -> None:
    """An argument of an image, escaped, is just that argument to the program."""
    assert expand(escaped(argument), {"A": "wrong", "": "wrong", "NF": "wrong"}) == argument


def test_why_it_is_escaped() -> None:
    """A runtime does not expand an image's own CMD; as `args`, Kubernetes would."""
    cmd = "echo $(HOSTNAME) costs $$5"
    assert expand(cmd, {"HOSTNAME": "pod"}) == "echo pod costs $5"
    assert expand(escaped(cmd), {"HOSTNAME": "pod"}) == cmd
