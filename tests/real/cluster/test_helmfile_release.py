"""Helmfile in a real cluster. `apply` and `diff` need helm-diff, which no package registry has."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from cluster.release import Release
from e2e.chart import CHART, PAGES, RULES
from hosts.programs import Host
from tools import find

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import KmodPost

pytestmark = pytest.mark.cluster

HELMFILE = """
bases: [kmod-post.yaml.gotmpl]
releases:
- name: example
  namespace: %s
  chart: ./example-nginx
  wait: true
"""


def test_sync_and_destroy(
    make_release: Callable[..., Release],
    make_host: Callable[[str], Host],
    kmod_post: KmodPost,
    helm: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    """The second `sync` keeps the pod; `destroy` leaves nothing."""
    release = make_release()
    folder, bin_ = tmp_path / "project", tmp_path / "bin"
    assert kmod_post("plugin", "helmfile", "--to", folder).returncode == 0
    shutil.copytree(CHART, folder / CHART.name)
    shutil.copy(RULES["entrypoint"], folder / "kmod.yaml")
    (folder / "helmfile.yaml").write_text(HELMFILE % release.namespace)
    of_helm: Host = request.getfixturevalue(helm)
    bin_.mkdir()
    (bin_ / "helm").symlink_to(of_helm.path)
    host = make_host(find("helmfile"))
    host.env = {
        **of_helm.env,
        "HELMFILE_CACHE_HOME": str(tmp_path / "cache"),
        "PATH": f"{bin_}{os.pathsep}{of_helm.env['PATH']}",
        "PWD": str(folder),
    }
    helmfile = Release(release.room, host, release.namespace, CHART)

    def run(job: str) -> None:
        file = f"--file={folder / 'helmfile.yaml'}"
        done = helmfile.helm("--disable-force-update", file, job)
        assert done.returncode == 0, done.stdout + done.stderr

    run("sync")
    release.gives(PAGES["entrypoint"])
    first = set(release.pods())
    run("sync")
    assert set(release.pods()) == first
    run("destroy")
    release.is_gone()
