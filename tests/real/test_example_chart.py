from __future__ import annotations

import copy
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from paths import ROOT
from tools import find

CHART = ROOT / "charts" / "example-nginx"
SCHEMA = json.loads((CHART / "values.schema.json").read_text())
VALUES = yaml.safe_load((CHART / "values.yaml").read_text())

PAGES = {
    "entrypoint": "Page prepared by a script executed before entrypoint container",
    "init-container": "Page prepared by an init container",
    "post-start": "Page prepared by a PostStart hook",
    "sidecar": "Page prepared by a sidecar container",
}

# What charts that can be extended call their extension points.
EXTENSIONS: dict[str, Any] = {
    "affinity": {"podAntiAffinity": {}},
    "args": ["-g"],
    "command": ["sh"],
    "commonAnnotations": {"extended": "yes"},
    "extraContainers": [{"name": "extended"}],
    "extraDeploy": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "extended"}}],
    "extraEnv": [{"name": "EXTENDED"}],
    "extraVolumeMounts": [{"name": "extended", "mountPath": "/extended"}],
    "extraVolumes": [{"name": "extended", "emptyDir": {}}],
    "initContainers": [{"name": "extended"}],
    "lifecycle": {"postStart": {"exec": {"command": ["extended"]}}},
    "nodeSelector": {"extended": "yes"},
    "podAnnotations": {"extended": "yes"},
    "podLabels": {"extended": "yes"},
    "podSecurityContext": {"runAsUser": 1},
    "sidecars": [{"name": "extended"}],
    "tolerations": [{"operator": "Exists"}],
    "volumeMounts": [{"name": "extended", "mountPath": "/extended"}],
    "volumes": [{"name": "extended", "emptyDir": {}}],
}


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs a program in the root of the checkout; its exit code is the caller's to judge."""
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def helm() -> str:
    """Helm 3."""
    return find("helm3")


@pytest.fixture
def open_chart(tmp_path: Path) -> Path:
    """A copy of the chart without its schema: every value reaches the templates."""
    folder = tmp_path / CHART.name
    shutil.copytree(CHART, folder, ignore=shutil.ignore_patterns("values.schema.json"))
    return folder


def template(helm: str, chart: Path, values: dict[str, Any], folder: Path) -> str:
    """The chart as the release `example` with these values."""
    file = folder / "values.json"
    file.write_text(json.dumps(values))
    done = run(helm, "template", "example", chart, "--namespace", "demo", "--values", file)
    assert done.returncode == 0, done.stderr
    return done.stdout


def objects(stream: str) -> dict[str, Any]:
    """Kind to object; no kind comes twice in this chart."""
    return {document["kind"]: document for document in yaml.safe_load_all(stream)}


def rendered(name: str) -> dict[str, Any]:
    """The objects of a committed render."""
    return objects((CHART / "rendered" / name).read_text())


def leaves(value: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Path to scalar; a list's items are keyed by their place."""
    if isinstance(value, list):
        value = {str(place): item for place, item in enumerate(value)}
    if not isinstance(value, dict):
        return {path: value}
    return {
        key: leaf
        for name, item in value.items()
        for key, leaf in leaves(item, (*path, name)).items()
    }


def other(value: Any) -> Any:
    """Another value of the same type."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case _:
            return "Always" if value == "IfNotPresent" else f"{value}5"


def test_helm_lint_finds_nothing(helm: str) -> None:
    """The chart passes `helm lint --strict`, and not even a recommendation is left."""
    done = run(helm, "lint", "--strict", CHART)
    assert done.returncode == 0, done.stdout
    assert "[INFO]" not in done.stdout


def test_the_renders_of_helm_3_are_current(helm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """rendered/helm3.yaml and web.yaml are what Helm 3 hands to a post-renderer today."""
    monkeypatch.setenv("HELM3", helm)
    monkeypatch.delenv("HELM4", raising=False)
    done = run("scripts/render-example", "--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_render_of_helm_4_is_current(helm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """rendered/helm4.yaml is what Helm 4 hands to a post-renderer plugin today."""
    monkeypatch.setenv("HELM3", helm)
    monkeypatch.setenv("HELM4", find("helm4"))
    done = run("scripts/render-example", "--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_two_renders_hold_the_same_objects() -> None:
    """Helm 4 adds the test hook and its filename annotations to what Helm 3 hands over."""
    helm4 = rendered("helm4.yaml")
    hook = helm4.pop("Pod")
    assert hook["metadata"]["annotations"]["helm.sh/hook"] == "test"
    for document in helm4.values():
        del document["metadata"]["annotations"]
    assert helm4 == rendered("helm3.yaml")


@pytest.mark.parametrize("name", EXTENSIONS)
def test_an_extension_is_refused(helm: str, name: str, tmp_path: Path) -> None:
    """The schema refuses each customary extension point, at the top and in a mapping."""
    for values in ({name: EXTENSIONS[name]}, {"image": {name: EXTENSIONS[name]}}):
        file = tmp_path / "values.json"
        file.write_text(json.dumps(values))
        done = run(helm, "template", "example", CHART, "--values", file)
        assert done.returncode != 0
        assert name in done.stderr


def test_an_extension_would_do_nothing(helm: str, open_chart: Path, tmp_path: Path) -> None:
    """Even without the schema no customary extension point reaches a template."""
    everywhere = EXTENSIONS | {
        name: EXTENSIONS | {"extra": EXTENSIONS}
        for name in ("global", *(name for name, value in VALUES.items() if isinstance(value, dict)))
    }
    plain = template(helm, open_chart, {}, tmp_path)
    assert template(helm, open_chart, everywhere, tmp_path) == plain


@pytest.mark.parametrize("path", [pytest.param(path, id=".".join(path)) for path in leaves(VALUES)])
def test_a_value_only_replaces_scalars(
    helm: str, open_chart: Path, tmp_path: Path, path: tuple[str, ...]
) -> None:
    """Each value the chart knows changes the render, but adds no field to the Deployment."""
    values = copy.deepcopy(VALUES)
    parent = values
    for name in path[:-1]:
        parent = parent[name]
    parent[path[-1]] = other(parent[path[-1]])

    plain = template(helm, open_chart, {}, tmp_path)
    changed = template(helm, open_chart, values, tmp_path)

    assert changed != plain
    assert (
        leaves(objects(changed)["Deployment"]).keys()
        == leaves(rendered("helm3.yaml")["Deployment"]).keys()
    )


def test_the_schema_is_closed_and_names_every_value() -> None:
    """The schema's keys are those of values.yaml, and all but Helm's own `global` is closed."""

    def names(schema: dict[str, Any], path: tuple[str, ...]) -> set[tuple[str, ...]]:
        if schema.get("type") != "object":
            return {path}
        assert schema["additionalProperties"] is False, path
        properties = schema["properties"].items()
        return {name for key, value in properties for name in names(value, (*path, key))}

    schema = copy.deepcopy(SCHEMA)
    del schema["properties"]["global"]
    assert names(schema, ()) == leaves(VALUES).keys()


def test_the_readme_names_every_value() -> None:
    """The table in README.md has a line for each value, and no other."""
    readme = (CHART / "README.md").read_text()
    table = readme.partition("## Values")[2].partition("\n## ")[0]
    rows = [
        line.split(" | ")[0].strip("| ") for line in table.splitlines() if line.startswith("| ")
    ]
    assert rows[1:] == sorted(".".join(path) for path in leaves(VALUES))


def test_there_is_a_rules_file_for_each_way() -> None:
    """kmod/ has the four ways of changing a container, and nothing else."""
    assert {file.name for file in (CHART / "kmod").iterdir()} == {f"{way}.yaml" for way in PAGES}


@pytest.mark.parametrize("way", PAGES)
def test_a_rules_file_prepares_its_page(way: str) -> None:
    """A rules file holds its page's text where the shell writes it, and not in a comment only."""
    rules = yaml.safe_load((CHART / "kmod" / f"{way}.yaml").read_text())
    assert any(f"'{PAGES[way]}'" in str(leaf) for leaf in leaves(rules).values())


@pytest.mark.parametrize("way", PAGES)
@pytest.mark.parametrize("render", ["helm3.yaml", "helm4.yaml"])
def test_a_rules_file_names_what_is_there(way: str, render: str) -> None:
    """What a rules file matches is in the render, and what it adds is not there yet."""
    text = (CHART / "kmod" / f"{way}.yaml").read_text()
    for rule in yaml.safe_load(text)["rules"].values():
        found = rendered(render)[rule["match"]["kind"]]
        pod = found["spec"]["template"]["spec"]
        containers = {container["name"] for container in pod["containers"]}

        assert rule["match"]["name"] == found["metadata"]["name"]
        assert rule["expect"] == 1
        assert rule["containers"].keys() <= containers
        assert not containers & {*rule.get("sidecars", ()), *rule.get("initContainers", ())}
        assert not {volume["name"] for volume in pod["volumes"]} & {*rule.get("volumes", ())}


@pytest.mark.parametrize("way", PAGES)
def test_a_rules_file_names_the_schema(way: str) -> None:
    """The first line tells editors where the schema is."""
    file = CHART / "kmod" / f"{way}.yaml"
    line = file.read_text().partition("\n")[0]
    schema = file.parent / line.removeprefix("# yaml-language-server: $schema=")
    assert schema.resolve() == ROOT / "postrender" / "rules" / "schema.json"
