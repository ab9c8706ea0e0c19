"""
Container images: references taken apart, platforms, and what an image starts.

References, as container runtimes read them (github.com/distribution/reference normalize.go,
splitDockerDomain and ParseNormalizedNamed): what stands before the first slash is a host if it has a
dot or a colon, is `localhost`, or has an upper-case letter; otherwise the host is docker.io, and
there a name without a slash lies in `library/`.

Platforms in one spelling: `linux/amd64`, `linux/arm64`, `linux/arm/v7` (github.com/containerd/platforms
database.go, normalizeArch).

What a container runs, by Kubernetes' rules for `command`, `args` and the image's ENTRYPOINT and CMD:

| `command` | `args` | the container runs |
|---|---|---|
| - | - | ENTRYPOINT CMD |
| - | given | ENTRYPOINT args |
| given | - | command |
| given | given | command args |

Sources: kubernetes.io, "Define a Command and Arguments for a Container"; containerd
internal/cri/opts/spec_opts.go, WithProcessArgs, which does it. An empty list counts as none, and so
does an ENTRYPOINT of one empty text, which is Docker's way to take one away.
"""  # noqa: E501 - a table has long rows

from __future__ import annotations

from postrender.kubernetes.objects import containers
from postrender.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from postrender.data import Data, Object, Path

    # Answers from the lock file: an image and a platform (empty: whichever) to what it starts,
    # None where the image is not known. May raise LockError.
    ArgvOf = Callable[[str, str], "Locked | None"]


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
# The algorithms of digests, and how many digits each gives.
_DIGESTS = {"sha256": 64, "sha512": 128}


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


def images_in(spec: Object) -> Iterator[tuple[Path, str]]:
    """Where a pod spec names images, with the names; not the blank ones."""
    for path, container in containers(spec):
        if isinstance(container.get("image"), str) and container["image"].strip():
            yield (*path, "image"), container["image"]
    volumes = spec.get("volumes")
    for i, volume in enumerate(volumes if isinstance(volumes, list) else ()):
        source = volume.get("image") if isinstance(volume, dict) else None
        reference = source.get("reference") if isinstance(source, dict) else None
        if isinstance(reference, str) and reference.strip():
            yield ("volumes", i, "image", "reference"), reference


def is_digest(text: Data) -> bool:
    """Whether a value is a digest of an algorithm that images use."""
    if not isinstance(text, str):
        return False
    algorithm, _, digits = text.partition(":")
    return len(digits) == _DIGESTS.get(algorithm) and not digits.strip("0123456789abcdef")


# Platforms

_ARCHITECTURES = {
    "i386": "386", "x86_64": "amd64", "amd64/v1": "amd64",
    "aarch64": "arm64", "arm64/8": "arm64", "arm64/v8": "arm64", "arm64/v8.0": "arm64",
    "arm64/9": "arm64/v9", "arm64/9.0": "arm64/v9", "arm64/v9.0": "arm64/v9",
    "arm": "arm/v7", "armhf": "arm/v7", "armel": "arm/v6",
    "arm/5": "arm/v5", "arm/6": "arm/v6", "arm/7": "arm/v7", "arm/8": "arm/v8",
}  # fmt: skip


def platform_of(text: str) -> str:
    """
    A platform written as `os/architecture` or `os/architecture/variant`, in its one spelling; empty
    where the text is none.
    """
    text = text.lower()
    system, _, architecture = text.partition("/")
    if not (text.isascii() and system.isalnum() and _is_architecture(architecture)):
        return ""
    base, slash, variant = architecture.partition("/")
    if slash and base in {"x86_64", "aarch64"}:
        architecture = f"{_ARCHITECTURES[base]}/{variant}"
    elif slash and base in {"i386", "armhf", "armel"}:
        architecture = base  # as in Go: these say it all
    return f"{system}/{_ARCHITECTURES.get(architecture, architecture)}"


def _is_architecture(text: str) -> bool:
    """Whether a text is an architecture, perhaps with its variant: `arm64`, `arm/v7`."""
    base, slash, variant = text.partition("/")
    if not base.replace("_", "a").isalnum():
        return False
    return variant.replace(".", "0").isalnum() if slash else True


# What a container runs


class Locked(Value):
    """What the lock file says of an image."""

    entrypoint: Sequence[str]
    cmd: Sequence[str]
    digest: str


def needs_image(command: Sequence[str]) -> bool:
    """Whether the image has a say in what a container with this `command` runs."""
    return not command


def started(
    command: Sequence[str], args: Sequence[str], entrypoint: Sequence[str], cmd: Sequence[str]
) -> list[str]:
    """The argv that a container runs; empty where nobody says any, which is an error there."""
    if command:
        return [*command, *args]
    if list(entrypoint) == [""]:
        entrypoint = ()
    return [*entrypoint, *(args or cmd)]


def escaped(argument: str) -> str:
    """
    An argument as it is written in a manifest, where Kubernetes makes `$(VAR)` the variable's value
    and `$$` a `$` (kubernetes third_party/forked/golang/expansion/expand.go, Expand).
    """
    return argument.replace("$", "$$")
