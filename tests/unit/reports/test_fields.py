from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postrender.data import same
from postrender.reports.fields import Field, fields


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param({"a": 1}, {"a": 2}, [Field("changed", "a", "/a", 1, 2)], id="a value"),
        pytest.param({"a": 1}, {"a": "1"}, [Field("changed", "a", "/a", 1, "1")], id="its type"),
        pytest.param({}, {"a": None}, [Field("added", "a", "/a", None, None)], id="a null"),
        pytest.param({"a": 1}, {}, [Field("removed", "a", "/a", 1, None)], id="gone"),
        pytest.param(
            {"a": {"b": 1}},
            {"a": {"b": 1, "c": {"d": 2}}},
            [Field("added", "a.c", "/a/c", None, {"d": 2})],
            id="a mapping as a whole",
        ),
        pytest.param(
            {"labels": {}},
            {"labels": {"app.kubernetes.io/name": "web"}},
            [
                Field(
                    "added",
                    'labels["app.kubernetes.io/name"]',
                    "/labels/app.kubernetes.io~1name",
                    None,
                    "web",
                )
            ],
            id="a key with signs in it",
        ),
        pytest.param(
            {"containers": [{"name": "web", "image": "a"}]},
            {"containers": [{"name": "log"}, {"name": "web", "image": "b"}]},
            [
                Field("added", "containers[log]", "/containers/0", None, {"name": "log"}),
                Field("changed", "containers[web].image", "/containers/1/image", "a", "b"),
            ],
            id="entries by name",
        ),
        pytest.param(
            {"mounts": [{"name": "a", "mountPath": "/x"}, {"name": "a", "mountPath": "/y"}]},
            {"mounts": [{"name": "a", "mountPath": "/x"}]},
            [
                Field(
                    "removed", "mounts[/y]", "/mounts/1", {"name": "a", "mountPath": "/y"}, None
                )
            ],
            id="mounts by path",
        ),
        pytest.param(
            {"ports": [{"containerPort": 53}, {"containerPort": 53, "protocol": "UDP"}]},
            {"ports": [{"containerPort": 53, "protocol": "UDP"}]},
            [Field("removed", "ports[53]", "/ports/0", {"containerPort": 53}, None)],
            id="ports by number and protocol",
        ),
        pytest.param(
            {"args": ["a", "b"]},
            {"args": ["a", "c"]},
            [Field("changed", "args[1]", "/args/1", "b", "c")],
            id="nameless entries by place",
        ),
        pytest.param(
            [{"a": 1, "b": 2}],
            [0, {"a": 1}],
            [Field("added", "[0]", "/0", None, 0), Field("removed", "[1].b", "/0/b", 2, None)],
            id="what an entry that moves has lost",
        ),
    ],
)  # fmt: skip
def test_each_difference_is_a_field(before: Any, after: Any, expected: list[Field]) -> None:
    """The smallest value that differs, with a path for people and a pointer for programs."""
    assert fields(before, after) == expected


def test_equal_states_have_no_fields() -> None:
    """What is the same has nothing to tell."""
    assert fields({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}) == []


DATA = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "a", "b/~c"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "name", "x/y", "m~n"]), inner, max_size=3)
    ),
    max_leaves=12,
)


def at(data: Any, pointer: str) -> Any:
    """What a JSON pointer points at."""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        data = data[int(key)] if isinstance(data, list) else data[key]
    return data


@given(DATA, DATA)
def test_pointers_point_at_the_values(before: Any, after: Any) -> None:
    """Each field's pointer leads to its value, in the state that has it."""
    found = fields(before, after)

    assert bool(found) == (not same(before, after))
    for field in found:
        if field.what == "removed":
            assert same(at(before, field.pointer), field.before)
        else:
            assert same(at(after, field.pointer), field.after)
