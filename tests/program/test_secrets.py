"""
Values of Secrets, and texts of scripts and files, are in the manifests and nowhere else.

Tokens stand wherever they can be in a stream, in rules and on a command line; then everything that
the program can say is looked through for them.
"""

from __future__ import annotations

import gc
import io
import json
import os
import random
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import NamedTuple

import pytest
from program import program

from postrender.commands.main import main

TOKEN = "hunter2-0c6d"
CODED = "aHVudGVyMi0wYzZk"  # the same in Base64, as a Secret's data has it
MARK = "hunter2"  # what is looked for: a part of a token is too much, too

SECRET_TEXT = f"""\
apiVersion: v1
kind: Secret
metadata:
  name: web
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: |
      {{"kind":"Secret","stringData":{{"token":"{TOKEN}"}}}}
data: # {TOKEN}
  password: {CODED} # {TOKEN}
stringData:
  token: {TOKEN}
  "{TOKEN[:1]}.pem": |
    {TOKEN}

    {TOKEN}
"""
STREAM = f"""\
{SECRET_TEXT}---
{{"apiVersion": "v1", "kind": "Secret", "metadata": {{"name": "json"}}, "stringData": {{"a": "{TOKEN}"}}}}
---
apiVersion: v1
kind: List
items:
- kind: Secret
  apiVersion: v1
  metadata: &meta {{name: listed}}
  data: &data {{a: {CODED}}}
- kind: Secret
  apiVersion: v1
  metadata: {{name: other}}
  data: *data
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
data:
  DB_PASSWORD: {TOKEN}
  url: postgres
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      initContainers:
        - name: first
          image: busybox
          command:
            - sh
            - -ec
            - |
              # {TOKEN}
              export TOKEN={TOKEN}
      containers:
        - name: web
          image: nginx:1.19
          command: [/docker-entrypoint.sh, sh, -c]
          args: ["echo TOKEN={TOKEN}"]
          env:
            - name: TOKEN
              value: {TOKEN}
            - name: DB
              value: postgres://web:{TOKEN}@db/web
          lifecycle:
            preStop: {{exec: {{command: [bash, -c, "echo {TOKEN}"]}}}}
        - name: exporter
          image: exporter:1
          args: [--password={TOKEN}, --api-key, {TOKEN}, --web]
"""
RULES = f"""\
rules:
  all:
    match: {{kind: "*"}}
    labels: {{team: a}}
  secret:
    match: {{kind: Secret, name: web}}
    merge:
      stringData: {{token: {TOKEN}-new, more: {TOKEN}}}
      data: {{password: null}}
  patch:
    match: {{kind: Secret, name: json}}
    jsonPatch:
      - {{op: test, path: /stringData/a, value: {TOKEN}}}
      - {{op: replace, path: /stringData/a, value: {TOKEN}-new}}
  web:
    match: {{kind: Deployment}}
    containers:
      web:
        env: {{API_TOKEN: {TOKEN}, PORT: 8080}}
        postStart: echo {TOKEN}
        entrypoint: {{script: "export A={TOKEN}"}}
        files: {{/etc/a: {TOKEN}, /etc/b: {{text: "a\\n{TOKEN}\\n"}}}}
    sidecars:
      log: {{image: busybox, args: [sh, -c, "echo TOKEN={TOKEN}"]}}
    initContainers:
      first: {{command: [sh, -c, "TOKEN={TOKEN} new"]}}
  env:
    match: {{kind: Deployment}}
    jsonPatch:
      - op: add
        path: /spec/template/spec/containers/1/env
        value: [{{name: DB_PASSWORD, value: {TOKEN}}}]
resources:
  new:
    apiVersion: v1
    kind: Secret
    metadata: {{name: new}}
    stringData: {{token: {TOKEN}}}
"""
SET = f"--set=rules.web.containers.web.env.SIGNING_KEY={TOKEN}"
SECRET = "rules: {secret: {match: {kind: Secret, name: web}, %s}}"
WEB = "rules: {web: {match: {kind: Deployment}, %s}}"


class Done(NamedTuple):
    """What a command has said, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def run(monkeypatch, capfd):
    """The command over the stream, with all that it can say; in this process, as there are many."""

    def call(folder, rules, *arguments, stream=STREAM, env=None):
        (folder / "kmod.yaml").write_text(rules)
        (folder / "rendered.yaml").write_text(stream)
        monkeypatch.chdir(folder)
        for name, value in {"KMOD_POST_LOG_FILE": "", **(env or {})}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stream.encode())))
        capfd.readouterr()
        try:
            # Options of the render path stand before a command.
            code = main(["--log-file", "log", *arguments])
        finally:
            gc.enable()
        return Done(code, *capfd.readouterr())

    return call


def assert_silent(folder, *said):
    """Neither what was said nor a file that was left holds a token."""
    ours = ("kmod.yaml", "rendered.yaml")
    texts = [path.read_text() for path in folder.iterdir() if path.name not in ours]
    for text in (*said, *texts):
        assert MARK not in text
        assert CODED not in text


# What shows a run, and what it says on standard output where that is not the manifests.
VIEWS = [
    pytest.param(["diff"], id="diff"),
    pytest.param(["diff", "--side-by-side"], id="side by side"),
    pytest.param(["diff", "--stat"], id="stat"),
    pytest.param(["diff", "--color", "always"], id="in colour"),
    pytest.param(["explain"], id="explain"),
    pytest.param(["explain", "--color", "always"], id="explain in colour"),
    pytest.param(["explain", "--json"], id="explain for programs"),
    pytest.param(["explain", "--html", "-"], id="the page"),
    pytest.param(["explain", "--html", "page.html", "--json"], id="the page in a file"),
]


@pytest.mark.parametrize("arguments", VIEWS)
def test_what_is_done_is_shown_without_values(run, tmp_path, arguments):
    """Each change can be seen: its place and that there is one, not what is there."""
    done = run(tmp_path, RULES, SET, *arguments, env={"COLUMNS": "200"})

    assert done.returncode == 0, done.stderr
    assert_silent(tmp_path, done.stdout, done.stderr)
    if "--stat" not in arguments:
        assert "•••" in done.stdout
        for told in ("token", "password", "web.sh", "etc_a", "API_TOKEN", "SIGNING_KEY", "8080"):
            assert told in done.stdout


@pytest.mark.parametrize("arguments", VIEWS)
def test_what_is_changed_again_is_shown_without_values(run, tmp_path, arguments):
    """Rules over their own output, with another token: before and after are both hidden."""
    first = run(tmp_path, RULES, SET)
    assert first.returncode == 0, first.stderr
    later = RULES.replace("resources:", "unused:").replace("unused:", "resources:")
    later = later.replace(f"value: {TOKEN}}}\n", f"value: {TOKEN}-new}}\n")
    later = later.replace(TOKEN, f"{TOKEN}-later").replace("-later-new", "-new")
    later = later[: later.index("resources:")]
    accept = ("--set", "accept={finds-nothing}")  # the password is deleted already

    done = run(tmp_path, later, *arguments, *accept, stream=first.stdout, env={"COLUMNS": "200"})

    assert done.returncode == 0, done.stderr
    assert_silent(tmp_path, done.stdout, done.stderr)
    if "--stat" not in arguments:
        assert "before" in done.stdout
        assert "after" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="text"),
        pytest.param(["--color", "always"], id="in colour"),
        pytest.param(["--json"], id="json"),
        pytest.param(["--format", "markdown"], id="markdown"),
        pytest.param(["--html", "-"], id="the page"),
    ],
)
def test_versions_are_compared_without_values(run, tmp_path, arguments):
    """Every secret of the chart has changed, and so have those of the rules."""
    (tmp_path / "old.yaml").write_text(STREAM.replace(MARK, f"old{MARK}"))
    (tmp_path / "old-rules.yaml").write_text(RULES.replace(MARK, f"old{MARK}"))

    for more in (["--rules-before", "old-rules.yaml"], []):
        done = run(tmp_path, RULES, SET, "compare", "old.yaml", "rendered.yaml", *arguments, *more)

        assert done.returncode == 0, done.stderr
        for name in ("old.yaml", "old-rules.yaml"):
            assert MARK in (tmp_path / name).read_text()
        for text in (done.stdout, done.stderr):
            assert MARK not in text
            assert CODED not in text
        assert "•••" in done.stdout


def test_of_a_render_only_the_manifests_hold_values(run, tmp_path):
    """Messages, log and report name objects and places; the values reach the manifests."""
    done = run(tmp_path, RULES, SET, "-v", "--report", "report.json")

    assert done.returncode == 0, done.stderr
    assert 'rule "secret": changed Secret/web' in done.stderr
    assert_silent(tmp_path, done.stderr)
    assert (tmp_path / "log").read_text() == done.stderr
    assert '"kind": "Secret"' in (tmp_path / "report.json").read_text()
    for text in (f"token: {TOKEN}-new", f"export A={TOKEN}", f"value: {TOKEN}", f"echo {TOKEN}"):
        assert text in done.stdout


@pytest.mark.parametrize(
    ("options", "env"),
    [
        pytest.param(["-q"], {}, id="quiet"),
        pytest.param(["-v"], {}, id="verbose"),
        pytest.param(["-v", "--strict"], {}, id="strict"),
        pytest.param(["-v"], {"HELM_PLUGIN_NAME": "kmod-post", "HELM_DEBUG": "1"}, id="in Helm"),
    ],
)
def test_whatever_is_asked_to_be_said(tmp_path, options, env):
    """Less or more of it, and where the log is named by the environment."""
    (tmp_path / "kmod.yaml").write_text(RULES)
    done = subprocess.run(
        [program(), *options],
        cwd=tmp_path,
        input=STREAM,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "KMOD_POST_LOG_FILE": "log", **env},
    )

    assert done.returncode == int("--strict" in options)
    assert_silent(tmp_path, done.stderr)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["inspect"], id="inspect"),
        pytest.param(["inspect", "--all"], id="inspect all"),
        pytest.param(["inspect", "--all", "--json"], id="inspect for programs"),
        pytest.param(["inspect", "--images"], id="inspect images"),
        pytest.param(["inspect", "--images", "--json"], id="inspect images for programs"),
        pytest.param(["init", "--way", "sidecar", "--container", "web", "--to", "-"], id="init"),
        pytest.param(["init", "--way", "entrypoint", "--container", "web", "--to", "new.yaml"], id="init to a file"),
        pytest.param(["lock", "--check"], id="lock"),
        pytest.param(["check"], id="check"),
        pytest.param(["check", "--format", "json"], id="check for programs"),
        pytest.param(["check", "--format", "github"], id="check for GitHub"),
        pytest.param(["schema"], id="schema"),
    ],
)  # fmt: skip
def test_the_helper_shows_no_values(run, tmp_path, arguments):
    """What a chart holds, and rules that are made for it or checked."""
    done = run(tmp_path, RULES, *arguments)

    assert done.returncode == 0, done.stderr
    assert_silent(tmp_path, done.stdout, done.stderr)


def test_patches_are_manifests(run, tmp_path):
    """What `export` prints is for a cluster, and so holds the values; what it says does not."""
    done = run(tmp_path, RULES, SET, "export", "--resources", "new.yaml")

    assert done.returncode == 0, done.stderr
    assert f"{TOKEN}-new" in done.stdout
    assert TOKEN in (tmp_path / "new.yaml").read_text()
    (tmp_path / "new.yaml").unlink()
    assert_silent(tmp_path, done.stderr)


@pytest.mark.parametrize(
    "arguments", [["-v", "--report", "report.json"], *(p.values[0] for p in VIEWS)]
)
@pytest.mark.parametrize("kind", ["KmodRules", "ConfigMap"])
def test_a_krm_function_reports_without_values(run, tmp_path, arguments, kind):
    """Its results are read by people; rules in its functionConfig are not shown either."""
    config = "apiVersion: kmod/v1\nkind: KmodRules\nmetadata: {name: a}\n" + RULES
    if kind == "ConfigMap":
        config = (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n"
            f"  rules.web.containers.web.env.SIGNING_KEY: {TOKEN}\n  kmod.yaml: |\n"
            + textwrap.indent(RULES, "    ")
        )
    items = [
        f"- {textwrap.indent(text, '  ').strip()}\n"
        for text in STREAM.split("---\n")
        if "kind: List" not in text
    ]
    stream = (
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n"
        f"{''.join(items)}functionConfig:\n{textwrap.indent(config, '  ')}"
    )

    done = run(tmp_path, "", *arguments, stream=stream)

    assert done.returncode == 0, done.stderr
    assert_silent(tmp_path, done.stderr)
    if "-v" in arguments:
        results = done.stdout[done.stdout.index("\nresults:") :]
        assert "Secret" in results
        assert_silent(tmp_path, results)
    else:
        assert_silent(tmp_path, done.stdout)


# What Kubernetes will not take, and kmod-post does.
TAKEN = [
    pytest.param(WEB % f"containers: {{web: {{postStart: {{exec: 'echo {TOKEN}'}}}}}}", id="a hook of a wrong form"),
    pytest.param(WEB % f"containers: {{web: {{env: [{{name: TOKEN, value: [{TOKEN}]}}]}}}}", id="a mistake in a list of env"),
]  # fmt: skip
MISTAKES = [
    pytest.param(SECRET % "jsonPatch: [{op: test, path: /stringData/token, value: x}]", id="a test that fails"),
    pytest.param(SECRET % f"jsonPatch: [{{op: test, path: /stringData/a, value: {TOKEN}}}]", id="a test for a value"),
    pytest.param(SECRET % "jsonPatch: [{op: add, path: /data/password/x, value: 1}]", id="a path into a value"),
    pytest.param(SECRET % "jsonPatch: [{op: move, from: /nowhere, path: /data/password}]", id="a move from nowhere"),
    pytest.param(SECRET % f"jsonPatch: [{{op: put, path: /data, value: {TOKEN}}}]", id="an unknown operation"),
    pytest.param(SECRET % f"jsonPatch: {{op: add, path: /data, value: {TOKEN}}}", id="no list of operations"),
    pytest.param(SECRET % "merge: {data: {password: {$patch: wipe}}}", id="an unknown directive"),
    pytest.param(SECRET % f"merge: {{stringData: {{token: {TOKEN}}}, labels: {{$patch: x}}}}", id="a directive beside a value"),
    pytest.param(SECRET % f"merge: [{TOKEN}]", id="a merge that is no mapping"),
    pytest.param(SECRET % f"merge: {TOKEN}", id="a merge that is text"),
    pytest.param(SECRET % "expect: 2, labels: {}", id="an unmet expectation"),
    pytest.param(SECRET.replace("web", "wob") % f"merge: {{data: {{a: {TOKEN}}}}}", id="near misses"),
    pytest.param(SECRET % f"pod: {{a: {TOKEN}}}", id="no pod"),
    pytest.param(SECRET % f"labels: {{a: b}}, merge: {{stringData: {{a: {TOKEN}}}}}, typo: {TOKEN}", id="an unknown verb"),
    pytest.param(WEB % f"containers: {{exporter: {{entrypoint: {{script: 'echo {TOKEN}'}}}}}}", id="a script for an unknown image"),
    pytest.param(WEB % f"containers: {{web: {{entrypoint: {{script: '{TOKEN}', file: x}}}}}}", id="a mistake beside a script"),
    pytest.param(WEB % f"containers: {{web: {{entrypoint: {{script: '{TOKEN}', shell: python3}}}}}}", id="a script that starts nothing"),
    pytest.param(WEB % f"containers: {{web: {{entrypoint: '{TOKEN}'}}}}", id="a script in the wrong place"),
    pytest.param(WEB % f"containers: {{web: {{entrypoint: {{script: [{TOKEN}]}}}}}}", id="a script that is a list"),
    pytest.param(WEB % f"containers: {{web: {{postStart: [{TOKEN}]}}}}", id="a hook that is a list"),
    pytest.param(WEB % f"containers: {{web: {{command: 'echo {TOKEN}'}}}}", id="a command that is text"),
    pytest.param(WEB % f"containers: {{web: {{args: {{a: 'echo {TOKEN}'}}}}}}", id="args that are a mapping"),
    pytest.param(WEB % f"containers: {{web: {{env: {{TOKEN: [{TOKEN}]}}}}}}", id="a mistake in env"),
    pytest.param(WEB % f"containers: {{web: {{env: '{TOKEN}'}}}}", id="env that is text"),
    pytest.param(WEB % f"containers: {{web: {{env: {{TOKEN: {{value: {TOKEN}, valueFrom: {{}}}}}}}}}}", id="two sources of a variable"),
    pytest.param(WEB % f"containers: {{web: {{files: {{/a: {{text: {TOKEN}, mode: 999}}}}}}}}", id="a mistake beside a file"),
    pytest.param(WEB % f"containers: {{web: {{files: {{a: {TOKEN}}}}}}}", id="a file without a path"),
    pytest.param(WEB % f"containers: {{wob: {{env: {{TOKEN: {TOKEN}}}}}}}", id="no such container"),
    pytest.param(WEB % f"sidecars: {{a: {{args: [sh, -c, {TOKEN}]}}}}", id="a sidecar without image"),
    pytest.param(WEB % f"sidecars: {{a: {{image: b, args: [sh, -c, {TOKEN}], position: {{after: x}}}}}}", id="a sidecar after nothing"),
    pytest.param(WEB % f"initContainers: [{{image: a, command: [sh, -c, {TOKEN}]}}]", id="a container without name"),
    pytest.param(WEB % f"containers: {{web: {{command: [x], env: {{TOKEN: {TOKEN}}}, mounts: {{/a: b}}}}}}", id="no such volume"),
    pytest.param(f"resources: {{a: {{apiVersion: v1, kind: Secret, stringData: {{a: {TOKEN}}}}}}}", id="a resource without a name"),
    pytest.param(f"resources: {{a: {{apiVersion: v1, kind: Secret, metadata: {{name: web}}, stringData: {{a: {TOKEN}}}}}}}", id="a resource that is there"),
    pytest.param(WEB % f"containers: {{web: {{entrypoint: {{script: a, file echo {TOKEN}}}}}}}", id="a script that became a key"),
    pytest.param(WEB % f"containers: {{web: {{env: {{TOKEN {TOKEN}: []}}}}}}", id="a value that became a key"),
    pytest.param(f"resources: {{a: {TOKEN}}}", id="a resource that is text"),
    pytest.param(f"resources:\n  a:\n    kind: Secret\n    stringData:\n      a: {TOKEN}\n     b: c\n", id="a resource that is no YAML"),
    pytest.param(f"rules:\n  web:\n    containers:\n      web:\n        postStart: |\n          echo a\n         echo {TOKEN}\n", id="a script that is no YAML"),
    pytest.param(f'rules:\n  web:\n    containers:\n      web:\n        postStart: "echo {TOKEN}\n', id="a quote not closed"),
    pytest.param(f"rules:\n  web:\n    containers:\n      web:\n        env:\n          TOKEN: {TOKEN}: x\n", id="two colons"),
    pytest.param(f"rules:\n  web:\n    containers:\n      web:\n        env: {{TOKEN: *{TOKEN}}}\n", id="an alias without anchor"),
    pytest.param(f"rules:\n  web:\n    containers:\n      web:\n        env: {{TOKEN: !!int {TOKEN}}}\n", id="a tag that lies"),
]  # fmt: skip


@pytest.mark.parametrize("rules", MISTAKES)
def test_a_failure_is_told_without_values(run, tmp_path, rules):
    """One line that says where and what, not what the value is; the report says the same."""
    done = run(tmp_path, rules, "-v", "--report", "report.json")

    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert_silent(tmp_path, done.stderr)


@pytest.mark.parametrize("rules", [*MISTAKES, *TAKEN])
@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["diff"], id="diff"),
        pytest.param(["explain", "--html", "page.html"], id="explain"),
        pytest.param(["export"], id="export"),
        pytest.param(["lock", "--check"], id="lock"),
        pytest.param(["check"], id="check"),
        pytest.param(["check", "--format", "json"], id="check for programs"),
        pytest.param(["check", "--format", "github"], id="check for GitHub"),
    ],
)
def test_a_failure_of_the_helper_is_told_without_values(run, tmp_path, rules, arguments):
    """Neither where a run fails nor where the line of the rules file is shown that is at fault."""
    done = run(tmp_path, rules, *arguments)

    assert done.returncode in (0, 1)
    patches = arguments == ["export"] and done.returncode == 0
    assert_silent(tmp_path, done.stderr, *([] if patches else [done.stdout]))


@pytest.mark.parametrize(
    "command",
    [[], ["diff"], ["explain", "--html", "page.html"], ["inspect"], ["init", "--way", "sidecar"]],
)
@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(f'  other: "{TOKEN}\n', id="a quote not closed"),
        pytest.param(f"  !!int {TOKEN}: x\n", id="a tag that lies"),
        pytest.param(f"  {TOKEN}\n  a: b\n", id="no key"),
        pytest.param(f"  token: {TOKEN}: x\n", id="two colons"),
        pytest.param(f"  {{{TOKEN}: x}}: y\n", id="a key that is no text"),
        pytest.param(f"  other: *{TOKEN}\n", id="an alias without anchor"),
        pytest.param(f"  other: {TOKEN}\n other: {TOKEN}\n", id="a line too far left"),
        pytest.param(f"  other: {TOKEN}\n\tother: {TOKEN}\n", id="a tab"),
        pytest.param(f"  other: {TOKEN}\x01\n", id="a control character"),
        pytest.param(f"  other: !!binary {TOKEN}\n", id="no Base64"),
        pytest.param(f"  other: !{TOKEN}! {TOKEN}\n", id="an unknown tag"),
        pytest.param(f"  other: {{{{ .Values.{TOKEN} }}}}\n", id="a template"),
    ],
)  # fmt: skip
def test_broken_yaml_is_told_without_values(run, tmp_path, command, broken):
    """A Secret that is no YAML is refused by its place."""
    stream = (
        f"kind: Secret\nmetadata: {{name: web}}\nstringData:\n{broken}---\nkind: List\n{broken}"
    )

    done = run(tmp_path, SECRET % "labels: {a: b}", *command, stream=stream)

    if command[:1] in ([], ["diff"], ["explain"]):
        assert (done.returncode, done.stdout) == (1, "")
    assert_silent(tmp_path, done.stdout, done.stderr)


@pytest.mark.parametrize(
    "words",
    [
        *([f"{flag}=rules.web.labels.a[{TOKEN}"] for flag in ("--set", "--set-json", "--set-string", "--set-file")),
        [f"--set=rules.web.containers.web.env.TOKEN={TOKEN},{TOKEN}"],
        [f"--set-json=rules.web.containers.web.env.TOKEN={{{TOKEN}"],
        ["--set", "a=b", f"rules.web.containers.web.env.TOKEN={TOKEN}"],
        ["--set", "a=b", f"rules.web.containers.web.env.TOKEN={TOKEN}", "-v"],
        ["diff", "--set", "a=b", "rendered.yaml", f"rules.web.containers.web.env.TOKEN={TOKEN}"],
        ["inspect", "rendered.yaml", f"TOKEN={TOKEN}"],
        ["inspect", f"rules.web.containers.web.env.TOKEN={TOKEN}"],
        [f"--sett=rules.web.containers.web.env.TOKEN={TOKEN}"],
        ["diff", f"--sett=rules.web.containers.web.env.TOKEN={TOKEN}"],
        [f"--quiet={TOKEN}"],
        ["diff", f"--stat={TOKEN}"],
        [f"--set=rules.web.pod.a={TOKEN},rules.web.expect={TOKEN}"],
    ],
    ids=str,
)  # fmt: skip
def test_what_is_set_is_told_without_values(run, tmp_path, words):
    """A mistake on the command line does not repeat the value there."""
    done = run(tmp_path, WEB % "labels: {a: b}", *words)

    assert done.returncode in (1, 2)
    assert done.stdout == ""
    assert_silent(tmp_path, done.stderr)


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(
            f"rules: {{a: {{match: {{}}, containers: {{web: {{env: {{TOKEN: {TOKEN}1}}, postStart: '{TOKEN}1'}}}}}},"
            f" b: {{match: {{}}, containers: {{web: {{env: {{TOKEN: {TOKEN}2}}, postStart: '{TOKEN}2'}}}}}}}}",
            id="two rules for one field",
        ),
        pytest.param(
            WEB % f"pod: {{securityContext: {{runAsUser: 1}}}}, containers: {{web: {{securityContext: "
            f"{{readOnlyRootFilesystem: true}}, postStart: 'echo {TOKEN} > /etc/a'}}}}",
            id="a script that writes somewhere",
        ),
        pytest.param(SECRET % f"merge: {{stringData: {{token: {TOKEN}1}}}}", id="a value that is replaced"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "arguments", [["-v", "--report", "report.json"], ["diff"], ["explain", "--html", "a"]]
)
def test_warnings_are_told_without_values(run, tmp_path, rules, arguments):
    """They name fields and containers."""
    done = run(tmp_path, rules, *arguments)

    assert done.returncode == 0, done.stderr
    assert_silent(tmp_path, done.stderr, *([] if "-v" in arguments else [done.stdout]))


def test_spoiled_rules_are_told_without_values(tmp_path, monkeypatch, capfd):
    """Whatever letters are missing: the line that `check` shows is masked."""
    monkeypatch.chdir(tmp_path)
    chance = random.Random(7)
    for _ in range(300):
        at = chance.randrange(len(RULES))
        # Of a token that is torn itself the rest may not be known as one.
        spoiled = RULES[:at] + chance.choice(["", "'", '"', "{", "[", ": ", "\n", "*", "- "])
        spoiled += RULES[at + chance.choice([0, 1, 1, 2, 9]) :]
        Path("kmod.yaml").write_text(spoiled)
        code = main(["check"])
        said = capfd.readouterr()
        assert code in (0, 1), said.err
        assert MARK not in said.out + said.err, (at, said.err)


def test_a_bug_is_told_without_values(tmp_path):
    """What is to be reported names places in the program only."""
    breaks = (
        "import sys; from postrender.engine import run; from postrender.commands import main\n"
        f"run.Manifests = lambda *_: 1 / len('{TOKEN}' * 0)\n"
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
    assert_silent(tmp_path, done.stderr)


def test_the_report_keeps_its_shape(run, tmp_path):
    """Programs find every field that is changed; of a hidden one that it is."""
    run(tmp_path, RULES, "--report", "report.json")

    report = json.loads((tmp_path / "report.json").read_text())
    rules = {rule["name"]: rule for rule in report["rules"]}
    (change,) = rules["secret"]["changes"]
    shown = {
        field["pointer"]: (field.get("before"), field.get("after")) for field in change["fields"]
    }
    assert shown == {
        "/stringData/token": ("••• (before)", "••• (after)"),
        "/stringData/more": (None, "•••"),
        "/data/password": ("•••", None),
    }
