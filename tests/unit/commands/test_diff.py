from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from tools import needs

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from conftest import KmodPost

    Shell = Callable[[str], subprocess.CompletedProcess[str]]

EXPECTED = """\
--- Service/web  web/templates/service.yaml
+++ Service/web  web/templates/service.yaml
@@ -41,6 +41,7 @@ metadata.labels  rule "team"
     app.kubernetes.io/instance: example
     app.kubernetes.io/version: "1.19"
     app.kubernetes.io/managed-by: Helm
+    team: shop
 spec:
   type: ClusterIP
   ports:
--- Deployment/web  web/templates/deployment.yaml
+++ Deployment/web  web/templates/deployment.yaml
@@ -63,6 +64,7 @@ metadata.labels  rule "team"
     app.kubernetes.io/instance: example
     app.kubernetes.io/version: "1.19"
     app.kubernetes.io/managed-by: Helm
+    team: shop
 spec:
   replicas: 1
   selector:
@@ -85,7 +87,7 @@ spec.template.spec.containers[nginx]  rule "mirror"
       automountServiceAccountToken: false
       containers:
         - name: nginx
-          image: "nginx:1.19"
+          image: "registry.example.com/library/nginx:1.19"
           imagePullPolicy: IfNotPresent
           ports:
             - name: http
"""


def test_the_diff(kmod_post: KmodPost, folder: Path) -> None:
    """Document by document, each part with its rule; from a file or standard input."""
    done = kmod_post("diff", "rendered.yaml", cwd=folder)

    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, EXPECTED, b"")
    piped = kmod_post("diff", stdin=(folder / "rendered.yaml").read_bytes(), cwd=folder)
    assert piped.stdout == done.stdout


@needs("patch")
@pytest.mark.parametrize(
    "rules",
    [
        pytest.param("rules: {a: {labels: {a: b}, match: {}}}", id="changed"),
        pytest.param("rules: {a: {match: {kind: Service}, remove: true}}", id="removed"),
        pytest.param(
            "{rules: {}, resources: [{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}]}",
            id="added",
        ),
    ],
)
@pytest.mark.parametrize("ending", [pytest.param("\n", id="LF"), pytest.param("\r\n", id="CRLF")])
def test_patch_understands_it(shell: Shell, folder: Path, rules: str, ending: str) -> None:
    """Its hunks are a patch of the stream: what patch makes of that is what kmod-post does."""
    (folder / "kmod.yaml").write_text(rules)
    stream = (folder / "rendered.yaml").read_text().replace("\n", ending).removesuffix(ending)
    (folder / "rendered.yaml").write_bytes(stream.encode())

    shell(
        "(echo '--- a'; echo '+++ b'; kmod-post diff rendered.yaml | grep -v '^--- [A-Z/]'"
        " | grep -v '^+++ [A-Z/]') > a.patch"
    )
    done = shell("patch --binary --output=patched.yaml rendered.yaml a.patch")
    shell("kmod-post < rendered.yaml > changed.yaml")

    assert done.returncode == 0, done.stdout + done.stderr
    assert (folder / "patched.yaml").read_bytes() == (folder / "changed.yaml").read_bytes()


def test_stat(kmod_post: KmodPost, folder: Path) -> None:
    """A line for each document, and their sum."""
    done = kmod_post("diff", "--stat", "rendered.yaml", cwd=folder)

    assert done.stdout.decode() == (
        'Service/web       +1        +    rule "team"\n'
        'Deployment/web    +2    -1  ++-  rules "mirror", "team"\n'
        "documents: 2 changed; lines: 3 added, 1 removed\n"
    )


def test_side_by_side(kmod_post: KmodPost, folder: Path) -> None:
    """Two columns with line numbers; what is changed stands beside what it is now."""
    done = kmod_post("diff", "-y", "rendered.yaml", cwd=folder, env={"COLUMNS": "120"})

    lines = done.stdout.decode().splitlines()
    assert lines[:2] == ["Service/web  web/templates/service.yaml", 'metadata.labels  rule "team"']
    changed = next(line for line in lines if "nginx:1.19" in line)
    left, right = changed.split("│")
    assert left.split() == ["88", "-", "image:", '"nginx:1.19"']
    assert right.split()[:3] == ["90", "+", "image:"]
    assert all(len(line) <= 120 for line in lines)


def test_side_by_side_needs_room(kmod_post: KmodPost, folder: Path) -> None:
    """On a narrow terminal it stays one column, and says so."""
    done = kmod_post("diff", "-y", "rendered.yaml", cwd=folder, env={"COLUMNS": "80"})

    assert done.stdout.decode() == EXPECTED
    assert done.stderr == b"kmod-post diff: --side-by-side needs 100 columns, there are 80\n"


def test_exit_code(kmod_post: KmodPost, folder: Path) -> None:
    """1 where anything is changed, and the diff all the same; 0 where nothing is."""
    done = kmod_post("diff", "--exit-code", "rendered.yaml", cwd=folder)
    assert (done.returncode, done.stdout.decode()) == (1, EXPECTED)

    (folder / "kmod.yaml").write_text(
        "rules: {a: {match: {kind: Deployment}, labels: {app.kubernetes.io/managed-by: Helm}}}"
    )
    done = kmod_post("diff", "--exit-code", "rendered.yaml", cwd=folder)
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr == b"kmod-post diff: the rules change nothing\n"


@pytest.mark.parametrize("text", ["", "\n", "---\n# Source: web/templates/web.yaml\n---\n"])
def test_nothing_to_change(kmod_post: KmodPost, tmp_path: Path, text: str) -> None:
    """A stream without objects is told apart: the command before the pipe may have failed."""
    (tmp_path / "kmod.yaml").write_text("rules: {a: {match: {}, labels: {a: b}}}")

    done = kmod_post("diff", "-f", "kmod.yaml", "--exit-code", stdin=text.encode(), cwd=tmp_path)

    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr == b"kmod-post diff: there are no objects\n"


def test_what_differs_in_a_line_stands_out(kmod_post: KmodPost, folder: Path) -> None:
    """Where one line takes the place of one, the part that is new is bold."""
    done = kmod_post("diff", "--color", "always", "rendered.yaml", cwd=folder)

    assert "\x1b[1;32mregistry.example.com/library/\x1b[0m" in done.stdout.decode()


@pytest.mark.parametrize(
    ("stream", "data", "words"),
    [
        pytest.param("  a: one\n  b: two\n", {"a": "six", "b": "new"}, ["six", "new"], id="pairs"),
        pytest.param("          a: one\n", {"a": None, "x": "yes"}, [], id="only indentation"),
        pytest.param("  a: oz", {"a": "uz"}, ["u"], id="no final line break"),
        pytest.param("  a: a-long-text-was-here\n", {"a": "o"}, ["o"], id="little in common"),
    ],
)
def test_the_page_emphasises_the_same_parts(
    kmod_post: KmodPost, folder: Path, stream: str, data: dict[str, str | None], words: list[str]
) -> None:
    """As many removed as added lines are compared in pairs; indentation is nothing in common."""
    rules = {"a": {"match": {"kind": "ConfigMap"}, "merge": {"data": data}}}
    (folder / "kmod.yaml").write_text(json.dumps({"rules": rules}))
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: web}}\ndata:\n{stream}"
    (folder / "rendered.yaml").write_text(text)

    shown = kmod_post("diff", "--color", "always", "rendered.yaml", cwd=folder).stdout.decode()
    page = kmod_post("explain", "--html", "-", "rendered.yaml", cwd=folder).stdout.decode()

    assert re.findall(r"\x1b\[1;32m(.*?)\x1b", shown) == words
    added = re.findall(r'<span class="added" data-n.*?</span>', page, re.DOTALL)
    assert re.findall("<em>(.*?)</em>", "".join(added)) == words


def test_warnings_are_said(kmod_post: KmodPost, folder: Path) -> None:
    """As the render path says them."""
    (folder / "kmod.yaml").write_text(
        "rules: {a: {containers: {nginx: {postStart: x}}, match: {}}}"
    )

    done = kmod_post("diff", "rendered.yaml", cwd=folder)

    assert done.returncode == 0
    assert done.stderr.startswith(b'kmod.yaml:1:9: rule "a": Deployment/web: container nginx: ')
    warning, legend = done.stderr.decode().splitlines()
    assert warning.endswith(" (warning: post-start-race)")
    assert legend == (
        "kmod-post diff: ••• stands for values of Secrets or with the name of a secret, and for "
        "scripts and files (--show-scripts shows these)"
    )


def test_scripts_are_shown(kmod_post: KmodPost, folder: Path) -> None:
    """With --show-scripts what the rules and the chart run is in clear text; secrets are not."""
    (folder / "kmod.yaml").write_text(
        "rules: {a: {match: {kind: Deployment}, containers: {nginx: {postStart: 'echo hello', "
        "env: {A_TOKEN: abc}, files: {/etc/motd: welcome}}}}}"
    )

    hidden = kmod_post("diff", "rendered.yaml", cwd=folder)
    done = kmod_post("diff", "--show-scripts", "rendered.yaml", cwd=folder)

    assert b"hello" not in hidden.stdout
    assert b"welcome" not in hidden.stdout
    assert b"+                  - echo hello\n" in done.stdout
    assert b"+  etc_motd: welcome\n" in done.stdout
    assert b"abc" not in done.stdout
    assert done.stderr.decode().splitlines()[-1] == (
        "kmod-post diff: ••• stands for values of Secrets or with the name of a secret"
    )


def test_rules_in_the_stream_are_shown_as_gone(kmod_post: KmodPost, folder: Path) -> None:
    """A KmodRules document is taken out: that is a change of the stream, by no rule."""
    rules = "apiVersion: kmod/v1\nkind: KmodRules\nmetadata: {name: a}\nrules: {}\n---\n"
    (folder / "kmod.yaml").unlink()

    done = kmod_post("diff", stdin=rules + "kind: Service\n", cwd=folder)

    assert done.stdout.decode().splitlines()[:3] == [
        "--- KmodRules/a",
        "+++ /dev/null",
        "@@ -1,4 +0,0 @@",
    ]


@pytest.mark.parametrize("command", ["diff", "export", "explain"])
def test_names_do_nothing_to_a_terminal(kmod_post: KmodPost, tmp_path: Path, command: str) -> None:
    """A warning, a heading and a reason each stay in their line, without what a terminal obeys."""
    chart = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web\x1b]0;P\x07\u202e\nFORGED: ok"},
        "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "x"}]}}},
    }
    rule = {"match": {"kind": "Deployment"}, "containers": {"*": {"postStart": "x"}}}
    (tmp_path / "kmod.yaml").write_text(json.dumps({"rules": {"r": rule}}))
    options = [] if command == "export" else ["--color", "always"]

    done = kmod_post(command, *options, cwd=tmp_path, stdin=json.dumps(chart))

    assert done.returncode == 0, done.stderr
    shown = done.stderr if command == "export" else done.stderr + done.stdout
    assert b"\x1b]0" not in shown
    assert not any(line.startswith(b"FORGED") for line in shown.splitlines())
    assert command == "explain" or b"\\u001b]0;P\\u0007\\u202e\\nFORGED" in done.stderr
