"""The plugin's images, built from its Containerfile and of the release, with Argo CD's plugin server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from argoimage.image import each_image
from hosts.argocd import APPLICATION, GENERATE, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from argoimage.sidecar import Sidecar

    Start = Callable[..., AbstractContextManager[Sidecar]]

pytestmark = pytest.mark.e2e

RULES = """
rules:
  seen:
    match: {kind: [ConfigMap, Deployment]}
    annotations: {seen: by-kmod-post}
"""


def objects(manifests: str) -> list[dict[str, Any]]:
    """The objects of what the repo-server gets: one in JSON for each line."""
    return [json.loads(line) for line in manifests.splitlines()]


@each_image
def test_the_container_runs_as_sidecar_yaml_says(start: Start, image: str) -> None:
    """Without any right of root's."""
    with start(image=image) as sidecar:
        config, host = sidecar.state["Config"], sidecar.state["HostConfig"]
        assert (config["User"], host["ReadonlyRootfs"]) == ("999", True)
        assert not sidecar.state["EffectiveCaps"]
        assert "no-new-privileges" in host["SecurityOpt"]
        assert sidecar.run("kmod-post", "--version").returncode == 0
        assert sidecar.run("helm", "version").stdout.startswith("version.BuildInfo")


def test_the_container_can_change_nothing_but_tmp(start: Start, saw: Callable[[str], None]) -> None:
    """The file system is read-only."""
    with start() as sidecar:
        assert sidecar.run("id", "--user").stdout == "999\n"
        for place in ("/x", "/usr/local/bin/helm", "/home/argocd/cmp-server/config/plugin.yaml"):
            assert sidecar.run("touch", place).returncode == 1
        assert sidecar.run("touch", "/tmp/x").returncode == 0
    saw("files")


@each_image
def test_the_server_answers_as_the_commands_do(
    start: Start, repository: Path, sidecar: dict[str, str], image: str
) -> None:
    """Discovery, and the manifests of an Application without parameters."""
    with start(image=image) as server:
        assert server.ask("match", repository, "apps/web", {}).stdout == "true\n"
        assert server.ask("match", repository, "apps", {}).stdout == "false\n"
        done = server.ask("generate", repository, "apps/web", APPLICATION)
        assert done.returncode == 0, done.stderr
        expected = run("generate", repository, sidecar).stdout
        assert objects(done.stdout) == list(yaml.safe_load_all(expected))
        wrong = {**APPLICATION, "PARAM_SET_RULES_0": "rules.prepare-webpage.match.name=nope"}
        done = server.ask("generate", repository, "apps/web", wrong)
        assert (done.returncode, done.stdout) == (1, "")
        assert (
            f'`{GENERATE}` failed exit status 1: kmod.yaml:14:3: rule "prepare-webpage": '
            "no Deployment named nope"
        ) in done.stderr
        assert not server.left()


@each_image
def test_dependencies_parameters_and_rules(
    start: Start, repository: Path, chart_repository: str, image: str
) -> None:
    """A chart of another folder and one of a repository; rules and values of the repository."""
    (repository / "apps" / "web").rename(repository / "chart")
    app = repository / "apps" / "web"
    app.mkdir()
    dependencies = [
        {"name": "example-nginx", "version": "0.1.0", "repository": "file://../../chart"},
        {"name": "library", "version": "^1.0.0", "repository": chart_repository},
    ]
    chart = {"apiVersion": "v2", "name": "web", "version": "0.1.0", "dependencies": dependencies}
    (app / "Chart.yaml").write_text(json.dumps(chart))
    (app / "kmod.yaml").write_text("rules: {}\n")
    (repository / "seen.yaml").write_text(RULES)
    (repository / "values.yaml").write_text("example-nginx: {replicaCount: 3}\n")
    parameters = {
        "PARAM_RULES_0": "kmod.yaml",
        "PARAM_RULES_1": "../../seen.yaml",
        "PARAM_SET_RULES_0": "rules.seen.annotations.also=two words",
        "PARAM_VALUES_0": "../../values.yaml",
        "PARAM_SET_VALUES_0": "example-nginx.image.tag=1.20",
        "PARAM_RELEASE": "other",
    }
    with start(image=image) as server:
        done = server.ask("generate", repository, "apps/web", {**APPLICATION, **parameters})
        assert done.returncode == 0, done.stderr
        found = {
            f"{each['kind']}/{each['metadata']['name']}": each for each in objects(done.stdout)
        }
        deployment, made = found["Deployment/other-nginx"], found["ConfigMap/other-library"]
        assert deployment["spec"]["replicas"] == 3
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        assert container["image"] == "nginx:1.20"
        assert made["data"] == {"version": "1.2.3", "kubernetes": "v1.33.0"}
        for each in (deployment, made):
            assert each["metadata"]["annotations"] == {"seen": "by-kmod-post", "also": "two words"}
        # Nothing of it stays: neither the repository nor what was fetched.
        assert not server.left()
