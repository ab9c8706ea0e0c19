"""Helmfile: the recipe of `kmod-post plugin helmfile`, with the real program."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
import yaml
from hosts.programs import CHART, Host
from tools import find

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import KmodPost

HELMFILE = """
bases: [kmod-post.yaml.gotmpl]
releases:
- name: example
  namespace: demo
  chart: ./example-nginx
- name: other
  namespace: demo
  chart: ./example-nginx
  postRendererArgs:
  - --rules={{ requiredEnv "PWD" }}/kmod.yaml
  - --set=rules.prepare-webpage.match.name={{ .Release.Name }}-nginx
"""


@pytest.fixture
def project(kmod_post: KmodPost, tmp_path: Path) -> Path:
    """A folder with the recipe, the chart, its rules and two releases of it."""
    folder = tmp_path / "project"
    assert kmod_post("plugin", "helmfile", "--to", folder).returncode == 0
    shutil.copytree(CHART, folder / CHART.name)
    shutil.copy(CHART / "kmod" / "entrypoint.yaml", folder / "kmod.yaml")
    (folder / "helmfile.yaml").write_text(HELMFILE)
    return folder


@pytest.fixture(params=["helm3", "helm4"])
def helmfile(
    request: pytest.FixtureRequest, make_host: Callable[[str], Host], project: Path, tmp_path: Path
) -> Host:
    """Helmfile with a Helm of its own."""
    host = make_host(find("helmfile"))
    helm: Host = request.getfixturevalue(request.param)
    folder = tmp_path / "helm"
    folder.mkdir()
    (folder / "helm").symlink_to(helm.path)
    host.env = {
        **helm.env,
        "HOME": str(tmp_path),
        "HELMFILE_CACHE_HOME": str(tmp_path / "cache"),
        "PATH": f"{folder}{os.pathsep}{helm.env['PATH']}",
        "PWD": str(project),
    }
    return host


def test_every_release_goes_through_kmod_post(helmfile: Host, project: Path) -> None:
    """The defaults reach a release without arguments; those of one with get its name."""
    made = yaml.safe_load_all(helmfile.out("--quiet", "template", cwd=project))
    names = {data["metadata"]["name"] for data in made if data["kind"] == "ConfigMap"}
    generated = {name.rpartition("-")[0] for name in names if "prepare-webpage" in name}
    assert generated == {"example-nginx-prepare-webpage", "other-nginx-prepare-webpage"}
    assert {name for name in names if "prepare-webpage" not in name} == {
        "example-nginx", "other-nginx",
    }  # fmt: skip


def test_an_error_says_which_release_and_why(helmfile: Host, project: Path) -> None:
    """A rule that finds nothing stops the run, and the message is in what Helmfile prints."""
    rules = project / "kmod.yaml"
    rules.write_text(rules.read_text().replace("name: example-nginx", "name: nope"))
    done = helmfile("template", "--selector=name=example", cwd=project)
    assert done.returncode != 0
    assert f'{rules}:14:3: rule "prepare-webpage": no Deployment named nope' in done.stderr


def test_the_command_line_reaches_it(helmfile: Host, project: Path) -> None:
    """`--post-renderer` and `--post-renderer-args` do what they do on Helm's command line."""
    plain = HELMFILE.replace("bases: [kmod-post.yaml.gotmpl]", "").partition("- name: other")[0]
    (project / "helmfile.yaml").write_text(plain)
    words = ["--post-renderer=kmod-post", f"--post-renderer-args=--rules={project}/kmod.yaml"]
    assert "kmod-post/checksum-prepare-webpage" in helmfile.out("template", *words, cwd=project)
    assert "kmod-post" not in helmfile.out("template", cwd=project)
