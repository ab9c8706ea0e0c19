"""Images as a registry keeps them: blobs and manifests by digest, built in memory."""

from __future__ import annotations

import json
from collections import namedtuple
from hashlib import sha256
from typing import Any

OCI = "application/vnd.oci.image."
DOCKER = "application/vnd.docker."

MANIFEST = {"oci": f"{OCI}manifest.v1+json", "docker": f"{DOCKER}distribution.manifest.v2+json"}
INDEX = {"oci": f"{OCI}index.v1+json", "docker": f"{DOCKER}distribution.manifest.list.v2+json"}
CONFIG = {"oci": f"{OCI}config.v1+json", "docker": f"{DOCKER}container.image.v1+json"}

# A manifest or index with all it needs, in the order in which a registry takes it: texts with their
# media types (a blob's is empty). The last one is it.
Content = namedtuple("Content", "parts platform")


def digest(body: bytes) -> str:
    """The digest that a registry gives a text."""
    return f"sha256:{sha256(body).hexdigest()}"


def image(
    entrypoint: list[str] | None = None,
    cmd: list[str] | None = None,
    *,
    platform: str = "linux/amd64",
    kind: str = "oci",
    **config: Any,
) -> Content:
    """An image for one platform; further keywords are of its config (`User`, `WorkingDir`)."""
    system, architecture, *variant = platform.split("/")
    about = {"os": system, "architecture": architecture}
    if variant:
        about["variant"] = variant[0]
    blob = _text(
        {
            **about,
            "config": {"Entrypoint": entrypoint, "Cmd": cmd, **config},
            "rootfs": {"type": "layers", "diff_ids": []},
        }
    )
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST[kind],
        "config": {"mediaType": CONFIG[kind], "digest": digest(blob), "size": len(blob)},
        "layers": [],
    }
    return Content([("", blob), (MANIFEST[kind], _text(manifest))], about)


def index(*contents: Content, kind: str = "oci", **further: Any) -> Content:
    """An index (Docker's list) of images, or of indexes; `further` are descriptors' annotations."""
    manifests = []
    for content in contents:
        media_type, body = content.parts[-1]
        item = {"mediaType": media_type, "digest": digest(body), "size": len(body), **further}
        if content.platform:
            item["platform"] = content.platform
        manifests.append(item)
    top = {"schemaVersion": 2, "mediaType": INDEX[kind], "manifests": manifests}
    parts = [part for content in contents for part in content.parts]
    return Content([*parts, (INDEX[kind], _text(top))], None)


def top(content: Content) -> str:
    """The digest that a tag for this content stands for."""
    return digest(content.parts[-1][1])


def _text(data: Any) -> bytes:
    return json.dumps(data).encode()
