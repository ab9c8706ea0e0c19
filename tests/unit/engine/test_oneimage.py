"""Images that rules with a folder for them would make one."""

from __future__ import annotations

import pytest
from runs import output, run_text

from postrender.errors import VerbError

POD = (
    "apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\nspec: {containers: [{name: a, image: %s}]}\n"
)
FLAT = "{'*': {newName: m.example.com/flat/}}"
A = "sha256:" + 64 * "a"


def stream_of(*images: str) -> str:
    """Pods p0, p1, … with these images."""
    return "---\n".join(POD % (f"p{i}", f'"{image}"') for i, image in enumerate(images))


def test_two_images_of_two_objects() -> None:
    """Both are named, with what to do."""
    with pytest.raises(VerbError) as caught:
        run_text(f"rules: {{r: {{match: {{}}, images: {FLAT}}}}}", stream_of("q.io/a/b:1", "c/b:1"))

    assert str(caught.value).endswith(
        'rule "r": images: q.io/a/b:1 (Pod/p0) and c/b:1 (Pod/p1) would become one image, '
        "m.example.com/flat/b:1; add an entry with a newName of its own for one of them, above "
        '"*"'
    )


def test_latest_is_the_tag_of_an_image_without_one() -> None:
    """As container runtimes read it."""
    with pytest.raises(VerbError, match=r"image, m\.example\.com/flat/b:latest"):
        run_text(f"rules: {{r: {{match: {{}}, images: {FLAT}}}}}", stream_of("a/b:latest", "c/b"))


def test_of_two_rules() -> None:
    """An entry for a folder and one that names the image."""
    rules = f"""
rules:
  one: {{match: {{name: p0}}, images: {FLAT}}}
  two: {{match: {{name: p1}}, images: {{"*": {{newName: m.example.com/flat/}}}}}}
"""
    with pytest.raises(VerbError, match='rule "two"'):
        run_text(rules, stream_of("q.io/a/b:1", "c/b:1"))


@pytest.mark.parametrize(
    ("images", "value"),
    [
        pytest.param(("q.io/a/b:1", "c/b:2"), FLAT, id="other tags"),
        pytest.param(("nginx:1", "docker.io/library/nginx:1"), FLAT, id="one image, two names"),
        pytest.param((f"a/b@{A}", f"c/b@{A}"), FLAT, id="one image by its digest"),
        pytest.param(("a/b:1", "m.example.com/flat/b:1"), FLAT, id="one that is there"),
        pytest.param(
            ("a/b:1", "c/b:1"),
            "{c/b: {newName: m.example.com/flat/c-b}, '*': {newName: m.example.com/flat/}}",
            id="an entry of its own",
        ),
        pytest.param(
            ("a/b:1", "c/b:1", "d:1"),
            "{a/b: {newName: b}, c/b: {newName: b}, '*': {newName: m.example.com/flat/}}",
            id="entries that name it",
        ),
        pytest.param(
            ("a/b:1", "a/b:2"), "{'*': {newName: m.io/flat/, newTag: 3}}", id="one tag for two"
        ),
    ],
)
def test_what_may_be(images: tuple[str, ...], value: str) -> None:
    """Images that are the same, that differ, or that the rules name; also over the output."""
    rules = f"rules: {{r: {{match: {{}}, images: {value}}}}}"
    done = run_text(rules, stream_of(*images))

    assert output(run_text(rules, output(done))) == output(done)
