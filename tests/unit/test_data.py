"""What is the same to Kubernetes, where two values differ, which items of two lists go together."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postrender.data import align, differences, labels, same

DATA = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "a", "b"]) | st.just(1.0),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
        | st.fixed_dictionaries({"name": st.sampled_from("abc")}, optional={"x": inner})
    ),
)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        pytest.param(1, 1, True, id="int"),
        pytest.param(1, True, False, id="int and bool"),
        pytest.param(1, 1.0, False, id="int and float"),
        pytest.param(0, False, False, id="zero and false"),
        pytest.param("1", 1, False, id="text and int"),
        pytest.param(None, "", False, id="null and no text"),
        pytest.param(None, None, True, id="null"),
        pytest.param([], {}, False, id="no items and no entries"),
        pytest.param({"a": 1, "b": 2}, {"b": 2, "a": 1}, True, id="another order of keys"),
        pytest.param([1, 2], [2, 1], False, id="another order of items"),
        pytest.param({"a": None}, {}, False, id="null and nothing"),
        pytest.param({"a": {"b": [1]}}, {"a": {"b": [1]}}, True, id="nested"),
        pytest.param({"a": {"b": [1]}}, {"a": {"b": [True]}}, False, id="nested, of another type"),
    ],
)
def test_same_minds_types(one: Any, other: Any, is_same: bool) -> None:
    """What Kubernetes takes for the same is: the type counts, the order of keys does not."""
    assert same(one, other) is is_same
    assert same(other, one) is is_same
    assert bool(differences(one, other)) is not is_same


@pytest.mark.parametrize(
    ("one", "other", "paths"),
    [
        pytest.param(1, 1, [], id="none"),
        pytest.param(1, 2, [()], id="the value itself"),
        pytest.param({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, [("a", "c")], id="an entry"),
        pytest.param(
            {"a": [1, {"b": 2}]}, {"a": [0, {"b": 3}]}, [("a", 0), ("a", 1, "b")], id="two"
        ),
        pytest.param({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}, [("a",)], id="an entry more"),
        pytest.param({"a": [1]}, {"a": [1, 2]}, [("a",)], id="an item more"),
        pytest.param({"a": []}, {"a": {}}, [("a",)], id="another kind"),
    ],
)
def test_differences_are_the_smallest(one: Any, other: Any, paths: list[Any]) -> None:
    """Each path names the smallest value around a difference."""
    assert differences(one, other) == paths


@pytest.mark.parametrize(
    ("old", "new", "pairs"),
    [
        pytest.param([1, 2], [1, 2], [(0, 0), (1, 1)], id="nothing changed"),
        pytest.param([1], [1, 2], [(0, 0), (None, 1)], id="at the end"),
        pytest.param([2], [1, 2], [(None, 0), (0, 1)], id="at the start"),
        pytest.param([1, 3], [1, 2, 3], [(0, 0), (None, 1), (1, 2)], id="between"),
        pytest.param([1, 2, 3], [1, 3], [(0, 0), (1, None), (2, 1)], id="removed"),
        pytest.param(["a", "b"], ["c", "d"], [(0, 0), (1, 1)], id="nameless ones by position"),
        pytest.param([], [1], [(None, 0)], id="from nothing"),
        pytest.param([1, 1], [1], [(0, 0), (1, None)], id="one of two equal ones"),
        pytest.param(
            [{"name": "a", "x": 1}, {"name": "b"}],
            [{"name": "c"}, {"name": "a", "x": 2}, {"name": "b"}],
            [(None, 0), (0, 1), (1, 2)],
            id="by name",
        ),
        pytest.param(
            [{"name": "a"}, {"name": "b"}],
            [{"name": "b"}, {"name": "a"}],
            [(None, 0), (0, 1), (1, None)],
            id="places changed",
        ),
        pytest.param([{"name": "a"}], [{"name": "b"}], [(0, None), (None, 0)], id="another name"),
        pytest.param(
            [{"mountPath": "/a", "name": "v"}],
            [{"mountPath": "/a", "name": "w"}],
            [(0, 0)],
            id="the path comes before the name",
        ),
        pytest.param(
            [{"containerPort": 80}],
            [{"containerPort": 80, "name": "http"}],
            [(0, 0)],
            id="a name that was not there",
        ),
        pytest.param([{"x": 1}], [{"x": 2}], [(0, 0)], id="a nameless mapping"),
        pytest.param([{"x": 1}], [1, {"x": 2}], [(None, 0), (0, 1)], id="nameless ones of a kind"),
        pytest.param(
            [{"name": "a"}, {"name": "b"}, {"name": "c"}],
            [{"name": "c"}, {"name": "a"}, {"name": "b"}],
            [(None, 0), (0, 1), (1, 2), (2, None)],
            id="one moved to the front: the others stay",
        ),
    ],
)
def test_align(old: list[Any], new: list[Any], pairs: list[Any]) -> None:
    """Equal items and items of one name go on; between them the rest goes and comes."""
    assert align(old, new) == pairs


@pytest.mark.parametrize(
    ("field", "old", "new", "pairs"),
    [
        pytest.param(
            "ports",
            [{"containerPort": 53, "protocol": "UDP"}, {"containerPort": 53}],
            [{"containerPort": 53, "protocol": "TCP", "name": "dns"}],
            [(0, None), (1, 0)],
            id="ports of one number",
        ),
        pytest.param(
            "ports",
            [{"name": "a", "port": 80}, {"name": "b", "port": 81}],
            [{"name": "a", "port": 81}],
            [(0, None), (1, 0)],
            id="ports of a Service",
        ),
        pytest.param(
            "ports",
            [{"name": "a", "port": 80}],
            [{"name": "a", "port": 81}],
            [(0, 0)],
            id="its name",
        ),
        pytest.param(
            "ownerReferences",
            [{"name": "a", "uid": "1"}, {"name": "a", "uid": "2"}],
            [{"name": "b", "uid": "2"}],
            [(0, None), (1, 0)],
            id="owners",
        ),
    ],
)
def test_align_by_the_lists_own_keys(
    field: str, old: list[Any], new: list[Any], pairs: list[Any]
) -> None:
    """Items of a list of Kubernetes' go by its keys, then by what names items elsewhere."""
    assert align(old, new, field) == pairs


@pytest.mark.parametrize(
    ("field", "items", "found"),
    [
        pytest.param("env", [{"name": "a"}, {"name": "b"}], ["a", "b"], id="names"),
        pytest.param(
            "env", [{"name": "a"}, {"name": "a"}, {"name": "b"}], ["", "", "b"], id="twice"
        ),
        pytest.param("x", [1, {"name": "a"}, [], {}], ["", "a", "", ""], id="nothing to go by"),
        pytest.param(
            "ports",
            [{"containerPort": 53, "name": "dns"}, {"containerPort": 53, "protocol": "UDP"}],
            ["53", "53/UDP"],
            id="protocols",
        ),
        pytest.param("ports", [{"port": 80, "name": "http"}], ["80"], id="a Service's ports"),
        pytest.param("ports", [{"name": "http"}], ["http"], id="other ports"),
        pytest.param("mounts", [{"mountPath": "/a", "name": "v"}], ["/a"], id="an unknown list"),
        pytest.param(
            "volumeClaimTemplates", [{"metadata": {"name": "data"}}], ["data"], id="claim templates"
        ),
    ],
)
def test_labels(field: str, items: list[Any], found: list[str]) -> None:
    """What tells each item from the others."""
    assert labels(items, field) == found


@given(old=st.lists(DATA, max_size=6), new=st.lists(DATA, max_size=6))
def test_align_leaves_nothing_out(old: list[Any], new: list[Any]) -> None:
    """Every item of both lists is there once, in its order."""
    pairs = align(old, new)
    assert [i for i, _ in pairs if i is not None] == list(range(len(old)))
    assert [j for _, j in pairs if j is not None] == list(range(len(new)))
    assert (None, None) not in pairs


@given(items=st.lists(DATA, max_size=6), at=st.integers(0, 6), item=DATA)
def test_align_sees_that_one_item_came(items: list[Any], at: int, item: Any) -> None:
    """Where one item is put in, all others go on from themselves."""
    new = [*items[:at], item, *items[at:]]
    pairs = align(items, new)
    assert sum(i is None for i, _ in pairs) == 1
    assert all(same(items[i], new[j]) for i, j in pairs if i is not None and j is not None)


@given(data=DATA, other=DATA)
def test_differences_agree_with_same(data: Any, other: Any) -> None:
    """There are differences exactly where two values are not the same."""
    assert differences(data, copy.deepcopy(data)) == []
    assert (differences(data, other) == []) is same(data, other)
