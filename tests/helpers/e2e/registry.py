"""Debian's docker-registry on the loopback of a room, with the chart's images."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from e2e import images, pods

if TYPE_CHECKING:
    from pathlib import Path

    from e2e.room import Room

REGISTRY = "127.0.0.1:5000"
_CONFIG = f"""\
version: 0.1
storage: {{inmemory: {{}}}}
http: {{addr: "{REGISTRY}"}}
"""


class Registry:
    """An empty registry, that ends with the room."""

    def __init__(self, room: Room, folder: Path) -> None:
        self._room = room
        self._archive, self._log = folder / "image.tar", folder / "registry.log"
        config = folder / "registry.yaml"
        config.write_text(_CONFIG)
        room.start("docker-registry", "serve", config, log=self._log)
        pods.wait(lambda: room.get(f"http://{REGISTRY}/v2/") == "{}", "docker-registry")

    def add(self, prefix: str = "") -> None:
        """The chart's images, by the names that they have on Docker's hub, after a prefix."""
        for image in images.all_images():
            if (name := image.name.removeprefix("docker.io/")) != image.name:
                self._archive.write_bytes(image.archive)
                copy = ("skopeo", "copy", "--dest-tls-verify=false")
                target = f"docker://{REGISTRY}/{prefix}{name}"
                self._room.output(*copy, f"docker-archive:{self._archive}", target)

    def was_asked(self, image: str) -> bool:
        """Whether anybody has read this image's manifest, by its tag."""
        name, _, tag = image.rpartition(":")
        asked = rf'"(GET|HEAD) /v2/{re.escape(name)}/manifests/{re.escape(tag)} HTTP/1.1" 200'
        return bool(re.search(asked, self._log.read_text()))
