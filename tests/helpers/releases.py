"""Releases, as scripts/release makes them."""

from __future__ import annotations

import fcntl
import platform
import subprocess
import sysconfig
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from paths import ROOT
from tools import unavailable

import postrender

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = postrender.__version__
PLATFORM = f"linux-{platform.machine()}"
EXECUTABLE = f"kmod-post-{VERSION}-{PLATFORM}"
IMAGE, SIDECAR = f"{EXECUTABLE}-image", f"kmod-post-argocd-{VERSION}-{PLATFORM}-image"
_STATIC = (
    f"usr/lib/python3.*/config-*-{sysconfig.get_config_var('MULTIARCH')}/libpython3.*.a",
    "usr/include/bluetooth/bluetooth.h",
    "usr/include/yaml.h",
)


def make(folder: Path) -> None:
    """Makes a release. Without what it needs, the test is skipped."""
    if not all(any(Path("/").glob(each)) for each in _STATIC):
        unavailable(
            "static libraries are missing; get them with scripts/tools executable", required=False
        )
    done = subprocess.run(
        [ROOT / "scripts" / "release", "--draft", folder],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if "cannot be downloaded" in done.stderr:
        unavailable("Debian's sources of Python cannot be downloaded", required=False)
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """For processes that test in parallel: what they share in this folder is made by one of them."""
    with (folder / "release.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def image(dist: Path, name: str) -> Path:
    """An image of the release. Where podman or Helm was missing, the test is skipped."""
    archive = dist / f"{name}.tar"
    if not archive.exists():
        reason = "the release has no images; get what they need with scripts/tools executable"
        unavailable(reason, required=False)
    return archive
