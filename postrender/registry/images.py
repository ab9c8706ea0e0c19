"""
Images in registries: from a reference to what it starts on each platform.

Sources: opencontainers/image-spec manifest.md, image-index.md and config.md; Docker's image
manifest version 2, schema 2. Everything that has a digest is compared with it.
"""

from __future__ import annotations

import hashlib
import json
import queue
import re
import threading
import time
from typing import TYPE_CHECKING, Any

from postrender.errors import LockError
from postrender.imagenames import DEFAULT_HOST, normalised, parse
from postrender.lock import Config, Entry, is_digest, key_of
from postrender.platforms import platform_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet

    from postrender.registry.client import Client

    Wanted = Mapping[str, AbstractSet[str]]
    Found = dict[str, "Entry | LockError"]

MANIFEST_SIZE = 4 << 20
CONFIG_SIZE = 8 << 20
DEPTH = 3
# How long one image may take, and how many of one registry are asked for at once.
PATIENCE = 120.0
AT_ONCE = 4

_INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_CONFIGS = (
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
)
_HUB = "registry-1.docker.io"

# github.com/distribution/reference regexp.go. A reference comes out of a chart and becomes part of
# a URL.
_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]+)?")
_PATH = re.compile(r"[a-z0-9]+(?:(?:[._]|__|-+|/)[a-z0-9]+)*")
_TAG = re.compile(r":\w[\w.-]{0,127}", re.ASCII)


def ask_all(
    client: Client,
    wanted: Wanted,
    on_answer: Callable[[str], object] = lambda _: None,
    *,
    patience: float = PATIENCE,
) -> Found:
    """
    What registries say of references, each with the platforms that are wanted of it (none: see
    `ask`): an Entry, or the LockError that names the image.

    All are asked for at the same time, a few of each registry. A registry that never comes to an
    end keeps only its own images from an answer. `on_answer` is called with each reference.
    """
    gates = {_host(image): threading.BoundedSemaphore(AT_ONCE) for image in wanted}
    answers: queue.SimpleQueue[tuple[str, Entry | Exception]] = queue.SimpleQueue()

    def work(image: str) -> None:
        try:
            with gates[_host(image)]:
                until = time.monotonic() + patience
                answers.put((image, ask(client, image, wanted[image], until)))
        except Exception as error:  # noqa: BLE001 - the main thread raises it
            answers.put((image, error))

    for image in wanted:
        # As daemons: a thread that hangs must not keep the process from ending.
        threading.Thread(target=work, args=(image,), daemon=True).start()
    found: Found = {}
    while len(found) < len(wanted):
        try:
            image, answer = answers.get(timeout=patience + client.transport.read_timeout)
        except queue.Empty:
            late = f"{{}}: no answer within {patience:g} s; try again later"
            missing = (image for image in wanted if image not in found)
            return found | {image: LockError(late.format(image)) for image in missing}
        if isinstance(answer, LockError):
            answer = LockError(f"{image}: {answer}")
        elif isinstance(answer, Exception):
            raise answer
        found[image] = answer
        on_answer(image)
    return found


def ask(client: Client, reference: str, platforms: AbstractSet[str], until: float) -> Entry:
    """
    What an image starts, on each of the platforms; without any, on all that run Linux, or else on
    all there are. Raises LockError, without the image's name.
    """
    return _Image(client, reference, until).entry(platforms)


class _Image:
    """One image while its registry is asked."""

    def __init__(self, client: Client, reference: str, until: float) -> None:
        name = normalised(parse(key_of(reference)))
        if not (
            _HOST.fullmatch(name.host)
            and _PATH.fullmatch(name.path)
            and (not name.tag or _TAG.fullmatch(name.tag))
            and (not name.digest or is_digest(name.digest[1:]))
        ):
            raise LockError("no image reference; write it as HOST/PATH:TAG")
        self.client = client
        self.host = _HUB if name.host == DEFAULT_HOST else name.host
        self.repository = name.path
        self.reference = name.digest[1:] or name.tag[1:]
        self.until = until
        # What has been fetched, by digest.
        self.documents: dict[str, dict[str, Any]] = {}

    def entry(self, platforms: AbstractSet[str]) -> Entry:
        digest, document = self.manifest(self.reference)
        there = self.by_platform(digest, document)
        wanted = platforms or {p for p in there if p.startswith("linux/")} or set(there)
        for platform in sorted(wanted - there.keys()):
            known = ", ".join(sorted(there))
            raise LockError(f"it is not made for {platform}, but for {known}; name one of those")
        configs: dict[str, Config] = {}
        for platform in sorted(wanted):
            try:
                found = {self.config(self.manifest(one)[1]) for one in there[platform]}
            except LockError as error:
                raise LockError(f"{platform}: {error}") from None
            if len(found) > 1:
                raise LockError(
                    f"it has several images for {platform} that do not start the same; name one by "
                    "its digest"
                )
            (configs[platform],) = found
        return Entry(digest, configs)

    def by_platform(
        self, digest: str, document: dict[str, Any], depth: int = 0
    ) -> dict[str, list[str]]:
        """Digests of manifests by platform; an index may hold others."""
        if "manifests" not in document:
            return {self.platform(document): [digest]}
        if depth == DEPTH:
            raise LockError("its index holds indexes without end; have its makers mend that")
        there: dict[str, list[str]] = {}
        for item in _list(document["manifests"]):
            digest, media_type = _digest(item), item.get("mediaType")
            platform = _platform(item["platform"]) if item.get("platform") else ""
            if platform.startswith("unknown/") or media_type not in {*_INDEXES, *_MANIFESTS}:
                continue  # attestations and other things that no container runs
            if platform and media_type in _MANIFESTS:
                found = {platform: [digest]}
            else:
                found = self.by_platform(digest, self.manifest(digest)[1], depth + 1)
            for name, digests in found.items():
                there.setdefault(name, []).extend(digests)
        if not there:
            raise LockError("its index holds no images; mind its name and tag")
        return there

    def platform(self, manifest: dict[str, Any]) -> str:
        """The platform that an image's configuration says it is made for."""
        return _platform(self.blob(manifest))

    def config(self, manifest: dict[str, Any]) -> Config:
        """What an image's configuration says."""
        data = self.blob(manifest).get("config")
        if data is None:
            data = {}
        if not isinstance(data, dict):
            raise _Garbage
        return Config(
            _texts(data.get("Entrypoint")),
            _texts(data.get("Cmd")),
            _text(data.get("User")),
            _text(data.get("WorkingDir")),
        )

    def manifest(self, reference: str) -> tuple[str, dict[str, Any]]:
        """A manifest or an index, and its digest."""
        if reference in self.documents:
            return reference, self.documents[reference]
        answer = self.client.get(
            self.host,
            self.repository,
            f"manifests/{reference}",
            accept=", ".join((*_INDEXES, *_MANIFESTS)),
            limit=MANIFEST_SIZE,
            until=self.until,
        )
        said = answer.headers.get("Docker-Content-Digest")
        asked = reference if is_digest(reference) else said if is_digest(said) else ""
        digest = self.verified(answer.body, asked)
        document = _json(answer.body)
        if document.get("schemaVersion") == 1:
            raise LockError("it is in Docker's old format (schema 1); push it anew")
        # A text that can be read as either is read as neither (CVE-2021-41190).
        if ("manifests" in document) == ("config" in document or "layers" in document):
            raise _Garbage
        self.documents[digest] = document
        return digest, document

    def blob(self, manifest: dict[str, Any]) -> dict[str, Any]:
        """The configuration that a manifest names."""
        item = manifest.get("config")
        if not isinstance(item, dict):
            raise _Garbage
        if item.get("mediaType") not in _CONFIGS:
            raise LockError("it is no container image; mind its name and tag")
        digest = _digest(item)
        if digest not in self.documents:
            answer = self.client.get(
                self.host,
                self.repository,
                f"blobs/{digest}",
                accept="*/*",
                limit=CONFIG_SIZE,
                until=self.until,
            )
            self.verified(answer.body, digest)
            self.documents[digest] = _json(answer.body)
        return self.documents[digest]

    def verified(self, body: bytes, digest: str) -> str:
        """The digest of a text, which must be the one given, if one is. Raises LockError."""
        algorithm = digest.partition(":")[0] or "sha256"
        found = f"{algorithm}:{hashlib.new(algorithm, body).hexdigest()}"
        if digest and found != digest:
            raise LockError(f"{self.host} sends {found} as {digest}; do not trust it")
        return found


class _Garbage(LockError):
    """What should be an image's manifest or configuration, and is not."""

    def __init__(self) -> None:
        super().__init__("what its registry sends is no image; try again later")


def _host(reference: str) -> str:
    return str(normalised(parse(reference)).host)


def _json(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise _Garbage from None
    if not isinstance(document, dict):
        raise _Garbage
    return document


def _list(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise _Garbage
    return value


def _digest(item: dict[str, Any]) -> str:
    digest = _text(item.get("digest"))
    if not is_digest(digest):
        raise _Garbage
    return digest


def _platform(value: Any) -> str:
    if not isinstance(value, dict):
        raise _Garbage
    parts = (_text(value.get(key)) for key in ("os", "architecture", "variant"))
    platform = platform_of("/".join(filter(None, parts)))
    if not platform:
        raise _Garbage
    return platform


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _Garbage
    return tuple(map(_text, value))


def _text(value: Any) -> str:
    """A text, or none. One with half a surrogate pair is none that a file can hold."""
    if value is None:
        return ""
    if isinstance(value, str) and not re.search("[\ud800-\udfff]", value):
        return value
    raise _Garbage
