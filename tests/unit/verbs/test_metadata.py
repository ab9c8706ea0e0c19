from __future__ import annotations

import pytest

from postrender.verbs.metadata import put_texts


@pytest.mark.parametrize(
    ("before", "texts", "after"),
    [
        pytest.param(
            {"spec": 1},
            {"a": "1"},
            {"metadata": {"labels": {"a": "1"}}, "spec": 1},
            id="no metadata",
        ),
        pytest.param(
            {"metadata": None},
            {"a": "1"},
            {"metadata": {"labels": {"a": "1"}}},
            id="empty metadata",
        ),
        pytest.param(
            {"metadata": {"name": "x"}},
            {"a": "1"},
            {"metadata": {"name": "x", "labels": {"a": "1"}}},
            id="no labels",
        ),
        pytest.param(
            {"metadata": {"labels": None}},
            {"a": "1"},
            {"metadata": {"labels": {"a": "1"}}},
            id="empty labels",
        ),
        pytest.param(
            {"metadata": {"labels": {"b": "2"}}},
            {"a": "1"},
            {"metadata": {"labels": {"b": "2", "a": "1"}}},
            id="added",
        ),
        pytest.param(
            {"metadata": {"labels": {"a": "1", "b": "2"}}},
            {"a": "3"},
            {"metadata": {"labels": {"a": "3", "b": "2"}}},
            id="changed",
        ),
        pytest.param(
            {"metadata": {"labels": {"a": "1", "b": "2"}}},
            {"a": None},
            {"metadata": {"labels": {"b": "2"}}},
            id="removed",
        ),
        pytest.param(
            {"metadata": {"labels": {"a": "1"}, "name": "x"}},
            {"a": None},
            {"metadata": {"name": "x"}},
            id="the last one removed",
        ),
    ],
)
def test_put_texts(before: object, texts: dict[str, str | None], after: object) -> None:
    """Texts are put where labels are, in the chart's order and then the rule's."""
    done = put_texts(before, "labels", texts)

    assert done == after
    assert list(done) == list(after)


@pytest.mark.parametrize(
    ("before", "texts"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param({}, {"a": None}, id="null for what is not there"),
        pytest.param({"metadata": {"labels": None}}, {}, id="an empty key stays"),
        pytest.param({"metadata": {"labels": {}}}, {"a": None}, id="empty labels stay"),
        pytest.param(
            {"metadata": {"labels": {"b": "2", "a": "1"}}}, {"a": "1", "b": "2"}, id="there"
        ),
    ],
)
def test_no_op(before: object, texts: dict[str, str | None]) -> None:
    """What is there already comes back as the very same object."""
    assert put_texts(before, "labels", texts) is before


@pytest.mark.parametrize(
    ("before", "texts", "after"),
    [
        pytest.param({"a": "1", "b": "2"}, {"b": "2", "c": "3"}, {"b": "2", "c": "3"}, id="others"),
        pytest.param({"a": "1"}, {}, None, id="all"),
        pytest.param({"a": "1", "b": "2"}, {"a": None, "c": "3"}, {"c": "3"}, id="and null"),
        pytest.param(
            {
                "kmod-post/checksum-x": "1",
                "postrenderer.helm.sh/postrender-filename": "a.yaml",
                "a": "b",
            },
            {},
            {"kmod-post/checksum-x": "1", "postrenderer.helm.sh/postrender-filename": "a.yaml"},
            id="but for our marks and Helm's",
        ),
    ],
)
def test_replaced_as_a_whole(before: object, texts: dict[str, str | None], after: object) -> None:
    """With `$patch: replace` what the rule says is all; over its own output it changes nothing."""
    done = put_texts({"metadata": {"labels": before}}, "labels", texts, is_whole=True)

    assert done == {"metadata": {"labels": after} if after else {}}
    assert put_texts(done, "labels", texts, is_whole=True) is done
