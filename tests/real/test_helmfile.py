"""Helmfile: the recipes of `kmod-post plugin helmfile`, with the real program."""

from __future__ import annotations

import os
import runpy
import shutil
from typing import TYPE_CHECKING

import pytest
import yaml
from hosts.programs import CHART, ROOT, Host
from registry.content import image
from registry.server import server
from tools import find

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import KmodPost
    from registry.server import Server

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


# The hooks. There is no cluster: what is to be installed fails, and only what comes before is seen.

HOOKS = """
bases: [kmod-post-hooks.yaml.gotmpl]
environments: {default: {}, production: {}}
---
releases:
- name: example
  namespace: demo
  chart: ./example-nginx
  values:
  - image: {tag: {{ .Values | get "tag" "1.19" | quote }}}
    replicaCount: {{ eq .Environment.Name "production" | ternary 3 1 }}
"""
SCRIPT = ROOT / "postrender" / "plugins" / "helmfile" / "kmod-post-helmfile"
NOTHING = {"KUBECONFIG": os.devnull}
WITH_LOCK = "  inherit: [{template: kmod-post-lock}]\n"


@pytest.fixture
def hooked(project: Path) -> Path:
    """The project, with the hooks."""
    (project / "helmfile.yaml").unlink()
    (project / "helmfile.yaml.gotmpl").write_text(HOOKS)
    return project


def without_original(project: Path, registry: str = "") -> None:
    """Leaves the image's argv to the lock file; the image is in a registry."""
    rules, values = project / "kmod.yaml", project / CHART.name / "values.yaml"
    lines = rules.read_text().splitlines(keepends=True)
    rules.write_text("".join(line for line in lines if " original: [" not in line))
    values.write_text(values.read_text().replace("repository: nginx", f"repository: {registry}web"))


def test_a_mistake_in_the_rules_stops_before_anything(helmfile: Host, hooked: Path) -> None:
    """In every command, with the place in what Helmfile prints."""
    rules = hooked / "kmod.yaml"
    rules.write_text(rules.read_text().replace("    containers:", "    containrs:"))
    for command in ("template", "sync"):
        done = helmfile(command, cwd=hooked, env=NOTHING)
        assert done.returncode != 0
        assert f'{rules}:22:5: rule "prepare-webpage": unknown key "containrs"' in done.stderr
        assert "Upgrading" not in done.stderr


def test_the_changes_are_shown_before_they_are_installed(helmfile: Host, hooked: Path) -> None:
    """As `kmod-post diff` shows them, of the release as Helmfile's options make it."""
    options = ["--environment=production", "--state-values-set", "tag=1.20"]
    done = helmfile(*options, "sync", "--set=nginx.gzip=false", cwd=hooked, env=NOTHING)
    assert done.returncode != 0
    shown, _, installing = done.stderr.partition("Upgrading release=example")
    assert installing
    lines = [line.partition("logs | ")[2] for line in shown.splitlines()]
    assert '           image: "nginx:1.20"' in lines
    assert "+          command:" in lines
    assert "+            - /kmod-post/prepare-webpage/nginx.sh" in lines
    assert not [line for line in lines if line.startswith("-") and line[:3] != "---"]
    assert not (hooked / "kmod-reports" / "installed").exists()


def test_helmfile_may_be_started_elsewhere(helmfile: Host, hooked: Path, tmp_path: Path) -> None:
    """The rules and the reports are where it is started, as the render is."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (hooked / "kmod.yaml").rename(elsewhere / "kmod.yaml")
    done = helmfile(
        *("sync", "-f", "../project/helmfile.yaml.gotmpl"),
        cwd=elsewhere,
        env={**NOTHING, "PWD": str(elsewhere)},
    )
    assert "+            - /kmod-post/prepare-webpage/nginx.sh" in done.stderr
    assert (elsewhere / "kmod-reports" / "rendered").is_dir()
    assert not (hooked / "kmod-reports").exists()


def test_a_release_adds_its_own_arguments(helmfile: Host, hooked: Path) -> None:
    """They come after those of the base, for the render and for the hooks."""
    own = "  postRendererArgs: [--set=rules.prepare-webpage.match.name=nope]\n"
    (hooked / "helmfile.yaml.gotmpl").write_text(HOOKS + own)
    done = helmfile("template", cwd=hooked)
    assert done.returncode != 0
    assert "no Deployment named nope" in done.stderr
    done = helmfile("sync", cwd=hooked, env=NOTHING)
    assert "hook[kmod-post diff]" in done.stderr
    assert "no Deployment named nope" in done.stderr
    assert "Upgrading" not in done.stderr


def test_a_render_writes_its_report(helmfile: Host, hooked: Path) -> None:
    """For each release a file, with its namespace if it has one."""
    helmfile.out("--quiet", "template", cwd=hooked)
    (report,) = (hooked / "kmod-reports").rglob("*.json")
    assert report == hooked / "kmod-reports" / "rendered" / "demo.example.json"
    assert yaml.safe_load(report.read_text())["kind"] == "KmodReport"
    (hooked / "helmfile.yaml.gotmpl").write_text(HOOKS.replace("  namespace: demo\n", ""))
    helmfile.out("--quiet", "template", cwd=hooked)
    assert (report.parent / "example.json").is_file()


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("apply --interactive", ""),
        ("-f a.yaml -e prod -l name=x apply", "--file=a.yaml"),
        ("-fa.yaml --quiet -n=demo sync", "--file=a.yaml --namespace=demo"),
        ("-qif a.yaml sync", "--file=a.yaml"),
        ("sync --set a=b --set=c=d=e --values -", "--set=a=b --set=c=d=e --values=-"),
        ("apply --args --set=x=y --diff-args=--set --oci-plain-http", "--oci-plain-http"),
        ("--environment --file sync --kube-context -x", "--kube-context=-x"),
    ],
)
def test_options_of_helmfile_that_a_hook_passes_on(words: str, kept: str) -> None:
    """Those that matter to a render, in each form that Helmfile reads."""
    given = runpy.run_path(str(SCRIPT))["given"]
    assert given(words.split()) == kept.split()


@pytest.mark.parametrize(
    ("command", "words", "kept"),
    [
        ("check", "--rules a.yaml --set=b=c --report r --strict -q", "--rules a.yaml --set=b=c"),
        ("lock", "-fa.yaml -f b.yaml --lock=l --strict", "-fa.yaml -f b.yaml --lock=l"),
        ("diff", "--report=r --lock l --strict --log-file --set", "--lock l --strict"),
    ],
)
def test_options_of_a_render_that_a_command_takes(command: str, words: str, kept: str) -> None:
    """A hook leaves out what the command does not have."""
    taken = runpy.run_path(str(SCRIPT))["taken"]
    assert taken(command, words.split()) == kept.split()


def test_what_is_not_locked_stops_before_anything(helmfile: Host, hooked: Path) -> None:
    """`kmod-post lock --check` over a render of the release."""
    (hooked / "helmfile.yaml.gotmpl").write_text(HOOKS + WITH_LOCK)
    without_original(hooked)
    done = helmfile("sync", cwd=hooked, env=NOTHING)
    assert done.returncode != 0
    assert (
        f'docker.io/library/web:1.19: not in {hooked}/kmod.lock.yaml; run "kmod-post lock"'
        in done.stderr
    )
    assert "Upgrading" not in done.stderr


def test_a_moved_tag_stops_before_anything(
    helmfile: Host, hooked: Path, kmod_post: KmodPost
) -> None:
    """The lock file is right until the registry has another image for the tag."""
    (hooked / "helmfile.yaml.gotmpl").write_text(HOOKS + WITH_LOCK)
    with server() as registry:
        registry.put("web:1.19", image(["/web"]))
        without_original(hooked, f"{registry.host}/")
        lock(kmod_post, helmfile, hooked, registry)
        done = helmfile("sync", cwd=hooked, env=NOTHING)
        assert "Upgrading release=example" in done.stderr
        assert "+            - /web" in done.stderr
        registry.put("web:1.19", image(["/other"]))
        done = helmfile("sync", cwd=hooked, env=NOTHING)
    assert f"{registry.host}/web:1.19: its registry has sha256:" in done.stderr
    assert "Upgrading" not in done.stderr


def lock(kmod_post: KmodPost, helmfile: Host, folder: Path, registry: Server) -> None:
    """Writes the lock file of the release, from its chart."""
    chart = helmfile.out("--quiet", "template", cwd=folder, env={"KMOD_POST_HELMFILE_PLAIN": "1"})
    done = kmod_post("lock", "-f", folder / "kmod.yaml", stdin=chart)
    assert done.returncode == 0, done.stderr
    assert registry.requests
