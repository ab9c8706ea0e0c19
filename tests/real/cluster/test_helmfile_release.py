"""Helmfile in a real cluster, with the hooks of `kmod-post plugin helmfile`."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest
from cluster.release import Release
from e2e.chart import CHART, PAGES, RULES
from hosts.programs import Host
from tools import find, find_helm_diff

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import KmodPost

pytestmark = pytest.mark.cluster

HELMFILE = """
bases: [kmod-post-hooks.yaml.gotmpl]
releases:
- name: example
  namespace: %s
  chart: ./example-nginx
  wait: true
"""
SCRIPT = "/kmod-post/prepare-webpage/nginx.sh"


class Project:
    """A folder with a helmfile.yaml, and what Helmfile does with it in the cluster."""

    def __init__(self, folder: Path, release: Release, host: Host) -> None:
        self.release = release
        self.folder = folder
        self._helmfile = Release(release.room, host, release.namespace, CHART)

    def run(self, command: str, *words: str, code: int = 0) -> str:
        """What Helmfile prints; it must end with this exit code."""
        file = f"--file={self.folder / 'helmfile.yaml'}"
        done = self._helmfile.helm("--disable-force-update", file, command, *words)
        said = done.stdout + done.stderr
        assert done.returncode == code, said
        return said

    def report(self) -> set[str]:
        """The objects that the kept report of the release says were changed or added."""
        name = f"{self.release.namespace}.example.json"
        report = json.loads((self.folder / "kmod-reports" / "installed" / name).read_text())
        assert report["outcome"] == "changed"
        return {change["object"]["name"] for rule in report["rules"] for change in rule["changes"]}


@pytest.fixture
def project(
    make_release: Callable[..., Release],
    make_host: Callable[[str], Host],
    kmod_post: KmodPost,
    helm: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> Project:
    """The example chart with the way `entrypoint`."""
    release = make_release()
    folder, bin_ = tmp_path / "project", tmp_path / "bin"
    assert kmod_post("plugin", "helmfile", "--to", folder).returncode == 0
    shutil.copytree(CHART, folder / CHART.name)
    shutil.copy(RULES["entrypoint"], folder / "kmod.yaml")
    (folder / "helmfile.yaml").write_text(HELMFILE % release.namespace)
    of_helm: Host = request.getfixturevalue(helm)
    (folder / "plugins").mkdir()
    ours = of_helm.home / "data" / "plugins" / "kmod-post"
    if ours.exists():
        (folder / "plugins" / "kmod-post").symlink_to(ours)
    bin_.mkdir()
    (bin_ / "helm").symlink_to(of_helm.path)
    host = make_host(find("helmfile"))
    host.env = {
        **of_helm.env,
        "HELM_PLUGINS": str(folder / "plugins"),
        "HELMFILE_CACHE_HOME": str(tmp_path / "cache"),
        "PATH": f"{bin_}{os.pathsep}{of_helm.env['PATH']}",
        "PWD": str(folder),
    }
    return Project(folder, release, host)


def test_sync_and_destroy(project: Project) -> None:
    """
    Each `sync` shows what the rules change and keeps the report; the second one keeps the pod.
    What a hook refuses is not installed. `destroy` leaves nothing.
    """
    release, rules = project.release, project.folder / "kmod.yaml"
    assert SCRIPT in project.run("sync")
    release.gives(PAGES["entrypoint"])
    first = set(release.pods())
    kept = project.report()
    assert "example-nginx" in kept
    assert SCRIPT in project.run("sync")
    assert set(release.pods()) == first
    assert project.report() == kept

    text = rules.read_text()
    rules.write_text(text.replace("    containers:", "    containrs:"))
    assert 'unknown key "containrs"' in project.run("sync", code=1)
    rules.write_text(text.replace("name: example-nginx", "name: nope"))
    assert "no Deployment named nope" in project.run("sync", code=1)
    assert set(release.pods()) == first
    assert project.report() == kept
    rules.write_text(text)

    project.run("destroy")
    release.is_gone()


def test_apply_and_diff(project: Project) -> None:
    """
    The second `apply` changes nothing; `diff` shows what a changed rule will change, and `apply`
    does it.
    """
    (project.folder / "plugins" / "diff").symlink_to(find_helm_diff())
    release, rules = project.release, project.folder / "kmod.yaml"
    page = PAGES["entrypoint"]
    project.run("apply", "--suppress-diff")
    release.gives(page)
    first, kept = set(release.pods()), project.report()
    assert "Upgrading release" not in project.run("apply")
    assert set(release.pods()) == first
    assert len(release.do("history", "example", "--max=9").splitlines()) == 2
    project.run("diff", "--detailed-exitcode")

    rules.write_text(rules.read_text().replace(page.strip(), "Another page"))
    said = project.run("diff", "--detailed-exitcode", code=2)
    assert "Deployment (apps) has changed" in said
    assert set(release.pods()) == first
    assert project.report() == kept
    said = project.run("apply")
    assert SCRIPT in said
    release.gives("Another page\n")
    assert project.report() != kept
    project.run("destroy")
    release.is_gone()
