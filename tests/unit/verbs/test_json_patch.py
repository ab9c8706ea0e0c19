from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postrender.errors import RulesError, VerbError

if TYPE_CHECKING:
    from conftest import ApplyVerb

OBJECT = "{a: 1, b: [x, v], c/d: {e~f: secret}}"


@pytest.mark.parametrize(
    ("operation", "changed"),
    [
        pytest.param("{op: add, path: /z, value: 2}", {"z": 2}, id="add"),
        pytest.param("{op: add, path: /b/0, value: w}", {"b": ["w", "x", "v"]}, id="add in a list"),
        pytest.param("{op: add, path: /b/-, value: z}", {"b": ["x", "v", "z"]}, id="at its end"),
        pytest.param("{op: replace, path: /a, value: null}", {"a": None}, id="replace"),
        pytest.param("{op: replace, path: /a, value: 1.0}", {"a": 1.0}, id="another type"),
        pytest.param("{op: replace, path: /a, value: yes}", {"a": True}, id="true is not 1"),
        pytest.param("{op: remove, path: /c~1d/e~0f}", {"c/d": {}}, id="remove, escaped"),
        pytest.param("{op: copy, from: /b, path: /z}", {"z": ["x", "v"]}, id="copy"),
        pytest.param("{op: move, from: /b/0, path: /a}", {"a": "x", "b": ["v"]}, id="move"),
    ],
)
def test_operations(apply_verb: ApplyVerb, operation: str, changed: dict[str, object]) -> None:
    """Operations do what RFC 6902 says."""
    done = apply_verb("jsonPatch", f"- {operation}", OBJECT).data
    wanted = {"a": 1, "b": ["x", "v"], "c/d": {"e~f": "secret"}, **changed}

    assert done == wanted
    assert {key: type(value) for key, value in done.items()} == {
        key: type(value) for key, value in wanted.items()
    }


@pytest.mark.parametrize(
    "operations",
    [
        pytest.param("[]", id="none"),
        pytest.param("[{op: test, path: /a, value: 1}]", id="test"),
        pytest.param("[{op: replace, path: /a, value: 1}]", id="replace"),
        pytest.param("[{op: add, path: /a, value: 1}]", id="add to a mapping"),
        pytest.param(
            "[{op: add, path: /z, value: 1}, {op: remove, path: /z}]", id="there and back"
        ),
    ],
)
def test_no_op(apply_verb: ApplyVerb, operations: str) -> None:
    """What leaves all as it is leaves the very same object."""
    before = {"a": 1}

    assert apply_verb("jsonPatch", operations, before).data is before


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        pytest.param("{op: test, path: /c~1d/e~0f, value: x}", "has another value", id="test"),
        pytest.param("{op: test, path: /a, value: yes}", "has another value", id="1 is not true"),
        pytest.param("{op: test, path: /z, value: 1}", "nothing at this path", id="test nothing"),
        pytest.param("{op: remove, path: /z}", "nothing at this path", id="remove"),
        pytest.param("{op: replace, path: /z, value: 1}", "nothing at this path", id="replace"),
        pytest.param("{op: add, path: /y/z, value: 1}", "nothing at this path", id="no parent"),
        pytest.param("{op: add, path: /b/7, value: 1}", "nothing at this path", id="behind"),
        pytest.param("{op: add, path: /b/x, value: 1}", "nothing at this path", id="no index"),
        pytest.param("{op: add, path: /a/b, value: 1}", "nothing at this path", id="in a number"),
        pytest.param("{op: copy, from: /z, path: /y}", "nothing at this path", id="copy"),
        pytest.param("{op: move, from: /b, path: /b/0}", "nothing at this path", id="into itself"),
        pytest.param("{op: replace, path: '', value: 1}", "nothing is left", id="the whole"),
    ],
)
def test_refused(apply_verb: ApplyVerb, operation: str, message: str) -> None:
    """What cannot be done is said with its number and path, and without values of the object."""
    with pytest.raises(VerbError, match=message) as caught:
        apply_verb("jsonPatch", f"- {{op: add, path: /n, value: 1}}\n- {operation}", OBJECT)

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("operation", "where", "value"),
    [
        pytest.param("path: /metadata/labels/a~1b, value: yes", "labels", {"a/b": "yes"}, id="one"),
        pytest.param("path: /metadata/labels, value: {a: 1.10}", "labels", {"a": "1.10"}, id="all"),
        pytest.param(
            "path: /metadata, value: {name: a, labels: {a: 0755}}",
            "labels",
            {"a": "0755"},
            id="all of them and more",
        ),
        pytest.param("path: /metadata/generation, value: 0755", "generation", 493, id="a number"),
    ],
)
def test_texts(apply_verb: ApplyVerb, operation: str, where: str, value: object) -> None:
    """Where Kubernetes takes only text, a number means the text that was written."""
    obj = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: {}}}"

    done = apply_verb("jsonPatch", f"[{{op: add, {operation}}}]", obj, obj=obj).data

    assert done["metadata"][where] == value


@pytest.mark.parametrize(
    ("operation", "after"),
    [
        pytest.param("{op: add, path: /data/a, value: 0755}", {"a": "0755", "c": "5"}, id="entry"),
        pytest.param("{op: replace, path: /data, value: {a: on}}", {"a": "on"}, id="all"),
        pytest.param("{op: test, path: /data/c, value: 5}", {"c": "5"}, id="test"),
    ],
)
def test_data_of_texts(apply_verb: ApplyVerb, operation: str, after: dict[str, str]) -> None:
    """So does the `data` of a ConfigMap."""
    obj = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {c: '5'}}"

    assert apply_verb("jsonPatch", f"[{operation}]", obj, obj=obj).data["data"] == after


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param("{op: add}", "must be a list of operations", id="no list"),
        pytest.param("- /a", "must be a mapping, not text", id="text"),
        pytest.param("- {}", "op: must be one of add, copy, move", id="empty"),
        pytest.param("- {op: set, path: /a}", "op: must be one of add, copy", id="operation"),
        pytest.param("- {op: add, path: /a}", '"add" needs "value"', id="value"),
        pytest.param("- {op: copy, path: /a}", '"copy" needs "from"', id="from"),
        pytest.param("- {op: remove, path: a}", "is not a JSON pointer", id="pointer"),
        pytest.param("- {op: remove, path: /a, val: 1}", 'unknown key "val"', id="unknown key"),
    ],
)
def test_mistakes(apply_verb: ApplyVerb, value: str, message: str) -> None:
    """Operations are checked before any object is looked at, and a mistake is said once."""
    with pytest.raises(RulesError, match=message) as caught:
        apply_verb("jsonPatch", value, {})

    assert len(str(caught.value).splitlines()) == 1
