"""Values of Secrets, and tokens in generated scripts, are in the manifests and nowhere else."""

from __future__ import annotations

import subprocess
import sys

import pytest

TOKEN = "hunter2-0c6d"
CODED = "aHVudGVyMi0wYzZk"
STREAM = f"""\
apiVersion: v1
kind: Secret
metadata:
  name: web
data:
  password: {CODED}
stringData:
  token: {TOKEN}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
        - name: web
          image: nginx:1.19
          env:
            - name: TOKEN
              value: {TOKEN}
"""
SECRET = "rules: {secret: {match: {kind: Secret}, %s}}"
WEB = "rules: {web: {match: {kind: Deployment}, %s}}"


def run(folder, rules, *arguments, stream=STREAM):
    """The command over the stream, with all that it can say."""
    (folder / "kmod.yaml").write_text(rules)
    command = [sys.executable, "-m", "postrender", "-v", "--log-file", "log", *arguments]
    return subprocess.run(
        command, cwd=folder, input=stream, capture_output=True, text=True, check=False
    )


def assert_silent(folder, done, *files):
    """No message and no file holds a value; a message there is."""
    said = [done.stderr, *((folder / name).read_text() for name in ("log", *files))]
    for text in said:
        assert TOKEN not in text
        assert CODED not in text


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(SECRET % "labels: {a: b}", id="changed"),
        pytest.param(SECRET % f"merge: {{stringData: {{token: {TOKEN}-new}}}}", id="a new value"),
        pytest.param(SECRET % "merge: {data: {password: null}}", id="a value taken away"),
        pytest.param(SECRET % "remove: true", id="removed"),
        pytest.param(SECRET % "jsonPatch: [{op: replace, path: /data/password, value: eA==}]", id="patched"),
    ],
)  # fmt: skip
def test_what_was_done_to_a_secret_is_told_without_its_values(tmp_path, rules):
    """Messages, log and report name the Secret and the place, not the value."""
    done = run(tmp_path, rules, "--report", "report.json")

    assert done.returncode == 0
    assert "Secret/web" in done.stderr
    assert_silent(tmp_path, done, "report.json")
    assert '"kind": "Secret"' in (tmp_path / "report.json").read_text()


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        pytest.param(SECRET % "jsonPatch: [{op: test, path: /stringData/token, value: x}]", 1, id="a test that fails"),
        pytest.param(SECRET % "jsonPatch: [{op: add, path: /data/password/x, value: 1}]", 1, id="a path into a value"),
        pytest.param(SECRET % "jsonPatch: [{op: move, from: /nowhere, path: /data/password}]", 1, id="a move from nowhere"),
        pytest.param(SECRET % "merge: {data: {password: {$patch: wipe}}}", 1, id="an unknown directive"),
        pytest.param(SECRET % "expect: 2, labels: {}", 1, id="an unmet expectation"),
        pytest.param(WEB % f"containers: {{web: {{entrypoint: {{script: 'echo {TOKEN}'}}}}}}", 1, id="a script for an unknown image"),
        pytest.param(WEB % f"containers: {{web: {{entrypoint: {{script: '{TOKEN}', file: x}}}}}}", 1, id="a mistake beside a script"),
        pytest.param(WEB % f"containers: {{web: {{env: {{A: [{TOKEN}]}}}}}}", 1, id="a mistake in env"),
        pytest.param(WEB % f"containers: {{web: {{files: {{/a: {{text: {TOKEN}, mode: 999}}}}}}}}", 1, id="a mistake beside a file"),
    ],
)  # fmt: skip
def test_a_failure_is_told_without_values(tmp_path, rules, code):
    """One line that says where and what, not what the value is."""
    done = run(tmp_path, rules)

    assert (done.returncode, done.stdout) == (code, "")
    assert len(done.stderr.splitlines()) == 1
    assert_silent(tmp_path, done)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(f'  other: "{TOKEN}\n', id="a quote not closed"),
        pytest.param(f"  !!int {TOKEN}: x\n", id="a tag that lies"),
        pytest.param(f"  {TOKEN}\n  a: b\n", id="no key"),
        pytest.param(f"  token: {TOKEN}: x\n", id="two colons"),
        pytest.param(f"  {{{TOKEN}: x}}: y\n", id="a key that is no text"),
        pytest.param(f"  other: *{TOKEN}\n", id="an alias without anchor"),
    ],
)
def test_broken_yaml_is_told_without_values(tmp_path, broken):
    """A Secret that is no YAML is refused by its place."""
    stream = f"kind: Secret\nmetadata: {{name: web}}\nstringData:\n{broken}"

    done = run(tmp_path, SECRET % "labels: {a: b}", stream=stream)

    assert (done.returncode, done.stdout) == (1, "")
    assert_silent(tmp_path, done)


@pytest.mark.parametrize("flag", ["--set", "--set-json", "--set-string"])
def test_what_is_set_is_told_without_values(tmp_path, flag):
    """A mistake on the command line does not repeat the value there."""
    done = run(tmp_path, WEB % "labels: {}", f"{flag}=rules.web.labels.a[{TOKEN}")

    assert done.returncode == 2
    assert_silent(tmp_path, done)


def test_a_bug_is_told_without_values(tmp_path):
    """What is to be reported names places in the program only."""
    breaks = (
        "import sys; from postrender import engine, main\n"
        f"engine.Manifests = lambda *_: 1 / len('{TOKEN}' * 0)\n"
        "sys.exit(main.main(['-f', 'kmod.yaml', '--log-file', 'log']))"
    )
    (tmp_path / "kmod.yaml").write_text(WEB % "labels: {a: b}")

    done = subprocess.run(
        [sys.executable, "-c", breaks],
        cwd=tmp_path,
        input=STREAM,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (3, "")
    assert "ZeroDivisionError" in done.stderr
    assert_silent(tmp_path, done)
