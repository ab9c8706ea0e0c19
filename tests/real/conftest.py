"""Hosts as fixtures."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
import releases
from cluster import node
from hosts import argocd
from hosts.programs import Host
from tools import find, path_of, reason, unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from e2e.room import Room


@pytest.fixture(scope="session")
def bin_folder(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for PATH that has kmod-post and nothing else of its Python's."""
    folder = tmp_path_factory.mktemp("bin")
    (folder / "kmod-post").symlink_to(program)
    return folder


@pytest.fixture
def make_host(
    environment: Mapping[str, str], bin_folder: Path, tmp_path: Path
) -> Callable[[str], Host]:
    """A host of a program's path, with a home of its own."""

    def make(path: str) -> Host:
        return Host(path, tmp_path / "home", environment, bin_folder)

    return make


@pytest.fixture
def sidecar(
    request: pytest.FixtureRequest, tmp_path: Path, environment: Mapping[str, str], bin_folder: Path
) -> dict[str, str]:
    """
    The environment in the sidecar of Argo CD: on PATH are Helm (of the version that a test is
    parametrized with, else 4), kmod-post, the plugin, and Python with what kmod-post needs.
    """
    folder = tmp_path / "sidecar"
    (folder / "tmp").mkdir(parents=True)
    (folder / "helm").symlink_to(find(getattr(request, "param", "helm4")))
    (folder / argocd.GENERATE).symlink_to(argocd.FILES / argocd.GENERATE)
    (folder / "python3").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (folder / "python3").chmod(0o755)
    path = os.pathsep.join([str(folder), str(bin_folder), environment["PATH"]])
    homes = {
        f"HELM_{name}_HOME": str(folder / "tmp" / "helm") for name in ("CACHE", "CONFIG", "DATA")
    }
    return {"PATH": path, "HOME": "/nonexistent", "TMPDIR": str(folder / "tmp"), **homes}


@pytest.fixture(scope="session")
def helm4(
    environment: Mapping[str, str], bin_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Host:
    """Helm 4 with the plugin, as `kmod-post plugin helm` writes it."""
    host = Host(find("helm4"), tmp_path_factory.mktemp("helm4"), environment, bin_folder)
    folder = host.home / "data" / "plugins" / "kmod-post"
    done = Host(str(bin_folder / "kmod-post"), host.home, environment, bin_folder)
    done.out("plugin", "helm", "--to", folder)
    return host


@pytest.fixture(scope="session")
def helm3(
    environment: Mapping[str, str], bin_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Host:
    """Helm 3."""
    return Host(find("helm3"), tmp_path_factory.mktemp("helm3"), environment, bin_folder)


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release; one for all processes that test."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with releases.one_at_a_time(base):
        if not (base / "dist" / "SHA256SUMS").exists():
            releases.make(base / "dist")
    return base / "dist"


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A cluster, where scripts/e2e asks for one; else nobody must have it."""
    asked = bool(os.environ.get("KMOD_CLUSTER"))
    for program in (*node.PROGRAMS, "busybox-static", "nginx", "runc", "unshare"):
        if path_of(program) is None:
            unavailable(reason(program), required=asked)
    if os.geteuid() != 0:
        unavailable("a cluster needs root; run the tests as root", required=asked)
    if not asked:
        unavailable("a cluster takes minutes; scripts/e2e --cluster runs it", required=False)
    with ExitStack() as closing:
        try:
            room = closing.enter_context(node.running(tmp_path_factory.mktemp("cluster") / "node"))
        except OSError as problem:
            unavailable(f"a cluster does not run on this machine: {problem}", required=asked)
        yield room
