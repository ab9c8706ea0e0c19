"""
helm-diff, which renders with the same post-renderer.

With HELM_DIFF, the folder of an installed plugin, the real one is asked. Without it what it does is
replayed: the command it gives Helm, its environment, and how it takes the output apart (helm-diff
3.15.11, cmd/helm.go and manifest/parse.go).
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from hosts.programs import CHART, RULES, args
from tools import find_helm_diff

if TYPE_CHECKING:
    from hosts.programs import Host

POST_RENDERER = ["--post-renderer=kmod-post", *args("-f", RULES / "entrypoint.yaml")]
# What Helm gives a plugin, and the plugin's children inherit.
AS_PLUGIN = {
    "HELM_PLUGIN_NAME": "diff",
    "HELM_PLUGIN_DIR": "/plugins/diff",
    "HELM_NAMESPACE": "demo",
}


@pytest.fixture(params=["helm3", "helm4"])
def helm(request: pytest.FixtureRequest) -> Host:
    """Helm 3, and Helm 4 with the plugin."""
    host: Host = request.getfixturevalue(request.param)
    return host


@pytest.fixture
def changed_chart(tmp_path: Path) -> Path:
    """The example chart as it will be: one replica more."""
    chart = tmp_path / CHART.name
    shutil.copytree(CHART, chart)
    values = chart / "values.yaml"
    values.write_text(values.read_text().replace("replicaCount: 1", "replicaCount: 2"))
    return chart


def rendered(helm: Host, chart: Path) -> dict[str, str]:
    """What helm-diff compares: the command it runs, its output split, key to text."""
    found: dict[str, str] = {}
    words = ["--is-upgrade", "--namespace", "demo"]
    stream = helm.out("template", "example", chart, *POST_RENDERER, *words, env=AS_PLUGIN)
    for text in ("\n" + stream).split("\n---\n"):
        if text.strip():
            data = yaml.safe_load(text)
            group = data["apiVersion"].rpartition("/")[0] or data["apiVersion"]
            key = f"demo, {data['metadata']['name']}, {data['kind']} ({group})"
            assert key not in found
            found[key] = text.strip()
    return found


def test_only_what_the_chart_changes_differs(helm: Host, changed_chart: Path) -> None:
    """Two renders differ where the charts do, by the same lines, and nowhere else."""
    before, after = rendered(helm, CHART), rendered(helm, changed_chart)
    assert before.keys() == after.keys()
    assert [key for key in before if before[key] != after[key]] == [
        "demo, example-nginx, Deployment (apps)"
    ]
    deployment = "demo, example-nginx, Deployment (apps)"
    assert after[deployment] == before[deployment].replace("replicas: 1", "replicas: 2")
    generated = [key for key in after if key.startswith("demo, example-nginx-prepare-webpage-")]
    assert [key.rpartition(", ")[2] for key in generated] == ["ConfigMap (v1)"]


@pytest.fixture
def diff(helm: Host, tmp_path: Path) -> tuple[Host, dict[str, str]]:
    """Helm with the real helm-diff, and the environment for it."""
    folder = find_helm_diff()
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "diff").symlink_to(folder)
    ours = helm.home / "data" / "plugins" / "kmod-post"
    if ours.exists():
        (plugins / "kmod-post").symlink_to(ours)
    return helm, {"HELM_PLUGINS": str(plugins)}


def test_helm_diff_shows_the_change(diff: tuple[Host, dict[str, str]], changed_chart: Path) -> None:
    """`helm diff local` shows one changed object, and the rules' changes as there on both sides."""
    helm, env = diff
    words = ["diff", "local", CHART, changed_chart, "--release=example", "--no-color"]
    said = helm.out(*words, *POST_RENDERER, env=env)
    assert said.startswith("default, example-nginx, Deployment (apps) has changed:")
    lines = said.splitlines()
    assert [line for line in lines if line.startswith(("+", "-"))] == [
        "-   replicas: 1",
        "+   replicas: 2",
    ]
    assert any("/kmod-post/prepare-webpage/nginx.sh" in line for line in lines)


def test_helm_diff_shows_why_it_failed(diff: tuple[Host, dict[str, str]]) -> None:
    """The message reaches helm-diff's user, on Helm 4 too."""
    helm, env = diff
    words = ["diff", "upgrade", "example", CHART, "--allow-unreleased", "--dry-run=client"]
    wrong = args("--set=rules.prepare-webpage.match.name=nope")
    done = helm(*words, *POST_RENDERER, *wrong, env=env)
    assert done.returncode != 0
    assert 'rule "prepare-webpage": no Deployment named nope' in done.stderr
