"""
References to container images, taken apart as container runtimes do.

Source: github.com/distribution/reference normalize.go (splitDockerDomain, ParseNormalizedNamed):
what stands before the first slash is a host if it has a dot or a colon, is `localhost`, or has an
upper-case letter; otherwise the host is docker.io, and there a name without a slash lies in
`library/`.
"""

from __future__ import annotations

from postrender.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class ImageName(Value):
    """
    A reference in its parts. `host` is empty where it names none; `tag` and `digest` come with
    their sign (`:1.19`, `@sha256:…`) or are empty.
    """

    host: str
    path: str
    tag: str
    digest: str


DEFAULT_HOST = "docker.io"
_OFFICIAL = "library/"


def parse(reference: str) -> ImageName:
    """A reference in its parts; joined they give it back, with a slash after the host."""
    name, at, digest = reference.partition("@")
    host, slash, path = name.partition("/")
    if not slash or not ("." in host or ":" in host or host == "localhost" or host != host.lower()):
        host, path = "", name
    path, colon, tag = path.partition(":")
    return ImageName(host, path, colon + tag, at + digest)


def normalised(name: ImageName) -> ImageName:
    """The image with its host and full path: `nginx` is `docker.io/library/nginx`."""
    host = DEFAULT_HOST if name.host in {"", "index.docker.io"} else name.host
    path = name.path
    if host == DEFAULT_HOST and "/" not in path:
        path = _OFFICIAL + path
    return name.replaced(host=host, path=path)


def text_of(name: ImageName) -> str:
    """The reference as text."""
    lead = f"{name.host}/" if name.host else ""
    return f"{lead}{name.path}{name.tag}{name.digest}"


def familiar(name: ImageName) -> ImageName:
    """The image as people write it: `docker.io/library/nginx` is `nginx`."""
    name = normalised(name)
    if name.host != DEFAULT_HOST:
        return name
    path = name.path.removeprefix(_OFFICIAL)
    return name.replaced(host="", path=name.path if "/" in path else path)


def names_of(reference: str) -> Iterator[str]:
    """What a glob may match: in full, short, as written; each with and without tag and digest."""
    written = parse(reference)
    for name in (normalised(written), familiar(written), written):
        yield text_of(name)
        if name.tag or name.digest:
            yield text_of(name.replaced(tag="", digest=""))
