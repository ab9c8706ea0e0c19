"""
Where an object names images: as images of its pods, and in other places, which Kubernetes does not
know as images.

| role | what it is |
|---|---|
| `image` | the image of a container or an image volume |
| `field` | a field whose name says so (`image`, `baseImage`, `imageName`, `repository`, an item of `images`) |
| `word` | a word of `args` or `command`, or what follows `--flag=` in it |
| `variable` | the value of a variable |
| `data` | an entry of a ConfigMap that is nothing but a reference |
| `default` | a default in the schema of a CustomResourceDefinition |
| `text` | part of a longer text, or any other place |
| `mention` | only for those who ask: a registry without an image, as `quay.io`, `docker.io/team`, `oci://ghcr.io/a/chart` |

Where the name of a field does not say that it holds an image, only a full reference counts: with a
host, and a tag or digest. So do names and addresses not pass for images. All other text of a
CustomResourceDefinition is description, and names none.
"""  # noqa: E501 - a table has long rows

from __future__ import annotations

import re

from postrender.data import get
from postrender.kubernetes.images import DEFAULT_HOST, images_in, parse
from postrender.kubernetes.objects import CONTAINER_LISTS, CRD, pod_places, text_of
from postrender.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from postrender.data import Data, Object, Path
    from postrender.kubernetes.objects import Workloads

IMAGE, FIELD, WORD, VARIABLE = "image", "field", "word", "variable"
DATA, DEFAULT, TEXT, MENTION = "data", "default", "text", "mention"

_FIELDS = ("image", "imagename", "repository")
# github.com/distribution/reference regexp.go: path, tag, digest. What stands before the host is no
# part of a longer name or address.
_PATH = r"[a-z0-9._/-]*[a-z0-9]"
_REFERENCE = rf"(?<![\w./:@-])(?:{{0}})/{_PATH}(:\w[\w.-]*)?(@sha256:[0-9a-f]{{64}})?"
_MENTION = rf"(?:(?<![\w./:@-])|(?<=oci://)|(?<=docker://))(?:{{0}})(?:/{_PATH}|/?\Z)"
_HOST = r"(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|localhost)(?::\d+)?|[A-Za-z0-9-]+:\d+"
# What a field of this name may hold without naming a host: `redis:7`, not `redis`.
_SHORT = rf"{_PATH}(?:(?::\w[\w.-]*)?@sha256:[0-9a-f]{{64}}|:\w[\w.-]*)"
_FLAG = r"--?[\w.-]+="
# Fields beside a `repository` or an `image` that hold what its value lacks. A `version` may also be
# one of a chart.
_TAGS = frozenset(("tag", "digest", "sha", "imageTag"))
_APART = _TAGS | {"version"}


class Reference(Value):
    """
    An image that an object names: at a path, from `start` to `end` in the text there. It `is_apart`
    where its tag is, or may be, in another field.
    """

    path: Path
    start: int
    end: int
    image: str
    role: str
    is_apart: bool


def host_pattern(hosts: Collection[str] | None) -> str:
    """The regular expression of these hosts; for None of any host."""
    if hosts is None:
        return _HOST
    every = {*hosts, "index.docker.io"} if DEFAULT_HOST in hosts else hosts
    return "|".join(map(re.escape, sorted(every)))


def pattern_of(hosts: Collection[str] | None) -> str:
    """The regular expression of references to these hosts; for None to any host."""
    return _REFERENCE.replace("{0}", host_pattern(hosts))


def mention_of(hosts: Collection[str]) -> str:
    """The regular expression of what mentions one of these hosts."""
    return _MENTION.replace("{0}", host_pattern(hosts))


def is_certain(obj: Object, one: Reference) -> bool:
    """
    Whether a field holds an image, of whatever registry. A `repository` alone may be one of sources
    or charts: `github.com/a/b`.
    """
    name = parse(one.image)
    if name.tag or name.digest or not _is_repository(one.path):
        return True
    beside = get(obj, one.path[:-1])
    has_tag = isinstance(beside, dict) and not _TAGS.isdisjoint(beside)
    return has_tag or str(one.path[-2:-1][0]).lower().endswith("image")


def references(
    obj: Object,
    workloads: Workloads,
    reference: re.Pattern[str],
    mention: re.Pattern[str] | None = None,
) -> Iterator[Reference]:
    """
    The images that an object names, in the order of the object but those of its pods first.
    `reference` says what counts where the name of a field does not say that it is an image;
    `mention` what counts as a registry that is named without an image.
    """
    of_pods = {
        (*place.spec, *path): image
        for place in pod_places(obj, workloads)
        for path, image in images_in(get(obj, place.spec))
    }
    for path, image in of_pods.items():
        yield Reference(path, 0, len(image), image, IMAGE, is_apart=False)
    kind = text_of(obj, "kind")
    for path, text in _texts(obj, ()):
        if path in of_pods or (kind == CRD and "default" not in path):
            continue
        is_field = _is_field(path)
        if is_field and kind not in ("ConfigMap", "Secret", CRD) and _is_short(text, path):
            yield Reference(path, 0, len(text), text, FIELD, is_apart=False)
            continue
        found = [*_in_text(obj, path, text, reference, is_field=is_field)]
        yield from found
        for match in mention.finditer(text) if mention is not None else ():
            is_known = any(one.start <= match.start() < one.end for one in found)
            if not is_known and (kind != CRD or match[0] == text):
                image = match[0] if "/" in match[0] else f"{match[0]}/"
                yield Reference(path, *match.span(), image, MENTION, is_apart=False)


def _in_text(
    obj: Object, path: Path, text: str, reference: re.Pattern[str], *, is_field: bool
) -> Iterator[Reference]:
    """The references in a text at a path of an object."""
    kind = text_of(obj, "kind")
    for match in reference.finditer(text) if "/" in text else ():
        is_full = bool(match[1] or match[2])
        if is_full or (is_field and match[0] == text):
            role = _role(kind, path, text, match, is_field=is_field)
            if kind != CRD or role == DEFAULT:
                is_apart = not is_full and _is_apart(obj, path)
                yield Reference(path, *match.span(), match[0], role, is_apart=is_apart)


def _is_field(path: Path) -> bool:
    """Whether the name of a field says that it holds an image. Annotations are texts."""
    if "annotations" in path or "labels" in path:
        return False
    if isinstance(path[-1], int):
        return len(path) > 1 and path[-2] == "images"
    return path[-1].lower().endswith(_FIELDS)


def _is_short(text: str, path: Path) -> bool:
    """
    Whether a field holds an image of Docker Hub without a host. Names without a tag or digest are
    such only in containers; elsewhere they may be those of anything, such as a disk of a machine.
    """
    if parse(text).host:
        return False
    if re.fullmatch(_SHORT, text):
        return True
    *_, field, _, key = ("", "", *path)
    return key == "image" and field in CONTAINER_LISTS and re.fullmatch(_PATH, text) is not None


def _is_apart(obj: Object, path: Path) -> bool:
    beside = get(obj, path[:-1])
    has_part = isinstance(beside, dict) and not _APART.isdisjoint(beside)
    return has_part or _is_repository(path)


def _is_repository(path: Path) -> bool:
    return str(path[-1]).lower().endswith("repository")


def _role(kind: str, path: Path, text: str, match: re.Match[str], *, is_field: bool) -> str:
    """What a reference in a text is there."""
    is_whole = text.strip() == match[0]
    if kind == CRD:
        return DEFAULT if is_whole else TEXT
    if kind in ("ConfigMap", "Secret"):
        is_full = bool(match[1] or match[2])
        is_data = kind == "ConfigMap" and is_full and is_whole and path[0] == "data"
        return DATA if is_data else TEXT
    if is_field and match[0] == text:
        return FIELD
    last, *before = path[:-4:-1]
    if last == "value" and len(before) > 1 and before[1] == "env" and is_whole:
        return VARIABLE
    if isinstance(last, int) and before and before[0] in ("args", "command"):
        lead, rest = text[: match.start()], text[match.end() :]
        return WORD if not rest and (not lead or re.fullmatch(_FLAG, lead)) else TEXT
    return TEXT


def _texts(data: Data, path: Path) -> Iterator[tuple[Path, str]]:
    """All texts of an object with their paths."""
    if isinstance(data, str):
        yield path, data
    elif isinstance(data, dict):
        for key, item in data.items():
            yield from _texts(item, (*path, key))
    elif isinstance(data, list):
        for i, item in enumerate(data):
            yield from _texts(item, (*path, i))
