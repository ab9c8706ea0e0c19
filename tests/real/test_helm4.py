"""Helm 4, which starts kmod-post as a plugin: the real program."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hosts.charts import make_chart
from hosts.programs import CHART, FILENAME, ROOT, RULES, Host, args

if TYPE_CHECKING:
    from pathlib import Path

WAYS = ["entrypoint", "init-container", "post-start", "sidecar"]
LOST = 'failed to invoke post-renderer plugin "kmod-post"'
UNMET = 'rule "page": no Deployment named nope in 5 objects'

FAILING = """
rules:
  page:
    match: {kind: Deployment, name: nope}
    podLabels: {a: b}
"""


def template(helm: Host, chart: Path, rules: Path, *more: str, **how: Any) -> str:
    """What `helm template` makes of a chart with the plugin and a rules file."""
    return helm.out(
        "template", "example", chart, "--post-renderer=kmod-post", *args("-f", rules), *more, **how
    )


def documents(stream: str) -> list[Any]:
    """The objects of a stream."""
    return [document for document in yaml.safe_load_all(stream) if document is not None]


def sources(stream: str) -> dict[str, list[str]]:
    """Template path to the objects that come from it, as Helm prints them."""
    found: dict[str, list[str]] = {}
    for text in stream.split("---\n"):
        if text.strip():
            path = text.partition("\n")[0].removeprefix("# Source: ")
            data = yaml.safe_load(text)
            found.setdefault(path, []).append(f"{data['kind']}/{data['metadata']['name']}")
    return found


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A rules file that matches nothing."""
    file = tmp_path / "kmod.yaml"
    file.write_text(FAILING)
    return file


# The plugin


def test_the_repository_is_a_plugin(helm4: Host, tmp_path: Path) -> None:
    """`helm plugin install` of a checkout works, and says which kmod-post it found."""
    data = {"HELM_DATA_HOME": str(tmp_path)}
    said = helm4.out("plugin", "install", ROOT, env=data)
    assert "kmod-post 0.1.0" in said
    assert "Installed plugin: kmod-post" in said
    assert "postrenderer/v1" in helm4.out("plugin", "list", env=data)


def test_the_package_is_a_plugin(helm4: Host, tmp_path: Path) -> None:
    """`helm plugin install` of the tarball that scripts/package-plugin makes works."""
    made = subprocess.run(
        [ROOT / "scripts" / "package-plugin", tmp_path], capture_output=True, text=True, check=True
    )
    data = {"HELM_DATA_HOME": str(tmp_path / "data")}
    helm4.out("plugin", "install", made.stdout.strip(), "--verify=false", env=data)
    assert "postrenderer/v1" in helm4.out("plugin", "list", env=data)


def test_a_missing_program_is_said_at_once(helm4: Host, tmp_path: Path) -> None:
    """Without kmod-post on PATH, `helm plugin install` fails and says that."""
    env = {"HELM_DATA_HOME": str(tmp_path), "PATH": "/nonexistent"}
    done = helm4("plugin", "install", ROOT, env=env)
    assert done.returncode != 0
    assert '"kmod-post": executable file not found in $PATH' in done.stderr


# The stream


@pytest.mark.parametrize("way", WAYS)
def test_each_way_gives_what_it_gives_by_pipe(helm4: Host, way: str) -> None:
    """What Helm makes of the plugin's output are the objects that a pipe gives, hooks too."""
    rules = RULES / f"{way}.yaml"
    plain = helm4.out("template", "example", CHART)
    by_pipe = subprocess.run(
        ["kmod-post", "-f", rules], input=plain, capture_output=True, text=True, env=helm4.env,
        check=True,
    ).stdout  # fmt: skip

    stream = template(helm4, CHART, rules)

    assert sorted(documents(stream), key=str) == sorted(documents(by_pipe), key=str)
    assert FILENAME not in stream


def test_every_object_names_its_template(helm4: Host) -> None:
    """A generated ConfigMap is shown under the template of its object, all others under theirs."""
    plain = sources(helm4.out("template", "example", CHART))
    changed = sources(template(helm4, CHART, RULES / "entrypoint.yaml"))
    home = "example-nginx/templates/deployment.yaml"
    assert plain[home] == ["Deployment/example-nginx"]
    added, *known = changed.pop(home)
    assert added.startswith("ConfigMap/example-nginx-prepare-webpage-")
    assert known == plain.pop(home)
    assert changed == plain


def test_an_added_resource_names_a_template_of_its_own(helm4: Host, tmp_path: Path) -> None:
    """An object of `resources:` is shown under a template path below the chart's."""
    file = tmp_path / "kmod.yaml"
    file.write_text(
        "resources:\n- {apiVersion: v1, kind: Secret, metadata: {name: added}, data: {}}\n"
    )
    found = sources(template(helm4, CHART, file))
    assert found["example-nginx/templates/kmod-post/secret-added.yaml"] == ["Secret/added"]


def test_install_takes_the_same_option(helm4: Host) -> None:
    """`helm install`, here without a cluster, gives what `helm template` gives."""
    words = ["--post-renderer=kmod-post", *args("-f", RULES / "entrypoint.yaml")]
    said = helm4.out("install", "example", CHART, "--dry-run=client", *words)
    manifest = said.partition("MANIFEST:\n")[2].partition("\nNOTES:")[0]
    everything = template(helm4, CHART, RULES / "entrypoint.yaml")
    hooks = [data for data in documents(everything) if data["kind"] == "Pod"]
    assert [*documents(manifest), *hooks] == documents(everything)


def test_show_only_finds_the_template(helm4: Host) -> None:
    """`--show-only` shows the changed template, with what was generated for it."""
    only = "--show-only=templates/deployment.yaml"
    kinds = [
        data["kind"] for data in documents(template(helm4, CHART, RULES / "entrypoint.yaml", only))
    ]
    assert kinds == ["ConfigMap", "Deployment"]


def test_output_dir_gets_the_changed_files(helm4: Host, tmp_path: Path) -> None:
    """`--output-dir`, which leaves post-renderers out on Helm 3, has the changes in its files."""
    template(helm4, CHART, RULES / "entrypoint.yaml", f"--output-dir={tmp_path}")
    text = (tmp_path / "example-nginx" / "templates" / "deployment.yaml").read_text()
    assert [data["kind"] for data in documents(text)] == ["ConfigMap", "Deployment"]


def test_an_empty_chart_stays_empty(helm4: Host, tmp_path: Path) -> None:
    """A chart that renders nothing passes, though Helm refuses empty output of a post-renderer."""
    chart = make_chart(tmp_path, a="{{ if .Values.missing }}\na: b\n{{ end }}\n")
    assert not documents(template(helm4, chart, RULES / "entrypoint.yaml"))


LIST = """
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: web}
  spec: {template: {spec: {containers: [{name: nginx, image: nginx}]}}}
"""
FLOW = "{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n"
PAGE = """
rules:
  page:
    match: {kind: Deployment}
    containers: {nginx: {files: {/web/index.html: hello}}}
"""


def test_objects_in_a_list_are_changed(helm4: Host, tmp_path: Path) -> None:
    """Helm takes a List apart: its objects are changed as all others, and none is lost."""
    (tmp_path / "kmod.yaml").write_text(PAGE)
    chart = make_chart(tmp_path, a=LIST, b=FLOW)
    stream = template(helm4, chart, tmp_path / "kmod.yaml")
    names = sorted(f"{data['kind']}/{data['metadata']['name']}" for data in documents(stream))
    generated = names.pop(2)
    assert generated.startswith("ConfigMap/web-page-")
    assert names == ["ConfigMap/a", "ConfigMap/b", "Deployment/web"]
    assert stream.count("kmod-post/checksum-page") == 1


HOOK = """
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations: {"helm.sh/hook": "pre-install,pre-upgrade", "helm.sh/hook-weight": "3"}
spec:
  template: {spec: {containers: [{name: nginx, image: nginx}], restartPolicy: Never}}
"""


def test_hooks_are_left_alone(helm4: Host, tmp_path: Path) -> None:
    """Helm 4 hands hooks over; a rule that does not ask for them does not see them."""
    (tmp_path / "kmod.yaml").write_text(PAGE.replace("Deployment", "Job"))
    chart = make_chart(tmp_path, a=HOOK)
    assert documents(template(helm4, chart, tmp_path / "kmod.yaml")) == documents(
        helm4.out("template", "example", chart)
    )


def test_a_hook_carries_its_files(helm4: Host, tmp_path: Path) -> None:
    """No other object is needed for a hook that a rule changes."""
    (tmp_path / "kmod.yaml").write_text(PAGE.replace("Deployment", "Job, hooks: include"))
    (hook,) = documents(template(helm4, make_chart(tmp_path, a=HOOK), tmp_path / "kmod.yaml"))
    assert hook["spec"]["template"]["metadata"]["annotations"] == {
        "kmod-post/file-page.web_index.html": "hello"
    }


def test_the_config_map_of_a_hook_is_a_hook_before_it(helm4: Host, tmp_path: Path) -> None:
    """A hook's ConfigMap is a hook of the same events and lower weight: it is there first."""
    rules = PAGE.replace(
        "{kind: Deployment}", "{kind: Job, hooks: include}\n    carrier: configMap"
    )
    (tmp_path / "kmod.yaml").write_text(rules)
    made = documents(template(helm4, make_chart(tmp_path, a=HOOK), tmp_path / "kmod.yaml"))
    config_map = next(data for data in made if data["kind"] == "ConfigMap")
    annotations = config_map["metadata"]["annotations"]
    assert annotations["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert annotations["helm.sh/hook-weight"] == "2"
    assert annotations["helm.sh/hook-delete-policy"] == "before-hook-creation,hook-succeeded"


# What kmod-post relies on: how Helm takes a post-renderer's output


def config_map(name: str, annotations: str = "") -> str:
    """A ConfigMap as text."""
    extra = f"\n  annotations: {{{annotations}}}" if annotations else ""
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}{extra}\n"


A, B = config_map("a"), config_map("b")


@pytest.fixture(scope="session")
def echo(helm4: Host, tmp_path_factory: pytest.TempPathFactory) -> tuple[Host, Path]:
    """Helm 4 with a post-renderer that prints the file ECHO whatever comes in, and a chart."""
    folder = tmp_path_factory.mktemp("echo")
    (folder / "plugins" / "echo").mkdir(parents=True)
    (folder / "plugins" / "echo" / "plugin.yaml").write_text(
        "{apiVersion: v1, type: postrenderer/v1, name: echo, version: 1.0.0, runtime: subprocess, "
        'runtimeConfig: {platformCommand: [{command: "cat ${ECHO}"}]}}'
    )
    return helm4, make_chart(folder, a=A)


@pytest.mark.parametrize(
    ("output", "outcome"),
    [
        pytest.param(A + "---\n" + B, ["a", "b"], id="bare-separator"),
        pytest.param(A + "--- # comment\n" + B, ["a", "b"], id="separator-with-comment"),
        pytest.param(A + "--- " + FLOW, "invalid document separator", id="separator-with-content"),
        pytest.param(A + "---" + B, "invalid document separator", id="separator-without-space"),
        pytest.param("---\n" + A, ["a"], id="separator-first"),
        pytest.param("\ufeff" + A, ["a"], id="byte-order-mark"),
        pytest.param((A + "---\n" + B).replace("\n", "\r\n"), ["a", "b"], id="crlf"),
        pytest.param("\n\n" + A, ["a"], id="blank-lines-first"),
        pytest.param(A.rstrip(), ["a"], id="no-final-line-break"),
        pytest.param("# comment\n", [], id="only-a-comment"),
        pytest.param("# comment\n---\n" + A, ["a"], id="a-comment-and-a-document"),
        pytest.param("null\n---\n" + A, ["a"], id="null-document"),
        pytest.param("---\n", [], id="only-a-separator"),
        pytest.param("", "produced empty output", id="nothing"),
        pytest.param(A + "...\n" + B, ["a"], id="text-after-the-documents-end-is-lost"),
        pytest.param(A + "...\n---\n" + B, ["a", "b"], id="end-marker-before-a-separator"),
        pytest.param("%YAML 1.1\n---\n" + A, "MalformedYAMLError", id="directive"),
        pytest.param("text\n", "wrong node kind", id="scalar-document"),
        pytest.param("- a\n", "wrong node kind", id="sequence-document"),
        pytest.param(A + "data: &d {}\n---\n" + B + "data: *d\n", "unknown anchor", id="far-alias"),
        pytest.param(A + "---\n" + A, ["a", "a"], id="one-identity-twice"),
        pytest.param(
            A + "---\n" + config_map("b", f"{FILENAME}: c/templates/_b.yaml"), ["a"],
            id="template-of-a-name-with-underscore-is-lost",
        ),
        pytest.param(
            A + "---\n" + config_map("b", "helm.sh/hook: nonsense"), ["a"],
            id="unknown-hook-is-lost",
        ),
    ],
)  # fmt: skip
def test_how_helm_takes_output(
    echo: tuple[Host, Path], tmp_path: Path, output: str, outcome: list[str] | str
) -> None:
    """The separators, markers and marks that kmod-post must print, or must never print."""
    helm, chart = echo
    file = tmp_path / "output"
    file.write_bytes(output.encode())
    env = {"ECHO": str(file), "HELM_PLUGINS": str(chart.parent / "plugins")}
    done = helm("template", "example", chart, "--post-renderer=echo", env=env)
    if isinstance(outcome, str):
        assert done.returncode != 0
        assert outcome in done.stderr
    else:
        assert done.returncode == 0, done.stderr
        assert [data["metadata"]["name"] for data in documents(done.stdout)] == outcome


# Errors

linux = pytest.mark.skipif(sys.platform != "linux", reason="this system has no /proc and no setsid")


def failing(rules: Path) -> list[str | Path]:
    """Words for a Helm run that fails by an unmet expectation."""
    return ["template", "example", CHART, "--post-renderer=kmod-post", *args("-f", rules)]


@linux
def test_an_error_reaches_a_pipe(helm4: Host, rules: Path) -> None:
    """Why it failed stands above Helm's own line, once, where Helm's standard error is a pipe."""
    done = helm4(*failing(rules))
    assert done.returncode != 0
    assert not done.stdout
    lines = done.stderr.splitlines()
    assert UNMET in lines[0]
    assert LOST in lines[1]
    assert done.stderr.count(UNMET) == 1


@linux
def test_an_error_reaches_the_terminal(helm4: Host, rules: Path) -> None:
    """Why it failed is seen on the terminal that Helm's standard error is."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as stderr:
        assert helm4(*failing(rules), stderr=stderr).returncode != 0
    said = read_all(ours)
    assert said.count(UNMET) == 1
    assert said.index(UNMET) < said.index(LOST)


@linux
def test_an_error_reaches_a_file_that_is_appended_to(
    helm4: Host, rules: Path, tmp_path: Path
) -> None:
    """Why it failed stands in the file that `2>>` names, after what was there."""
    file = tmp_path / "log"
    file.write_text("before\n")
    with file.open("a") as stderr:
        helm4(*failing(rules), stderr=stderr)
    lines = file.read_text().splitlines()
    assert lines[0] == "before"
    assert UNMET in lines[1]
    assert LOST in lines[2]


@linux
def test_a_file_that_helm_writes_over_is_left_alone(
    helm4: Host, rules: Path, tmp_path: Path
) -> None:
    """After `2>` Helm would write its message over ours: its own stands there whole."""
    file = tmp_path / "log"
    with file.open("w") as stderr:
        helm4(*failing(rules), stderr=stderr)
    assert file.read_text().startswith("Error: ")
    assert LOST in file.read_text()


@linux
def test_the_null_device_stays_silent(helm4: Host, rules: Path) -> None:
    """Who sends Helm's standard error away is not sought out on the terminal."""
    ours, theirs = pty.openpty()
    command = [helm4.path, *failing(rules)]
    with open(os.devnull, "w") as stderr, os.fdopen(theirs, "w") as terminal:
        done = subprocess.run(
            ["setsid", "--ctty", *command], stdin=terminal, stdout=subprocess.PIPE, stderr=stderr,
            env=helm4.env, check=False,
        )  # fmt: skip
    assert done.returncode != 0
    assert not read_all(ours)


@linux
def test_the_terminal_is_the_second_choice(helm4: Host, rules: Path, tmp_path: Path) -> None:
    """Why it failed is seen on the terminal where Helm's standard error cannot be written to."""
    ours, theirs = pty.openpty()
    command = [helm4.path, *failing(rules)]
    with (tmp_path / "log").open("w") as stderr, os.fdopen(theirs, "w") as terminal:
        subprocess.run(
            ["setsid", "--ctty", *command], stdin=terminal, stdout=subprocess.PIPE, stderr=stderr,
            env=helm4.env, check=False,
        )  # fmt: skip
    assert UNMET in read_all(ours)


def test_the_log_file_gets_errors_and_warnings(helm4: Host, rules: Path, tmp_path: Path) -> None:
    """What Helm throws away is in the log file, where one is named."""
    log = tmp_path / "log"
    helm4(*failing(rules), *args(f"--log-file={log}"))
    helm4(*failing(rules), env={"KMOD_POST_LOG_FILE": str(log)})
    assert log.read_text().count(UNMET) == 2


def test_success_says_nothing(helm4: Host) -> None:
    """A run that succeeds writes nothing past Helm, not even what -v says."""
    rules = RULES / "entrypoint.yaml"
    done = helm4(
        "template", "example", CHART, "--post-renderer=kmod-post", *args("-f", rules, "-v")
    )
    assert done.returncode == 0
    assert not done.stderr


def read_all(terminal: int) -> str:
    """What was written to a terminal whose other side is closed."""
    said = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # Linux's way to say that nobody is there
            piece = b""
        if not piece:
            os.close(terminal)
            return said.decode()
        said += piece
