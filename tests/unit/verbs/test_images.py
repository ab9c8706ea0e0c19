from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from postrender.errors import RulesError

if TYPE_CHECKING:
    from conftest import ApplyVerb

A = "sha256:" + 64 * "a"
B = "sha256:" + 64 * "b"


def pod(image: str) -> dict[str, Any]:
    """A pod spec that names an image wherever one can be named."""
    return {
        "initContainers": [{"name": "i", "image": image}],
        "containers": [{"name": "none"}, {"name": "c", "image": image}],
        "volumes": [{"name": "e", "emptyDir": {}}, {"name": "v", "image": {"reference": image}}],
    }


@pytest.mark.parametrize(
    ("value", "before", "after"),
    [
        pytest.param("'*': {registry: m.io}", "nginx", "m.io/library/nginx", id="official"),
        pytest.param("'*': {registry: m.io}", "a/b:1", "m.io/a/b:1", id="Docker Hub"),
        pytest.param("'*': {registry: 'm:5000'}", "docker.io/a/b", "m:5000/a/b", id="new port"),
        pytest.param("'*': {registry: m.io}", "r:5000/a:1", "m.io/a:1", id="old port"),
        pytest.param("'*': {registry: m.io}", "localhost/a", "m.io/a", id="localhost"),
        pytest.param("'*': {registry: localhost}", "a", "localhost/library/a", id="to localhost"),
        pytest.param("'*': {registry: 'm:443/x'}", "a/b", "m:443/x/a/b", id="a port and a path"),
        pytest.param("'*': {registry: '[::1]:5000'}", "a/b", "[::1]:5000/a/b", id="an address"),
        pytest.param("'*': {registry: m.io/x/}", "g.io/a", "m.io/x/a", id="registry with a path"),
        pytest.param("'*': {registry: m.io}", f"a@{A}", f"m.io/library/a@{A}", id="by digest"),
        pytest.param("'*': {registry: m.io}", f"g.io/a:1@{A}", f"m.io/a:1@{A}", id="tag, digest"),
        pytest.param("'*': {prefix: p}", "g.io/a/b:1", "g.io/p/a/b:1", id="prefix"),
        pytest.param("'*': {prefix: p}", "nginx", "p/library/nginx", id="prefix, no host"),
        pytest.param("'*': {registry: m.io, prefix: p}", "a/b", "m.io/p/a/b", id="both"),
        pytest.param("nginx: {newName: m.io/n}", "nginx:1", "m.io/n:1", id="name, tag stays"),
        pytest.param("nginx: {newName: n}", f"nginx@{A}", f"n@{A}", id="name, digest stays"),
        pytest.param("nginx: {newName: n, newTag: 2}", "nginx:1", "n:2", id="name and tag"),
        pytest.param("'*': {newName: m.io/f/}", "q.io/a/b:1", "m.io/f/b:1", id="a folder"),
        pytest.param("'*': {newName: m.io/}", "nginx", "m.io/nginx", id="a folder, the host"),
        pytest.param("'*': {newName: 'm:5000//'}", "a/b/c", "m:5000/c", id="a folder, the port"),
        pytest.param("'*': {newName: f/}", f"q.io/a/b:1@{A}", f"f/b:1@{A}", id="a folder of Hub"),
        pytest.param("a/b: {newName: m.io/f/, newTag: 2}", "a/b:1", "m.io/f/b:2", id="and a tag"),
        pytest.param(
            "a/b: {newName: m.io/f/}\n'*': {newName: m.io/f/, newTag: 2}",
            "m.io/f/c:1",
            "m.io/f/c:2",
            id="a folder, another image in it",
        ),
        pytest.param("nginx: {newTag: 1.10}", "nginx", "nginx:1.10", id="tag as written"),
        pytest.param("'r:5000/a': {newTag: 2}", "r:5000/a", "r:5000/a:2", id="port, no tag"),
        pytest.param("nginx: {newTag: 2}", f"nginx:1@{A}", "nginx:2", id="tag for both"),
        pytest.param(f"nginx: {{digest: '{B}'}}", "nginx:1", f"nginx@{B}", id="digest for tag"),
        pytest.param(f"nginx: {{digest: '{B}'}}", f"nginx:1@{A}", f"nginx@{B}", id="for both"),
        pytest.param("'docker.io/*': {newTag: 2}", "nginx", "nginx:2", id="by the full name"),
        pytest.param(
            "nginx: {newTag: 2}",
            "docker.io/library/nginx:1",
            "docker.io/library/nginx:2",
            id="by the short name",
        ),
        pytest.param("'nginx:1': {newTag: 2}", "nginx:1", "nginx:2", id="by the tag"),
        pytest.param("a: {newTag: 1}\n'*': {newTag: 2}", "a", "a:1", id="the first one wins"),
        pytest.param("a: {newTag: 1}\n'*': {newTag: 2}", "b", "b:2", id="the second one"),
    ],
)
def test_images(apply_verb: ApplyVerb, value: str, before: str, after: str) -> None:
    """Images are rewritten wherever a pod names one, and once only."""
    done = apply_verb("images", value, pod(before))

    assert done.data == pod(after)
    assert apply_verb("images", value, done.data).data is done.data


@pytest.mark.parametrize(
    ("value", "image"),
    [
        pytest.param("other: {newTag: 2}", "nginx:1", id="no entry for it"),
        pytest.param("nginx: {newTag: 1}", "docker.io/nginx:1", id="the tag"),
        pytest.param(f"nginx: {{digest: '{A}'}}", f"nginx@{A}", id="the digest"),
        pytest.param("'*': {registry: m.io}", "m.io/library/nginx", id="the registry"),
        pytest.param("'*': {prefix: p}", "g.io/p/a", id="the prefix"),
        pytest.param("'*': {newName: n}", "n:1", id="the name"),
        pytest.param(
            "a: {newName: b}\nb: {newName: c}", "b", id="made by the first entry, not for the next"
        ),
        pytest.param(
            "'docker.io/*': {registry: m.io}\n'*': {registry: e.io}", "m.io/a/b", id="a later glob"
        ),
        pytest.param("'*': {newName: m.io/f/}", "m.io/f/n:1", id="the folder"),
        pytest.param(
            "'a.io/*b': {newName: m.io/f/}\n'*': {newName: m.io/g/}", "m.io/f/ab", id="a folder"
        ),
        pytest.param("'*': {registry: m.io}", "", id="no image"),
        pytest.param("'*': {registry: m.io, prefix: p}", " ", id="a blank image"),
        pytest.param("'*': {newTag: 1}", "\t\n", id="a blank image, a tag"),
    ],
)
def test_no_op(apply_verb: ApplyVerb, value: str, image: str) -> None:
    """An image that is as an entry would have it leaves the very same pod."""
    before = pod(image)

    assert apply_verb("images", value, before).data is before


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param("a: {newName: b, prefix: c}", "keep one", id="newName and prefix"),
        pytest.param("a: {newName: b, registry: c.io}", "keep one", id="newName and registry"),
        pytest.param(
            "a: {registry: mirror}",
            'images.a.registry: "mirror" is not a registry: mirror/nginx is an image of docker.io; '
            "write the host with its domain or port, such as mirror:443, or prefix: mirror",
            id="a name that is no host",
        ),
        pytest.param(
            "a: {registry: team/b.io}", "such as team:443, or prefix: team/b.io", id="path"
        ),
        pytest.param(f"a: {{newTag: b, digest: '{A}'}}", "keep one", id="newTag and digest"),
        pytest.param("a: {digest: 'sha256:abc'}", "64 hex digits", id="short digest"),
        pytest.param("a: {}", "changes nothing", id="nothing"),
        pytest.param("a: {newTag: null}", "changes nothing", id="null only"),
        pytest.param("a: {newTag: ''}", "is empty", id="empty text"),
        pytest.param("a: {newTag: ':1'}", '":1" is not a tag; write it as 1.2.3', id="tag"),
        pytest.param(f"a: {{newTag: {'x' * 129}}}", "is not a tag", id="long tag"),
        pytest.param("a: {registry: 'https://b.c'}", "cannot stand in the name", id="scheme"),
        pytest.param("a: {prefix: 'b c'}", "cannot stand in the name", id="space"),
        pytest.param("a: {newName: /}", "is empty", id="no folder"),
        pytest.param("a: {newName: 'b/c:1/'}", "has a tag", id="a folder with a tag"),
        pytest.param("a: {newName: 'b:5000/c:1'}", "has a tag; write that as newTag:", id="name"),
        pytest.param(f"a: {{newName: 'b@{A}'}}", "cannot stand in the name", id="name, digest"),
        pytest.param("a: {tag: 1}", 'did you mean "newTag"', id="unknown key"),
        pytest.param("a: b", "must be a mapping, not text", id="text"),
        pytest.param("[a]", "must be a mapping, not a list", id="list"),
    ],
)
def test_mistakes(apply_verb: ApplyVerb, value: str, message: str) -> None:
    """What cannot be meant is refused before any object is looked at, and said once."""
    with pytest.raises(RulesError, match=message) as caught:
        apply_verb("images", value, {})

    assert len(str(caught.value).splitlines()) == 1
