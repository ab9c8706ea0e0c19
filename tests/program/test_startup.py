"""A render loads what it needs: Helm starts the program for every release."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

STREAM = ROOT / "charts" / "example-nginx" / "rendered" / "helm3.yaml"
# Modules whose import takes longer than much of the work; see docs/performance.md.
SLOW = (
    *("collections", "contextlib", "dataclasses", "enum", "fnmatch", "functools", "inspect"),
    *("json", "logging", "pathlib", "re", "typing", "typer", "yaml.resolver"),
)
CODE = f"""
import os, sys
before = set(sys.modules)
leave = os._exit
def say(code):
    print(*sorted({{*{SLOW}}} & (set(sys.modules) - before)), file=sys.stderr)
    leave(code)
os._exit = say
from postrender.commands.start import console_script
console_script()
"""


@pytest.mark.parametrize(
    "rule",
    [
        "labels: {team: shop}",
        "match: {kind: '*', name: 'example-*'}\n    annotations: {a: b}",
        "sidecars: {log: {image: 'busybox:1.28', command: [sleep, '9999']}}",
        "containers: {nginx: {env: {A: 'b c', PORT: '80'}, resources: {limits: {cpu: 100m}}}}",
    ],
)
def test_a_render_loads_no_slow_module(rule: str, tmp_path: Path) -> None:
    """None that Python has not loaded itself."""
    rules = tmp_path / "kmod.yaml"
    match = "" if rule.startswith("match") else "    match: {kind: Deployment}\n"
    rules.write_text(f"rules:\n  a:\n{match}    {rule}\n")

    with STREAM.open("rb") as stream:
        done = subprocess.run(
            [sys.executable, "-I", "-c", CODE, "-f", str(rules)],
            stdin=stream,
            capture_output=True,
            check=True,
        )

    assert done.stdout != STREAM.read_bytes()
    assert done.stderr.decode().split() == []
