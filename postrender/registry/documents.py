"""
What registries keep of an image: from the bytes of a manifest, an index or a configuration to the
few values that matter.

Keys count in any case, as in Go (see gojson). No document needs to be kept, only what comes from
here. Raises LockError, without the image's name, and nothing else.

Sources: opencontainers/image-spec manifest.md, image-index.md and config.md; Docker's image
manifest version 2, schema 2.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

from postrender.engine.lockfile import Config
from postrender.errors import LockError
from postrender.kubernetes.images import is_digest, platform_of
from postrender.registry import gojson

if TYPE_CHECKING:
    from collections.abc import Iterator

# Items of an image's indexes; Docker's official images have up to 30.
ITEMS = 1000
# Bytes of memory that a text takes besides its own.
TEXT_SIZE = 64
# Characters of a platform's name.
PLATFORM_SIZE = 64

INDEXES = frozenset(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    )
)
MANIFESTS = frozenset(
    (
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
_CONFIGS = frozenset(
    (
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
    )
)


class Manifest(NamedTuple):
    """
    An image for one platform: the digest of its configuration; empty where a container cannot run
    it.
    """

    config: str


class Item(NamedTuple):
    """One entry of an index. The platform is empty where the index does not name it."""

    media_type: str
    digest: str
    platform: str


class Index(NamedTuple):
    """What an index lists."""

    items: tuple[Item, ...]


# One document at a time is parsed, for it takes many times its own size of memory; and all in one
# thread, for the C library keeps the memory that a thread has freed for this thread.
_PARSER = ThreadPoolExecutor(1, "kmod-post-parser")


class Garbage(LockError):
    """What should be an image's manifest or configuration, and is not."""

    def __init__(self) -> None:
        super().__init__("what its registry sends is no image; try again later")


def too_long() -> LockError:
    """The failure of an index with more items than any image needs."""
    return LockError(f"its index lists more than {ITEMS} images", "report it to its makers")


def read_manifest(body: bytes) -> Manifest | Index:
    """The text of a manifest or an index."""
    return _PARSER.submit(_manifest, body).result()


def read_config(body: bytes) -> tuple[str, Config]:
    """The text of a configuration: its platform, empty where it is odd, and what it starts."""
    return _PARSER.submit(_config, body).result()


def _manifest(body: bytes) -> Manifest | Index:
    document = _parsed(body)
    version = document.get("schemaVersion")
    if isinstance(version, int) and version == 1:
        raise LockError("it is in Docker's old format (schema 1)", "push it again")
    is_manifest = document.has("config") or document.has("layers")
    # A text that can be read as either is read as neither (CVE-2021-41190).
    if document.has("manifests") == is_manifest:
        raise Garbage
    if not is_manifest:
        return Index(tuple(_items(document)))
    config = document.fields("config")
    is_image = config.text("mediaType") in _CONFIGS
    digest = config.digest()
    return Manifest(digest if is_image else "")


def _config(body: bytes) -> tuple[str, Config]:
    document = _parsed(body)
    config = document.fields("config")
    return _platform(document), Config(
        config.texts("Entrypoint"),
        config.texts("Cmd"),
        config.text("User"),
        config.text("WorkingDir"),
    )


def size_of(config: Config) -> int:
    """About how many bytes of memory a configuration takes."""
    texts = (*config.entrypoint, *config.cmd, config.user, config.working_dir)
    return sum(len(text.encode()) + TEXT_SIZE for text in texts)


class _Fields:
    """The fields of a JSON object. Those of a wrong type raise Garbage; null is as none."""

    def __init__(self, value: Any) -> None:
        if not isinstance(value, dict):
            raise Garbage
        self.value = value

    def get(self, name: str) -> Any:
        try:
            return gojson.field(self.value, name)
        except ValueError:
            raise Garbage from None

    def has(self, name: str) -> bool:
        return self.get(name) is not None

    def fields(self, name: str) -> _Fields:
        value = self.get(name)
        return _Fields({} if value is None else value)

    def list(self, name: str) -> list[Any]:
        value = self.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise Garbage
        return value

    def text(self, name: str) -> str:
        return _text(self.get(name))

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(map(_text, self.list(name)))

    def digest(self) -> str:
        digest = self.text("digest")
        if not is_digest(digest):
            raise Garbage
        return digest


def _parsed(body: bytes) -> _Fields:
    try:
        value = gojson.loads(body)
    except ValueError:
        value = None
    return _Fields(value)


def _text(value: Any) -> str:
    """
    A text, or none. No program can be given NUL; and U+FFFD stands where a text was damaged: then
    it is not known what it was.
    """
    if value is None:
        return ""
    if not isinstance(value, str) or "\0" in value or "\ufffd" in value:
        raise Garbage
    return value


def _items(document: _Fields) -> Iterator[Item]:
    """
    The items of an index that may be images: not attestations, and not those for a platform that
    cannot be read, which no runtime asks for.
    """
    values = document.list("manifests")
    if len(values) > ITEMS:
        raise too_long()
    for item in map(_Fields, values):
        media_type, digest = item.text("mediaType"), item.digest()
        platform, value = "", item.get("platform")
        if value is not None and value != {}:
            platform = _platform(_Fields(value)) if isinstance(value, dict) else ""
            if not platform:
                continue
        if media_type in INDEXES or media_type in MANIFESTS:
            yield Item(media_type, digest, platform)


def _platform(fields: _Fields) -> str:
    """A platform's name; empty where it is odd or unknown."""
    try:
        parts = [fields.text(name) for name in ("os", "architecture", "variant")]
    except Garbage:
        return ""
    if not parts[-1]:
        parts.pop()
    text = "/".join(parts)
    is_odd = len(text) > PLATFORM_SIZE or not all(re.fullmatch(r"[^/]+", part) for part in parts)
    return "" if is_odd or "unknown" in parts else platform_of(text)
