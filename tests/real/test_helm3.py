"""kmod-post where it belongs: started by a real Helm 3, the newest and the oldest that counts."""

from __future__ import annotations

import difflib
import json
import os
import re
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from oracle import same
from paths import GOLDEN, ROOT, SEED
from tools import find

import postrender
from postrender.yamltext.reader import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Helm = Callable[..., subprocess.CompletedProcess[str]]

CHART = ROOT / "charts" / "example-nginx"
RULES = sorted((CHART / "kmod").glob("*.yaml"))
WAYS = [pytest.param(path, id=path.stem) for path in RULES]
VERSIONS = {"newest": "helm3", "3.10": "helm3.10"}


@pytest.fixture(scope="module", params=VERSIONS)
def helm(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    program: Path,
    environment: dict[str, str],
) -> Helm:
    """Runs Helm 3 with kmod-post on its PATH, apart from the user's own settings."""
    path = find(VERSIONS[request.param])
    home = tmp_path_factory.mktemp("helm")
    surroundings = {
        **environment,
        "PATH": f"{program.parent}{os.pathsep}{environment['PATH']}",
        **{f"HELM_{name}_HOME": str(home / name) for name in ("CACHE", "CONFIG", "DATA")},
    }

    def run(
        *args: str | Path, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [path, *args],
            cwd=ROOT,
            capture_output=True,
            text=True,
            env={**surroundings, **(env or {})},
            check=False,
        )

    return run


def with_rules(*files: str | Path) -> list[str]:
    """Helm's options that make kmod-post the post-renderer."""
    options = ["--post-renderer", "kmod-post"]
    for file in files:
        options += ["--post-renderer-args", "-f", f"--post-renderer-args={file}"]
    return options


def template(helm: Helm, *options: str | Path) -> str:
    """What `helm template` prints for the example chart."""
    done = helm("template", "example", CHART, "--namespace", "demo", *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def difference(before: str, after: str) -> list[str]:
    """The lines that were added and removed."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in lines if line[:1] in "+-"]


@pytest.mark.parametrize("rules", WAYS)
def test_template(helm: Helm, rules: Path) -> None:
    """Through Helm a render differs by the added lines only, the very lines of a run without it."""
    rendered = (CHART / "rendered" / "helm3.yaml").read_text()
    alone = postrender.render(rendered, postrender.load_rules(rules))

    changes = difference(template(helm), template(helm, *with_rules(rules)))

    assert changes
    assert all(line.startswith("+ ") for line in changes)
    assert sorted(changes) == sorted(difference(rendered, alone))


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """As much of a Kubernetes API as a dry run of an installation asks for; its address."""
    answers: dict[str, Any] = {
        "/version": {"major": "1", "minor": "32", "gitVersion": "v1.32.0"},
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
        "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": []},
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(answers.get(self.path.partition("?")[0], {})).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("rules", WAYS)
def test_install(helm: Helm, cluster: str, tmp_path: Path, rules: Path) -> None:
    """`helm install` takes the changed manifests; a dry run shows them."""
    releases = tmp_path / "releases.yaml"
    releases.write_text("[]")
    env = {"HELM_DRIVER": "memory", "HELM_MEMORY_DRIVER_DATA": str(releases)}
    command = ["install", "example", str(CHART), "--dry-run", "--kube-apiserver", cluster]

    plain = helm(*command, env=env)
    done = helm(*command, *with_rules(rules), env=env)

    assert (plain.returncode, done.returncode) == (0, 0), plain.stderr + done.stderr
    changes = [
        line
        for line in difference(plain.stdout, done.stdout)
        if not line[2:].startswith("LAST DEPLOYED")
    ]
    assert changes
    assert all(line.startswith("+ ") for line in changes)


@pytest.mark.parametrize("rules", WAYS)
def test_show_only(helm: Helm, rules: Path) -> None:
    """`--show-only` finds the changed templates by the comments that were kept."""
    shown = template(helm, *with_rules(rules), "--show-only", "templates/deployment.yaml")

    kinds = re.findall(r"^kind: (\w+)$", shown, re.MULTILINE)
    assert kinds == ["Deployment"] if rules.stem != "entrypoint" else ["ConfigMap", "Deployment"]
    assert shown.count("# Source: example-nginx/templates/deployment.yaml\n") == len(kinds)


def test_hooks_are_not_shown_to_us(helm: Helm, tmp_path: Path) -> None:
    """Helm 3 keeps its hooks to itself: a rule for one fails, and says what there is."""
    rules = tmp_path / "kmod.yaml"
    rules.write_text("rules: {a: {match: {kind: Pod, hooks: only}, podLabels: {a: b}}}")

    done = helm("template", "example", CHART, *with_rules(rules))

    assert done.returncode != 0
    assert "no Pod in 4 objects, expected at least 1" in done.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "rules: {web: {match: {kind: Deployment, name: example}, podLabels: {a: b}}}",
            'rule "web": no Deployment named example in 4 objects, expected at least 1; '
            "nearest: Deployment/example-nginx (name differs)",
            id="expectation",
        ),
        pytest.param(
            "rules: {web: {podlabels: {a: b}, match: {}}}", 'did you mean "podLabels"?', id="rules"
        ),
        pytest.param(None, "cannot be read (no such file or directory)", id="no file"),
    ],
)
def test_errors_are_seen(helm: Helm, tmp_path: Path, text: str | None, message: str) -> None:
    """Helm fails and shows our message; nothing is rendered."""
    rules = tmp_path / "kmod.yaml"
    if text is not None:
        rules.write_text(text)

    done = helm("template", "example", CHART, *with_rules(rules))

    assert done.returncode != 0
    assert message in done.stderr
    assert str(rules) in done.stderr
    assert done.stdout == ""


def test_layers_and_empty_arguments(helm: Helm, tmp_path: Path) -> None:
    """Each `--post-renderer-args` is one word, and may be empty."""
    off = tmp_path / "off.yaml"
    off.write_text("rules: {prepare-webpage: {enabled: false}}")

    options = [*with_rules(RULES[0], off), "--post-renderer-args", ""]

    assert template(helm, *options) == template(helm)


# Helm as a reader: what does Helm itself see in what comes out?


@pytest.fixture
def read_by_helm(helm: Helm, tmp_path: Path) -> Callable[[list[str]], list[Any]]:
    """Documents as Helm's own `fromYaml` reads them."""
    chart = tmp_path / "reader"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("{apiVersion: v2, name: reader, version: 0.0.0}")
    (chart / "templates" / "print.yaml").write_text(
        "{{ range $path, $_ := .Files.Glob `documents/*` }}\n"
        "---\n{{ toJson (dict `file` $path `data` ($.Files.Get $path | fromYaml)) }}\n"
        "{{ end }}\n"
    )

    def read_all(documents: list[str]) -> list[Any]:
        shutil.rmtree(chart / "documents", ignore_errors=True)
        (chart / "documents").mkdir()
        for i, text in enumerate(documents):
            (chart / "documents" / f"{i:04}").write_bytes(text.encode())
        done = helm("template", "read", chart)
        assert done.returncode == 0, done.stderr
        found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        return [entry["data"] for entry in sorted(found, key=lambda entry: entry["file"])]

    return read_all


def documents(stream: str) -> list[str]:
    """The texts of the objects in a stream."""
    parts = re.split(r"^---(?:[ \t].*)?\r?\n", stream, flags=re.MULTILINE)
    return [part for part in parts if re.search(r"^[^#\r\n]", part, re.MULTILINE)]


def data_of(text: str) -> Any:
    """What kmod-post reads in a document, behind a byte order mark."""
    root = read(text.removeprefix("\ufeff"))
    assert root is not None
    return root.data


@pytest.mark.parametrize("way", ["init-container", "post-start", "sidecar", "entrypoint"])
def test_helm_reads_the_edited_data(
    read_by_helm: Callable[[list[str]], list[Any]], way: str
) -> None:
    """Helm's YAML reader sees in the seed's output what was meant."""
    rules = postrender.load_rules(SEED / way / "kmod.yaml")
    texts = documents(postrender.render((SEED / "plain.yaml").read_text(), rules))

    seen = read_by_helm(texts)

    assert same([data_of(text) for text in texts], seen)
    if way != "entrypoint":
        assert same([data_of((SEED / way / "expected.yaml").read_text())], seen)


def test_helm_reads_every_golden_output(read_by_helm: Callable[[list[str]], list[Any]]) -> None:
    """Helm's YAML reader sees in every golden case what was meant."""
    files = sorted(GOLDEN.glob("*/expected.yaml"))
    texts = [text for file in files for text in documents(file.read_bytes().decode())]

    for text, seen in zip(texts, read_by_helm(texts), strict=True):
        assert same(data_of(text), seen), text
