from __future__ import annotations

import re

import pytest
from contexts import make_context

from postrender.errors import VerbError
from postrender.verbs.generated_annotations import (
    MAX_SIZE,
    annotation_key,
    check_size,
    field_path,
    key_in,
    key_prefix,
)

# apimachinery pkg/util/validation, IsQualifiedName.
KEY = re.compile(r"kmod-post/[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")


@pytest.mark.parametrize(
    ("rule", "file", "key"),
    [
        pytest.param("r", "web.sh", "kmod-post/file-r.web.sh", id="rule and file"),
        pytest.param("r" * 40, "a" * 17, f"kmod-post/file-{'r' * 40}.{'a' * 17}", id="63 signs"),
        pytest.param("r" * 40, "a" * 18, f"kmod-post/file-{'r' * 40}.{'a' * 8}-", id="64 signs"),
        pytest.param("r", ".hidden", "kmod-post/file-r..hidden", id="a dot"),
        pytest.param("r", "etc_x_", "kmod-post/file-r.etc_x_-", id="a sign at the end"),
        pytest.param("r", "_", "kmod-post/file-r._-", id="a sign alone"),
    ],
)
def test_key(rule: str, file: str, key: str) -> None:
    """The key says rule and file; what Kubernetes does not take is cut and gets a hash."""
    made = annotation_key(rule, file)

    assert made.startswith(key)
    assert made == key or len(made) == len(key) + 8
    assert KEY.fullmatch(made)
    assert made.startswith(key_prefix(rule))


def test_keys_that_are_cut_stay_different() -> None:
    """Two long names that begin alike, and one that looks like a cut one."""
    files = ["a" * 60 + "x", "a" * 60 + "y", "a_", "a__"]

    assert len({annotation_key("r", file) for file in files}) == len(files)


def test_field_path() -> None:
    """A pod names its annotation as Kubernetes' downward API does; the name is found again."""
    key = annotation_key("r", "web.sh")

    assert field_path(key) == "metadata.annotations['kmod-post/file-r.web.sh']"
    assert key_in(field_path(key)) == key
    for other in ("metadata.name", "metadata.annotations", "metadata.labels['a']", None, 1):
        assert not key_in(other)


def test_size() -> None:
    """Keys and values of all annotations count, in bytes."""
    context = make_context({"kind": "Deployment", "metadata": {"name": "web"}}, "r")
    known = {"chart": "é"}
    rest = MAX_SIZE - len("chart") - len("é".encode()) - len("k")

    check_size({"metadata": {"annotations": {**known, "k": "x" * rest}}}, context)
    check_size({}, context)
    with pytest.raises(VerbError, match=f"have {MAX_SIZE + 1} bytes with the files"):
        check_size({"metadata": {"annotations": {**known, "k": "x" * (rest + 1)}}}, context)
