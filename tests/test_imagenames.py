from __future__ import annotations

import pytest

from postrender.kubernetes.images import familiar, names_of, normalised, parse, text_of

DIGEST = "@sha256:" + 64 * "a"


@pytest.mark.parametrize(
    ("reference", "parts", "full", "short"),
    [
        pytest.param("nginx", ("", "nginx", "", ""), "docker.io/library/nginx", "nginx", id="name"),
        pytest.param("a/b:1", ("", "a/b", ":1", ""), "docker.io/a/b:1", "a/b:1", id="path"),
        pytest.param(
            "docker.io/nginx", ("docker.io", "nginx", "", ""), "docker.io/library/nginx", "nginx",
            id="Docker Hub",
        ),
        pytest.param(
            "index.docker.io/library/nginx", ("index.docker.io", "library/nginx", "", ""),
            "docker.io/library/nginx", "nginx", id="its old name",
        ),
        pytest.param("r:5000/a", ("r:5000", "a", "", ""), "r:5000/a", "r:5000/a", id="port"),
        pytest.param("localhost/a", ("localhost", "a", "", ""), "localhost/a", "localhost/a",
                     id="localhost"),
        pytest.param("Host/a:1", ("Host", "a", ":1", ""), "Host/a:1", "Host/a:1", id="upper case"),
        pytest.param("g.io/a" + DIGEST, ("g.io", "a", "", DIGEST), "g.io/a" + DIGEST,
                     "g.io/a" + DIGEST, id="digest"),
        pytest.param("r:5/a:1" + DIGEST, ("r:5", "a", ":1", DIGEST), "r:5/a:1" + DIGEST,
                     "r:5/a:1" + DIGEST, id="all"),
    ],
)  # fmt: skip
def test_names(reference: str, parts: tuple[str, ...], full: str, short: str) -> None:
    """A reference has its parts, a full name and a short one, and comes back as it was written."""
    name = parse(reference)

    assert (name.host, name.path, name.tag, name.digest) == parts
    assert text_of(name) == reference
    assert text_of(normalised(name)) == full
    assert text_of(familiar(name)) == short


def test_names_of() -> None:
    """A glob sees an image in full, in short and as written, with and without the tag."""
    assert {*names_of("docker.io/nginx:1")} == {
        *("docker.io/library/nginx:1", "docker.io/library/nginx"),
        *("nginx:1", "nginx", "docker.io/nginx:1", "docker.io/nginx"),
    }
