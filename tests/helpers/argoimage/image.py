"""
The image of Argo CD's plugin, built by podman from the shipped Containerfile: a room has no
network, so its bases are Debian's Python (`scripts/tools argocd`) and an image with Helm, and its
packages are the locked ones.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from e2e import images
from hosts.argocd import FILES
from paths import ROOT
from tools import BIN

if TYPE_CHECKING:
    from e2e.room import Room

MADE = BIN.parent / "argocd"  # by scripts/tools
BUILT, PYTHON, HELM = "localhost/built:1", "localhost/python:3.13", "localhost/helm:4"
# As in Docker's image of Python, pip may install; Debian's refuses to.
_AS_DOCKERS = "ENV PIP_BREAK_SYSTEM_PACKAGES=1"
each_image = pytest.mark.parametrize("image", ["Containerfile", "release"], indirect=True)
_BASES = (f"HELM={HELM}", f"PYTHON={PYTHON}", "PIP_NO_INDEX=1")


def build(room: Room, helm: str, folder: Path) -> None:
    """Builds the image BUILT in the room's podman, in a new folder, as docs/hosts.md says."""
    shutil.copytree(FILES, folder)
    for wheel in (MADE / "wheels").glob("*.whl"):
        shutil.copy(wheel, folder)
    build_wheel(folder)
    room.output("podman", "import", "--quiet", "--change", _AS_DOCKERS, MADE / "python.tar", PYTHON)
    layer = images.tar({"/usr/bin/helm": (Path(helm).read_bytes(), 0o755)})
    room.output("podman", "import", "--quiet", "-", HELM, stdin=layer)
    arguments = [f"--build-arg={argument}" for argument in _BASES]
    # One layer, which is in memory.
    room.output(
        "podman", "build", "--network=none", "--layers=false", *arguments, "--tag", BUILT,
        "--file", folder / "Containerfile", folder, timeout=300,
    )  # fmt: skip


def build_wheel(folder: Path) -> None:
    """The wheel of kmod-post, as `pip wheel --no-deps` builds it, by the locked hatchling."""
    words = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder]
    subprocess.run(words, cwd=ROOT, capture_output=True, check=True)
