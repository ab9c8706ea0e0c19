"""
Text by strangers in every place where they can write it, over all commands and forms of output:
nothing that is printed has a character that does not show as itself, and a message is one line.

`errors.UNPRINTABLE` is the list of these characters; tests/unit/test_errors.py tests it.
"""

from __future__ import annotations

import gc
import io
import json
import os
import re
import shutil
import sys
from typing import TYPE_CHECKING, Any, cast

import pytest

from postrender.commands.main import main
from postrender.errors import UNPRINTABLE, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# One of each kind, and a line that could be taken for a message.
STRANGE = (
    "a\x1b]0;t\x07\x7f\x9b2J\x85\u2028\u2029\u202e\u2066\u200b\xad\ufeff\U000e0041\r"
    "\nFORGED: all is well\r\nFORGED: twice"
)
# What YAML may have of it without escapes.
IN_TEXT = "a\u202e\u2066\u200b\xad\U000e0041b"
_UNPRINTABLE = re.compile(f"[{UNPRINTABLE}]")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")

# Places in a manifest, and in rules.
PLACES = (
    "object",
    "namespace",
    "label",
    "source",
    "annotation",
    "container",
    "image",
    "variable",
    "argument",
    "mount",
    "volume",
    "port",
    "hook",
    "service",
    "other kind",
    "text",
)
IN_RULES = (
    "rule",
    "disabled rule",
    "description",
    "matched name",
    "matched source",
    "glob",
    "key",
    "verb",
    "resource",
    "value",
    "workload",
)


def _stream(strange: Mapping[str, str]) -> str:
    """Manifests with these texts in these places, as escapes but for `source` and `text`."""
    hook = {"helm.sh/hook": strange["hook"]} if "hook" in strange else {}
    deployment: Any = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": strange.get("object", "web"),
            "namespace": strange.get("namespace", "shop"),
            "labels": {"app": strange.get("label", "web")},
            "annotations": {strange.get("annotation", "a"): "b", "raw": "RAW", **hook},
        },
        "spec": {
            "selector": {"matchLabels": {"app": strange.get("label", "web")}},
            "template": {
                "metadata": {"labels": {"app": strange.get("label", "web")}},
                "spec": {
                    "containers": [
                        {
                            "name": strange.get("container", "web"),
                            "image": strange.get("image", "nginx:1.19"),
                            "args": [strange.get("argument", "run")],
                            "env": [{"name": strange.get("variable", "A"), "value": "b"}],
                            "ports": [{"name": strange.get("port", "http"), "containerPort": 80}],
                            "volumeMounts": [
                                {
                                    "name": strange.get("volume", "v"),
                                    "mountPath": strange.get("mount", "/v"),
                                }
                            ],
                        }
                    ],
                    "volumes": [{"name": strange.get("volume", "v"), "emptyDir": {}}],
                },
            },
        },
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": strange.get("service", "web"),
            "namespace": strange.get("namespace", "shop"),
        },
        "spec": {"selector": {"app": strange.get("label", "web")}},
    }
    other = {"apiVersion": "v1", "kind": strange.get("other kind", "Thing"), "metadata": {}}
    raw = IN_TEXT if "text" in strange else "plain"
    source = IN_TEXT if "source" in strange else "web/templates/web.yaml"
    documents = "---\n".join(f"{_yaml(obj)}\n" for obj in (deployment, service, other))
    return f"---\n# Source: {source}\n{documents}".replace("RAW", raw)


def _yaml(data: object) -> str:
    """The data as JSON, with the escapes of YAML."""
    return printable(json.dumps(data, ensure_ascii=False))


def _rules(strange: Mapping[str, str]) -> str:
    """Rules that change the manifests, with these texts in these places."""
    rule: Any = {
        "description": strange.get("description", "a rule"),
        "match": {"kind": "Deployment", "name": strange.get("matched name", "*")},
        "labels": {"team": "shop"},
        "podAnnotations": {"note": strange.get("value", "shop")},
        "containers": {
            strange.get("glob", "*"): {
                "postStart": "true",
                "args": [strange.get("value", "go")],
                "env": {"B": strange.get("value", "b")},
            }
        },
    }
    if "matched source" in strange:
        rule["match"]["source"] = strange["matched source"]
    if "verb" in strange:
        rule[strange["verb"]] = {}
    found: Any = {
        "rules": {
            strange.get("rule", "first"): rule,
            strange.get("disabled rule", "off"): {**rule, "enabled": False},
        },
        "resources": [
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": strange.get("resource", "new"), "namespace": "shop"},
                "data": {strange.get("resource", "k"): strange.get("resource", "v")},
            }
        ],
    }
    if "key" in strange:
        found[strange["key"]] = {}
    if "workload" in strange:
        found["workloads"] = {strange["workload"]: ["spec", strange["workload"]]}
    return _yaml(found)


COMMANDS = {
    "render": ("-v", "--log-file", "log.txt", "--report", "report.json", "-f", "RULES"),
    "inspect": ("inspect", "--all", "FILE"),
    "inspect --json": ("inspect", "--all", "--json", "FILE"),
    "inspect --images": ("inspect", "--images", "FILE"),
    "check": ("check", "RULES"),
    "check github": ("check", "--format", "github", "RULES"),
    "check json": ("check", "--format", "json", "RULES"),
    "diff": ("diff", "-f", "RULES", "FILE"),
    "diff --color": ("diff", "--color", "always", "-f", "RULES", "FILE"),
    "diff -y": ("diff", "-y", "-f", "RULES", "FILE"),
    "diff --stat": ("diff", "--stat", "-f", "RULES", "FILE"),
    "explain": ("explain", "-f", "RULES", "FILE"),
    "explain --color": ("explain", "--color", "always", "--show-scripts", "-f", "RULES", "FILE"),
    "explain --json": ("explain", "--json", "-f", "RULES", "FILE"),
    "explain --html": ("explain", "--html", "-", "-f", "RULES", "FILE"),
    "compare": ("compare", "-f", "RULES", "OTHER", "FILE"),
    "compare --color": (
        "compare",
        "--color",
        "always",
        "--show-scripts",
        "-f",
        "RULES",
        "OTHER",
        "FILE",
    ),
    "compare --json": ("compare", "--json", "-f", "RULES", "OTHER", "FILE"),
    "compare --format markdown": (
        "compare",
        "--format",
        "markdown",
        "-f",
        "RULES",
        "FILE",
        "OTHER",
    ),
    "compare --html": ("compare", "--html", "-", "-f", "RULES", "OTHER", "FILE"),
    "export": ("export", "-f", "RULES", "--resources", "added.yaml", "FILE"),
    "init": ("init", "--way", "sidecar", "--to", "-", "FILE"),
    "init --to": ("init", "--way", "entrypoint", "--force", "--to", "RULES", "FILE"),
    "init --workload": ("init", "--way", "sidecar", "--workload", STRANGE, "FILE"),
    "lock": ("lock", "--check", "-f", "RULES", "FILE"),
    "plugin": ("plugin", "helm", "--to", "FOLDER"),
    "unknown command": (STRANGE,),
    "unknown option": ("diff", f"--{STRANGE}"),
    "--set": ("diff", "--set", f"rules.{STRANGE}=1", "-f", "RULES", "FILE"),
}
# The files that commands write.
_WRITTEN = ("log.txt", "report.json", "added.yaml")


class _Stream(io.TextIOWrapper):
    """A standard stream of the process, which may say that it is a terminal."""

    is_terminal = False

    def isatty(self) -> bool:
        """What the program asks before it draws for people."""
        return self.is_terminal


class _Program:
    """The program, called in this process: it is called many hundred times."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        self.folder = folder
        monkeypatch.chdir(folder)
        for name in list(os.environ):
            if name.startswith(("KMOD_POST_", "HELM_", "COLUMNS", "NO_COLOR")):
                monkeypatch.delenv(name)

    def __call__(
        self, command: str, strange: Mapping[str, str], *, on_terminal: bool
    ) -> dict[str, str]:
        """What a command prints and writes, by name."""
        rules = strange.get("rules file", "kmod") + ".yaml"
        file = strange.get("file", "rendered") + ".yaml"
        stream = _stream(strange)
        for old in self.folder.iterdir():
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        (self.folder / rules).write_text(_rules(strange))
        (self.folder / file).write_text(stream)
        (self.folder / "other.yaml").write_text(_stream({}))
        names = {"RULES": rules, "FILE": file, "OTHER": "other.yaml", "FOLDER": f"{rules}.d"}
        argv = [names.get(word, word) for word in COMMANDS[command]]
        stdin, *out = (_Stream(io.BytesIO(), "utf-8", newline="") for _ in range(3))
        stdin.buffer.write(b"" if "FILE" in COMMANDS[command] else stream.encode())
        stdin.seek(0)
        for stream_name, one in zip(("stdin", "stdout", "stderr"), (stdin, *out), strict=True):
            one.is_terminal = on_terminal and stream_name != "stdin"
            self.monkeypatch.setattr(sys, stream_name, one)
        code = main(argv)
        texts = []
        for one in out:
            one.flush()
            texts.append(cast("io.BytesIO", one.buffer).getvalue().decode())
        assert code in (0, 1, 2), texts[1]
        found = {"stderr": texts[1]} | ({"stdout": texts[0]} if command != "render" else {})
        written = [*_WRITTEN, rules] if command == "init --to" else _WRITTEN
        for name in written:
            if (self.folder / name).exists():
                found[name] = (self.folder / name).read_bytes().decode()
        return found


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Program]:
    """The program in an empty folder."""
    yield _Program(tmp_path, monkeypatch)
    gc.enable()  # which the program does without


@pytest.mark.parametrize(
    "on_terminal", [pytest.param(False, id="piped"), pytest.param(True, id="terminal")]
)
@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_strange_is_printed(program: _Program, command: str, on_terminal: bool) -> None:
    """
    Each place alone, because one failure hides the next; and all those of a manifest at once. Only
    a diff in a pipe, which is a patch, has the bytes of the chart.
    """
    cases = [{place: STRANGE} for place in (*PLACES, *IN_RULES)]
    cases += [{place: STRANGE} for place in ("rules file", "file")]
    everywhere = dict.fromkeys(set(PLACES) - {"hook"}, STRANGE)
    cases += [everywhere, {**everywhere, "glob": "nope"}, {**everywhere, "matched name": "nope"}]
    mistakes = []
    for strange in cases:
        for name, text in program(command, strange, on_terminal=on_terminal).items():
            places = ", ".join(strange)[:30]
            plain = _COLOURS.sub("", text)
            is_patch = (command, name, on_terminal) == ("diff", "stdout", False)
            if not is_patch and (found := _UNPRINTABLE.search(plain)):
                around = plain[max(0, found.start() - 60) :][:120]
                mistakes.append(f"{places}: {name}: {around!r}")
            # A page is no list of lines, and a description may have several.
            has_lines = not command.endswith("--html") and "description" not in strange
            if has_lines and (forged := re.search(r"(?m)^\W*FORGED.*", plain)):
                mistakes.append(f"{places}: {name}: {forged[0]!r}")
    assert not mistakes, "\n".join(mistakes)
