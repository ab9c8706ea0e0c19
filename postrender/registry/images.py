"""
Images in registries: from a reference to what it starts on each platform.

Everything that has a digest is compared with it. An image that fails in any way fails alone, and
neither one image nor all of them together take more memory and time than the limits here say.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from ipaddress import IPv6Address
from typing import TYPE_CHECKING

from postrender.engine.lockfile import Config, Entry, key_of
from postrender.errors import LockError
from postrender.kubernetes.images import DEFAULT_HOST, is_digest, normalised, parse
from postrender.registry import pool
from postrender.registry.documents import (
    INDEXES,
    ITEMS,
    MANIFESTS,
    Garbage,
    Index,
    Manifest,
    read_config,
    read_manifest,
    size_of,
    too_long,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from postrender.registry.client import Client
    from postrender.registry.transport import Answer

    Wanted = Mapping[str, AbstractSet[str]]
    Found = dict[str, "Entry | LockError"]

# Bytes: of one manifest or index, of one configuration, of all documents of an image, of those of
# all images; of what an image starts on all its platforms, and of what all images start: that is
# kept until the lock file is written.
MANIFEST_SIZE = 4 << 20
CONFIG_SIZE = 8 << 20
IMAGE_SIZE = 32 << 20
RUN_SIZE = 4 << 30
START_SIZE = 1 << 20
KEPT_SIZE = 8 << 20
# Of one image: indexes in indexes, documents that are asked for.
DEPTH = 3
DOCUMENTS = 200
# Seconds that one image may take, and all of them together.
PATIENCE = 120.0
RUN_PATIENCE = 1800.0
# Platforms that a message names.
NAMED = 20

_HUB = "registry-1.docker.io"

# github.com/distribution/reference regexp.go. A reference comes out of a chart and becomes part of
# a URL.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?:({_LABEL}(?:\.{_LABEL})*)|\[([0-9a-fA-F:]+)\])(?::([0-9]{{1,5}}))?")
_HOST_SIZE = 253
_PATH = re.compile(r"[a-z0-9]+(?:(?:[._]|__|-+|/)[a-z0-9]+)*")
_PATH_SIZE = 255
_TAG = re.compile(r":\w[\w.-]{0,127}", re.ASCII)


class Budget:
    """What all images of a run may still take, in bytes: to read and to keep. Threads share it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.to_read = RUN_SIZE
        self.to_keep = KEPT_SIZE

    def read(self, size: int) -> None:
        """Counts what was read. Raises LockError."""
        with self.lock:
            self.to_read -= size
            if self.to_read < 0:
                raise LockError(
                    f"not asked further, for all images took {RUN_SIZE >> 30} GiB",
                    "lock fewer at a time",
                )

    def keep(self, size: int) -> None:
        """Counts what will be kept. Raises LockError."""
        with self.lock:
            if size > self.to_keep:
                raise LockError(
                    f"all images start more than {KEPT_SIZE >> 20} MiB of words",
                    "lock fewer at a time",
                )
            self.to_keep -= size


def ask_all(
    client: Client,
    wanted: Wanted,
    on_answer: Callable[[str], object] = lambda _: None,
    *,
    patience: float = PATIENCE,
    run_patience: float = RUN_PATIENCE,
) -> Found:
    """
    What registries say of references, each with the platforms that are wanted of it (none: see
    `ask`): an Entry, or the LockError that names the image.

    They are asked for at the same time, a few of each registry. A registry that never comes to an
    end keeps only its own images from an answer. `on_answer` is called with each reference.
    """
    budget = Budget()

    def work(image: str, until: float) -> Entry | LockError:
        # The error itself is not kept: through its traceback it holds all that was read.
        try:
            return ask(client, image, wanted[image], until, budget)
        except LockError as error:
            return LockError(str(error))
        except MemoryError:
            return LockError("too large for the memory there is", "give the process more of it")
        except Exception as error:  # noqa: BLE001 - a bug of ours; the other images are not to suffer
            return LockError(f"a bug in kmod-post ({_place(error)})", "report this line")

    hosts = {image: normalised(parse(image)).host for image in wanted}
    times = pool.Times(patience, run_patience, client.transport.read_timeout)
    found: Found = {}
    for image, answer in pool.run(work, hosts, times):
        found[image] = answer if isinstance(answer, Entry) else LockError(f"{image}: {answer}")
        on_answer(image)
    return found


def ask(
    client: Client, reference: str, platforms: AbstractSet[str], until: float, budget: Budget
) -> Entry:
    """
    What an image starts, on each of the platforms; without any, on all that run Linux, or else on
    all there are. Raises LockError, without the image's name.
    """
    return _Image(client, reference, until, budget).entry(platforms)


class _Image:
    """One image while its registry is asked."""

    def __init__(self, client: Client, reference: str, until: float, budget: Budget) -> None:
        name = normalised(parse(key_of(reference)))
        if not (
            _is_host(name.host)
            and len(name.path) <= _PATH_SIZE
            and _PATH.fullmatch(name.path)
            and (not name.tag or _TAG.fullmatch(name.tag))
            and (not name.digest or is_digest(name.digest[1:]))
        ):
            raise LockError("no image reference", "write it as HOST/PATH:TAG")
        self.client = client
        self.host = _HUB if name.host == DEFAULT_HOST else name.host
        self.repository = name.path
        self.reference = name.digest[1:] or name.tag[1:]
        self.until = until
        self.budget = budget
        # What has been taken of the limits.
        self.documents = self.items = self.read = self.size = 0
        # By digest. Small: only what matters of a document is kept.
        self.manifests: dict[str, Manifest | Index] = {}
        self.configs: dict[str, tuple[str, Config]] = {}

    def entry(self, platforms: AbstractSet[str]) -> Entry:
        digest, document = self.manifest(self.reference)
        there = self.by_platform(digest, document)
        wanted = platforms or {p for p in there if p.startswith("linux/")} or set(there)
        for platform in sorted(wanted - there.keys()):
            raise LockError(
                f"it is not made for {platform}, but for {_some(there)}", "name one of those"
            )
        configs: dict[str, Config] = {}
        for platform in sorted(wanted):
            try:
                found = {self.config(manifest)[1] for manifest in there[platform]}
            except LockError as error:
                raise LockError(f"{platform}: {error}") from None
            if len(found) > 1:
                raise LockError(
                    f"it has several images for {platform} that do not start the same",
                    "name one by its digest",
                )
            (configs[platform],) = found
        self.budget.keep(sum(map(size_of, configs.values())))
        return Entry(digest, configs)

    def by_platform(self, digest: str, document: Manifest | Index) -> dict[str, list[str]]:
        """Digests of manifests by platform."""
        there: dict[str, list[str]] = {}
        if isinstance(document, Index):
            self.collect(document, there, 0)
            if not there:
                raise LockError("its index holds no images", "check its name and tag")
        else:
            platform = self.config(digest)[0]
            if not platform:
                raise Garbage
            there[platform] = [digest]
        return there

    def collect(self, index: Index, there: dict[str, list[str]], depth: int) -> None:
        """Adds what an index lists; it may list other indexes."""
        if depth == DEPTH:
            raise LockError("its index nests indexes endlessly", "report it to its makers")
        self.items += len(index.items)
        if self.items > ITEMS:
            raise too_long()
        for item in index.items:
            platform = item.platform
            if not platform or item.media_type in INDEXES:
                document = self.manifest(item.digest)[1]
                if isinstance(document, Index):
                    self.collect(document, there, depth + 1)
                    continue
                # The index does not say what this is; perhaps nothing that a container runs.
                platform = self.config(item.digest)[0] if document.config else ""
            if platform:
                there.setdefault(platform, []).append(item.digest)

    def manifest(self, reference: str) -> tuple[str, Manifest | Index]:
        """A manifest or an index, and its digest."""
        if reference in self.manifests:
            return reference, self.manifests[reference]
        accept = ", ".join((*INDEXES, *MANIFESTS))
        answer = self.get(f"manifests/{reference}", accept, MANIFEST_SIZE)
        header = answer.headers.get("Docker-Content-Digest")
        expected = reference if is_digest(reference) else header if is_digest(header) else ""
        digest = self.verified(answer.body, expected)
        document = read_manifest(answer.body)
        self.manifests[digest] = document
        return digest, document

    def config(self, digest: str) -> tuple[str, Config]:
        """The platform (empty if it is odd) and what starts, of the manifest with this digest."""
        manifest = self.manifest(digest)[1]
        if isinstance(manifest, Index):
            raise Garbage
        if not manifest.config:
            raise LockError("not a container image", "check its name and tag")
        if manifest.config not in self.configs:
            answer = self.get(f"blobs/{manifest.config}", "*/*", CONFIG_SIZE)
            self.verified(answer.body, manifest.config)
            platform, config = read_config(answer.body)
            self.size += size_of(config)
            if self.size > START_SIZE:
                raise LockError(
                    f"what it starts is longer than {START_SIZE >> 20} MiB",
                    "report it to its makers",
                )
            self.configs[manifest.config] = platform, config
        return self.configs[manifest.config]

    def get(self, rest: str, accept: str, limit: int) -> Answer:
        """A document of this image; it counts."""
        self.documents += 1
        if self.documents > DOCUMENTS:
            raise LockError(
                f"it is made of more than {DOCUMENTS} documents", "name platforms with --platform"
            )
        answer = self.client.get(
            self.host, self.repository, rest, accept=accept, limit=limit, until=self.until
        )
        self.read += len(answer.body)
        if self.read > IMAGE_SIZE:
            raise LockError(
                f"its documents have more than {IMAGE_SIZE >> 20} MiB", "report it to its makers"
            )
        self.budget.read(len(answer.body))
        return answer

    def verified(self, body: bytes, digest: str) -> str:
        """The digest of a text, which must be the one given, if one is. Raises LockError."""
        algorithm = digest.partition(":")[0] or "sha256"
        found = f"{algorithm}:{hashlib.new(algorithm, body).hexdigest()}"
        if digest and found != digest:
            raise LockError(f"{self.host} sends {found} as {digest}", "do not trust it")
        return found


def _is_host(text: str) -> bool:
    """Whether a text is a host that can be asked, with a port or without."""
    match = _HOST.fullmatch(text)
    if match is None:
        return False
    name, address, port = match.groups()
    if address is not None:
        try:
            IPv6Address(address)
        except ValueError:
            return False
    return len(name or "") <= _HOST_SIZE and (port is None or 0 < int(port) < 1 << 16)


def _some(platforms: Iterable[str]) -> str:
    """Platforms for a message, which must not become a page."""
    names = sorted(platforms)
    more = [f"{len(names) - NAMED} more"] if len(names) > NAMED else []
    return ", ".join([*names[:NAMED], *more])


def _place(error: Exception) -> str:
    """What and where a bug is, without the error's own text: a stranger may have written it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    name = os.path.basename(trace.tb_frame.f_code.co_filename) if trace else ""
    return f"{type(error).__name__}, {name}:{trace.tb_lineno if trace else 0}"
